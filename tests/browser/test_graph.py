"""The graph of matches in Chromium: search, select, filter, expand, by mouse and by keys."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import Visit
from tests.browser.serving import Home, Served, new_home

# Notes where on the canvas pictures are drawn.
DRAWN = """() => {
  window.drawn = new Set();
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (picture, ...place) {
    if (picture instanceof ImageBitmap) drawn.add(place.slice(4, 6).join());
    draw.call(this, picture, ...place);
  };
}"""
HOSTILE = "<img src=x onerror=alert(1)>.png"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a chain of pictures, each a match of the next one only, and one with a hostile name."""
    home = new_home(tmp_path_factory.mktemp("chain"))
    folder = home.person / "chain"
    folder.mkdir()
    means = np.random.default_rng(5).integers(60, 190, (8, 9)).astype(float)
    for number, name in enumerate((HOSTILE, "second.png", "third.png")):
        pixels = np.kron(means, np.ones((20, 20))).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
        for row in range(3):  # turns some comparisons around: a few bits a step
            means[2 * number + row % 2, 2 * row + 1 :: 4] += 90 * (-1) ** row
    home.run("ingest", str(folder))
    yield home
    home.stop_graph()


@pytest.fixture
def visit(chromium: Any, chain: Home) -> Iterator[Visit]:
    served = Served(chain)
    visit = Visit(chromium, served, viewport={"width": 1440, "height": 1000})
    yield visit
    visit.close()
    served.stop()


def said(page: Any, words: str) -> None:
    page.locator(".tagcat-map-status", has_text=words).first.wait_for()


def test_a_graph_is_searched_filtered_and_selected(visit: Visit) -> None:
    page = visit.open("07_graph")
    said(page, "3 items")
    page.evaluate(DRAWN)
    search = page.get_by_role("searchbox")
    search.fill("onerror")
    said(page, "1 found")
    search.press("Enter")
    said(page, "1 selected")
    page.locator(".tagcat-gallery-item", has_text=HOSTILE).wait_for()
    board = page.locator(".tagcat-graph-board")
    board.focus()
    page.keyboard.press("Escape")
    page.locator(".tagcat-gallery-item").wait_for(state="detached")
    page.keyboard.press("0")
    page.keyboard.press(" ")
    said(page, "1 selected")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    said(page, "2 selected")
    page.locator(".tagcat-gallery-item").nth(1).wait_for()
    page.wait_for_function("drawn.size >= 3")
    reach = page.locator(".tagcat-graph-filter input")
    reach.focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    said(page, "0 matches")


def test_a_click_selects_and_a_double_click_is_heard(visit: Visit) -> None:
    page = visit.open("07_graph")
    said(page, "3 items")
    page.wait_for_timeout(500)
    canvas = page.locator(".tagcat-graph-board canvas")
    box = canvas.bounding_box()
    # Three in a row, shown whole: the middle of the canvas is the middle one.
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.locator(".tagcat-map-card").wait_for()
    page.mouse.click(*middle)
    said(page, "1 selected")
    page.mouse.move(box["x"] + 10, box["y"] + 10, steps=5)
    said(page, "1 selected")
    page.mouse.dblclick(*middle)
    said(page, "3 items")
    page.mouse.click(box["x"] + 10, box["y"] + 10)
    page.locator(".tagcat-gallery-item").wait_for(state="detached")
