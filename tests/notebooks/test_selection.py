"""Selection is one for a page: what is selected in a widget shows in all that show the same item."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tagcat_kernel.graph import server
from tagcat_kernel.visits import forget, look
from tagcat_widgets import TagEditor, pages
from tagcat_widgets.news_page import since


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("selection")
        patch.setenv("TAGCAT_HOME", str(home / "tagcat"))
        folder = home / "pictures"
        folder.mkdir()
        for number in range(6):
            pixels = np.random.default_rng(number // 2).integers(0, 256, (9, 12, 3), dtype=np.uint8)
            large = Image.fromarray(pixels).resize((120, 90 + number), Image.Resampling.NEAREST)
            large.save(folder / f"{number}.png")
        film(folder / "film.mp4")
        with Workbench(user="ada") as bench:
            bench.ingest(folder, progress=False)
            yield bench
        server.stop()


def film(path: Path) -> None:
    """Write a film of four different seconds."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for second in range(4):
            pixels = np.random.default_rng(90 + second).integers(0, 256, (8, 9, 3), dtype=np.uint8)
            large = np.asarray(Image.fromarray(pixels).resize((160, 96), Image.Resampling.NEAREST))
            for _ in range(25):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(large, format="rgb24")))
        container.mux(stream.encode())


def widgets(view: Any) -> Iterator[Any]:
    """Every widget of a page."""
    yield view
    for child in getattr(view, "children", ()):
        yield from widgets(child)


def test_what_came_since_the_last_visit_shares_the_selection_of_the_whole(
    workbench: Workbench,
) -> None:
    contents = {file.md5 for file in workbench.collection.files().values()}
    forget("ada")
    old = sorted(contents)[:4]
    look("ada", [*old, "0" * 32], now=0)
    gallery = pages.collection(workbench)
    workbench.tag(workbench.images().head(2), "<b>sea")
    words, strip, changes = pages.news(workbench, gallery).children
    assert f"Since your last visit, {since(0)}: " in words.value
    assert "1 picture or video went" in words.value
    assert "&lt;b&gt;sea" in changes.value, "the last changes, as text"
    assert {row["key"].split(":")[1] for row in strip.items} == contents - set(old)
    assert strip.thumbnail(strip.items[0]["key"]) == gallery.thumbnail(strip.items[0]["key"])
    strip.selected = [strip.items[1]["key"]]
    assert gallery.selected == strip.selected
    gallery.selected = [row["key"] for row in gallery.items]
    assert set(strip.selected) == {row["key"] for row in strip.items}
    forget("ada")
    words, _ = pages.news(workbench, gallery).children
    assert "This is your first visit" in words.value
    workbench.undo()


@pytest.mark.parametrize(
    ("view", "sharing"),
    [(pages.key_frame_view, 2), (pages.cluster_view, 2), (pages.graph_view, 2), (pages.tag_view, 1)],
)
def test_one_selection_for_all_widgets_of_a_page(workbench: Workbench, view: Any, sharing: int) -> None:
    found = list(widgets(view(workbench)))
    showing = [one for one in found if one.has_trait("selected") and one.has_trait("items")]
    # A graph of tags selects tags, which the tree beside it shows.
    showing = [one for one in showing if getattr(one, "measure", "distance") == "distance"]
    editors = [one for one in found if isinstance(one, TagEditor)]
    assert len(showing) == sharing
    for one in showing:
        if not one.items:  # a gallery of what is selected elsewhere
            continue
        keys = [row["key"] for row in one.items][:2]
        one.selected = keys
        for other in showing:
            shown = {row["key"] for row in other.items}
            assert set(keys) <= shown, "what is selected can be seen everywhere"
            assert set(other.selected) == set(keys)
        assert [editor.chosen for editor in editors] == [len(keys)] * len(editors)
        showing[-1].selected = showing[-1].selected[1:]
        assert all(set(other.selected) == {keys[1]} for other in showing)
        showing[0].selected = []
        assert all(other.selected == [] for other in showing)
        assert [editor.chosen for editor in editors] == [0] * len(editors)
