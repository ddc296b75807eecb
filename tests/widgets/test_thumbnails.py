"""Thumbnails are answered in batches, outside the handler, only for what is shown and still wished for."""

import asyncio
import io
import threading
import time

from PIL import Image

from tagcat_widgets import Gallery
from tagcat_widgets._thumbnails import GONE, ThumbnailDesk


def rows(count: int) -> list[dict[str, str]]:
    return [{"key": f"u:{n}", "name": f"{n}.jpg"} for n in range(count)]


def test_found_and_missing_with_buffers_in_order() -> None:
    def source(key: str) -> bytes | None:
        if key == "u:1":
            return None
        if key == "u:2":
            raise OSError("<b>permission denied</b>")
        return key.encode()

    gallery = Gallery(rows(5), thumbnail=source)
    gallery.comm.custom({"type": "thumbnails", "view": "v", "keys": ["u:0", "u:1", "u:2", "u:4", "ghost", 7]})
    gallery._desk.join()
    answers = gallery.comm.thumbnails()
    found = {
        key: buffer
        for content, buffers in answers
        for key, buffer in zip(content["found"], buffers, strict=True)
    }
    missing = {row["key"]: row["reason"] for content, _ in answers for row in content["missing"]}
    assert found == {"u:0": b"u:0", "u:4": b"u:4"}
    assert missing == {"u:1": GONE, "u:2": "<b>permission denied</b>"}
    assert {content["view"] for content, _ in answers} == {"v"}


def test_small_pictures_come_on_sheets_in_their_cells() -> None:
    def source(key: str) -> bytes | None:
        number = int(key[2:])
        if number == 3:
            return b"no picture"
        if number == 4:
            return None
        file = io.BytesIO()
        Image.new("RGB", (320, 200) if number % 2 else (60, 60), (number, 200, 90)).save(file, "JPEG")
        return file.getvalue()

    gallery = Gallery(rows(230), thumbnail=source)
    keys = [f"u:{n}" for n in range(230)]
    gallery.comm.custom({"type": "thumbnails", "view": "v", "keys": keys, "small": True})
    gallery._desk.join()
    seen: dict[str, int] = {}
    missing: set[str] = set()
    for content, buffers in gallery.comm.thumbnails():
        missing |= {row["key"] for row in content["missing"]}
        assert content["found"] == []
        if "sheet" not in content:
            continue
        assert len(content["sheet"]) <= 100
        sheet = Image.open(io.BytesIO(buffers[0]))
        for key, left, top, width, height in content["sheet"]:
            number = int(key[2:])
            assert (width, height) == ((80, 50) if number % 2 else (60, 60))
            red, green, _ = sheet.getpixel((left + width // 2, top + height // 2))
            assert abs(red - number) < 6
            assert abs(green - 200) < 6
            seen[key] = seen.get(key, 0) + 1
    assert missing == {"u:3", "u:4"}
    assert seen == dict.fromkeys(set(keys) - missing, 1)


def test_a_gallery_without_a_source_says_so() -> None:
    gallery = Gallery(rows(1))
    gallery.comm.custom({"type": "thumbnails", "view": "v", "keys": ["u:0"]})
    gallery._desk.join()
    assert gallery.comm.thumbnails()[0][0]["missing"] == [{"key": "u:0", "reason": GONE}]


def test_the_handler_does_not_wait_and_the_last_wish_counts() -> None:
    gate = threading.Event()
    drawn: list[str] = []

    def source(key: str) -> bytes:
        gate.wait(10)
        drawn.append(key)
        return b""

    gallery = Gallery(rows(1_000), thumbnail=source)
    began = time.monotonic()
    gallery.comm.custom({"type": "thumbnails", "view": "v", "keys": [f"u:{n}" for n in range(500)]})
    gallery.comm.custom({"type": "thumbnails", "view": "v", "keys": ["u:900", "u:901"]})
    assert time.monotonic() - began < 1
    gate.set()
    gallery._desk.join()
    # What a thread had begun before the second wish is drawn; the rest of the first wish is not.
    assert {"u:900", "u:901"} <= set(drawn)
    assert len(drawn) <= 4


def test_wishes_of_many_threads_are_all_answered() -> None:
    answered: list[str] = []
    lock = threading.Lock()

    def send(content: dict, buffers: list[bytes]) -> None:
        with lock:
            answered.extend(content["found"])

    keys = [str(n) for n in range(200)]
    desk = ThumbnailDesk(lambda key: key.encode(), lambda: set(keys), send)
    for view in range(20):
        desk.ask(f"view {view}", keys[view * 10 : view * 10 + 10])
    for _ in range(5):
        desk.join()
    assert sorted(answered) == sorted(keys)


def test_answers_come_on_the_event_loop_where_there_is_one() -> None:
    senders: list[threading.Thread] = []

    async def page() -> None:
        desk = ThumbnailDesk(
            lambda key: b"",
            lambda: {"a"},
            lambda content, buffers: senders.append(threading.current_thread()),
        )
        desk.ask("v", ["a"])
        while not senders:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(page(), 10))
    assert senders == [threading.main_thread()]


def test_other_messages_are_not_taken() -> None:
    gallery = Gallery(rows(1), thumbnail=lambda key: b"")
    for content in (
        None,
        [],
        "thumbnails",
        {"type": "thumbnails"},
        {"type": "thumbnails", "view": 3, "keys": 4},
    ):
        gallery.comm.custom(content)
    gallery._desk.join()
    assert gallery.comm.thumbnails() == []
