"""A shared collection in Chromium: it is found, stays chosen from page to page, and closes at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tests.browser.axe import serious
from tests.browser.conftest import Visit
from tests.browser.serving import Served

EVIL = '"><img src=x onerror=alert(1)>&collection=ada#'


@pytest.fixture
def owner(full: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """Somebody whose name is hostile, and who lets the visitor read."""
    monkeypatch.setenv("TAGCAT_HOME", str(full.home.tagcat))
    Image.radial_gradient("L").resize((120, 90)).convert("RGB").save(tmp_path / "theirs.png")
    with Workbench(user=EVIL) as owner:
        owner.ingest(tmp_path, progress=False)
        owner.tag(owner.images(), "their word")
        owner.share(full.home.user)
        yield owner


def chosen(page: Any) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("collection", [])


@pytest.mark.soak
def test_a_shared_collection_is_looked_at(chromium: Any, full: Served, owner: Workbench) -> None:
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 900})
    page = visit.open("home")
    assert page.locator(".tc-whose").count() == 0
    found = serious(page)

    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("link", name=f"The collection of {EVIL}").click()
    visit.ready()
    assert chosen(page) == [EVIL]
    assert page.locator(".tc-whose bdi").inner_text() == EVIL
    note = page.get_by_role("note").inner_text()
    assert f"This is the collection of {EVIL}. You may look at everything." in note
    page.locator(".tagcat-gallery-item", has_text="theirs.png").locator("img").wait_for()
    assert page.get_by_role("button", name="Share").count() == 0
    found += serious(page)

    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Tags").click()
    visit.ready()
    assert chosen(page) == [EVIL], "the choice goes along"
    page.get_by_role("treeitem", name="their word").wait_for()
    assert not page.get_by_role("combobox", name="Select pictures to tag them").is_visible()
    assert not page.get_by_role("button", name="Undo").is_visible()
    found += serious(page)

    owner.unshare(full.home.user)
    page.reload(wait_until="commit")
    page.get_by_text("This page stopped here.").wait_for()
    assert "not shared" in page.get_by_role("alert").inner_text()
    assert page.get_by_text("their word").count() == 0
    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("link", name="Back to yours").click()
    assert chosen(page) == []
    visit.close()
    assert not found, "\n".join(found)
