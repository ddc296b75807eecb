"""A graph names what it shows only, grows around what was asked for, and sends its edges as bytes."""

import json
import struct
from typing import Any

import pytest
import traitlets

from tagcat_widgets import GraphExplorer

from .conftest import HOSTILE

NODES = [{"key": key, "name": f"{key}.jpg"} for key in "abc"]


def drawn() -> GraphExplorer:
    return GraphExplorer(
        NODES, [("b", "a", 3), ("a", "b", 3), ("b", "c", 8), ("c", "gone", 1), ("a", "a", 0)]
    )


def cells(graph: GraphExplorer) -> list[tuple[float, float]]:
    return list(struct.iter_unpack("<2f", graph.cells))


def test_edges_go_as_bytes_each_once() -> None:
    graph = drawn()
    assert graph.edges == [("a", "b", 3), ("b", "c", 8)]
    assert struct.unpack("<4I", graph.ends) == (0, 1, 1, 2)
    assert struct.unpack("<2I", graph.numbers) == (3, 8)
    assert len(set(cells(graph))) == 3


def test_a_browser_changes_the_selection_and_the_distance_alone() -> None:
    graph = drawn()
    graph.comm.write(selected=["b", "b", "forged"], max_distance=5, min_count=2, ends=b"", items=[])
    graph.comm.write(expandable=True, measure="count", colours=["x"])
    assert graph.selected == ["b"]
    assert (graph.max_distance, graph.min_count) == (5, 2)
    assert (graph.measure, graph.colours) == ("distance", [])
    assert len(graph.items) == 3
    assert not graph.expandable
    with pytest.raises(traitlets.TraitError):
        graph.max_distance = 65


def test_a_double_click_adds_neighbours_around_their_node() -> None:
    graph = drawn()
    graph.selected = ["a"]
    before = cells(graph)
    graph.on_expand(lambda key: graph.add([{"key": "d"}, {"key": "a"}], [(key, "d", 2)], around=key))
    assert graph.expandable
    graph.comm.custom({"type": "expand", "key": "a"})
    assert [row["key"] for row in graph.items] == ["a", "b", "c", "d"]
    assert graph.edges[-1] == ("a", "d", 2)
    assert cells(graph)[:3] == before, "what is there stays"
    assert len(set(cells(graph))) == 4
    assert abs(cells(graph)[3][0] - before[0][0]) <= 1
    assert graph.selected == ["a"]


@pytest.mark.parametrize("key", ["forged", 7, None])
def test_only_what_is_shown_is_expanded(key: object) -> None:
    graph, heard = drawn(), []
    graph.on_expand(heard.append)
    graph.comm.custom({"type": "expand", "key": key})
    graph.comm.custom(["expand"])
    assert heard == []


def test_what_fails_is_said_in_the_graph() -> None:
    graph = drawn()

    def fail(_key: str) -> None:
        raise RuntimeError("the graph is gone")

    graph.on_expand(fail)
    graph.comm.custom({"type": "expand", "key": "a"})
    sent: list[Any] = [data.get("content") for data, _ in graph.comm.sent if data.get("method") == "custom"]
    assert sent == [{"type": "say", "text": "the graph is gone"}]


def test_another_graph_keeps_what_stays_selected() -> None:
    graph = drawn()
    graph.selected = ["a", "c"]
    graph.show([{"key": "c"}, {"key": "z"}], [("c", "z", 0)])
    assert (graph.selected, graph.edges) == (["c"], [("c", "z", 0)])
    graph.show([], [])
    assert (graph.items, graph.ends, graph.cells) == ([], b"", b"")


def test_tags_are_joined_by_counts_and_keep_their_colours() -> None:
    tags = [{"key": "sea", "colour": "#1464c8"}, {"key": "dusk", "colour": "red"}, {"key": "calm"}]
    edges = [("sea", "dusk", 100_000), ("dusk", "calm", 1)]
    graph = GraphExplorer(tags, edges, measure="count")
    assert graph.edges == [("dusk", "sea", 100_000), ("calm", "dusk", 1)]
    assert graph.colours == ["#1464c8", "", ""]
    graph.add([{"key": "cat"}, {"key": "red", "colour": "#ff0000"}], [], around="sea")
    assert graph.colours == ["#1464c8", "", "", "", "#ff0000"]
    with pytest.raises(traitlets.TraitError, match="no count: 0"):
        graph.show(tags, [("sea", "dusk", 0)])


def test_wrong_use_is_refused() -> None:
    with pytest.raises(traitlets.TraitError, match="0 to 64 bits"):
        GraphExplorer(NODES, [("a", "b", 65)])
    with pytest.raises(traitlets.TraitError, match="same key"):
        GraphExplorer([{"key": "a"}, {"key": "a"}])


def test_hostile_names_can_be_sent() -> None:
    graph = GraphExplorer([{"key": str(n), "name": name} for n, name in enumerate(HOSTILE)], label=HOSTILE[4])
    json.dumps([graph.items, graph.label], ensure_ascii=False).encode("utf-8")
