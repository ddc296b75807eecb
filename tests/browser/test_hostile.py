"""Names that would be HTML, script, a template or another direction, as user, files, tags, labels and model.

Every page is opened on a collection that holds them; each shows them as text, and nothing of them runs.
(The tests of each page and widget hold it for their own names in every run.)
"""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.browser.conftest import Visit
from tests.browser.serving import Served, new_home
from tests.browser.test_dashboards import PAGES
from tests.kernel.models import colour_model

USER = "\"'><img src=x onerror=alert(1)>"
NAMES = (
    "<img src=x onerror=alert(1)>",
    "\"'><script>alert(1)<\u2215script>",
    "<svg onload=alert(1)>",
    "\u202egnp.exe",
    "{{ 7 * 7 }}${7*7}",
    "&lt;b&gt;&amp;",
)
MADE = "img[onerror], img[src='x'], svg[onload]"
FILL = """
from tagcat_kernel import Workbench
with Workbench() as wb:
    images = wb.images()
    for name in {names!r}:
        wb.tag(images, name)
    wb.label({model!r}, minimum_score=0, progress=False)
    assert len(wb.matches()) and len(wb.labels())
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = new_home(tmp_path_factory.mktemp("hostile"))
    home.user = USER
    folder = home.person / NAMES[0]
    folder.mkdir()
    picture = Image.effect_noise((32, 24), 90).resize((160, 120))
    for number, name in enumerate(NAMES):
        picture.convert("RGB").resize((160 + number, 120)).save(folder / f"{name}.png")
    home.run("ingest", str(folder))
    (home.tagcat / "models").mkdir(exist_ok=True)
    model = colour_model(home.tagcat / "models", labels=list(NAMES[:3]), name=NAMES[3])
    code = FILL.format(names=NAMES, model=str(model))
    subprocess.run([sys.executable, "-c", code], env=home.environment(), check=True)
    served = Served(home)
    yield served
    served.stop()
    home.stop_graph()


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name, _ in PAGES.values()])
def test_nothing_of_a_name_runs(chromium: Any, hostile: Served, name: str) -> None:
    visit = Visit(chromium, hostile, viewport={"width": 1440, "height": 900})
    page = visit.open(name)
    assert page.locator("header").get_by_text(USER).count() == 1
    if name == "06_tags":
        for tag in NAMES:
            page.locator(".tagcat-tags-line", has_text=tag).first.click()
            assert page.locator('[aria-label="Name of the tag"]').input_value() == tag
        page.locator(".tagcat-map-status", has_text="6 tags").wait_for()
    if name == "05_labelling":
        labels = page.get_by_label("Labels", exact=True)
        labels.filter(has_text=NAMES[1]).select_option(index=2)
    for item in page.locator(".tagcat-gallery-item").all()[:2]:
        item.click()
        page.keyboard.press("Enter")
    page.wait_for_timeout(300)  # what would run, would have run
    assert page.locator(MADE).count() == 0
    visit.close()
