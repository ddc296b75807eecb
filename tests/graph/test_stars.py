"""Frames that all look the same, or show nothing: a star in whatever order they came, and no edge at all."""

import random
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tagcat_kernel import Workbench
from tagcat_kernel.edges import STAR
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.keys import frame_key
from tagcat_kernel.graph.session import Endpoint, Graph
from tagcat_kernel.ingest import ingest
from tagcat_kernel.keyframes import choose_key_frames
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, video


def fill(own: Collection, names: list[str], batch: int) -> None:
    """Store videos that share a title frame, and after half of them a picture near to it."""
    for start in range(0, len(names), batch):
        own.store([video(f"/{name}.mp4", [BASE]) for name in names[start : start + batch]], source=SOURCE)
        if start <= len(names) // 2 < start + batch:
            own.store([image("/near.jpg", near(3))], source=SOURCE)


def is_a_star(own: Collection, names: list[str]) -> None:
    """One hub, the smallest key, holds all the others and the picture beside them; all are one group."""
    hub = min(frame_key(own.user, md5(f"/{name}.mp4"), 0) for name in names)
    numbers = own.counts()
    assert (numbers["frames"], numbers["matches"]) == (len(names), len(names))
    rows = own.matches()
    assert all(hub in (row["a"], row["b"]) for row in rows)
    assert sorted(row["distance"] for row in rows) == [0] * (len(names) - 1) + [3]
    groups = own.components()
    assert groups.group.tolist() == [0] * (len(names) + 1)
    shown = Workbench(own.user, own.graph).groups(8)
    assert (len(shown), set(shown["group"]), set(shown["size"])) == (len(names) + 1, {0}, {len(names) + 1})


def test_a_star_is_the_same_in_whatever_order_its_frames_came(graph: Graph, user: str) -> None:
    names = [f"series {number}" for number in range(3 * STAR)]
    by_key = sorted(names, key=lambda name: md5(f"/{name}.mp4"))
    orders = {
        "rising": by_key,  # the hub comes first
        "falling": by_key[::-1],  # each batch brings a new hub
        "drawn": random.Random(1).sample(names, len(names)),
    }
    seen = []
    for order, chosen in orders.items():
        own = Collection(graph, f"{user} {order}")
        fill(own, chosen, 31)
        is_a_star(own, names)
        seen.append(snapshot(graph, own.user))
    assert seen[0] == seen[1] == seen[2]


def test_equal_frames_of_the_hub_s_own_video_stay_in_its_group(graph: Graph, user: str) -> None:
    """A film that comes back to its title more often than all other films together, in any order."""
    names = [f"series {number}" for number in range(STAR)]
    title = sorted(names, key=lambda name: md5(f"/{name}.mp4"))[0]  # its frames are the smallest keys
    records = [video(f"/{name}.mp4", [BASE] * (5 if name == title else 1)) for name in names]
    records.append(video("/quiet.mp4", [near(40)]))
    seen = []
    for order in (records, records[::-1], random.Random(1).sample(records, len(records))):
        own = Collection(graph, f"{user} {len(seen)}")
        for start in range(0, len(order), 22):
            own.store(order[start : start + 22], source=SOURCE)
        assert own.components().group.tolist() == [0] * (STAR + 4)
        hub, *same = [frame_key(own.user, md5(f"/{title}.mp4"), 25 * number) for number in range(5)]
        assert [row for row in own.matches() if {row["a"], row["b"]} <= {hub, *same}] == []
        assert own.counts()["matches"] == STAR + 3
        seen.append(snapshot(graph, own.user))
    assert seen[0] == seen[1] == seen[2]
    own.remove([f"/{title}.mp4"])
    assert own.counts()["matches"] == (STAR - 1) * (STAR - 2) // 2
    own.undo()
    assert own.counts()["matches"] == STAR + 3


def test_an_older_graph_gets_what_deputies_hold(graph: Graph, endpoint: Endpoint, user: str) -> None:
    """Stars were stored without them once: the program that opens such a graph brings it forward."""
    names = [f"series {number}" for number in range(STAR)]
    title = min(names, key=lambda name: md5(f"/{name}.mp4"))
    own = Collection(graph, user)
    own.store([video(f"/{name}.mp4", [BASE] * (3 if name == title else 1)) for name in names], source=SOURCE)
    now = snapshot(graph, user)
    Collection(graph, f"{user}, leaving")
    graph.write("mark_user_leaving", user=f"{user}, leaving")

    def older(run: Any) -> None:
        hub, *same = [frame_key(user, md5(f"/{title}.mp4"), 25 * number) for number in range(3)]
        deputies = "MATCH (a:Frame)-[m:MATCH]-(b:Frame) WHERE a.key IN $same AND b.key <> $hub DELETE m"
        run(deputies, {"same": same, "hub": hub})
        run("MATCH (s:Schema) SET s.version = 2", {})

    graph.runner.execute(older, write=True)
    assert len(snapshot(graph, user)["edges"]) == len(now["edges"]) - 2
    for _ in range(2):  # once more, as after a kill before the version was written
        assert snapshot(connect(endpoint), user) == now
        graph.write("set_schema_version", version=2)
    connect(endpoint)


@pytest.mark.soak
def test_thirty_thousand_equal_frames(graph: Graph, user: str) -> None:
    names = [f"series {number}" for number in range(30_000)]
    own = Collection(graph, user)
    fill(own, random.Random(2).sample(names, len(names)), 1000)
    is_a_star(own, names)


def test_noise_in_the_dark_gives_no_edge(collection: Collection) -> None:
    """A minute of samples of a black picture with a few bits of noise: many key frames, all of them plain."""
    for number in range(2):
        draw = np.random.default_rng(number)
        bits = draw.integers(0, 64, (60 * 25, 4), dtype=np.uint64)
        hashes = np.bitwise_or.reduce(np.uint64(1) << bits, axis=1)
        chosen = choose_key_frames(hashes, 6)
        assert len(chosen) > 1000
        collection.store([video(f"/{number}.mp4", [int(hashes[at]) for at in chosen])], source=SOURCE)
    collection.store([image("/black.png", 0), image("/also black.png", 1)], source=SOURCE)
    assert collection.counts()["frames"] > 2000
    assert collection.counts()["matches"] == 0
    assert collection.components().keys.tolist() == []
    assert collection.neighbourhood(collection.hashes().keys[0]).keys.tolist() == [
        collection.hashes().keys[0]
    ]


def test_two_hours_of_black_give_no_edge(collection: Collection, tmp_path: Path) -> None:
    """The same of real files, through the decoders."""
    for name, codec in (("one", "mpeg4"), ("two", "mjpeg")):
        with av.open(str(tmp_path / f"{name}.mkv"), "w") as out:
            stream = out.add_stream(codec, rate=1)
            stream.width, stream.height = 48, 32
            stream.pix_fmt = "yuv420p" if codec == "mpeg4" else "yuvj420p"
            black = np.zeros((32, 48, 3), np.uint8)
            for _ in range(2 * 3600):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(black, format="rgb24")))
            out.mux(stream.encode(None))
    report = ingest(collection, [tmp_path], workers=1)
    assert (report.videos, report.failed) == (2, [])
    numbers = collection.counts()
    assert numbers["frames"] >= 2
    assert numbers["matches"] == 0
    assert min(row["duration"] for row in collection.videos()) == pytest.approx(7200, abs=2)
