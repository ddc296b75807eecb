"""A gallery in Chromium: rectangles and free lines select, names and kinds filter, Python hears of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Served


@pytest.fixture
def visit(chromium: Any, full: Served) -> Iterator[Visit]:
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 1000})
    yield visit
    visit.close()


def middle(page: Any, index: int) -> tuple[float, float]:
    """Return the middle of an item's picture."""
    box = page.locator(".tagcat-gallery-item .tagcat-thumb").nth(index).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def around_an_angle(page: Any, columns: int) -> None:
    """Draw a free line around the first item and the two in the row below it, but not the second one."""
    boxes = page.locator(".tagcat-gallery-item")
    first, second = boxes.nth(0).bounding_box(), boxes.nth(1).bounding_box()
    last = boxes.nth(columns + 1).bounding_box()
    left, top = first["x"] + 4, first["y"] + 4
    right, bottom = last["x"] + last["width"] - 8, last["y"] + last["height"] - 8
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in (
        (second["x"], top),
        (second["x"], last["y"]),
        (right, last["y"]),
        (right, bottom),
        (left, bottom),
    ):
        page.mouse.move(x, y, steps=4)
    assert page.locator(".tagcat-lasso-line polygon").is_visible()
    page.mouse.up()


def test_a_rectangle_reaches_python_and_filters_show_what_is_meant(visit: Visit) -> None:
    page = visit.open("06_tags")
    page.locator(".tagcat-thumb img").first.wait_for()
    items = page.locator(".tagcat-gallery-item")
    page.locator(".tagcat-gallery-list").scroll_into_view_if_needed()
    columns = page.evaluate(
        """() => {
          const cells = [...document.querySelectorAll(".tagcat-gallery-item")];
          const top = cells[0].getBoundingClientRect().top;
          return cells.filter((cell) => cell.getBoundingClientRect().top === top).length;
        }"""
    )
    page.mouse.move(*middle(page, 0))
    page.mouse.down()
    page.mouse.move(*middle(page, columns + 1), steps=6)
    assert page.locator(".tagcat-lasso").is_visible()
    page.mouse.up()
    page.get_by_role("combobox", name="Tag 4 selected items").wait_for()  # what Python heard, and said
    chosen = page.locator(".tagcat-gallery-item[aria-selected=true]")
    assert chosen.count() == 4

    page.locator(".tagcat-gallery-list").focus()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Select pictures").wait_for()
    page.keyboard.press("l")
    around_an_angle(page, columns)
    page.get_by_role("combobox", name="Tag 3 selected items").wait_for()
    assert items.nth(0).get_attribute("aria-selected") == "true"
    assert items.nth(1).get_attribute("aria-selected") == "false", "the line ran around its middle"
    page.get_by_role("button", name="Lasso").click()
    page.locator(".tagcat-gallery-list").focus()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Select pictures").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.get_by_role("combobox", name="Tag 4 selected items").wait_for()

    page.get_by_role("searchbox", name="Search names").fill("temple")
    page.locator(".tagcat-gallery-status", has_text="not shown").wait_for()
    assert all("temple" in name for name in page.locator(".tagcat-gallery-name").all_inner_texts())
    before = page.locator(".tagcat-gallery-name").all_inner_texts()
    page.get_by_label("Sort by").select_option("name")
    page.get_by_role("button", name="Ascending").click()
    page.get_by_role("button", name="Descending").wait_for()
    after = page.locator(".tagcat-gallery-name").all_inner_texts()
    assert sorted(before) == sorted(after)
    assert before != after
    page.get_by_role("button", name="Show all").click()
    page.locator(".tagcat-gallery-status", has_text="28 items selected").wait_for()
    assert items.count() > len(after)


def test_a_gallery_of_clusters_is_filtered_by_one(visit: Visit) -> None:
    page = visit.open("04_clustering")
    page.locator(".tagcat-thumb img").first.wait_for()
    clusters = page.locator(".tagcat-map-legend button")
    for number in range(3):
        clusters.nth(number).click(modifiers=["Shift"] if number else [])
    chosen = page.get_by_label("Cluster", exact=True)
    page.wait_for_function(
        "document.querySelectorAll('select[data-facet=cluster] option').length === 4"  # any, 0, 1 and 2
    )
    text = chosen.locator("option").nth(2).inner_text()
    chosen.select_option(text)
    number = text.partition("(")[2].rstrip(")")
    page.locator(".tagcat-gallery-status", has_text=re.compile(rf"^{number} of \d+ items shown")).wait_for()
    assert clusters.nth(1).locator(".tagcat-quiet").inner_text() == number
    page.locator(".tagcat-gallery-tools").get_by_text("Show all").click()
    page.locator(".tagcat-gallery-status", has_text=re.compile(r"^\d+ of \d+ items selected")).wait_for()
