"""The graph of matches as one HTML file, by pyvis.

pyvis holds the nodes and edges and brings vis-network. Its own page loads a style sheet from another host
and shows a name that holds "href" as HTML; so it renders ours (`templates/graph.html.j2`), where names go
in as JSON and come out as text. Nodes stand where `tagcat_kernel.layout` puts them, as in the widget.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tagcat_kernel.layout import lay_out
from tagcat_kernel.plots.page import environment
from tagcat_kernel.plots.rows import Thumbnail, called, pictures, text

CELL = (132, 48)
"""Pixels of a cell of the layout."""


def graph_html(
    nodes: Iterable[Mapping[str, Any]],
    edges: Iterable[tuple[str, str, int]],
    *,
    thumbnail: Thumbnail | None = None,
    max_distance: int = 64,
    title: str = "What matches what",
) -> str:
    """Return a graph as a whole HTML file that needs no other.

    Parameters
    ----------
    nodes
        Rows with `key`, `name` and, where there is one, `detail` and `time` (seconds), as `GraphExplorer`
        takes them.
    edges
        Rows (key, key, distance in bits); an edge that leads out of `nodes` is left out.
    thumbnail
        Gives the JPEG bytes of a key, or None; the first 500 are put into the file.
    max_distance
        Edges beyond it are left out, in bits.
    title
        What stands above it.

    Raises
    ------
    ValueError
        If two nodes have the same key.

    Examples
    --------
    >>> nodes = [{"key": "a", "name": "<b>.jpg"}, {"key": "b", "name": "copy.jpg"}]
    >>> page = graph_html(nodes, [("a", "b", 3)])
    >>> "<b>.jpg" in page, "Content-Security-Policy" in page
    (False, True)
    """
    import pyvis
    from pyvis.network import Network

    rows = list(nodes)
    at = {str(row["key"]): number for number, row in enumerate(rows)}
    if len(at) != len(rows):
        raise ValueError("two nodes have the same key")
    known = {
        (min(at[a], at[b]), max(at[a], at[b])): int(distance)
        for a, b, distance in edges
        if a in at and b in at and a != b and distance <= max_distance
    }
    ends = np.array(list(known), dtype=np.int64).reshape(-1, 2)
    cells = lay_out(len(rows), ends[:, 0], ends[:, 1], np.array(list(known.values()), dtype=np.uint8))
    network = Network(cdn_resources="in_line", heading=text(title))
    images = pictures(at, thumbnail)
    for number, (row, image, (column, line)) in enumerate(zip(rows, images, cells.tolist(), strict=True)):
        look: dict[str, Any] = {"shape": "image", "image": image} if image else {"shape": "dot", "size": 10}
        network.add_node(
            number,
            label=" ",
            x=CELL[0] * column,
            y=CELL[1] * line,
            called=called(row),
            detail=text(row.get("detail") or ""),
            **look,
        )
    # pyvis compares each edge that it is given with all before it; ours are different already.
    network.edges = [
        {"from": a, "to": b, "distance": distance, "label": str(distance), "width": _thickness(distance)}
        for (a, b), distance in known.items()
    ]
    network.options = {"physics": {"enabled": False}}
    network.path = "graph.html.j2"
    network.templateEnv = environment(Path(pyvis.__file__).parent / "templates")
    return str(network.generate_html())


def _thickness(distance: int) -> float:
    """Return how thick an edge is: the same hash 7 px, half the bits different 1 px, as in the widget."""
    return 1 + 6 * max(0.0, 1 - distance / 16)
