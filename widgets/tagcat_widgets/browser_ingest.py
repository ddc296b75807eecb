"""Reads pictures and videos on the person's own device; only their hashes come here.

The front end (`browser_ingest.ts`) hashes files in the browser. It speaks in three messages, each with the
`view` it comes from and a running number `batch`, and waits for the answer of each before it sends many
more, so that a slow graph holds the browser back:

- `{"type": "hello"}` is answered by `{"type": "welcome", "user", "key_frame_distance"}`;
- `{"type": "offer", "files", "thumbnails"}` asks which files (path, bytes, modified) are stored already;
- `{"type": "take", "files"}` with one buffer for each file whose `thumbnail` is true says what was hashed.

The last two also say `platform` and `browser`, and are answered by `{"type": "answer", "files"}`: what
`tagcat_kernel.device` answers of each file, in their order. What can't be is answered by `{"type": "refused",
"error", "wait"}`, with the seconds after which the same may be sent again, or null where it may not.

Messages are anybody's: sizes, numbers and rates are checked here, every field in the kernel, and what is
wrong changes nothing. The work is done in a thread, in the order of arrival.
"""

import asyncio
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._gate import Gate
from tagcat_widgets._items import shown
from tagcat_widgets._loop import running_loop, tell

MOST_OFFERED = 500
MOST_TAKEN = 50
"""Files of one message."""
WAITING = 8
"""Messages that may wait for the graph; the front end keeps to three."""
VIEWS = 100
_VIEW = re.compile(r"[0-9a-z]{1,24}")


class Door(Protocol):
    """What `Workbench.device` returns; see `tagcat_kernel.device.DeviceDoor`."""

    def known(self, claims: list[Any], *, thumbnails: bool) -> list[dict[str, Any]]:
        """Tell which files are stored."""

    def take(
        self, claims: list[Any], thumbnails: list[bytes | None], *, key_frame_distance: int | None
    ) -> list[dict[str, Any]]:
        """Store what was hashed."""


class Bench(Protocol):
    """As much of a `Workbench` as this widget needs."""

    @property
    def user(self) -> str:
        """Whose collection it is."""

    @property
    def settings(self) -> Any:
        """Has `key_frame_distance`."""

    def device(self, platform: str, browser: str) -> Door:
        """Return the door for a kind of browser."""


class RefusedError(ValueError):
    """A message that is not taken; the text says why."""


@dataclass(frozen=True, slots=True)
class _Order:
    """A message that was found well-formed, its files still unchecked."""

    type: str
    view: str
    batch: int
    files: list[Any]
    thumbnails: list[bytes | None]
    wishes_thumbnails: bool
    platform: Any
    browser: Any


class BrowserIngest(Front):
    """Files and folders of the device to choose or drop, their progress, and what is at hand of them.

    Parameters
    ----------
    workbench
        Whose collection the files enter: a `Workbench`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> widget = BrowserIngest(SimpleNamespace(user="ada"))
    >>> widget.heard({"type": "take", "files": "all"}, [])
    >>> widget.refused
    "a message needs its 'view' and 'batch'"
    """

    _esm = bundle("browser_ingest.js")
    _css = bundle("browser_ingest.css")

    label = traitlets.Unicode("Files on this device", help="Its name to a screen reader.").tag(sync=True)

    def __init__(self, workbench: Bench, **keywords: Any) -> None:
        self.refused = ""  # why the last message was not taken; for programs, the front end is answered
        self._workbench = workbench
        self._on_stored: list[Callable[[int], object]] = []
        self._gate = Gate(messages=300, files=20_000, size=64 << 20, seconds=10)
        self._orders: queue.Queue[_Order] = queue.Queue(WAITING)
        self._told: dict[str, int] = {}  # the key-frame distance that each view was told last
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(**keywords)
        self.on_msg(lambda _, content, buffers: self.heard(content, buffers))

    def on_stored(self, callback: Callable[[int], object]) -> None:
        """Call `callback(files)` each time that files have entered the collection."""
        self._on_stored.append(callback)

    def join(self) -> None:
        """Wait until every message is answered; for tests and scripts."""
        self._orders.join()

    def heard(self, content: object, buffers: Any) -> None:
        """Take a message of a front end, or refuse it; never raises."""
        view, batch = _address(content)
        self._loop = running_loop()
        try:
            order = _order(content, [bytes(buffer) for buffer in buffers or ()])
        except RefusedError as error:
            self._refuse(view, batch, str(error), None)
            return
        wait = self._gate.wait(files=len(order.files), size=_weight(order))
        if wait:
            self._refuse(view, batch, "too much at once", wait)
            return
        try:
            self._orders.put_nowait(order)
        except queue.Full:
            self._refuse(view, batch, "too much at once", 1.0)
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tagcat device", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """Answer what waits, and end when nothing does."""
        while True:
            with self._lock:
                try:
                    order = self._orders.get_nowait()
                except queue.Empty:
                    self._thread = None
                    return
            try:
                self._say(order.view, order.batch, **self._answer(order))
            except Exception as error:  # the graph is away, say: the page is told and may try again
                self._refuse(order.view, order.batch, str(error) or type(error).__name__, 5.0)
            finally:
                self._orders.task_done()

    def _answer(self, order: _Order) -> dict[str, Any]:
        if order.type == "hello":
            distance = self._workbench.settings.key_frame_distance
            if len(self._told) >= VIEWS:
                self._told.clear()  # what is not known is not checked
            self._told[order.view] = distance
            return {"type": "welcome", "user": self._workbench.user, "key_frame_distance": distance}
        from tagcat_kernel.device_records import ClaimError
        from tagcat_kernel.graph.errors import SettingsChangedError

        try:
            door = self._workbench.device(order.platform, order.browser)
        except ClaimError as error:
            self.refused = str(error)
            return {"type": "refused", "error": self.refused, "wait": None}
        if order.type == "offer":
            files = door.known(order.files, thumbnails=order.wishes_thumbnails)
        else:
            try:
                told = self._told.get(order.view)
                files = door.take(order.files, order.thumbnails, key_frame_distance=told)
            except SettingsChangedError:
                self.refused = "the key-frame distance was changed meanwhile: go on, and it is read anew"
                return {"type": "refused", "error": self.refused, "wait": None}
            stored = sum("key" in file for file in files)
            for callback in self._on_stored if stored else ():
                self._run(callback, stored)
        return {"type": "answer", "files": files}

    def _refuse(self, view: str, batch: int, error: str, wait: float | None) -> None:
        self.refused = shown(error)
        self._say(view, batch, type="refused", error=self.refused, wait=wait)

    def _say(self, view: str, batch: int, **content: Any) -> None:
        self._run(self.send, content | {"view": view, "batch": batch})

    def _run(self, call: Callable[[Any], object], value: Any) -> None:
        """Call on the kernel's event loop, where there is one."""
        tell(self._loop, call, value)


def _address(content: object) -> tuple[str, int]:
    """Return the view and the batch of a message, or an empty view where it has none."""
    if isinstance(content, Mapping):
        view, batch = content.get("view"), content.get("batch")
        if isinstance(view, str) and _VIEW.fullmatch(view) and type(batch) is int and 0 <= batch < 1 << 53:
            return view, batch
    return "", -1


_FIELDS = {
    "hello": {"type", "view", "batch"},
    "offer": {"type", "view", "batch", "platform", "browser", "files", "thumbnails"},
    "take": {"type", "view", "batch", "platform", "browser", "files"},
}


def _order(content: object, buffers: list[bytes]) -> _Order:
    view, batch = _address(content)
    if not view or not isinstance(content, Mapping):
        raise RefusedError("a message needs its 'view' and 'batch'")
    kind, files, wish = content.get("type"), content.get("files", []), content.get("thumbnails", False)
    if not isinstance(kind, str) or set(content) != _FIELDS.get(kind):
        raise RefusedError("no message that this widget knows")
    most = MOST_OFFERED if kind == "offer" else MOST_TAKEN
    if not isinstance(files, list) or len(files) > most:
        raise RefusedError(f"'files' must be a list of at most {most}")
    if type(wish) is not bool:
        raise RefusedError("'thumbnails' must be true or false")
    thumbnails: list[bytes | None] = []
    rest = list(reversed(buffers))
    if kind == "take":
        files = [dict(file) if isinstance(file, Mapping) else file for file in files]
        for file in files:
            wanted = isinstance(file, dict) and file.pop("thumbnail", False)
            if wanted not in (True, False) or (wanted and not rest):
                raise RefusedError("a file has no thumbnail where it says so")
            thumbnails.append(rest.pop() if wanted else None)
    if rest:
        raise RefusedError("more buffers than files say")
    places = content.get("platform"), content.get("browser")
    return _Order(kind, view, batch, files, thumbnails, wish, *places)


def _weight(order: _Order) -> int:
    """Return about how many bytes a message has."""
    frames = (file.get("frames") for file in order.files if isinstance(file, Mapping))
    rows = sum(len(row) for row in frames if isinstance(row, list))
    return 40 * rows + 300 * len(order.files) + sum(len(picture or b"") for picture in order.thumbnails)
