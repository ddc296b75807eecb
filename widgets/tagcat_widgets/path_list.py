"""A list of chosen folders and files, shown as text, from which they can be taken out.

Only half of `MediaPicker`: it draws `rows` and passes on what a person wants. The paths themselves stay
in the picker, which checked them.
"""

from collections.abc import Callable
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown


class PathList(Front):
    """The list, with buttons to take out one row, to take out all, and to go on.

    Examples
    --------
    >>> paths = PathList()
    >>> paths.on_remove(print)
    >>> paths.heard({"type": "remove", "key": "3"})
    3
    """

    _esm = bundle("path_list.js")
    _css = bundle("path_list.css")

    rows: traitlets.List[Any] = traitlets.List(help="{key, name, folder, detail, error}.").tag(sync=True)
    empty = traitlets.Unicode("Nothing chosen yet.", help="What an empty list says.").tag(sync=True)
    submit = traitlets.Unicode("Go on", help="What the button says.").tag(sync=True)
    error = traitlets.Unicode("", help="Why the last choice was refused.").tag(sync=True)

    def __init__(self, **keywords: Any) -> None:
        self._on_remove: list[Callable[[str], object]] = []
        self._on_clear: list[Callable[[], object]] = []
        self._on_submit: list[Callable[[], object]] = []
        super().__init__(**keywords)
        self.on_msg(lambda *message: self.heard(message[1]))

    def on_remove(self, callback: Callable[[str], object]) -> None:
        """Call `callback(key)` when a row shall go."""
        self._on_remove.append(callback)

    def on_clear(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when all rows shall go."""
        self._on_clear.append(callback)

    def on_submit(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when the person is done choosing."""
        self._on_submit.append(callback)

    def heard(self, content: object) -> None:
        """Take a message of the front end; anything else than its three messages is ignored."""
        if not isinstance(content, dict):
            return
        if content.get("type") == "remove" and isinstance(content.get("key"), str):
            for callback in self._on_remove:
                callback(content["key"])
        elif content.get("type") == "clear":
            for clear in self._on_clear:
                clear()
        elif content.get("type") == "submit":
            for submit in self._on_submit:
                submit()

    @traitlets.validate("empty", "error", "submit")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])
