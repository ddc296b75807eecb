"""A video in Chromium: its key frames on a time line, any moment of it, and the film itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Served

HOSTILE = "<img src=x onerror=alert(1)>.mp4"


@pytest.fixture
def visit(chromium: Any, full: Served) -> Iterator[Visit]:
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 1400})
    yield visit
    visit.close()


def position(page: Any) -> float:
    """Return where the player says that the video is, in seconds."""
    minutes, seconds = page.locator(".tagcat-player-clock").inner_text().split(" / ")[0].split(":")
    return 60 * int(minutes) + float(seconds)


def wait_for_position(page: Any, seconds: float) -> None:
    page.wait_for_function(
        "seconds => Math.abs(document.querySelector('.tagcat-player-slider').value - seconds) < 0.05",
        arg=seconds,
    )


def picture(page: Any) -> str:
    """Return the address of the decoded moment, once it has a size."""
    page.wait_for_function("document.querySelector('.tagcat-player-picture img')?.naturalWidth > 0")
    return str(page.locator(".tagcat-player-picture img").get_attribute("src"))


def test_line_player_and_gallery_go_together(visit: Visit) -> None:
    page = visit.open("02_key_frames")
    before = picture(page)
    frame = page.locator(".tagcat-line-frame").nth(3)
    page.locator(".tagcat-line-picture img").first.wait_for()
    frame.locator(".tagcat-line-mark").click()
    # What was chosen on the line is selected in the gallery, and that by way of Python.
    page.locator(".tagcat-gallery-status", has_text="1 of 30 frames selected").wait_for()
    chosen = page.locator(".tagcat-gallery-item[aria-selected=true]")
    time = chosen.inner_text().split()[-1]
    assert str(frame.get_attribute("aria-label")).startswith(time)
    wait_for_position(page, float(time.split(":")[1]))
    page.wait_for_function(
        "before => document.querySelector('.tagcat-player-picture img').src !== before", arg=before
    )
    page.locator(".tagcat-gallery-item").nth(1).click()
    page.locator(".tagcat-line-frame").nth(1).and_(page.locator("[aria-selected=true]")).wait_for()
    page.locator(".tagcat-line-options").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".tagcat-gallery-item").nth(2).and_(page.locator("[aria-selected=true]")).wait_for()
    page.keyboard.press("Escape")
    page.locator(".tagcat-line-status", has_text="selected").wait_for(state="detached")
    box = page.locator(".tagcat-line-field").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    duration = float(page.locator(".tagcat-player-slider").get_attribute("max"))
    wait_for_position(page, duration / 2)


def test_a_film_plays_from_where_it_was_and_no_address_leads_to_it(visit: Visit) -> None:
    page = visit.open("02_key_frames")
    picture(page)
    page.locator(".tagcat-player-slider").focus()
    page.keyboard.press("PageUp")
    wait_for_position(page, 1.0)
    page.locator(".tagcat-player-play").click()
    page.locator(".tagcat-player-film").wait_for()
    page.wait_for_function("document.querySelector('.tagcat-player-film').currentTime > 1.4")
    page.locator(".tagcat-player-play", has_text="Pause").click()
    page.locator(".tagcat-player-play", has_text="Play").wait_for()
    assert position(page) > 1.3
    # Python heard it: the line, another widget, shows where the film is.
    page.wait_for_function("parseFloat(document.querySelector('.tagcat-line-head').style.left) > 70")
    source = page.locator(".tagcat-player-film").get_attribute("src")
    assert source.startswith("blob:")
    assert not [url for url in visit.requests if url.endswith((".mp4", ".webm", ".mkv", ".mov"))]


def test_a_hostile_name_is_a_name(chromium: Any, full: Served, empty: Served) -> None:
    served = empty
    folder = served.home.person / "films"
    folder.mkdir()
    clip = min(full.home.tagcat.rglob("excursion.mp4"))
    shutil.copy(clip, folder / HOSTILE)
    visit = Visit(chromium, served, viewport={"width": 800, "height": 900})
    page = visit.open("02_key_frames")
    page.get_by_text("There is no video in this collection yet").wait_for()
    served.home.run("ingest", str(folder))
    page.reload()
    visit.ready()
    page.locator(".tagcat-player-title", has_text=HOSTILE).wait_for()
    picture(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (folder / HOSTILE).unlink()
    page.locator(".tagcat-player-play").click()
    page.locator(".tagcat-player-status", has_text="no file of such a video").wait_for()
    visit.close()


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), pytest.param(800, "dark", marks=pytest.mark.soak)]
)
def test_look(chromium: Any, full: Served, results: Path, width: int, scheme: Any) -> None:
    visit = Visit(chromium, full, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = visit.open("02_key_frames")
    picture(page)
    page.locator(".tagcat-line-picture img").nth(3).wait_for()
    page.locator(".tagcat-line-frame").nth(3).locator(".tagcat-line-mark").click()
    page.locator(".tagcat-gallery-status", has_text="selected").wait_for()
    page.wait_for_timeout(700)
    page.screenshot(path=results / f"player-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.close()
