"""One selection for several widgets: what is selected in one of them shows in the others.

Widgets show different parts of a collection. A gallery of one cluster knows fewer items than the map
beside it, so a plain link would let it erase what it does not show. Here a widget speaks for its own
items only: what it selects or takes out changes those keys, and all others stay selected.
"""

from typing import Any

import traitlets


class SharedSelection(traitlets.HasTraits):
    """The keys that are selected, for widgets with the traits `items` and `selected`.

    Parameters
    ----------
    widgets
        A `Gallery`, a `ClusterMap` and their like; more can join later.

    Examples
    --------
    >>> from tagcat_widgets import Gallery
    >>> one, two = Gallery([{"key": "a"}, {"key": "b"}]), Gallery([{"key": "b"}])
    >>> selection = SharedSelection(one, two)
    >>> one.selected = ["a", "b"]
    >>> two.selected
    ['b']
    >>> two.selected = []
    >>> one.selected, selection.selected
    (['a'], ['a'])
    """

    selected = traitlets.List(traitlets.Unicode(), help="Keys, in the order in which they were selected.")

    def __init__(self, *widgets: Any) -> None:
        super().__init__()
        self._widgets: list[Any] = []
        for widget in widgets:
            self.join(widget)

    def join(self, widget: Any) -> None:
        """Let a widget share the selection; what it has selected already is added."""
        self._widgets.append(widget)
        self._heard(widget, set())
        widget.selected = self.selected
        widget.observe(lambda change: self._heard(widget, set(change["old"])), "selected")
        # Other items may be among the selected ones, though another widget selected them.
        widget.observe(lambda _: setattr(widget, "selected", self.selected), "items")

    def _heard(self, widget: Any, before: set[str]) -> None:
        shown = {row["key"] for row in widget.items}
        now = list(widget.selected)
        # What the widget has stopped showing was not taken out by anybody.
        gone = (before & shown) - set(now)
        self.selected = list(dict.fromkeys([key for key in self.selected if key not in gone] + now))
        widget.selected = self.selected  # one order for all, also where nothing but the order differed

    @traitlets.observe("selected")
    def _tell(self, change: Any) -> None:
        for widget in self._widgets:
            widget.selected = change["new"]
