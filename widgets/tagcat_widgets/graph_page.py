"""The page that shows the collection as a graph, and the pictures of what is selected in it.

It begins with the groups that hang together, the largest first, as many as fit; what is left out is said.
A double click reaches further: the stored matches of that item are added around it.
"""

from typing import TYPE_CHECKING

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._tables import rows, side
from tagcat_widgets._words import STYLE, Words, sentence
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.graph_explorer import GraphExplorer
from tagcat_widgets.save_file import HINT, SaveFile
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Nodes that a page begins with."""
NEIGHBOURS = 200
"""Nodes that a double click adds at most."""


def graph_view(workbench: "Workbench", distance: int | None = None) -> ipywidgets.Widget | Words:
    """Return the graph of the stored matches, and a gallery of what is selected in it.

    Parameters
    ----------
    workbench
        Whose collection is shown.
    distance
        Largest distance of a match in bits; None: as far as matches are stored.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    matches = workbench.matches(distance)
    if matches.empty:
        told = "Nothing matches yet: this collection has no two pictures that look alike."
        return nothing(workbench, told)
    pictures = {}
    for row in rows(matches):
        pictures[row.a] = side(row, "a")
        pictures[row.b] = side(row, "b")
    groups = workbench.collection.components()
    keys = [key for key in groups.keys if key in pictures]  # another process may have changed some since
    edges = [(row.a, row.b, int(row.distance)) for row in rows(matches)]
    stored = workbench.settings.max_distance
    reach = stored if distance is None else distance
    graph = GraphExplorer(
        [pictures[key] for key in keys[:MOST]],
        edges,
        thumbnail=workbench.thumbnail,
        max_distance=reach,
        farthest=reach,
        label="Everything that matches something",
    )
    gallery = Gallery(
        thumbnail=workbench.thumbnail,
        empty="Select pictures in the graph to see them here.",
        label="Selected in the graph",
    )
    shared = SharedSelection(graph, gallery)
    told = ipywidgets.HTML(
        STYLE + sentence(_reach(stored, len(keys) - MOST, owns=workbench.access == "owner"))
    )

    def expand(key: str) -> None:
        near = workbench.collection.neighbourhood(key, hops=1, limit=NEIGHBOURS)
        links = zip(near.edges.a, near.edges.b, near.edges.distance.tolist(), strict=True)
        # What came into the collection after this page was opened has no name here yet.
        graph.add([pictures[other] for other in near.keys if other in pictures], links, around=key)

    def look(_: object = None) -> None:
        gallery.items = [pictures[key] for key in shared.selected if key in pictures]

    def file() -> bytes:
        from tagcat_kernel.plots import graph_html

        title = f"What matches what in the collection of {workbench.owner}"
        return graph_html(
            graph.items,
            graph.edges,
            thumbnail=workbench.thumbnail,
            max_distance=graph.max_distance,
            title=title,
        ).encode()

    graph.on_expand(expand)
    shared.observe(look, names="selected")
    return column(graph, told, SaveFile(file, name="graph.html", hint=HINT), gallery)


def _reach(stored: int, more: int, *, owns: bool) -> str:
    """Say how far the graph reaches and how to see more: `more` pictures are not in it."""
    words = [f"{more:,} more pictures match something: double-click a picture to reach them."] * (more > 0)
    words.append(f"Matches are stored up to distance {stored}; the page Matching tries others.")
    if owns:
        words.append(
            f"To store more of them: wb.set(max_distance={min(64, stored + 4)}) in a notebook, "
            f"or tagcat settings --max-distance {min(64, stored + 4)} in a terminal."
        )
    return " ".join(words)
