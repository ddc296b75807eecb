"""Pictures in a grid, or a video's key frames as a strip.

The front end (`gallery.ts`) draws only what can be seen and asks for thumbnails as they come into view,
so a gallery of 10,000 items opens as fast as one of ten. `selected` is shared both ways: what a person
clicks is in it, and what Python writes into it is shown. A rectangle drawn with the mouse selects what it
touches; a free line, with Lasso in its bar or Alt held, what it runs around.

A grid has a bar to search, sort and filter with. Sorting and filtering is the front end's work, which has
all items anyway; the traits `sort`, `descending`, `search` and `filters` say what is chosen, both ways. What
is filtered away stays selected: another widget may show it.

Keys: arrows, Home, End, Page Up and Down move; Space adds or takes out; Enter selects this one alone;
Shift extends, Alt+Shift a rectangle; Ctrl+A selects all, Escape none; L draws free lines, or rectangles
again; O opens this one where it lies on the person's own device; ? tells the keys. A letter in `shortcuts`
is for `on_key`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, items, shown
from tagcat_widgets._thumbnails import Source, ThumbnailDesk


class Gallery(Front):
    """A gallery of thumbnails with a selection.

    Parameters
    ----------
    items
        Rows with `key`, `name`, `detail` and, where there is one, `badge` and `time` (seconds); `facets`,
        such as `{"tag": ["sea"], "cluster": ["3"]}`, to filter by, and `ranks`, such as `{"date": 1.7e9,
        "size": 2048}`, to sort by.
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys in `items`.
    arrangement
        "grid", or "strip": one row that scrolls sideways with the time under each frame.
    thumbnail_size
        Least width of a thumbnail in pixels.
    height
        Greatest height of a grid in pixels; longer ones scroll.
    empty
        What an empty gallery says.
    label
        What a screen reader calls it.
    tools
        Whether a grid has its bar to search, sort and filter with.

    Raises
    ------
    traitlets.TraitError
        If an item has no key, or two have the same.

    Examples
    --------
    >>> gallery = Gallery([{"key": "ada:00", "name": "cat.jpg", "detail": "640 × 480"}])
    >>> gallery.selected = ["ada:00", "unknown"]
    >>> gallery.selected
    ['ada:00']
    >>> gallery.filters = {"tag": "sea"}
    >>> gallery.sort = "name"
    >>> gallery.items = []
    >>> gallery.selected
    []
    """

    _esm = bundle("gallery.js")
    _css = bundle("gallery.css")
    _from_browser = frozenset({"selected", "sort", "descending", "search", "filters"})

    items: traitlets.List[Any] = traitlets.List(
        help="What is shown; each row is completed by `_items.item`."
    ).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Keys of the selected items.").tag(sync=True)
    arrangement = traitlets.Enum(["grid", "strip"], "grid", help='"grid" or "strip".').tag(sync=True)
    thumbnail_size = traitlets.Int(160, min=64, max=640, help="Least width of a cell in px.").tag(sync=True)
    height = traitlets.Int(520, min=120, help="Greatest height of a grid in px.").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show.", help="What an empty gallery says.").tag(sync=True)
    shortcuts = traitlets.Unicode("", help="Letters that `on_key` hears of.").tag(sync=True)
    tools = traitlets.Bool(True, help="Whether a grid has its bar to search, sort and filter with.").tag(
        sync=True
    )
    sort = traitlets.Unicode("", help='"" as given, "name", or a name in the items\' `ranks`.').tag(sync=True)
    descending = traitlets.Bool(False, help="Whether the order is turned round.").tag(sync=True)
    search = traitlets.Unicode("", help="Letters that a name or detail must hold.").tag(sync=True)
    filters: "traitlets.Dict[str, str]" = traitlets.Dict(
        key_trait=traitlets.Unicode(),
        value_trait=traitlets.Unicode(),
        help='By facet the value that an item must have; "" for items without any.',
    ).tag(sync=True)
    label = traitlets.Unicode("Pictures", help="Its name to a screen reader.").tag(sync=True)

    def __init__(
        self,
        items: Iterable[Mapping[str, Any]] = (),
        *,
        thumbnail: Source | None = None,
        arrangement: Literal["grid", "strip"] = "grid",
        thumbnail_size: int = 160,
        height: int = 520,
        empty: str = "Nothing to show.",
        label: str = "Pictures",
        tools: bool = True,
        **keywords: Any,
    ) -> None:
        self._on_key: Callable[[str], object] | None = None
        self._keys: frozenset[str] = frozenset()
        self._desk = ThumbnailDesk(thumbnail, lambda: self._keys, self.send)
        super().__init__(
            items=list(items),
            arrangement=arrangement,
            thumbnail_size=thumbnail_size,
            height=height,
            empty=empty,
            label=label,
            tools=tools,
            **keywords,
        )
        self.on_msg(self._heard)

    def thumbnail(self, key: str) -> bytes | None:
        """Return the thumbnail of one of its items; None where it has no such item, or no picture of it."""
        return self._desk.picture(key)

    @traitlets.validate("items")
    def _check_items(self, proposal: Any) -> list[Item]:
        return items(proposal["value"])

    @traitlets.observe("items")
    def _forget_gone(self, change: Any) -> None:
        self._keys = frozenset(row["key"] for row in change["new"])
        self.selected = [key for key in self.selected if key in self._keys]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[str]:
        keys = {row["key"] for row in self.items}
        return [key for key in dict.fromkeys(proposal["value"]) if key in keys]

    @traitlets.validate("empty", "label", "sort", "search")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def on_key(self, callback: Callable[[str], object]) -> None:
        """Call `callback(letter)` when a person presses one of `shortcuts`: it is meant for `selected`.

        Where nothing is selected, the item that has the focus is selected first.
        """
        self._on_key = callback

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        pressed = content.get("pressed") if isinstance(content, dict) else None
        if pressed is None:
            self._desk.heard(content)
        elif self._on_key and isinstance(pressed, str) and pressed and pressed in self.shortcuts:
            self._on_key(pressed)
