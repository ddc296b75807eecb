"""A video's key frames on a time line: how often something happens, and where.

The front end (`key_frame_strip.ts`) draws a thumbnail over the line wherever there is room for one, a mark
for every key frame, and where the video is now. Made wider, the line has room for more. Choosing a frame
selects it, in `selected`, which may be shared with a gallery, and makes its time the `position`, which a
`Player` may follow.

Keys: arrows, Home and End move from frame to frame; Enter selects this one alone and goes there; Space adds
or takes out; + and - make the line wider and narrower; Escape selects none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, items, shown
from tagcat_widgets._thumbnails import Source, ThumbnailDesk


class KeyFrameStrip(Front):
    """Key frames at their times.

    Parameters
    ----------
    items
        Rows with `key`, `name` and `time` (seconds); shown in the order of their times.
    duration
        Of the video, in seconds; a frame behind it makes the line longer.
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys in `items`.
    empty
        What a strip without frames says.
    label
        What a screen reader calls it.

    Raises
    ------
    traitlets.TraitError
        If an item has no key or no time, or two have the same key.

    Examples
    --------
    >>> strip = KeyFrameStrip([{"key": "b", "time": 2}, {"key": "a", "time": 0}], duration=9.5)
    >>> [row["key"] for row in strip.items]
    ['a', 'b']
    >>> strip.selected = ["b", "unknown"]
    >>> strip.selected
    ['b']
    """

    _esm = bundle("key_frame_strip.js")
    _css = bundle("key_frame_strip.css")
    _from_browser = frozenset({"selected", "position"})

    items: traitlets.List[Any] = traitlets.List(help="The key frames, by time.").tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Keys of the selected frames.").tag(sync=True)
    duration = traitlets.Float(0.0, min=0, help="The video's length in seconds.").tag(sync=True)
    position = traitlets.Float(0.0, help="Where the video is now, in seconds.").tag(sync=True)
    empty = traitlets.Unicode("No key frames.", help="What an empty strip says.").tag(sync=True)
    label = traitlets.Unicode("Key frames on a time line", help="Its name to a screen reader.").tag(sync=True)

    def __init__(
        self,
        items: Iterable[Mapping[str, Any]] = (),
        *,
        duration: float = 0.0,
        thumbnail: Source | None = None,
        empty: str = "No key frames.",
        label: str = "Key frames on a time line",
        **keywords: Any,
    ) -> None:
        self._keys: frozenset[str] = frozenset()
        self._desk = ThumbnailDesk(thumbnail, lambda: self._keys, self.send)
        super().__init__(items=list(items), duration=duration, empty=empty, label=label, **keywords)
        self.on_msg(self._heard)

    @traitlets.validate("items")
    def _check_items(self, proposal: Any) -> list[Item]:
        found = items(proposal["value"])
        if any(row["time"] is None for row in found):
            raise traitlets.TraitError("every key frame needs a time in seconds")
        return sorted(found, key=lambda row: row["time"] or 0.0)

    @traitlets.observe("items")
    def _forget_gone(self, change: Any) -> None:
        self._keys = frozenset(row["key"] for row in change["new"])
        self.selected = [key for key in self.selected if key in self._keys]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[str]:
        keys = {row["key"] for row in self.items}
        return [key for key in dict.fromkeys(proposal["value"]) if key in keys]

    @traitlets.validate("position")
    def _check_position(self, proposal: Any) -> float:
        seconds = float(proposal["value"])
        last = max([self.duration, *(row["time"] for row in self.items[-1:])])
        return min(max(0.0, seconds), last) if seconds == seconds else 0.0  # noqa: PLR0124 - NaN

    @traitlets.validate("empty", "label")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        self._desk.heard(content)
