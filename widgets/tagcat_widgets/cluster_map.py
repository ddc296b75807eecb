"""A map of what looks alike: one dot an item, one colour a cluster, a line drawn around dots selects them.

The places come from a multiple correspondence analysis, whose axes have no unit: near is alike, far is
not. They are sent as bytes, eight for each dot, so that a map of 20,000 opens as fast as one of twenty;
the front end (`cluster_map.ts`) draws them on a canvas. Moving the mouse only looks: nothing but a click,
a line drawn around dots, the legend or a key changes `selected`.

Keys: arrows walk to the nearest dot on that side; Space adds or takes out; Enter selects this one alone;
C selects its cluster; + and − zoom, 0 shows all; Ctrl+A selects all, Escape none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, items, shown
from tagcat_widgets._thumbnails import Source, ThumbnailDesk


class ClusterMap(Front):
    """A scatter plot of items with a selection.

    Parameters
    ----------
    points
        Rows with `key`, `name`, `detail`, where there is one `time` (seconds), and `x`, `y` (finite
        numbers) and `cluster` (from 0).
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys in `points`.
    height
        Height of the map in pixels.
    empty
        What an empty map says.
    label
        What a screen reader calls it.

    Raises
    ------
    traitlets.TraitError
        If a point has no key, no finite place or a cluster below 0, or two have the same key.

    Examples
    --------
    >>> cat = {"key": "ada:00", "name": "cat.jpg", "x": 0.5, "y": -1.0, "cluster": 0}
    >>> map = ClusterMap([cat])
    >>> map.selected = ["ada:00", "unknown"]
    >>> map.selected
    ['ada:00']
    >>> map.points = []
    >>> map.selected
    []
    """

    _esm = bundle("cluster_map.js")
    _css = bundle("cluster_map.css")
    _from_browser = frozenset({"selected"})

    items: traitlets.List[Any] = traitlets.List(help="What the dots stand for; set by `points`.").tag(
        sync=True
    )
    places = traitlets.Bytes(b"", help="Little-endian float32 x, y of each item.").tag(sync=True)
    clusters = traitlets.Bytes(b"", help="Little-endian uint16 cluster of each item.").tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Keys of the selected items.").tag(sync=True)
    height = traitlets.Int(520, min=200, help="Height of the map in px.").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show.", help="What an empty map says.").tag(sync=True)
    label = traitlets.Unicode("Map", help="Its name to a screen reader.").tag(sync=True)

    def __init__(
        self,
        points: Iterable[Mapping[str, Any]] = (),
        *,
        thumbnail: Source | None = None,
        height: int = 520,
        empty: str = "Nothing to show.",
        label: str = "Map",
        **keywords: Any,
    ) -> None:
        self._keys: frozenset[str] = frozenset()
        self._desk = ThumbnailDesk(thumbnail, lambda: self._keys, self.send)
        super().__init__(height=height, empty=empty, label=label, **keywords)
        self.points = points
        self.on_msg(self._heard)

    @property
    def points(self) -> list[Item]:
        """The items on the map; set it to rows with `x`, `y` and `cluster` to draw another map."""
        return list(self.items)

    @points.setter
    def points(self, rows: Iterable[Mapping[str, Any]]) -> None:
        given = list(rows)
        new = items(given)
        try:
            with np.errstate(over="ignore"):  # a place beyond float32 becomes infinite, and is refused
                places = np.array([(row["x"], row["y"]) for row in given], dtype=np.float64)
                places = places.reshape(-1, 2).astype("<f4")
            numbers = np.array([row["cluster"] for row in given], dtype=np.int64)
        except (KeyError, TypeError, ValueError) as error:
            raise traitlets.TraitError(f"a point needs numbers as 'x', 'y' and 'cluster': {error}") from None
        if not np.isfinite(places).all() or (numbers < 0).any() or (numbers > 65_535).any():
            raise traitlets.TraitError("a point needs finite 'x' and 'y', and a 'cluster' from 0 to 65535")
        self._keys = frozenset(row["key"] for row in new)
        with self.hold_sync():
            self.items = new
            self.places = places.tobytes()
            self.clusters = numbers.astype("<u2").tobytes()
            self.selected = [key for key in self.selected if key in self._keys]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[str]:
        return [key for key in dict.fromkeys(proposal["value"]) if key in self._keys]

    @traitlets.validate("empty", "label")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        self._desk.heard(content)
