"""What ties widgets to a workbench: asked in Python, with a workbench that says what the tests want."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagcat_kernel.chance import Chance
from tagcat_widgets import MediaPicker, graph_page, match_page, pages
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.player import DAMAGED

NAN = float("nan")
PAIR = ["a", "a_path", "a_position", "b", "b_path", "b_position", "distance"]
EVIL = "<b>one.jpg"


FILES = [("/p/one.jpg", "1", 2048, 50), ("/q/one.jpg", "1", 2048, 70), ("/p/film.mp4", "9", 4096, 60)]


class Bench:
    """As much of a Workbench as the pages use."""

    def __init__(self) -> None:
        self.user = self.owner = "u"
        self.access = "owner"
        self.settings = SimpleNamespace(max_distance=8, key_frame_distance=6)
        self.rejections: list[tuple[str, str]] = []
        self.confirmations: list[tuple[str, str]] = []
        self.started: list[list[Path]] = []
        self.asked: list[str] = []
        self.state = {"state": "running", "done": 1, "total": 4, "message": "x", "result": None}
        self.fails: Exception | None = None
        self.known_jobs: list[Any] = []
        self.resumed: str | None = None
        self.removed: list[list[str]] = []
        self.words: dict[str, list[str]] = {}
        self.undone: list[int] = []
        hashes = SimpleNamespace(keys=["u:1", "u:3"], hashes=np.array([255, 1 << 63], np.uint64))
        files = [
            SimpleNamespace(path=path, md5=md5, bytes=size, modified=at * 10**9)
            for path, md5, size, at in FILES
        ]
        self.collection = SimpleNamespace(
            hashes=lambda: hashes, files=lambda: {file.path: file for file in files}
        )

    def counts(self) -> dict[str, int]:
        return {"images": 1234, "videos": 1, "frames": 3, "matches": 2, "files": 1235}

    def images(self) -> pd.DataFrame:
        columns = ["key", "path", "name", "files", "width", "height", "plain"]
        rows = [
            ("u:2", "/p/black.jpg", "black.jpg", 1, 8, 8, True),
            ("u:1", "/p/one.jpg", EVIL, 2, 640, 480, False),
        ]
        return pd.DataFrame(rows, columns=columns)

    def videos(self) -> pd.DataFrame:
        return pd.DataFrame(
            [("u:9", "/p/film.mp4", "film.mp4", 61.0, 3, True)],
            columns=["key", "path", "name", "duration", "frames", "damaged"],
        )

    def tagged(self) -> pd.DataFrame:
        rows = [("sea", "u:1"), (EVIL, "u:1"), ("sea", "u:9:50"), ("sea", "u:9:75")]
        return pd.DataFrame(rows, columns=["tag", "key"])

    def labels(self) -> pd.DataFrame:
        rows = [("u:1", "boat", 0.9), ("u:1", "shoe", 0.05)]
        return pd.DataFrame(rows, columns=["key", "label", "score"])

    def matches(self) -> pd.DataFrame:
        rows = [("u:1", "u:9:50", 3), ("u:1", "u:9:75", 5)]
        return pd.DataFrame(rows, columns=["a", "b", "distance"])

    def frames(self, video: str) -> pd.DataFrame:
        rows = [(f"{video}:0", 0.0, True), (f"{video}:50", 2.0, False)]
        return pd.DataFrame(rows, columns=["key", "position", "plain"])

    def thumbnail(self, key: str) -> bytes:
        self.asked.append(key)
        return b"JPEG"

    def picture(self, key: str) -> bytes:
        return key.encode()

    def video_bytes(self, video: str) -> bytes:
        return video.encode()

    def key_frame_counts(self, _video: str, up_to: int) -> list[int]:
        return list(range(up_to, -1, -1))

    def key_frames_at(self, video: str, distance: int) -> pd.DataFrame:
        if self.fails:
            raise self.fails
        rows = [(f"{video}:{n}", float(n)) for n in range(16 - distance)]
        return pd.DataFrame(rows, columns=["key", "position"])

    def distance_counts(self, up_to: int) -> list[int]:
        return [1 - len(self.rejections)] + [0] * up_to

    def chance(self, up_to: int) -> Chance:
        return Chance(np.full(up_to + 1, 12), 100, 100)

    def pairs(self, distance: int) -> pd.DataFrame:
        if self.fails:
            raise self.fails
        rows = [("u:1", "/p/z.jpg", NAN, "u:9:50", "/p/film.mp4", 2.0, 3)] * (distance >= 3)
        rows += [("u:3", "/p/a.jpg", NAN, "u:4", "/p/b.jpg", NAN, 1)] * (distance >= 1)
        return pd.DataFrame(rows, columns=PAIR)

    def groups(self, _distance: int) -> pd.DataFrame:
        rows = [(0, 2, "u:1", "/p/z.jpg", NAN), (0, 2, "u:9:50", "/p/film.mp4", 2.0)]
        return pd.DataFrame(rows, columns=["group", "size", "key", "path", "position"])

    def plain(self) -> pd.DataFrame:
        return pd.DataFrame([("u:2", "/p/black.jpg", NAN)], columns=["key", "path", "position"])

    def duplicates(self) -> pd.DataFrame:
        return pd.DataFrame([("1", f"/p/{EVIL}"), ("1", "/q/caf\udce9.jpg")], columns=["md5", "path"])

    def reject(self, a: str, b: str) -> None:
        self.rejections.append((a, b))

    def unreject(self, a: str, b: str) -> int:
        held = (a, b) in self.rejections
        self.rejections = [pair for pair in self.rejections if pair != (a, b)]
        return int(held)

    def confirm(self, a: str, b: str) -> None:
        self.confirmations.append((a, b))

    def unconfirm(self, a: str, b: str) -> None:
        self.confirmations.remove((a, b))

    def verdicts(self) -> pd.DataFrame:
        said = [(*pair, "not a match") for pair in self.rejections]
        said += [(*pair, "a match") for pair in self.confirmations]
        rows = [(a, f"/{a}", NAN, b, f"/{b}", NAN, 1, verdict) for a, b, verdict in said]
        return pd.DataFrame(rows, columns=[*PAIR, "verdict"])

    def remove(self, keys: list[str]) -> None:
        self.removed.append(keys)

    def tag(self, keys: list[str], name: str) -> int:
        self.words[name] = keys
        return len(keys)

    def tags(self) -> pd.DataFrame:
        rows = [(name, len(keys), 0, 0) for name, keys in self.words.items()]
        return pd.DataFrame(rows, columns=["name", "images", "videos", "frames"])

    def changes(self) -> pd.DataFrame:
        last = len(self.removed) + len(self.words)
        return pd.DataFrame({"number": [last + 1, last], "by": ["a guest", "u"]})

    def undo(self, number: int) -> None:
        self.undone.append(number)

    def jobs(self) -> list[Any]:
        return self.known_jobs

    def job(self, _identity: str) -> Any:
        return SimpleNamespace(id="7", kind="ingest", **self.state)

    def resume(self, identity: str) -> Any:
        self.resumed = identity
        self.state |= {"state": "running"}
        return self.job(identity)

    def start_ingest(self, paths: list[Path], *, inside: Path) -> Any:
        assert all(path.is_relative_to(inside) for path in paths)
        if self.fails:
            raise self.fails
        self.started.append(paths)
        return self.job("7")

    def cancel(self, _identity: str) -> None:
        self.state |= {"state": "cancelled"}


@pytest.fixture
def bench() -> Any:
    return Bench()


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_cards_count(bench: Any) -> None:
    text = pages.cards(bench).text
    assert "<b>1,234</b><span>images</span>" in text
    assert "01_ingest" not in text
    assert re.findall(r'class="tagcat-card" href="([^"]+)"', text) == [
        "#What-is-in-it",
        "02_key_frames.ipynb",
        "02_key_frames.ipynb",
        "03_matching.ipynb",
    ]


def test_cards_say_what_is_worth_doing_next(bench: Any) -> None:
    def next_pages() -> list[str]:
        return re.findall(r'href="(\w+)\.ipynb"', pages.cards(bench).text.partition("Next:")[2])

    assert next_pages() == ["03_matching", "06_tags"]
    bench.tag(["u:1"], "sea")
    assert next_pages() == ["03_matching", "04_clustering"]
    bench.counts = lambda: Bench().counts() | {"matches": 0}
    assert next_pages() == ["01_ingest", "04_clustering"]
    bench.access = "reading"
    assert next_pages() == ["04_clustering"]


def test_a_video_shows_its_first_frame_that_is_not_plain(bench: Any) -> None:
    gallery = pages.collection(bench)
    assert [row["key"] for row in gallery.items] == ["u:9", "u:1", "u:2"], "plain images come last"
    gallery._desk.ask("view", ["u:9", "u:1"])
    gallery._desk.join()
    assert sorted(bench.asked) == ["u:1", "u:9:50"]  # two threads draw, in either order


def test_what_hangs_on_moments_counts_for_their_video(bench: Any) -> None:
    film, one, black = pages.collection(bench).items
    assert film["facets"] == {"kind": ["video"], "tag": ["sea"], "match": ["has matches"]}
    assert film["ranks"] == {"date": 60, "size": 4096, "group": 0, "distance": 3}
    assert one["facets"] == {
        "kind": ["image"],
        "tag": ["sea", EVIL],
        "label": ["boat"],
        "match": ["has matches"],
    }
    assert one["ranks"]["date"] == 70, "the newest file of a content tells its date"
    assert (black["facets"], "ranks" in black) == ({"kind": ["plain image"]}, False)


def test_the_strip_follows_slider_and_says_what_fails(bench: Any) -> None:
    view: Any = pages.key_frame_view(bench)
    _, player, line, slider, strip = view.children
    assert (slider.count, len(strip.items), len(line.items)) == (10, 10, 10)
    line.selected = [line.items[2]["key"]]
    assert strip.selected == line.selected
    assert player.position == line.position
    assert player.note == DAMAGED
    slider.value = 12
    assert len(strip.items) == 4
    bench.fails = RuntimeError("its sampled hashes are not in the cache")
    slider.value = 3
    assert (strip.items, strip.empty) == ([], "its sampled hashes are not in the cache")


def test_matches_follow_the_slider_closest_first(bench: Any) -> None:
    view: Any = pages.match_view(bench)
    slider, review, _ = view.children
    assert [pair["distance"] for pair in review.pairs] == [1, 3]
    assert review.pairs[1]["b"]["time"] == 2.0
    slider.value = 1
    assert [pair["distance"] for pair in review.pairs] == [1]
    slider.value = 0
    assert review.pairs == []
    assert "within distance 0" in review.empty


def test_plain_items_are_the_last_group(bench: Any) -> None:
    view: Any = pages.match_view(bench)
    groups = view.children[1].groups
    assert [group["title"] for group in groups] == ["z.jpg", "Plain: black, flat or gradient"]


def test_a_verdict_is_stored_and_counted(bench: Any) -> None:
    view: Any = pages.match_view(bench)
    slider, review, _ = view.children
    assert slider.counts[0] == 1
    review.reject("u:3", "u:4")
    assert (bench.rejections, slider.counts[0]) == ([("u:3", "u:4")], 0)
    review.undo()
    assert (bench.rejections, slider.counts[0]) == ([], 1)


def test_a_pair_that_was_judged_waits_for_no_verdict(bench: Any) -> None:
    bench.confirmations = [("u:3", "u:4")]
    view: Any = pages.match_view(bench)
    slider, review, _ = view.children
    assert [pair["a"]["key"] for pair in review.pairs] == ["u:1"]
    assert [(pair["a"]["key"], pair["verdict"]) for pair in review.judged] == [("u:3", "a match")]
    review.undo("u:3", "u:4")
    assert (bench.confirmations, review.taken) == ([], [["u:3", "u:4"]])
    review.match("u:1", "u:9:50")
    assert bench.confirmations == [("u:1", "u:9:50")]
    slider.value = 2
    assert [pair["a"]["key"] for pair in review.pairs] == ["u:3"]
    assert (review.confirmed, review.taken) == ([], [])


def test_an_item_leaves_and_a_tag_is_put_on_and_both_are_undone(bench: Any) -> None:
    view: Any = pages.match_view(bench)
    review = view.children[1]
    assert [review.pairs[0]["a"].get("dhash"), review.pairs[0]["b"].get("dhash")] == ["8" + "0" * 15, None]
    review.keep("u:3", ["u:4"])
    review.tag(["u:3", "u:4"], "twins")
    assert (bench.removed, review.removed) == ([["u:4"]], ["u:4"])
    assert review.tags == [{"name": "twins", "count": 1}], "what has left gets no tag"
    review.undo()
    review.undo()
    assert bench.undone == [2, 1]
    assert review.removed == []


def test_a_graph_that_fails_is_told_as_text(bench: Any) -> None:
    view: Any = pages.match_view(bench)
    slider, _, told = view.children
    bench.fails = RuntimeError("no graph answers at <bolt>")
    slider.value = 2
    assert "no graph answers at &lt;bolt&gt;" in told.value


def test_too_many_pairs_are_said(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_page, "MOST", 1)
    view: Any = pages.match_view(bench)
    _, review, told = view.children
    assert len(review.pairs) == 1
    assert "1 more" in told.value


def test_duplicates_are_text(bench: Any) -> None:
    text = pages.duplicates(bench).text
    assert "&lt;b&gt;one.jpg: 2 files" in text
    assert "<b>" not in text
    text.encode("utf-8")


def test_reading_starts_a_job_and_shows_its_end(bench: Any, tmp_path: Path) -> None:
    picker = MediaPicker(tmp_path)
    bar, told, again = pages.reading(bench, picker).children
    assert again.layout.display == "none"
    assert bar.state == "idle"
    picker.add(tmp_path)
    picker._submitted()
    eventually(lambda: bar.state == "running")
    assert bench.started == [[tmp_path.resolve()]]
    picker._submitted()
    assert "other files are being read just now" in picker.error
    assert len(bench.started) == 1
    bench.cancel("7")
    eventually(lambda: "What was read is kept" in told.value)
    assert "03_matching.ipynb" in told.value
    eventually(lambda: again.layout.display == "")
    again.click()
    eventually(lambda: bar.state == "running")
    assert bench.resumed == "7"
    assert again.layout.display == "none"
    bench.cancel("7")
    eventually(lambda: again.layout.display == "")


def test_a_page_that_comes_back_finds_the_job(bench: Any, tmp_path: Path) -> None:
    bench.known_jobs = [bench.job("7")]
    bar, *_ = pages.reading(bench, MediaPicker(tmp_path)).children
    eventually(lambda: bar.done == 1)
    assert bar.state == "running"
    bench.state |= {"state": "done", "result": {"images": 3, "failed": []}}
    eventually(lambda: bar.state == "done")
    other = SimpleNamespace(id="8", kind="label", state="running")
    bench.known_jobs = [other, bench.job("7")]
    bar, told, _ = pages.reading(bench, MediaPicker(tmp_path)).children
    assert (bar.state, told.value) == ("done", ""), "a job that ended earlier is shown as it ended"


def test_an_empty_collection_is_told_what_to_do(bench: Any) -> None:
    bench.counts = lambda: dict.fromkeys(("images", "videos", "frames", "matches", "files"), 0)
    assert "01_ingest.ipynb" in pages.cards(bench).text
    view: Any = pages.match_view(bench)
    assert "01_ingest.ipynb" in view.text
    bench.videos = lambda: Bench().videos().head(0)
    bench.images = lambda: Bench().images().head(0)
    view = pages.key_frame_view(bench)
    assert "01_ingest.ipynb" in view.text
    gallery: Gallery = pages.collection(bench)
    assert gallery.items == []


def test_the_graph_says_how_far_matches_are_stored_and_who_may_store_more() -> None:
    assert "up to distance 8" in graph_page._reach(8, 0, owns=False)
    assert "tagcat settings" not in graph_page._reach(8, 0, owns=False)
    told = graph_page._reach(62, 1_500, owns=True)
    assert "1,500 more pictures" in told
    assert "tagcat settings --max-distance 64" in told
