"""Two writers of one user at once: the graph is the one that a single writer makes."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from typing import Any

import pytest

from tagcat_kernel.edges import Items, edges
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Endpoint, Graph, connect
from tagcat_kernel.records import ImageRecord, VideoRecord
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, near, telling, video

Record = ImageRecord | VideoRecord


def batches(writer: int) -> list[list[Record]]:
    """Batches that overlap with the other writer's: shared contents, near hashes, a star over both."""
    drawn = telling(7, 40)
    # 40 + 40 equal hashes: a star only where both writers' items are seen.
    own: list[Record] = [image(f"/{writer}/same/{number}.jpg", BASE) for number in range(40)]
    for number, dhash in enumerate(drawn):
        own.append(image(f"/both/{number}.jpg", dhash))
        own.append(image(f"/{writer}/near/{number}.jpg", dhash ^ (1 << (5 + writer))))
    own.append(video(f"/{writer}/clip.mp4", [BASE, *drawn[:5], 0, near(4)]))
    own.append(video("/both/clip.mp4", [near(5), drawn[7]]))
    return [own[start : start + 12] for start in range(0, len(own), 12)]


@pytest.fixture
def serial(graph: Graph, user: str) -> dict[str, list[Any]]:
    """The graph of one writer who stores everything."""
    alone = Collection(graph, f"{user} alone")
    for writer in (0, 1):
        for batch in batches(writer):
            alone.store(batch, source=SOURCE)
    found = snapshot(graph, alone.user)
    assert sum("MATCH" in edge for edge in found["edges"]) > 80
    return found


def holds_the_rule(collection: Collection) -> bool:
    """Whether the stored edges are those of the rule on the stored hashes."""
    hashes = collection.hashes()
    rule = edges(Items(hashes.keys, hashes.hashes, hashes.owners), 8)
    stored = {(row["a"], row["b"], row["distance"]) for row in collection.matches()}
    return stored == set(zip(rule.a, rule.b, rule.distance.tolist(), strict=True))


@pytest.mark.parametrize("queue", [True, False], ids=["queue", "lock node alone"])
def test_two_threads(endpoint: Endpoint, user: str, serial: dict[str, list[Any]], queue: bool) -> None:
    """Also without the queue of the embedded engine: the lock node is what keeps the data right."""
    graph = connect(endpoint if queue else replace(endpoint, home=None))
    errors: list[BaseException] = []
    together = threading.Barrier(2)

    def write(writer: int) -> None:
        try:
            own = Collection(graph, user)
            together.wait()
            for batch in batches(writer):
                own.store(batch, source=SOURCE)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert snapshot(graph, user) == serial
    assert holds_the_rule(Collection(graph, user))


PROCESS = """
import json, sys
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Endpoint, connect
from tests.graph.test_two_writers import batches
from tests.graph.things import SOURCE
given = json.load(sys.stdin)
own = Collection(connect(Endpoint(**given["endpoint"])), given["user"])
for batch in batches(given["writer"]):
    own.store(batch, source=SOURCE)
"""


def test_two_processes(graph: Graph, endpoint: Endpoint, user: str, serial: dict[str, list[Any]]) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    writers = []
    for writer in (0, 1):
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS], stdin=subprocess.PIPE, env=environment, text=True
        )
        assert process.stdin is not None
        json.dump({"endpoint": asdict(endpoint), "user": user, "writer": writer}, process.stdin)
        process.stdin.close()
        writers.append(process)
    assert [process.wait() for process in writers] == [0, 0]
    assert snapshot(graph, user) == serial


def test_a_process_notices_what_another_stored(graph: Graph, user: str) -> None:
    """Remembered hashes are void once somebody else wrote: the match with theirs must not be missed."""
    one, two = Collection(graph, user), Collection(graph, user)
    one.store([image("/a.jpg", BASE)], source=SOURCE)
    two.store([image("/b.jpg", near(1))], source=SOURCE)
    assert one.store([image("/c.jpg", near(2))], source=SOURCE).matches == 2
    assert len(one.hashes()) == len(two.hashes()) == 3


def test_remembered_hashes_do_not_survive_a_restore(graph: Graph, user: str) -> None:
    """A graph put back to an earlier state, with as many writes, must not pass for the remembered one."""
    one = Collection(graph, user)
    one.store([image("/a.jpg", BASE)], source=SOURCE)
    assert len(one.hashes()) == 1

    def wipe(run: Any) -> None:
        run("MATCH (n) WHERE n.user = $user DETACH DELETE n", {"user": user})

    graph.runner.execute(wipe, write=True)
    two = Collection(graph, user)
    two.store([image("/b.jpg", near(1))], source=SOURCE)
    assert one.store([image("/c.jpg", near(2))], source=SOURCE).matches == 1
    assert [row["path"] for row in one.images()] == ["/b.jpg", "/c.jpg"]
