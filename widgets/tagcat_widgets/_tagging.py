"""Ties an editor of tags to the collection and to what is selected on its page.

What the editor says of the selected items follows the selection; what a person asks of it is done in the
collection, where it can be undone, and told in words. The page hears of each change, and may say itself
what it means to open a tag in the tree.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tagcat_widgets._tables import rows
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.tag_editor import TagEditor

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.workbench import Workbench

_DONE = {
    "rename": "{name} is called {value} now",
    "colour": "{name} has another colour",
    "move": "{name} lies elsewhere in the tree",
    "merge": "{name} is part of {value} now",
    "delete": "{name} is deleted",
}


class Tagging:
    """The editor of a page's tags, `editor`; `table` and `holders` are the tags on items as they are now.

    Parameters
    ----------
    workbench
        The collection.
    shared
        The selection of the page: what the editor's words are put on.
    changed
        Called after each change, before the open tag's items are looked at again.
    opened
        Called with the tag that is open now, "" for none; after changes, too.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """

    def __init__(
        self,
        workbench: "Workbench",
        shared: SharedSelection,
        *,
        changed: Callable[[], object] = lambda: None,
        opened: Callable[[str], object] = lambda _tag: None,
    ) -> None:
        self.editor = TagEditor(access=workbench.access)
        if self.editor.access != "owner":  # who makes no tag is not asked for a word
            self.editor.empty = "No tags yet."
        self.table: pd.DataFrame = workbench.tagged()
        self.holders: dict[str, set[str]] = {}
        self._workbench = workbench
        self._shared = shared
        self._changed = changed
        self._opened = opened
        self._read()
        shared.observe(lambda _: self._count(), names="selected")
        self.editor.observe(lambda change: opened(change["new"]), names="current")
        self.editor.on_do(self._do)

    def _read(self) -> None:
        """Take the tags as they are in the collection now."""
        self.table = self._workbench.tagged()
        self.holders.clear()
        for row in rows(self.table):
            self.holders.setdefault(row.tag, set()).add(row.key)
        chosen = set(self._shared.selected)
        self.editor.tags = [
            {"name": row.name, "colour": row.colour, "parent": row.parent}
            | {"count": len(self._held(row.name)), "on": len(self._held(row.name) & chosen)}
            for row in rows(self._workbench.tags())
        ]
        self.editor.chosen = len(chosen)
        self.editor.undoable = undoable(self._workbench)

    def holding(self, name: str) -> set[str]:
        """Return the keys of what holds a tag or one that lies under it."""
        found = set(self._held(name))
        for tag in self.editor.tags:  # no ring can be: the collection refuses it
            if tag["parent"] == name:
                found |= self.holding(tag["name"])
        return found

    def _held(self, name: str) -> set[str]:
        return self.holders.get(name, set())

    def _count(self) -> None:
        chosen = set(self._shared.selected)
        with self.editor.hold_sync():
            self.editor.chosen = len(chosen)
            self.editor.tags = [
                tag | {"on": len(self._held(tag["name"]) & chosen)} for tag in self.editor.tags
            ]

    def _do(self, what: str, name: str, value: str | None) -> None:
        follow = self.editor.current
        self.editor.told = self._done(what, name, value)
        if follow == name and what in ("rename", "merge") and value:
            follow = value
        self._read()
        self._changed()
        if self.editor.current == follow:
            self._opened(follow)
        else:
            self.editor.current = follow

    def _done(self, what: str, name: str, value: str | None) -> str:
        """Do what a person wishes, and return it in words."""
        bench, chosen = self._workbench, list(self._shared.selected)
        if what == "tag":
            return f"{name}: put on {bench.tag(chosen, name):,}"
        if what == "untag":
            return f"{name}: taken off {bench.untag(chosen, name):,}"
        if what == "undo":
            undone = bench.undo()
            return "; ".join([f"undone: {undone.told}", *undone.skipped])
        if what == "delete":
            bench.delete_tag(name)
        elif what == "move":
            bench.move_tag(name, value)
        elif value is not None:
            {"rename": bench.rename_tag, "colour": bench.colour_tag, "merge": bench.merge_tags}[what](
                name, value
            )
        return _DONE[what].format(name=name, value=value)


def undoable(workbench: "Workbench") -> bool:
    """Tell whether the visitor has made a change that `undo` would take back."""
    changes = workbench.changes()
    return bool((~changes["undone"] & (changes["by"] == workbench.user)).any())
