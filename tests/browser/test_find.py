"""A file asks in Chromium: it is hashed there, only its hashes travel, and the player goes where it is."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import serious
from tests.browser.conftest import Visit
from tests.browser.serving import Served

HOSTILE = "<img src=x onerror=alert(1)>.mp4"


@pytest.fixture
def visit(chromium: Any, full: Served) -> Iterator[Visit]:
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 1000})
    yield visit
    visit.close()


def drop(page: Any, file: Path, kind: str) -> None:
    """Drop a file as a person does: with a DataTransfer of the browser's own that holds it."""
    held = page.evaluate_handle(
        """([name, type, letters]) => {
          const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], name, { type }));
          return transfer;
        }""",
        [file.name, kind, base64.b64encode(file.read_bytes()).decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(".tagcat-find-zone", event, {"dataTransfer": held})


def test_a_clip_is_found_by_its_hashes_alone(visit: Visit, tmp_path: Path) -> None:
    demonstration = visit.served.home.tagcat / "demonstration"
    clip = tmp_path / HOSTILE
    clip.write_bytes((demonstration / "videos" / "trailer.mp4").read_bytes())
    sent: list[int] = []
    visit.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page = visit.open("03_matching")
    told = page.locator(".tagcat-find-told")
    picture = demonstration / "photographs" / "dahlia, blurred.jpg"
    drop(page, picture, "image/jpeg")
    answers = page.locator(".tagcat-gallery", has=page.get_by_label("Where it is"))
    answers.locator(".tagcat-gallery-item", has_text="dahlia, grey.jpg").wait_for()
    assert page.locator(".tagcat-find-name").inner_text() == picture.name
    drop(page, clip, "video/mp4")
    told.filter(has_text="trailer.mp4 0:00.0 to 0:05.8").wait_for()
    assert page.locator(".tagcat-find-name").inner_text() == HOSTILE, "a name is text"
    assert sum(sent) < clip.stat().st_size / 4, "the file stays where it is"
    moment = answers.locator(".tagcat-gallery-item", has_text="trailer.mp4").nth(1)
    time = moment.locator(".tagcat-numbers").inner_text().split(" · ")[0]
    moment.click()
    minutes, seconds = time.split(":")
    page.wait_for_function(
        "seconds => Math.abs(document.querySelector('.tagcat-player-slider').value - seconds) < 0.05",
        arg=60 * int(minutes) + float(seconds),
    )
    page.wait_for_function("document.querySelector('.tagcat-player-picture img')?.naturalWidth > 0")
    assert not serious(page)

    chosen = page.locator(".tagcat-find input[type=file]")
    text = tmp_path / "notes.txt"
    text.write_text("no picture", "utf-8")
    chosen.set_input_files(text)
    page.locator(".tagcat-find-trouble", has_text="notes.txt").wait_for()
    assert "reads more formats" in page.locator(".tagcat-find-trouble").inner_text()
