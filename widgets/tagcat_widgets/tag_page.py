"""The page of tags: the pictures on one side, their tags on the other, and which tags occur together.

What is selected among the pictures is what the editor's words are put on. Opening a tag in the tree shows
only what holds it or a tag below it. Everything that is done here can be undone here.
"""

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._tables import picture, rows
from tagcat_widgets._words import STYLE, Words, escaped, sentence
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.tag_editor import TagEditor

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pictures in the gallery at once; the rest of a larger collection is counted and said."""
TOGETHER = 40
"""Pairs of tags that are listed."""


def tag_view(workbench: "Workbench") -> ipywidgets.Widget | Words:  # noqa: PLR0915 - one page
    """Return the gallery of the collection, or of an open tag, beside the editor of tags.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    everything = _pictures(workbench)
    if not everything:
        empty = "There is nothing to tag yet: this collection is empty."
        return Words(sentence(empty, ("01_ingest", "Ingest")))
    gallery = Gallery(
        list(everything.values())[:MOST],
        thumbnail=workbench.thumbnail,
        height=760,
        label="What can be tagged",
        empty="Nothing holds this tag.",
    )
    editor = TagEditor()
    together = ipywidgets.HTML()
    told = ipywidgets.HTML()
    holders: dict[str, set[str]] = {}

    def read() -> None:
        """Take the tags as they are in the collection now."""
        table = workbench.tagged()
        holders.clear()
        for row in rows(table):
            holders.setdefault(row.tag, set()).add(row.key)
            if row.key not in everything:  # a moment of a video
                everything[row.key] = picture(row.key, row.path, row.position)
        tags = workbench.tags()
        chosen = set(gallery.selected)
        editor.tags = [
            {"name": row.name, "colour": row.colour, "parent": row.parent}
            | {"count": len(holders.get(row.name, ())), "on": len(holders.get(row.name, set()) & chosen)}
            for row in rows(tags)
        ]
        changes = workbench.changes()
        editor.undoable = bool((~changes["undone"]).any())
        together.value = STYLE + tags_together(holders)

    def choose(_: object = None) -> None:
        chosen = set(gallery.selected)
        editor.chosen = len(chosen)
        editor.tags = [tag | {"on": len(holders.get(tag["name"], set()) & chosen)} for tag in editor.tags]

    def show(_: object = None) -> None:
        if editor.current:
            held = set(workbench.tagged(editor.current, below=True)["key"])
            found = [item for key, item in everything.items() if key in held]
        else:
            found = list(everything.values())
        more = len(found) - MOST
        told.value = STYLE + sentence(f"{more:,} more are not shown: open a tag to see them.") * (more > 0)
        gallery.items = found[:MOST]

    def do(what: str, name: str, value: str | None) -> None:
        chosen = list(gallery.selected)
        follow = editor.current
        if what == "tag":
            editor.told = f"{name}: put on {workbench.tag(chosen, name):,}"
        elif what == "untag":
            editor.told = f"{name}: taken off {workbench.untag(chosen, name):,}"
        elif what == "undo":
            undone = workbench.undo()
            editor.told = "; ".join([f"undone: {undone.told}", *undone.skipped])
        else:
            _change(workbench, what, name, value)
            editor.told = _DONE[what].format(name=name, value=value)
            if follow == name and what in ("rename", "merge") and value:
                follow = value
        read()
        editor.current = follow
        show()
        choose()

    gallery.observe(choose, names="selected")
    editor.observe(show, names="current")
    editor.on_do(do)
    read()
    show()
    choose()
    gallery.layout.flex = "3 1 480px"
    gallery.layout.min_width = "0"
    side = ipywidgets.VBox([editor, together], layout={"flex": "1 1 280px", "min_width": "260px"})
    box = ipywidgets.HBox([gallery, side], layout={"flex_flow": "row wrap", "grid_gap": "20px"})
    return ipywidgets.VBox([box, told], layout={"overflow": "visible"})


_DONE = {
    "rename": "{name} is called {value} now",
    "colour": "{name} has another colour",
    "move": "{name} lies elsewhere in the tree",
    "merge": "{name} is part of {value} now",
    "delete": "{name} is deleted",
}


def _change(workbench: "Workbench", what: str, name: str, value: str | None) -> None:
    if what == "delete":
        workbench.delete_tag(name)
    elif what == "move":
        workbench.move_tag(name, value)
    elif value is not None:
        {"rename": workbench.rename_tag, "colour": workbench.colour_tag, "merge": workbench.merge_tags}[what](
            name, value
        )


def _pictures(workbench: "Workbench") -> dict[str, dict[str, Any]]:
    """Return the videos, then the images, by key; plain images come last."""
    nowhere = float("nan")
    videos: pd.DataFrame = workbench.videos().sort_values("path", kind="stable")
    images: pd.DataFrame = workbench.images().sort_values(["plain", "path"], kind="stable")
    found = {row.key: picture(row.key, row.path, nowhere) | {"badge": "video"} for row in rows(videos)}
    return found | {row.key: picture(row.key, row.path, nowhere) for row in rows(images)}


def tags_together(holders: dict[str, set[str]]) -> str:
    """Return which tags stand on the same items, the most frequent pairs first, as a list in HTML.

    Examples
    --------
    >>> "<li>dusk + sea: 1</li>" in tags_together({"sea": {"a", "b"}, "dusk": {"b"}, "cat": {"c"}})
    True
    """
    by_item: dict[str, list[str]] = {}
    for tag in sorted(holders):
        for key in holders[tag]:
            by_item.setdefault(key, []).append(tag)
    pairs = Counter(pair for tags in by_item.values() for pair in combinations(tags, 2))
    if not pairs:
        return ""
    ranked = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:TOGETHER]
    lines = "".join(f"<li>{escaped(a)} + {escaped(b)}: {count:,}</li>" for (a, b), count in ranked)
    return f'<div class="tagcat-list"><b>Tags that occur together</b><ul>{lines}</ul></div>'
