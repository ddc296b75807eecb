"""A button that has the kernel make a file and gives it to the browser to save.

The page asks `{"type": "make"}`; a thread calls `make`, and the file's bytes come back with
`{"type": "file", "name"}` as one buffer. No address leads to it: it comes over the kernel's connection like
everything on a page, and the front end (`save_file.ts`) saves it from a blob. What fails is told beside
the button.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown
from tagcat_widgets._loop import running_loop, tell

HINT = "One file that opens without TagCat and asks nobody for anything; small pictures are inside."
FAILED = "It could not be made: "


class SaveFile(Front):
    """A button that saves a file.

    Parameters
    ----------
    make
        Returns the file's bytes; called from a thread when a person presses the button.
    name
        What the file is called.
    label
        What stands on the button.
    hint
        A line beside it, before anything is made.

    Examples
    --------
    >>> SaveFile(lambda: b"<html>", name="graph.html").name
    'graph.html'
    """

    _esm = bundle("save_file.js")
    _css = bundle("save_file.css")

    name = traitlets.Unicode(help="What the file is called.").tag(sync=True)
    label = traitlets.Unicode(help="What stands on the button.").tag(sync=True)
    told = traitlets.Unicode(help="A line on what was done last, or why not.").tag(sync=True)
    making = traitlets.Bool(False, help="Whether the file is being made.").tag(sync=True)

    def __init__(
        self,
        make: Callable[[], bytes],
        *,
        name: str = "file.html",
        label: str = "Save as HTML",
        hint: str = "",
        **keywords: Any,
    ) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(name=name, label=label, told=hint, **keywords)
        self.on_msg(self._heard)

    @traitlets.validate("name", "label", "told")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if not isinstance(content, dict) or content.get("type") != "make" or self.making:
            return
        self._loop = running_loop()
        self.making = True
        threading.Thread(target=self._work, name="tagcat file", daemon=True).start()

    def _work(self) -> None:
        try:
            data, told = self._make(), ""
        except Exception as error:  # told to the person who pressed the button
            data, told = b"", FAILED + (str(error) or type(error).__name__)
        tell(self._loop, self._done, data, told)

    def _done(self, data: bytes, told: str) -> None:
        self.making = False
        self.told = told or f"{self.name}: {len(data) / 1e6:,.1f} MB"
        if data:
            self.send({"type": "file", "name": self.name}, [data])
