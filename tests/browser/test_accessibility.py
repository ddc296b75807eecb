"""axe-core finds nothing serious on the pages of an empty collection; test_dashboards holds a full one."""

from typing import Any

import pytest

from tests.browser.axe import serious
from tests.browser.conftest import CHECKOUT, Visit
from tests.browser.serving import Served

PAGES = sorted(notebook.stem for notebook in (CHECKOUT / "notebooks").glob("*.ipynb"))


def test_axe_sees_what_is_wrong(chromium: Any) -> None:
    """Without this, a broken axe would find every page faultless."""
    page = chromium.new_page()
    page.set_content("<html lang=en><title>t</title><main><h1>h</h1><button></button></main></html>")
    found = serious(page)
    page.close()
    assert len(found) == 1
    assert found[0].startswith("critical button-name")


@pytest.mark.soak
def test_an_empty_collection_is_accessible(chromium: Any, empty: Served) -> None:
    visit = Visit(chromium, empty, viewport={"width": 1440, "height": 900})
    found = [f"{name}: {said}" for name in PAGES for said in serious(visit.open(name))]
    visit.close()
    assert not found, "\n".join(found)
