"""The Python half of every widget here: what a browser may change is named, the rest is Python's.

Jupyter lets a browser write every synced trait. A widget whose items were rewritten from outside would
hand out thumbnails of things it never showed, so only the traits in `_from_browser` are taken.
"""

from typing import Any, ClassVar

import anywidget


class Front(anywidget.AnyWidget):
    """An anywidget that takes from the browser only the traits it names.

    Examples
    --------
    >>> class Shown(Front):
    ...     _from_browser = frozenset({"tooltip"})
    >>> widget = Shown()
    >>> widget.set_state({"tooltip": "mine", "tabbable": True})
    >>> widget.tooltip, widget.tabbable
    ('mine', None)
    """

    _from_browser: ClassVar[frozenset[str]] = frozenset()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser changed, where it may."""
        super().set_state({name: value for name, value in sync_data.items() if name in self._from_browser})
