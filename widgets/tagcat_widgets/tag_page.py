"""The page of tags: pictures on one side, their tags on the other, and below which tags occur together.

What is selected among the pictures is what the editor's words are put on. A tag is opened in the tree or in
the graph of tags, where it is a picture of what it holds, and thicker lines lead to tags that stand on more
of the same items: then only what holds it, or a tag below it, is shown. Several tags chosen in the graph
show what holds all of them. Everything that is done here can be undone here.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._layout import beside, column
from tagcat_widgets._tables import picture, rows
from tagcat_widgets._tagging import Tagging
from tagcat_widgets._words import STYLE, Words, sentence
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.graph_explorer import GraphExplorer
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pictures in the gallery at once; the rest of a larger collection is counted and said."""
COMPANIONS = 3
"""Other tags that are named with a tag."""


def tag_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return the gallery of the collection, or of open tags, the editor of tags and their graph.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    everything = _pictures(workbench)
    if not everything:
        return nothing(workbench, "There is nothing to tag yet: this collection is empty.")
    gallery = Gallery(
        thumbnail=workbench.thumbnail, height=760, label="What can be tagged", empty="Nothing holds this tag."
    )
    told = ipywidgets.HTML()
    heading = ipywidgets.HTML(f"{STYLE}<h2>Tags that occur together</h2>")
    shared = SharedSelection(gallery)

    faces: dict[str, str] = {}

    def face(tag: str) -> bytes | None:
        return workbench.thumbnail(faces[tag]) if tag in faces else None

    graph = GraphExplorer(
        thumbnail=face, measure="count", noun="tags", named=True, height=420, label="Tags that occur together"
    )

    def draw() -> None:
        """Take the tags as they are now."""
        for row in rows(tagging.table):
            if row.key not in everything:  # a moment of a video
                everything[row.key] = picture(row.key, row.path, row.position)
        faces.clear()
        faces.update(_faces(tagging.holders))
        pairs = [(row.a, row.b, int(row.items)) for row in rows(workbench.tags_together())]
        graph.show([_node(tag, pairs) for tag in tagging.editor.tags], pairs)
        graph.layout.display = heading.layout.display = "" if tagging.editor.tags else "none"

    def opened(tag: str) -> None:
        if tag or len(graph.selected) < 2:
            graph.selected = [tag] if tag else []
        show()

    def chosen(change: Any) -> None:
        tags, before = change["new"], change["old"]
        wanted = tags[0] if len(tags) == 1 else ""
        if tagging.editor.current != wanted:
            tagging.editor.current = wanted
        elif max(len(tags), len(before)) > 1:  # several have no place in the tree
            show()

    def show() -> None:
        tags = list(graph.selected)
        found = list(everything.values())
        if tags:
            common = set.intersection(*(tagging.holding(tag) for tag in tags))
            found = [item for key, item in everything.items() if key in common]
        gallery.items = found[:MOST]
        shared.selected = list(gallery.selected)  # what is not to be seen is not tagged either
        more = len(found) - MOST
        words = [f"These hold all of: {', '.join(tags)}."] * (len(tags) > 1)
        words += [f"{more:,} more are not shown: open a tag to see them."] * (more > 0)
        told.value = STYLE + sentence(" ".join(words)) if words else ""

    tagging = Tagging(workbench, shared, changed=draw, opened=opened)
    graph.observe(chosen, names="selected")
    draw()
    show()
    return column(beside(gallery, tagging.editor), told, heading, graph)


def _faces(holders: dict[str, set[str]]) -> dict[str, str]:
    """Return an item for each tag that shows it: one that holds few others, so that tags look different."""
    tags = Counter(key for held in holders.values() for key in held)
    return {tag: min(held, key=lambda key: (tags[key], key)) for tag, held in holders.items() if held}


def _node(tag: dict[str, Any], pairs: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    """Return a tag as a node of the graph, with the tags that it meets most often."""
    name = tag["name"]
    met = [(b if a == name else a, count) for a, b, count in pairs if name in (a, b)][:COMPANIONS]
    items = f"{tag['count']:,} item" + "s" * (tag["count"] != 1)
    detail = "; with " + ", ".join(f"{other} ({count:,})" for other, count in met) if met else ""
    return {"key": name, "name": name, "detail": items + detail, "colour": tag["colour"]}


def _pictures(workbench: "Workbench") -> dict[str, dict[str, Any]]:
    """Return the videos, then the images, by key; plain images come last."""
    nowhere = float("nan")
    videos: pd.DataFrame = workbench.videos().sort_values("path", kind="stable")
    images: pd.DataFrame = workbench.images().sort_values(["plain", "path"], kind="stable")
    found = {row.key: picture(row.key, row.path, nowhere) | {"badge": "video"} for row in rows(videos)}
    return found | {row.key: picture(row.key, row.path, nowhere) for row in rows(images)}
