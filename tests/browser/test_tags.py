"""Tags in Chromium: choose, type, open, undo; a hostile word is a word."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Served
from tests.browser.test_dashboards import make_pictures

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def visit(chromium: Any, empty: Served) -> Iterator[Visit]:
    visit = Visit(chromium, empty, viewport={"width": 1440, "height": 900})
    yield visit
    visit.close()


def tags(visit: Visit) -> list[dict[str, Any]]:
    return json.loads(visit.served.home.run("tags", "--json"))


def test_pictures_are_tagged_and_it_is_undone(visit: Visit) -> None:
    folder = visit.served.home.person / "holiday"
    make_pictures(folder)
    visit.served.home.run("ingest", *(str(path) for path in sorted(folder.glob("other 0*.png"))))
    page = visit.open("06_tags")
    items = page.locator(".tagcat-gallery-item")
    items.nth(1).click()
    items.nth(2).click(modifiers=["Control"])
    field = page.get_by_role("combobox", name="Tag 2 selected items")
    field.fill(HOSTILE)
    field.press("Enter")
    page.locator(".tagcat-tags-chip", has_text=HOSTILE).wait_for()
    tagged = visit.served.home.run("tags", "--json")
    assert HOSTILE in tagged
    page.locator(".tagcat-tags-line", has_text=HOSTILE).click()
    page.locator(".tagcat-gallery-status", has_text="2 of 2 items selected").wait_for()

    visit.served.home.run("tags", "add", "dusk")
    page = visit.open("04_clustering")
    page.locator(".tagcat-map-cluster").first.click()
    chosen = page.locator(".tagcat-gallery-status").inner_text().split()[0]
    field = page.get_by_role("combobox", name=f"Tag {chosen} selected item")
    field.fill("dusk")
    field.press("Enter")
    page.get_by_role("status").filter(has_text=f"dusk: put on {chosen}").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("status").filter(has_text="undone").wait_for()
    assert [tag["images"] for tag in tags(visit)] == [2, 0]
    page.locator(".tagcat-tags-line", has_text=HOSTILE).click()
    page.locator(".tagcat-map-status", has_text="2 of 9 items selected").wait_for()
    field.fill("dusk")
    field.press("Enter")
    page.get_by_role("status").filter(has_text="dusk: put on 2").wait_for()

    page = visit.open("06_tags")
    page.locator(".tagcat-map-status", has_text="2 tags · 1 pair").wait_for()
    search = page.locator(".tagcat-graph-search")
    search.fill("usk")
    search.press("Enter")
    page.locator('.tagcat-tags-line[aria-selected="true"]', has_text="dusk").wait_for()
    page.locator(".tagcat-gallery-status", has_text="2 items").wait_for()
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    page.locator(".tagcat-tags-chip").wait_for(state="detached")
    page.get_by_text("No tags yet").wait_for()
    assert HOSTILE not in visit.served.home.run("tags", "--json")
