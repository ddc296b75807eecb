"""The page of clusters: a curve to choose by, a map and the gallery of what is touched on it."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest

from tagcat_widgets import ClusterMap, Gallery, TagEditor, pages
from tagcat_widgets.cluster_page import cost_curve

NAN = float("nan")


class Bench:
    """As much of a Workbench as the page uses."""

    user, access = "u", "owner"

    def __init__(self, items: int = 6) -> None:
        self.items = items
        self.fails: Exception | None = None
        self.held: dict[str, list[str]] = {}
        self.seeds: set[int | None] = set()

    def cluster_costs(self, *, random_state: int | None, also: Iterable[int]) -> pd.DataFrame:
        self.seeds.add(random_state)
        ks = [k for k in sorted({1, 2, 6, 8, *also}) if k <= self.items]
        return pd.DataFrame({"k": ks, "bits": [20.0 / k for k in ks]})

    def cluster(self, k: int, *, random_state: int | None) -> pd.DataFrame:
        self.seeds.add(random_state)
        if self.fails:
            raise self.fails
        rows = [(f"u:{n}", f"/p/{n}.jpg", NAN, n * k // self.items, n / 2, -n) for n in range(self.items)]
        return pd.DataFrame(rows, columns=["key", "path", "position", "cluster", "x", "y"])

    def thumbnail(self, _key: str) -> bytes:
        return b"JPEG"

    def tagged(self) -> pd.DataFrame:
        rows = [(tag, key) for tag, keys in self.held.items() for key in keys]
        return pd.DataFrame(rows, columns=["tag", "key"])

    def tags(self) -> pd.DataFrame:
        rows = [(tag, "#123456", None) for tag in self.held]
        return pd.DataFrame(rows, columns=["name", "colour", "parent"])

    def changes(self) -> pd.DataFrame:
        return pd.DataFrame({"undone": pd.Series(dtype=bool), "by": pd.Series(dtype=str)})

    def tag(self, keys: list[str], name: str) -> int:
        self.held.setdefault(name, []).extend(keys)
        return len(keys)


def drawn(bench: Bench) -> tuple[Any, Any, Any, ClusterMap, Gallery]:
    choice, curve, middle, told, _save, gallery = pages.cluster_view(bench).children  # type: ignore[arg-type]
    return choice, curve, told, middle.children[0], gallery


def editor_of(page: Any) -> TagEditor:
    (editor,) = page.children[2].children[1].children
    return editor


def test_what_is_touched_on_the_map_is_shown_below() -> None:
    page: Any = pages.cluster_view(Bench())  # type: ignore[arg-type]
    choice, curve, middle, told, below, gallery = page.children
    board, which = middle.children[0], below.children[1]
    assert choice.value == 6, "the nearest to eight that there is"
    assert [row["key"] for row in gallery.items] == ["u:0"], "the largest cluster, before anything is touched"
    assert "Cluster 0, the largest: 1 item." in which.value
    choice.value = 2
    assert len(board.points) == 6
    board.selected = ["u:1", "u:5"]
    assert [row["key"] for row in gallery.items] == [f"u:{n}" for n in range(6)]
    assert {row["facets"]["cluster"][0] for row in gallery.items} == {"0", "1"}
    assert "Clusters 0, 1: 6 items." in which.value
    assert gallery.selected == ["u:1", "u:5"]
    gallery.selected = ["u:5"]
    assert board.selected == ["u:5"]
    assert [row["key"] for row in gallery.items] == ["u:3", "u:4", "u:5"]
    assert "2 clusters: 10.0 bits" in curve.value
    assert "more are" not in told.value


def test_what_is_selected_on_the_map_gets_a_word_and_a_word_shows_where_it_lies() -> None:
    page: Any = pages.cluster_view(Bench())  # type: ignore[arg-type]
    board, gallery, editor = page.children[2].children[0], page.children[5], editor_of(page)
    board.selected = ["u:1", "u:5"]
    assert editor.chosen == 2
    editor._do("tag", "sea", None)
    assert editor.told == "sea: put on 2"
    assert [(tag["name"], tag["count"], tag["on"]) for tag in editor.tags] == [("sea", 2, 2)]
    board.selected = ["u:1"]
    assert (editor.chosen, editor.tags[0]["on"]) == (1, 1)
    gallery.selected = []
    assert editor.chosen == 0
    editor.current = "sea"
    assert board.selected == ["u:1", "u:5"]
    assert [row["key"] for row in gallery.items] == ["u:1", "u:5"]


def test_a_report_chooses_how_many_and_the_seed() -> None:
    bench = Bench()
    page: Any = pages.cluster_view(bench, 3, 7)  # type: ignore[arg-type]
    assert page.children[0].value == 3, "though no curve shows it by itself"
    assert len(set(page.children[2].children[0].clusters)) >= 3
    assert bench.seeds == {7}
    few: Any = pages.cluster_view(Bench(2), 3)  # type: ignore[arg-type]
    assert few.children[0].value == 2


def test_an_error_is_said_on_the_page() -> None:
    bench = Bench()
    choice, _, told, _, _ = drawn(bench)
    bench.fails = RuntimeError("the graph is <b>gone</b>")
    choice.value = 1
    assert "the graph is &lt;b&gt;gone&lt;/b&gt;" in told.value


def test_nothing_to_sort_says_what_to_do() -> None:
    assert "01_ingest.ipynb" in repr(pages.cluster_view(Bench(0)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("ks", "bits"), [([1], [0.0]), ([1, 2], [3.0, 0.0])])
def test_a_curve_of_little_is_drawn(ks: list[int], bits: list[float]) -> None:
    assert cost_curve(ks, bits, 1).count("<circle") == len(ks)
