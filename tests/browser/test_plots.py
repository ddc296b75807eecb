"""Stand-alone files in Chromium: opened from the disk, they ask nobody for anything, and names are text."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tagcat_kernel.plots import cluster_map_html, graph_html
from tests.browser.conftest import Visit
from tests.browser.serving import Served

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\"'></script><script>alert(1)</script>",
    "<a href='https://example.org/' onclick=alert(1)>href</a> %{customdata}",
    "\u202egnp.exe",
    "{{ 7 * 7 }} {% raw %} &lt;b&gt;",
    "caf\udce9.jpg",
    "long " * 2_000,
)


class Reader:
    """Somebody who opens a file from the disk; remembers what it asks for and what goes wrong."""

    def __init__(self, chromium: Any) -> None:
        self.page = chromium.new_page(viewport={"width": 1200, "height": 800})
        self.requests: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))

    def open(self, path: Path) -> Any:
        self.requests.clear()
        self.page.goto(path.as_uri())
        return self.page

    def asked(self) -> list[str]:
        """What was asked for beside the file and what lies in it."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def reader(chromium: Any) -> Iterator[Reader]:
    reader = Reader(chromium)
    yield reader
    reader.page.close()


def nodes() -> list[dict[str, Any]]:
    return [
        {"key": f"u:{at}", "name": name, "detail": name, "time": float(at) if at % 2 else None}
        for at, name in enumerate(HOSTILE)
    ]


def jpeg(_key: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(file, "JPEG")
    return file.getvalue()


def inert(page: Any) -> None:
    """Nothing of a name became an element or a script."""
    assert page.locator("img[onerror], a, [onclick]").count() == page.locator("svg a, .modebar a").count()
    assert page.evaluate("document.scripts.length") <= 6


def test_a_graph_needs_nobody_and_its_names_are_text(reader: Reader, tmp_path: Path) -> None:
    edges = [(f"u:{at}", f"u:{at + 1}", at) for at in range(len(HOSTILE) - 1)]
    file = tmp_path / "graph.html"
    file.write_text(graph_html(nodes(), edges, thumbnail=jpeg, title=HOSTILE[1]), "utf-8")
    page = reader.open(file)
    assert page.locator("h1").inner_text() == HOSTILE[1]
    assert page.title() == HOSTILE[1]
    page.get_by_text(f"{len(HOSTILE)} pictures and {len(edges)} matches").wait_for()
    box = page.locator("canvas").bounding_box()
    for at in range(len(HOSTILE)):
        spot = page.evaluate(f"network.canvasToDOM(network.getPositions([{at}])[{at}])")
        page.mouse.click(box["x"] + spot["x"], box["y"] + spot["y"])
        shown = page.locator("#name").inner_text()
        assert shown, "a click says what it is"
        inert(page)
    assert page.locator("aside img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert page.evaluate("seen.length") == len(edges)
    page.locator("#reach").fill("2")
    assert page.evaluate("seen.length") == 3
    assert (reader.asked(), reader.wrong) == ([], [])


def test_a_map_needs_nobody_and_its_names_are_text(reader: Reader, tmp_path: Path) -> None:
    points = [row | {"x": at % 3, "y": at / 2, "cluster": at % 2} for at, row in enumerate(nodes())]
    file = tmp_path / "map.html"
    file.write_text(cluster_map_html(points, thumbnail=jpeg, title=HOSTILE[0]), "utf-8")
    page = reader.open(file)
    assert page.locator("h1").inner_text() == HOSTILE[0]
    dots = page.locator(".scatterlayer .point")
    dots.first.wait_for()
    assert dots.count() == len(HOSTILE)
    assert page.locator(".legendtext").all_text_contents() == ["cluster 0 (4)", "cluster 1 (3)"]
    for at in range(len(HOSTILE)):
        dots.nth(at).hover(force=True)
        page.wait_for_function("document.querySelector('#name').innerText !== ''")
        inert(page)
    assert page.locator(".hoverlayer a").count() == 0
    assert page.locator("aside img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert (reader.asked(), reader.wrong) == ([], [])


def test_without_pictures_there_are_dots(tmp_path: Path) -> None:
    assert "data:image/jpeg" not in graph_html(nodes(), [])
    with pytest.raises(ValueError, match="same key"):
        graph_html([*nodes(), *nodes()], [])


@pytest.mark.parametrize(
    "page_and_file",
    [
        ("07_graph", "graph.html"),
        pytest.param(("04_clustering", "clusters.html"), marks=pytest.mark.soak),
    ],
)
def test_a_page_saves_what_it_shows(
    chromium: Any, full: Served, reader: Reader, tmp_path: Path, page_and_file: tuple[str, str]
) -> None:
    name, file = page_and_file
    visit = Visit(chromium, full, viewport={"width": 1440, "height": 900})
    page = visit.open(name)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as HTML").click()
    assert saving.value.suggested_filename == file
    saving.value.save_as(tmp_path / file)
    page.get_by_role("status").filter(has_text=f"{file}: ").wait_for()
    visit.close()
    page = reader.open(tmp_path / file)
    page.locator("canvas, .scatterlayer").first.wait_for()
    assert "ada" in page.locator("h1").inner_text()
    assert "data:image/jpeg" in (tmp_path / file).read_text("utf-8")
    assert (reader.asked(), reader.wrong) == ([], [])
