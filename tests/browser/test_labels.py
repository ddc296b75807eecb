"""Labels in Chromium: a model is asked, a label opened, one key makes a tag of it and one takes it back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Served
from tests.browser.test_dashboards import make_pictures
from tests.kernel.models import colour_model

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def visit(chromium: Any, empty: Served) -> Iterator[Visit]:
    visit = Visit(chromium, empty, viewport={"width": 1440, "height": 900})
    yield visit
    visit.close()


def test_a_label_becomes_a_tag_with_one_key(visit: Visit) -> None:
    home = visit.served.home
    make_pictures(home.person / "holiday")
    home.run("ingest", *(str(path) for path in sorted((home.person / "holiday").glob("other 0*.png"))))
    (home.tagcat / "models").mkdir(exist_ok=True)
    colour_model(home.tagcat / "models", labels=[HOSTILE, "green", "blue"], name=f"{HOSTILE} model")
    page = visit.open("05_labelling")
    page.get_by_role("button", name="Label what is new").click()
    page.locator("option", has_text=HOSTILE).filter(has_text="(").first.wait_for(state="attached")
    page.get_by_role("listbox").filter(has_text=HOSTILE).first.select_option(index=1)
    items = page.locator(".tagcat-gallery-item")
    items.first.click()
    page.keyboard.press("t")
    page.get_by_text("a tag on 1 more now").wait_for()
    (tag,) = (line for line in home.run("tags").splitlines() if line)
    page.keyboard.press("u")
    page.get_by_text("undone:").wait_for()
    assert tag.split(":")[0] in (HOSTILE, "green", "blue")
    assert "no tags yet" in home.run("tags")
