"""The dashboards as a person uses them, in Chromium: from an empty collection to matches."""

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.browser.axe import serious
from tests.browser.conftest import CHECKOUT, Visit
from tests.browser.serving import Served

HOSTILE = "<img src=x onerror=alert(1)>.png"
PICTURE = ("03_matching", 1440, "light")
PICTURES_SHOWN = (
    "[...document.querySelectorAll('.tagcat-thumb img')].every(i => i.complete && i.naturalWidth)"
)
PAGES = {  # by their names in the bar, as they follow each other; and how their headings begin
    "Ingest": ("01_ingest", "Read pictures and videos"),
    "Key frames": ("02_key_frames", "Moments that stand"),
    "Matching": ("03_matching", "What looks alike"),
    "Clusters": ("04_clustering", "What kinds of pictures"),
    "Labels": ("05_labelling", "What does a model see?"),
    "Tags": ("06_tags", "What a person sees"),
    "Graph": ("07_graph", "How everything hangs"),
    "Home": ("home", "Your collection"),
}


@pytest.fixture
def visit(chromium: Any, empty: Served) -> Iterator[Visit]:
    visit = Visit(chromium, empty, viewport={"width": 1440, "height": 900})
    yield visit
    visit.close()


@pytest.fixture
def looking(chromium: Any, full: Served) -> Iterator[Visit]:
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 900})
    yield visit
    visit.close()


def make_pictures(folder: Path) -> None:
    """Write a picture, copies of it at distances of some bits, unrelated ones, and a broken file."""
    folder.mkdir()

    def picture(seed: int, change: float = 0.0) -> Image.Image:
        small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3)).astype(float)
        small += np.random.default_rng(99).normal(0, change, small.shape)
        pixels = Image.fromarray(np.clip(small, 0, 255).astype(np.uint8))
        return pixels.resize((640, 480), Image.Resampling.BICUBIC)

    picture(0).save(folder / HOSTILE)
    picture(0).resize((320, 240)).save(folder / "smaller.jpg")
    for change in (20, 40, 60):
        picture(0, change).save(folder / f"rough {change}.jpg")
    for number in range(1, 20):
        picture(number).save(folder / f"other {number:02d}.png", compress_level=1)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")


@contextlib.contextmanager
def held_job(served: Served) -> Iterator[None]:
    """Hold the job that was just started where it is, so that a page can be left in the middle of it."""
    until = time.monotonic() + 20
    while not (found := list((served.home.tagcat / "jobs").glob("*/process.json"))):
        assert time.monotonic() < until, "no job was started"
        time.sleep(0.01)
    job = psutil.Process(json.loads(found[0].read_text("utf-8"))["pid"])
    job.suspend()
    try:
        yield
    finally:
        job.resume()


def choose(page: Any, name: str) -> None:
    """Open a folder in the picker and add it."""
    folders = page.locator("select[size]")
    folders.select_option(folders.locator("option", has_text=name).first.get_attribute("value"))
    page.get_by_role("button", name="Add").click()
    page.locator(".tagcat-paths-row", has_text=name).wait_for()


def matches(page: Any) -> int:
    """Return the number of pairs that the review offers."""
    return int(page.locator(".tagcat-review-count").first.inner_text().replace(",", ""))


def slide(page: Any, distance: int) -> None:
    """Move the slider as a person at the keyboard does."""
    slider = page.locator("input.tagcat-slider-input")
    slider.focus()
    while (now := int(slider.input_value())) != distance:
        page.keyboard.press("ArrowRight" if now < distance else "ArrowLeft")


def test_from_a_folder_to_matches(visit: Visit) -> None:
    make_pictures(visit.served.home.person / "holiday")
    page = visit.open("home")
    page.get_by_text("This collection is empty").wait_for()
    page.get_by_role("link", name="Ingest").first.click()

    visit.ready()
    choose(page, "holiday")
    page.get_by_role("button", name="Read these").click()
    with held_job(visit.served):
        page.locator('.tagcat-job[data-state="running"]').wait_for()
        page.reload(wait_until="commit")  # the job goes on without us, and its bar comes back
        visit.ready()
        page.locator('.tagcat-job[data-state="running"]').wait_for()
        assert page.get_by_role("button", name="Cancel").is_visible()
    page.locator('.tagcat-job[data-state="done"]').wait_for()
    page.locator(".tagcat-job-failures summary").click()
    assert "broken.jpg" in page.locator(".tagcat-job-failures").inner_text()

    page.get_by_role("link", name="See the matches").click()
    visit.ready()
    page.locator(".tagcat-review-row").first.wait_for()
    default = matches(page)
    assert default >= 1
    assert "other" not in page.locator(".tagcat-review-list").inner_text()
    slide(page, 16)
    page.wait_for_function(
        f"Number(document.querySelector('.tagcat-review-count').innerText.replace(',', '')) > {default}"
    )
    slide(page, 0)
    page.wait_for_function(
        f"Number(document.querySelector('.tagcat-review-count').innerText.replace(',', '')) < {default + 1}"
    )
    slide(page, 8)
    page.wait_for_function(f"document.querySelector('.tagcat-review-count').innerText === '{default}'")
    assert HOSTILE in page.locator(".tagcat-review").inner_text(), "a name is shown as it is, as text"

    page.get_by_role("link", name="Home").first.click()
    visit.ready()
    assert page.locator(".tagcat-card b").first.inner_text() == "24"


def test_a_job_is_cancelled_and_the_page_says_so(visit: Visit) -> None:
    make_pictures(visit.served.home.person / "holiday")
    page = visit.open("01_ingest")
    choose(page, "holiday")
    page.get_by_role("button", name="Read these").click()
    with held_job(visit.served):
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Stopping", exact=True).wait_for()
    page.locator('.tagcat-job[data-state="cancelled"]').wait_for()
    page.get_by_text("Stopped. What was read is kept").wait_for()


def test_the_slider_says_what_it_gains_loses_and_owes_to_chance(looking: Visit) -> None:
    page = looking.open("03_matching")
    told = page.locator(".tagcat-slider-told", has_text="expected to be chance")
    told.filter(has_text="the stored distance").wait_for()

    def count() -> int:
        said = page.locator(".tagcat-slider-readout strong").last.inner_text()
        return int(said.split()[0].replace(",", ""))

    stored = count()
    for distance, word in ((16, "gained"), (0, "lost")):
        slide(page, distance)
        difference = abs(count() - stored)
        assert difference > 0
        said = told.inner_text()
        assert re.match(rf"{difference} match(es)? {word} against the stored 8 · (about|fewer than) \d", said)
        assert page.locator(f".tagcat-slider-column.tagcat-{word}").count() == 8
    slide(page, 8)
    told.filter(has_text="the stored distance").wait_for()


def test_the_strip_follows_the_slider(looking: Visit) -> None:
    page = looking.open("02_key_frames")
    said = page.locator(".tagcat-slider-readout strong").last

    def frames() -> int:
        count = int(re.findall(r"\d+", said.inner_text())[0])
        page.locator(".tagcat-gallery").get_by_text(f"{count} frames").wait_for()
        return count

    assert frames() == 30
    slide(page, 16)
    page.get_by_text("30 frames").wait_for(state="detached")
    assert 0 < frames() < 30
    page.locator(".tagcat-thumb img").first.wait_for()


def test_a_video_can_be_chosen(looking: Visit) -> None:
    page = looking.open("02_key_frames")
    page.get_by_label("Video", exact=True).select_option(index=1)
    page.get_by_text("39 frames").wait_for()


def selected(page: Any) -> int:
    """Return how many items the map says are selected."""
    said = page.locator(".tagcat-map-status").inner_text()
    return int(said.split()[0]) if "selected" in said else 0


def test_a_line_around_dots_selects_them_and_hovering_keeps_them(looking: Visit) -> None:
    page = looking.open("04_clustering")
    page.locator(".tagcat-map-cluster").nth(1).wait_for()
    page.locator(".tagcat-thumb img").first.wait_for()
    page.locator(".tagcat-map-canvas").scroll_into_view_if_needed()
    box = page.locator(".tagcat-map-canvas").bounding_box()
    left, top, right, bottom = box["x"] + 4, box["y"] + 4, box["x"] + box["width"], box["y"] + box["height"]
    middle = (left + right) / 2
    page.mouse.move(left, bottom - 4)
    page.mouse.down()
    for x, y in ((left, top), (middle, top), (middle, bottom - 4)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.tagcat-map-status').innerText.includes('selected')")
    some = selected(page)
    assert some > 0
    page.mouse.move(right - 40, bottom - 40)
    page.mouse.move(left, bottom - 4, steps=40)
    assert selected(page) == some, "a mouse that only moves changes nothing"
    page.locator(".tagcat-gallery-status", has_text="selected").wait_for()
    page.locator(".tagcat-gallery-list").focus()
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.tagcat-map-status').innerText.includes('selected')")


def test_another_number_of_clusters_is_drawn(looking: Visit) -> None:
    page = looking.open("04_clustering")
    page.locator(".tagcat-map-cluster").nth(7).wait_for()
    page.locator(".widget-slider [role=slider]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelectorAll('.tagcat-map-cluster').length === 6")
    page.locator("figcaption", has_text="6 clusters").wait_for()


def test_who_has_only_the_page_can_paste_the_token(looking: Visit, full: Served) -> None:
    page = looking.page
    page.goto(full.page("03_matching"))
    assert page.locator("h1").inner_text() == "The way in"
    looking.wrong.clear()  # Chromium reports the 403 of that page as an error
    page.get_by_label("Or paste the token here").fill(full.token)
    page.get_by_role("button", name="Come in").click()
    looking.ready()
    assert page.locator("h1").inner_text() == "What looks alike", "the page that was asked for"


def test_a_page_waits_longer_for_its_widgets_than_anywidget(looking: Visit) -> None:
    """anywidget drops a widget that has not begun after two seconds, as on a machine that is busy."""
    page = looking.open("home")
    page.locator(".tagcat-gallery-item").first.wait_for()
    over = (
        "async limit => { const signal = AbortSignal.timeout(limit);"
        " await new Promise(done => setTimeout(done, limit + 300)); return signal.aborted }"
    )
    assert not page.evaluate(over, 2000)
    assert page.evaluate(over, 100), "other limits are as they were"
    cut = "a => getComputedStyle(a).overflowX !== 'visible' && a.scrollWidth > a.clientWidth"
    found = page.evaluate(f"[...document.querySelectorAll('.jp-OutputArea')].filter({cut}).length")
    assert found == 0, "the gallery, wider than its text by its rings, is cut off and scrolls sideways"


def test_light_and_dark(chromium: Any, full: Served) -> None:
    visit = Visit(chromium, full, color_scheme="dark")
    page = visit.open("home")
    back = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(back) == "rgb(20, 25, 28)", "the system's wish, until the person says otherwise"
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(back) == "rgb(246, 247, 248)"
    visit.open("03_matching")
    assert page.evaluate(back) == "rgb(246, 247, 248)", "the choice is remembered"
    assert page.evaluate("document.body.dataset.jpThemeLight") == "true"
    visit.close()


@pytest.mark.parametrize(
    "early",
    [
        pytest.param(False, id="when it was ready", marks=pytest.mark.soak),
        pytest.param(True, id="before it was"),
    ],
)
def test_a_page_left_leaves_no_kernel(looking: Visit, full: Served, early: bool) -> None:
    page = looking.open("home")
    before = {kernel.pid for kernel in full.kernels()}
    page.locator(".tc-nav a", has_text="Matching").click(no_wait_after=True)
    if early:
        page.locator("#jupyter-config-data").wait_for(state="attached")
    else:
        looking.ready()
    page.locator(".tc-nav a", has_text="Ingest").click()
    page.wait_for_url("**/01_ingest.ipynb")
    looking.ready()
    until = time.monotonic() + 10
    while len({kernel.pid for kernel in full.kernels()}) > len(before) and time.monotonic() < until:
        time.sleep(0.1)
    assert len(full.kernels()) == len(before), "one page is open, and one kernel lives for it"


def test_a_page_says_that_the_server_is_gone(chromium: Any, empty: Served) -> None:
    visit = Visit(chromium, empty)
    page = visit.open("home")
    empty.stop()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("TagCat no longer answers").wait_for()
    assert visit.strangers() == set()
    visit.context.close()


def test_an_error_is_told_without_a_traceback(chromium: Any, empty: Served) -> None:
    """The graph is gone and can't come back: its folder is a file."""
    visit = Visit(chromium, empty)
    graph = empty.home.tagcat / "graph"
    psutil.Process(json.loads((graph / "endpoint.json").read_text("utf-8"))["pid"]).kill()
    graph.rename(graph.with_name("graph-away"))
    graph.write_text("in the way", "utf-8")
    page = visit.open("home")
    card = page.locator(".tc-error")
    card.wait_for()
    assert "Traceback" not in page.content()
    assert "tagcat_kernel/" not in page.content()
    assert "dashboards.log" in card.inner_text()
    assert "Traceback" in empty.log
    visit.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "ways",
    [
        ((1440, "light"), (800, "dark")),
        pytest.param(((1440, "dark"), (800, "light")), marks=pytest.mark.soak),
    ],
    ids=["wide is light", "wide is dark"],
)
def test_the_bar_leads_everywhere_and_every_page_looks_right(
    chromium: Any, full: Served, results: Path, ways: tuple[tuple[int, Any], ...]
) -> None:
    """Wide and narrow, light and dark, for axe; the pictures in test-results are for a person to look at."""
    visit = Visit(chromium, full, reduced_motion="reduce")  # what fades in is in
    page = visit.open("home")
    for title, (name, heading) in PAGES.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.locator(".tc-nav a", has_text=title).click()
        page.wait_for_url(f"**/{name}.ipynb")
        visit.ready()
        assert page.locator("h1").inner_text().startswith(heading)
        assert page.locator('[aria-current="page"]').inner_text() == title
        assert "token" not in page.url
        for width, theme in ways:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            if name not in ("01_ingest", "07_graph"):  # a form, and a canvas
                page.locator(".tagcat-thumb img").first.wait_for()
                page.wait_for_function(PICTURES_SHOWN)
            page.wait_for_timeout(200)  # the canvas is drawn
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{name} is wider than a window of {width}"
            assert page.get_by_text("Click to show javascript error").count() == 0
            found = serious(page)
            assert not found, "\n".join([name, *found])
            page.screenshot(path=results / f"{name}-{width}-{theme}.png", full_page=True)
            if os.environ.get("TAGCAT_UPDATE_PICTURE") and (name, width, theme) == PICTURE:
                page.screenshot(path=CHECKOUT / "docs" / "dashboard.png")
    visit.close()
