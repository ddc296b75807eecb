"""The review of matches in Chromium: what a person says is stored, and what they look at is drawn."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.axe import serious
from tests.browser.conftest import Visit
from tests.browser.serving import Served
from tests.browser.test_dashboards import HOSTILE, make_pictures, matches

WORD = "<script>alert(1)</script>"
# The sum of all colours on the canvas, once both pictures are drawn on it.
DRAWN = """() => {
  const canvas = document.querySelector(".tagcat-compare-canvas");
  if (canvas.width < 2) return null;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, level, at) => (at % 4 === 3 ? sum : sum + level), 0);
}"""


@pytest.fixture
def visit(chromium: Any, empty: Served) -> Iterator[Visit]:
    visit = Visit(chromium, empty, viewport={"width": 1440, "height": 1200})
    yield visit
    visit.close()


def drawn(page: Any) -> int:
    return (
        int(
            page.wait_for_function(
                f"(() => {{ const sum = ({DRAWN})(); return sum === null ? false : sum + 1; }})()"
            ).json_value()
        )
        - 1
    )


def test_a_pair_is_looked_at_and_judged(visit: Visit) -> None:
    folder = visit.served.home.person / "two"
    make_pictures(folder)
    run = visit.served.home.run
    run("ingest", str(folder / HOSTILE), str(folder / "smaller.jpg"))
    page = visit.open("03_matching")
    page.locator(".tagcat-review-row").first.wait_for()
    assert matches(page) == 1

    page.locator(".tagcat-review-list").focus()
    page.keyboard.press("d")
    assert drawn(page) > 0
    page.keyboard.press("b")
    left = drawn(page)
    page.keyboard.press("b")
    assert drawn(page) != left, "the other picture stands in its place"
    page.keyboard.press("d")
    assert 0 < drawn(page) < left / 2, "a smaller copy differs by little"
    page.locator(".tagcat-compare-told", has_text="of the pixels differ visibly").wait_for()
    page.keyboard.press("d")
    assert page.locator(".tagcat-bits").get_attribute("aria-label").startswith("Bits that differ: ")
    page.keyboard.press("?")
    page.get_by_role("region", name="Keys").get_by_text("not a match").wait_for()
    assert not serious(page)

    page.get_by_role("button", name="Not a match").click()
    page.locator(".tagcat-review-verdict", has_text="Not a match").wait_for()
    assert "smaller.jpg" not in run("matches")
    page.get_by_role("button", name="Undo").click()
    page.locator(".tagcat-review-verdict").wait_for(state="hidden")
    page.keyboard.press("m")
    page.locator(".tagcat-review-verdict", has_text="A match").wait_for()
    page.keyboard.press("u")
    page.locator(".tagcat-review-verdict").wait_for(state="hidden")

    page.keyboard.press("t")
    field = page.get_by_role("combobox", name="Tag both")
    field.fill(WORD)
    field.press("Enter")
    page.locator(".tagcat-review-told", has_text=WORD).wait_for()
    assert WORD in run("tags", "--json")

    page.keyboard.press("l" if page.locator(".tagcat-review-name").first.inner_text() == HOSTILE else "r")
    page.get_by_text("smaller.jpg left the collection; its file stays where it is").wait_for()
    assert "smaller.jpg" not in run("files")
    assert (folder / "smaller.jpg").is_file()
    page.keyboard.press("u")
    page.locator(".tagcat-review-told", has_text="undone: smaller").wait_for()
    page.keyboard.press("u")
    page.locator(".tagcat-review-told", has_text="undone: <script>").wait_for()
    assert "smaller.jpg" in run("matches")
    page.keyboard.press("m")
    page.locator(".tagcat-review-told", has_text="a match").wait_for()
    look_on_another_day(page)
    assert "smaller.jpg" in run("matches")


def look_on_another_day(page: Any) -> None:
    """The one pair was called a match: nobody is asked for it again, and the verdict can still be changed."""
    page.reload()
    page.get_by_text("Every pair within this distance is judged.").wait_for()
    page.get_by_text("1 of 1 pair judged").wait_for()
    page.get_by_role("button", name="Judged 1").click()
    page.locator(".tagcat-review-verdict", has_text="A match").wait_for()
    assert not serious(page)
    page.keyboard.press("n")
    page.locator(".tagcat-review-verdict", has_text="Not a match").wait_for()
    page.keyboard.press("u")
    page.locator(".tagcat-review-verdict").wait_for(state="hidden")
