"""The Python half of BrowserIngest over a real graph: what it answers, and what no message can do."""

import copy
import threading
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tagcat_kernel import Workbench
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.session import Endpoint
from tagcat_kernel.media.thumbnails import thumbnail_of
from tagcat_kernel.settings import change_settings
from tagcat_widgets import BrowserIngest
from tests.graph.engines import snapshot
from tests.graph.things import image as kernel_image
from tests.graph.things import md5

HERE = {"view": "v1", "platform": "Macintosh", "browser": "Chrome"}
JPEG = thumbnail_of(np.zeros((30, 40, 3), np.uint8))


def image(path: str, **facts: Any) -> dict[str, Any]:
    claim = {"kind": "image", "path": path, "md5": md5(path), "dhash": "ff00ff00ff00ff00"}
    return claim | {"bytes": 70, "modified": 1_000, "width": 4, "height": 3} | facts


def offer(*files: dict[str, Any], batch: int = 0, thumbnails: bool = False) -> dict[str, Any]:
    rows = [{name: file[name] for name in ("path", "bytes", "modified")} for file in files]
    return HERE | {"type": "offer", "batch": batch, "files": rows, "thumbnails": thumbnails}


def take(*files: Any, batch: int = 0) -> dict[str, Any]:
    return HERE | {"type": "take", "batch": batch, "files": list(files)}


class Page:
    """A widget, and the browser's end of it."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.widget = BrowserIngest(bench)

    def say(self, content: object, buffers: list[bytes] | None = None) -> dict[str, Any]:
        """Send a message as anywidget does and return the last answer."""
        before = len(self.widget.comm.sent)
        content = {"content": {"data": {"method": "custom", "content": content}}, "buffers": buffers or []}
        self.widget.comm.handle_msg(content)
        self.widget.join()
        until = threading.Event()
        for _ in range(200):
            if len(self.widget.comm.sent) > before:
                break
            until.wait(0.01)
        return self.widget.comm.sent[-1][0]["content"]


@pytest.fixture
def page(embedded_endpoint: Endpoint) -> Page:
    return Page(Workbench(f"ada {uuid.uuid4().hex[:10]}", connect(embedded_endpoint)))


def test_it_says_whose_collection_it_is(page: Page) -> None:
    answer = page.say({"type": "hello", "view": "v1", "batch": 3})
    told = {"type": "welcome", "view": "v1", "batch": 3, "user": page.bench.user, "key_frame_distance": 6}
    assert answer == told


def test_what_was_hashed_is_stored_and_known(page: Page) -> None:
    counted: list[int] = []
    page.widget.on_stored(counted.append)
    one, two = image("a.jpg"), image("b/c.jpg")
    assert page.say(offer(one, two))["files"] == [{}, {}]
    answer = page.say(take(one, two | {"thumbnail": True}, batch=7), [JPEG])
    keys = [f"{page.bench.user}:{file['md5']}" for file in (one, two)]
    assert answer == {"type": "answer", "view": "v1", "batch": 7, "files": [{"key": key} for key in keys]}
    assert counted == [2]
    assert list(page.bench.images()["path"]) == ["Macintosh: Chrome/a.jpg", "Macintosh: Chrome/b/c.jpg"]
    assert [page.bench.thumbnail(key) for key in keys] == [None, JPEG]
    assert page.say(offer(one, two))["files"] == [{"key": key, "kind": "image"} for key in keys]
    assert page.say(offer(one, two, thumbnails=True))["files"][0] == {}


def test_key_frames_of_another_distance_are_read_anew(page: Page) -> None:
    """The settings change while a film is being hashed: its key frames are not stored, the next ones are."""
    film = image("a.mp4") | {"kind": "video", "duration": 1.0, "fps": 25.0, "frames": [[0, 0.0, "f0" * 8]]}
    del film["dhash"]
    page.say({"type": "hello", "view": "v1", "batch": 0})
    change_settings(page.bench.collection, key_frame_distance=5)
    answer = page.say(take(film))
    assert (answer["type"], answer["wait"]) == ("refused", None)
    assert "key-frame distance was changed" in answer["error"]
    assert page.bench.counts()["videos"] == 0
    assert page.say({"type": "hello", "view": "v1", "batch": 1})["key_frame_distance"] == 5
    assert "key" in page.say(take(film))["files"][0]


FORGED: list[tuple[object, list[bytes], str]] = [
    (None, [], "'view' and 'batch'"),
    ([], [], "'view' and 'batch'"),
    (take() | {"view": "<b>"}, [], "'view' and 'batch'"),
    (take() | {"batch": -1}, [], "'view' and 'batch'"),
    (take() | {"batch": True}, [], "'view' and 'batch'"),
    (take() | {"type": "delete"}, [], "no message"),
    (take() | {"type": ["take"]}, [], "no message"),
    (take() | {"user": "eve"}, [], "no message"),
    (take() | {"files": {"0": image("a.jpg")}}, [], "'files' must be a list"),
    (take(*[image(f"{n}.jpg") for n in range(51)]), [], "at most 50"),
    (offer(*[image(f"{n}.jpg") for n in range(501)]), [], "at most 500"),
    (offer() | {"thumbnails": 1}, [], "'thumbnails'"),
    (take(image("a.jpg", thumbnail=True)), [], "no thumbnail where it says so"),
    (take(image("a.jpg", thumbnail="yes")), [JPEG], "no thumbnail where it says so"),
    (take(image("a.jpg")), [JPEG], "more buffers"),
    (take(image("a.jpg")) | {"platform": "BeOS"}, [], "no platform and browser"),
    (take(image("a.jpg")) | {"browser": None}, [], "no platform and browser"),
]


@pytest.mark.parametrize(("content", "buffers", "error"), FORGED, ids=lambda value: str(value)[:30])
def test_a_forged_message_is_refused(page: Page, content: object, buffers: list[bytes], error: str) -> None:
    page.bench.collection.counts()
    before = snapshot(page.bench.collection.graph, page.bench.user)
    answer = page.say(content, buffers)
    assert answer["type"] == "refused"
    assert error in answer["error"]
    assert answer["wait"] is None
    assert snapshot(page.bench.collection.graph, page.bench.user) == before


ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = some.sampled_from(["type", "view", "batch", "platform", "browser", "files", "thumbnails", "more"])
CLAIM_FIELDS = some.sampled_from([*image("a.jpg"), "frames", "duration", "thumbnail", "was", "more"])


@some.composite
def forged(draw: some.DrawFn) -> tuple[object, list[bytes]]:
    """A right message that is wrong in one place or more, or anything at all."""
    kind = draw(some.sampled_from(["anything", "field", "claim", "buffers"]))
    content: Any = take(image("Macintosh/a.jpg"))
    if kind == "anything":
        return draw(ANYTHING), draw(some.lists(some.binary(max_size=9), max_size=2))
    if kind == "field":
        content[draw(FIELDS)] = draw(ANYTHING.filter(lambda value: value not in ("take", "offer", "hello")))
        return content, []
    if kind == "claim":
        claim = copy.deepcopy(content["files"][0])
        claim[draw(CLAIM_FIELDS)] = draw(ANYTHING.filter(lambda value: type(value) not in (int, str, bool)))
        return content | {"files": [claim]}, []
    claim = image("a.jpg", thumbnail=True)
    return take(claim), [draw(some.binary(max_size=40))]


def test_no_forged_message_changes_anything(embedded_endpoint: Endpoint) -> None:
    """Random and forged messages to a page over a collection that has something to lose."""
    graph = connect(embedded_endpoint)
    page = Page(Workbench(f"ada {uuid.uuid4().hex[:10]}", graph))
    eve = Workbench(f"eve {uuid.uuid4().hex[:10]}", graph)
    for bench in (page.bench, eve):
        bench.collection.store([kernel_image("/a.jpg"), kernel_image("/b.jpg")], source="Linux: tagcat")
    before = [snapshot(graph, bench.user) for bench in (page.bench, eve)]

    @settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
    @given(forged())
    def holds(message: tuple[object, list[bytes]]) -> None:
        page.widget._gate = type(page.widget._gate)(messages=9, files=9**9, size=9**9, seconds=0.001)
        answer = page.say(*message)
        assert answer["type"] == "refused" or all("error" in file for file in answer["files"]), message

    holds()
    assert [snapshot(graph, bench.user) for bench in (page.bench, eve)] == before


def test_too_much_at_once_is_told_to_wait(page: Page) -> None:
    for number in range(300):
        page.widget._gate.wait(files=1, size=number)
    answer = page.say(take(image("a.jpg")))
    assert answer["error"] == "too much at once"
    assert 0 < answer["wait"] <= 10
    assert page.bench.counts()["files"] == 0


def test_a_flood_fills_no_memory(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the graph is busy, some messages wait and the others are sent back."""
    go = threading.Event()
    real = page.bench.device

    def slow(platform: str, browser: str) -> Any:
        go.wait(10)
        return real(platform, browser)

    monkeypatch.setattr(page.bench, "device", slow)
    for number in range(30):
        page.widget.heard(take(image(f"{number}.jpg"), batch=number), [])
    go.set()
    page.widget.join()
    answers = [data["content"] for data, _ in page.widget.comm.sent if data.get("method") == "custom"]
    refused = [answer for answer in answers if answer["type"] == "refused"]
    assert len(refused) >= 20
    assert {answer["wait"] for answer in refused} == {1.0}
    assert page.bench.counts()["files"] == 30 - len(refused)


def test_a_graph_that_is_away_is_told(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> Any:
        raise RuntimeError("no graph answers at <bolt>")

    monkeypatch.setattr(page.bench, "device", away)
    answer = page.say(take(image("a.jpg")))
    assert (answer["type"], answer["error"], answer["wait"]) == ("refused", "no graph answers at <bolt>", 5.0)


def test_a_browser_writes_no_trait(page: Page) -> None:
    page.widget.comm.write(label="mine", _esm="alert(1)")
    assert page.widget.label == "Files on this device"
    assert "alert(1)" not in page.widget._esm
