"""The collection as a graph: every node a picture, every edge a match, drawn with vis-network.

Or its tags: every node a tag, every edge the number of items that hold both. What the number on an edge
means is `measure`: nearer pictures, and tags that meet more often, have a thicker line.

Python says where nodes stand (`tagcat_kernel.layout`), so that twenty thousand are drawn without waiting
for springs to settle. Edges go to the browser as bytes. The front end (`graph_explorer.ts`) shows
thumbnails while there are few nodes or the view is near, dots while there are many; it hides the edges
beyond `max_distance`, or below `min_count`, without asking anybody. A double click asks Python for an item's
neighbours, which are added around it.

Keys: arrows walk to the nearest node on that side; Space adds or takes out; Enter selects this one alone;
E expands; + and − zoom, 0 shows all; / searches; Escape selects none.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
import traitlets

from tagcat_kernel.layout import free_cells, lay_out, lay_out_ring
from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, items, shown
from tagcat_widgets._thumbnails import Source, ThumbnailDesk

Edge = tuple[str, str, int]
"""The keys of two nodes and their distance in bits, or how often they meet."""
RING = 60
"""Nodes joined by counts that stand on a ring; more stand on a grid."""


class GraphExplorer(Front):
    """A graph of pictures that can be searched, filtered, dragged and expanded.

    Parameters
    ----------
    nodes
        Rows with `key`, `name`, `detail` and, where there is one, `time` (seconds) and `colour` (#rrggbb).
    edges
        Rows (key, key, number) between nodes; an edge that leads out of them is left out.
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys in `nodes`.
    measure
        What the number of an edge is: "distance" (0 to 64 bits) or "count" (of what two nodes share).
    max_distance
        Edges beyond it are hidden, in bits.
    farthest
        Where the slider for `max_distance` ends: no edge is longer.
    noun
        What the nodes are, in the plural.
    named
        Whether each node's name stands under it.
    height
        Height in pixels.
    empty
        What an empty graph says.
    label
        What a screen reader calls it.

    Raises
    ------
    traitlets.TraitError
        If a node has no key, two have the same, or a number can't be what `measure` says.

    Examples
    --------
    >>> graph = GraphExplorer([{"key": "a"}, {"key": "b"}], [("a", "b", 3), ("b", "elsewhere", 1)])
    >>> graph.edges
    [('a', 'b', 3)]
    >>> graph.add([{"key": "c"}], [("b", "c", 5), ("a", "b", 3)])
    1
    >>> graph.edges
    [('a', 'b', 3), ('b', 'c', 5)]
    >>> GraphExplorer([{"key": "sea"}, {"key": "dusk"}], [("sea", "dusk", 700)], measure="count").edges
    [('dusk', 'sea', 700)]
    """

    _esm = bundle("graph_explorer.js")
    _css = bundle("graph_explorer.css")
    _from_browser = frozenset({"selected", "max_distance", "min_count"})

    items: traitlets.List[Any] = traitlets.List(help="The nodes; set by `show` and `add`.").tag(sync=True)
    ends = traitlets.Bytes(b"", help="Little-endian uint32: the two nodes of each edge.").tag(sync=True)
    numbers = traitlets.Bytes(b"", help="Little-endian uint32: the number of each edge.").tag(sync=True)
    cells = traitlets.Bytes(b"", help="Little-endian float32: column and row of each node.").tag(sync=True)
    colours = traitlets.List(
        traitlets.Unicode(), help="Of the nodes, #rrggbb or empty; empty where none has one."
    ).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Keys of the selected nodes.").tag(sync=True)
    measure = traitlets.Enum(["distance", "count"], "distance", help="What the number of an edge is.").tag(
        sync=True
    )
    noun = traitlets.Unicode("items", help="What the nodes are, in the plural.").tag(sync=True)
    named = traitlets.Bool(False, help="Whether each node's name stands under it.").tag(sync=True)
    min_count = traitlets.Int(1, min=1, help="Edges of smaller counts are hidden.").tag(sync=True)
    max_distance = traitlets.Int(64, min=0, max=64, help="Edges beyond are hidden, in bits.").tag(sync=True)
    farthest = traitlets.Int(64, min=0, max=64, help="Where its slider ends, in bits.").tag(sync=True)
    height = traitlets.Int(620, min=200, help="Height in px.").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show.", help="What an empty graph says.").tag(sync=True)
    label = traitlets.Unicode("Graph", help="Its name to a screen reader.").tag(sync=True)
    expandable = traitlets.Bool(False, help="Whether a double click asks for neighbours.").tag(sync=True)

    def __init__(
        self,
        nodes: Iterable[Mapping[str, Any]] = (),
        edges: Iterable[Edge] = (),
        *,
        thumbnail: Source | None = None,
        measure: Literal["distance", "count"] = "distance",
        max_distance: int = 64,
        farthest: int = 64,
        noun: str = "items",
        named: bool = False,
        height: int = 620,
        empty: str = "Nothing to show.",
        label: str = "Graph",
        **keywords: Any,
    ) -> None:
        self._at: dict[str, int] = {}
        self._places: list[tuple[float, float]] = []
        self._edges: dict[tuple[str, str], int] = {}
        self._expand: Callable[[str], None] | None = None
        self._desk = ThumbnailDesk(thumbnail, lambda: self._at, self.send)
        super().__init__(
            measure=measure,
            max_distance=max_distance,
            farthest=farthest,
            noun=noun,
            named=named,
            height=height,
            empty=empty,
            label=label,
            **keywords,
        )
        self.show(nodes, edges)
        self.on_msg(self._heard)

    @property
    def edges(self) -> list[Edge]:
        """The edges between the nodes that are shown, whatever the filter hides."""
        return [(a, b, number) for (a, b), number in self._edges.items()]

    def show(self, nodes: Iterable[Mapping[str, Any]], edges: Iterable[Edge]) -> None:
        """Draw another graph, laid out anew; what stays keeps its selection.

        Raises
        ------
        traitlets.TraitError
            As for the parameters.
        """
        given = list(nodes)
        new = items(given)
        at = {row["key"]: number for number, row in enumerate(new)}
        known = self._between(at, edges)
        i, j, number = _columns(at, known)
        self._at, self._edges = at, known
        place = lay_out_ring if self.measure == "count" and len(new) <= RING else lay_out
        self._places = [(float(x), float(y)) for x, y in place(len(new), i, j, self._apart(number))]
        self._send_all(new, _colours(given))

    def add(self, nodes: Iterable[Mapping[str, Any]], edges: Iterable[Edge], around: str = "") -> int:
        """Add nodes and edges, the nodes on free places around one that is there; return how many are new.

        Raises
        ------
        traitlets.TraitError
            As for the parameters.
        """
        given = [row for row in nodes if row.get("key") not in self._at]
        new = items(given)
        at = self._at | {row["key"]: len(self._at) + number for number, row in enumerate(new)}
        known = self._edges | self._between(at, edges)
        x, y = self._places[self._at[around]] if around in self._at else (0, 0)
        middle = (round(x), round(y))
        taken = {(round(x), round(y)) for x, y in self._places}
        cells = free_cells(taken, middle)
        places = [next(cells) for _ in new]
        self._at, self._edges = at, known
        self._places += [(float(column), float(row)) for column, row in places]
        before = self.colours or [""] * len(self.items)
        self._send_all([*self.items, *new], [*before, *_colours(given)])
        return len(new)

    def on_expand(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the key of a node whose neighbours a person wants to see."""
        self._expand = callback
        self.expandable = True

    def _send_all(self, rows: list[Item], colours: list[str]) -> None:
        i, j, numbers = _columns(self._at, self._edges)
        with self.hold_sync():
            self.items = rows
            self.ends = np.column_stack([i, j]).astype("<u4").tobytes()
            self.numbers = numbers.astype("<u4").tobytes()
            self.colours = colours if any(colours) else []
            self.cells = np.array(self._places, dtype="<f4").tobytes()
            self.selected = [key for key in self.selected if key in self._at]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[str]:
        return [key for key in dict.fromkeys(proposal["value"]) if key in self._at]

    def _between(self, at: Mapping[str, int], edges: Iterable[Edge]) -> dict[tuple[str, str], int]:
        """Return each edge between known nodes once, the smaller key first."""
        least, most = (0, 64) if self.measure == "distance" else (1, 2**32 - 1)
        found = {}
        for a, b, number in edges:
            if not least <= number <= most:
                raise traitlets.TraitError(
                    f"a distance is 0 to 64 bits, not {number}" if most == 64 else f"no count: {number}"
                )
            if a != b and a in at and b in at:
                found[min(a, b), max(a, b)] = int(number)
        return found

    def _apart(self, numbers: Any) -> Any:
        """Return how far the ends of each edge shall stand, in bits: what meets often stands near."""
        if self.measure == "count":
            numbers = 64 - 64 * np.log1p(numbers) // np.log1p(numbers.max(initial=1))
        return numbers.astype(np.uint8)

    @traitlets.validate("empty", "label", "noun")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if self._desk.heard(content) or not isinstance(content, dict) or content.get("type") != "expand":
            return
        key = content.get("key")
        if self._expand is None or not isinstance(key, str) or key not in self._at:
            return
        try:
            self._expand(key)
        except Exception as error:
            self.send({"type": "say", "text": shown(error)})


def _colours(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the colour of each node, empty where it has none that is one."""
    found = [str(row.get("colour") or "") for row in rows]
    return [colour if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else "" for colour in found]


def _columns(at: Mapping[str, int], edges: Mapping[tuple[str, str], int]) -> tuple[Any, Any, Any]:
    """Return the edges as columns: the nodes at both ends, and the number of each."""
    return (
        np.array([at[a] for a, _ in edges], dtype=np.int64),
        np.array([at[b] for _, b in edges], dtype=np.int64),
        np.array(list(edges.values()), dtype=np.int64),
    )
