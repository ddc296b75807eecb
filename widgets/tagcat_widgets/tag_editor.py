"""The tags of a collection and of what is selected: put on, take off, rename, colour, nest, merge, delete.

Python says which tags there are and how many of the chosen items hold each; the front end (`tag_editor.ts`)
shows those as chips, the rest as a tree, and says what a person wants done, in small messages
`{"type": "do", "what", "name", "value"}`. Nothing is done here: `on_do` hands each wish to whoever knows
the collection, and what goes wrong there is shown under the tree.

Keys: Enter in the field puts a tag on; in the tree, arrows move, Enter shows what holds a tag, Space puts
it on the chosen items or takes it off, Delete deletes it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown

WISHES = frozenset({"tag", "untag", "rename", "colour", "move", "merge", "delete", "undo"})
"""What a front end may ask for. `value` is the new name, the colour, the parent or the other tag."""
ALLOWED = {"owner": WISHES, "tagging": frozenset({"tag", "untag", "undo"}), "reading": frozenset()}
"""Which of that is offered, and heard, by what one may do in the collection (`Workbench.access`)."""
LONGEST = 200
"""Characters of a tag's name."""


class Tag(TypedDict):
    """One tag as the front end knows it; `on` counts the chosen items that hold it."""

    name: str
    colour: str
    parent: str | None
    count: int
    on: int


class TagEditor(Front):
    """A tree of tags and the tags of the chosen items.

    Parameters
    ----------
    tags
        Rows with `name`, and where there is one `colour` (#rrggbb), `parent` (a name), `count` (items that
        hold it) and `on` (how many of the chosen items hold it).
    chosen
        How many items are chosen.
    empty
        What an editor without tags says.
    access
        "owner": all is offered; "tagging": tags that there are go on items and off them; "reading": tags are
        looked at.

    Raises
    ------
    traitlets.TraitError
        If a tag has no name or two have the same.

    Examples
    --------
    >>> editor = TagEditor([{"name": "harbour", "count": 3}], chosen=2)
    >>> editor.tags[0]["on"]
    0
    >>> editor.current = "no such tag"
    >>> editor.current
    ''
    """

    _esm = bundle("tag_editor.js")
    _css = bundle("tag_editor.css")
    _from_browser = frozenset({"current"})

    tags: traitlets.List[Any] = traitlets.List(help="The tags, each completed to a `Tag`.").tag(sync=True)
    chosen = traitlets.Int(0, min=0, help="How many items are chosen.").tag(sync=True)
    current = traitlets.Unicode("", help="Name of the tag whose items are shown; empty: all.").tag(sync=True)
    told = traitlets.Unicode("", help="A line on what was done last, or why not.").tag(sync=True)
    undoable = traitlets.Bool(False, help="Whether there is something to undo.").tag(sync=True)
    empty = traitlets.Unicode("No tags yet: choose pictures and type a word.").tag(sync=True)
    access = traitlets.Enum(list(ALLOWED), "owner", help="What one may do here.").tag(sync=True)

    def __init__(
        self,
        tags: Iterable[Mapping[str, Any]] = (),
        *,
        chosen: int = 0,
        empty: str = "No tags yet: choose pictures and type a word.",
        **keywords: Any,
    ) -> None:
        self._do: Callable[[str, str, str | None], None] | None = None
        super().__init__(tags=list(tags), chosen=chosen, empty=empty, **keywords)
        self.on_msg(self._heard)

    def on_do(self, callback: Callable[[str, str, str | None], None]) -> None:
        """Call `callback(what, name, value)` for every wish of a person; see `WISHES`."""
        self._do = callback

    @traitlets.validate("tags")
    def _check_tags(self, proposal: Any) -> list[Tag]:
        found = [_tag(row) for row in proposal["value"]]
        if len({tag["name"] for tag in found}) != len(found):
            raise traitlets.TraitError("two tags have the same name")
        return found

    @traitlets.observe("tags")
    def _forget_gone(self, _: Any) -> None:
        self.current = self.current

    @traitlets.validate("current")
    def _check_current(self, proposal: Any) -> str:
        name: str = proposal["value"]
        return name if name in {tag["name"] for tag in self.tags} else ""

    @traitlets.validate("empty", "told")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if not isinstance(content, dict) or content.get("type") != "do" or self._do is None:
            return
        what, name, value = content.get("what"), content.get("name"), content.get("value")
        if not isinstance(what, str) or what not in ALLOWED[self.access] or not isinstance(name, str):
            return
        if not (value is None or isinstance(value, str)) or max(len(name), len(value or "")) > LONGEST:
            return
        try:
            self._do(what, name, value)
        except Exception as error:
            self.told = str(error) or type(error).__name__


def _tag(row: Any) -> Tag:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not row["name"]:
        raise traitlets.TraitError(f"a tag needs a 'name': {row!r:.200}")
    parent = row.get("parent")
    return Tag(
        name=shown(row["name"]),
        colour=str(row.get("colour") or ""),
        parent=shown(parent) if isinstance(parent, str) else None,
        count=int(row.get("count") or 0),
        on=int(row.get("on") or 0),
    )
