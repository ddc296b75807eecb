"""The page of tags over a real collection: what is chosen gets the words, and each can be taken back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tagcat_kernel.graph import server
from tagcat_widgets import Gallery, GraphExplorer, TagEditor, pages


@pytest.fixture
def workbench(tagcat_home: Path, tmp_path: Path) -> Iterator[Workbench]:
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((120, 90), Image.Resampling.NEAREST).save(tmp_path / f"{number}.png")
    with Workbench(user="ada") as bench:
        bench.ingest(tmp_path, progress=False)
        yield bench
    server.stop()


def parts(page: Any) -> tuple[Gallery, TagEditor, GraphExplorer]:
    box, _told, _heading, graph = page.children
    gallery, side = box.children
    return gallery, side.children[0], graph


def test_words_are_put_on_what_is_chosen_and_taken_back(workbench: Workbench) -> None:
    gallery, editor, graph = parts(pages.tag_view(workbench))
    one, two, three = (row["key"] for row in gallery.items)
    do = editor._do
    gallery.selected = [one, two]
    do("tag", "sea <b>", None)
    assert (editor.chosen, editor.told) == (2, "sea <b>: put on 2")
    gallery.selected = [two, three]
    do("tag", "dusk", None)
    assert {tag["name"]: (tag["count"], tag["on"]) for tag in editor.tags} == {
        "dusk": (2, 2),
        "sea <b>": (2, 1),
    }
    assert graph.edges == [("dusk", "sea <b>", 1)]
    assert [row["detail"] for row in graph.items] == ["2 items; with sea <b> (1)", "2 items; with dusk (1)"]

    editor.current = "sea <b>"
    assert [row["key"] for row in gallery.items] == [one, two]
    do("rename", "sea <b>", "sea")
    assert editor.current == "sea", "the open tag stays open under its new name"
    do("move", "dusk", "sea")
    assert len(gallery.items) == 3, "what lies under it counts, too"
    do("undo", "", None)
    assert len(gallery.items) == 2
    gallery.selected = [one]
    do("untag", "sea", None)
    assert [row["key"] for row in gallery.items] == [two]
    do("delete", "sea", None)
    assert editor.current == ""
    assert len(gallery.items) == 3
    assert [tag["name"] for tag in editor.tags] == ["dusk"]
    while editor.undoable:
        do("undo", "", None)
    assert editor.tags == []
    assert workbench.tagged().empty


def test_tags_chosen_in_the_graph_show_what_holds_all_of_them(workbench: Workbench) -> None:
    view: Any = pages.tag_view(workbench)
    gallery, editor, graph = parts(view)
    assert graph.layout.display == "none", "there is no tag yet"
    one, two, three = (row["key"] for row in gallery.items)
    for keys, tag in (([one, two], "sea"), ([two, three], "dusk"), ([three], "night")):
        workbench.tag(keys, tag)
    gallery.selected = [one, three]
    editor._do("tag", "calm", None)
    assert graph.layout.display == ""
    graph.selected = ["dusk"]
    assert editor.current == "dusk"
    assert [row["key"] for row in gallery.items] == [two, three]
    assert editor.chosen == 1, "what is not to be seen is not selected either"
    graph.selected = ["dusk", "sea"]
    assert editor.current == ""
    assert [row["key"] for row in gallery.items] == [two]
    assert "These hold all of: dusk, sea." in view.children[1].value
    graph.selected = []
    assert len(gallery.items) == 3
    editor.current = "night"
    assert graph.selected == ["night"]
    assert [row["key"] for row in gallery.items] == [three]
    editor._do("merge", "night", "dusk")
    assert (editor.current, graph.selected) == ("dusk", ["dusk"])
    assert graph.edges == [("calm", "dusk", 1), ("calm", "sea", 1), ("dusk", "sea", 1)]


def test_what_cannot_be_done_is_told(workbench: Workbench) -> None:
    gallery, editor, _ = parts(pages.tag_view(workbench))
    gallery.selected = [gallery.items[0]["key"]]
    editor._heard(None, {"type": "do", "what": "tag", "name": "a\nb"}, [])
    assert "a\\nb" in editor.told or "a\nb" in editor.told
    assert editor.tags == []
    editor._heard(None, {"type": "do", "what": "undo", "name": ""}, [])
    assert "undo" in editor.told


def test_an_empty_collection_says_what_to_do(workbench: Workbench) -> None:
    with Workbench(user="nobody") as other:
        assert "01_ingest.ipynb" in repr(pages.tag_view(other))
