"""Answers a front end's wish for thumbnails, outside the handler that heard it.

A view says which pictures it can see and does not have: `{"type": "thumbnails", "view", "keys"}`. Its
wish replaces its earlier one, so what was scrolled past is not drawn. Two threads draw at most, in the
order of the wish, and answer in small batches: `{"type": "thumbnails", "view", "found": [keys],
"missing": [{"key", "reason"}]}` with one buffer (the file's bytes) for each key found. A wish with `"small":
true` is answered by sheets of small pictures, of which a graph shows thousands (`_sheets.py`). Only keys that
the widget shows are answered, whatever is asked. Answers are sent from the kernel's event loop where
there is one.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Container
from typing import Any

from tagcat_widgets._items import shown
from tagcat_widgets._loop import running_loop, tell
from tagcat_widgets._sheets import TILES, Sheet

Source = Callable[[str], bytes | None]
"""Gives a thumbnail's bytes (JPEG) by key; None where there is none any more. May raise."""

GONE = "no file of it can be read here"
WORKERS = 2
BATCH_SECONDS = 0.05
BATCH_BYTES = 1 << 20


class ThumbnailDesk:
    """Draws what the views of one widget wish to see.

    Parameters
    ----------
    source
        Gives the bytes; called from threads.
    known
        Gives the keys that the widget shows now.
    send
        Sends a message with buffers to the front end.

    Examples
    --------
    >>> answers = []
    >>> send = lambda content, buffers: answers.append((content["found"], buffers))
    >>> desk = ThumbnailDesk(lambda key: b"JPEG", lambda: {"a"}, send)
    >>> desk.ask("view", ["a", "a stranger's key"])
    >>> desk.join()
    >>> answers
    [(['a'], [b'JPEG'])]
    """

    def __init__(
        self,
        source: Source | None,
        known: Callable[[], Container[str]],
        send: Callable[[dict[str, Any], list[bytes]], None],
    ) -> None:
        self._source = source
        self._known = known
        self._send = send
        self._lock = threading.Lock()
        self._wishes: dict[str, list[str]] = {}  # by view, the next key last
        self._small: set[str] = set()  # views that want small pictures
        self._drawing: set[tuple[str, str]] = set()
        self._threads: set[threading.Thread] = set()
        self._taking = 0  # threads that will still look for a next key
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self, view: str, keys: list[str], *, small: bool = False) -> None:
        """Replace what `view` wishes by `keys`, the first one first; return at once."""
        known = self._known()
        self._loop = running_loop()
        with self._lock:
            wanted = [key for key in keys if key in known and (view, key) not in self._drawing]
            self._wishes[view] = wanted[::-1]
            if small:
                self._small.add(view)
            for _ in range(min(WORKERS - self._taking, len(wanted))):
                thread = threading.Thread(target=self._work, name="tagcat thumbnails", daemon=True)
                self._threads.add(thread)
                self._taking += 1
                thread.start()

    def heard(self, content: object) -> bool:
        """Take a front end's message if it is such a wish; return whether it was."""
        if not isinstance(content, dict) or content.get("type") != "thumbnails":
            return False
        view, keys = content.get("view"), content.get("keys")
        if isinstance(view, str) and isinstance(keys, list):
            wanted = [key for key in keys if isinstance(key, str)]
            self.ask(view, wanted, small=content.get("small") is True)
        return True

    def picture(self, key: str) -> bytes | None:
        """Draw one of the widget's pictures now; None where it can't be had."""
        if self._source is None or key not in self._known():
            return None
        try:
            return self._source(key)
        except Exception:  # a page of pictures is not given up for one bad file
            return None

    def join(self, seconds: float = 10.0) -> None:
        """Wait until every wish is answered; for tests and scripts."""
        for thread in list(self._threads):
            thread.join(seconds)

    def _next(self) -> tuple[str, str] | None:
        """Take the next key; a thread that finds none is no longer counted on, under the same lock."""
        with self._lock:
            for view in list(self._wishes):
                if self._wishes[view]:
                    key = self._wishes[view].pop()
                    self._drawing.add((view, key))
                    return view, key
                del self._wishes[view]
            self._taking -= 1
            return None

    def _work(self) -> None:
        batch = _Batch()
        while (task := self._next()) is not None:
            view, key = task
            if batch.view != view or batch.old:
                self._answer(batch)
                batch = _Batch(view, small=view in self._small)
            try:
                batch.add(key, self._source(key) if self._source else None)
            except Exception as error:  # one bad file must not end the others
                batch.missing.append({"key": key, "reason": shown(str(error) or type(error).__name__)})
        self._answer(batch)
        self._threads.discard(threading.current_thread())

    def _answer(self, batch: "_Batch") -> None:
        keys = batch.keys
        if not keys:
            return
        tell(self._loop, self._send, *batch.message())
        with self._lock:
            self._drawing -= {(batch.view, key) for key in keys}


class _Batch:
    """What one thread has drawn for one view and not yet sent: files, or a sheet of small pictures."""

    def __init__(self, view: str = "", *, small: bool = False) -> None:
        self.view = view
        self.found: list[tuple[str, bytes]] = []
        self.missing: list[dict[str, str]] = []
        self.sheet = Sheet() if small else None
        self._bytes = 0
        self._started = time.monotonic()

    @property
    def old(self) -> bool:
        full = self._bytes > BATCH_BYTES or (self.sheet is not None and len(self.sheet.tiles) == TILES)
        return full or time.monotonic() - self._started > BATCH_SECONDS

    def add(self, key: str, picture: bytes | None) -> None:
        if picture is None:
            self.missing.append({"key": key, "reason": GONE})
        elif self.sheet is not None:
            self.sheet.add(key, picture)
        else:
            self.found.append((key, bytes(picture)))
            self._bytes += len(picture)

    def message(self) -> tuple[dict[str, Any], list[bytes]]:
        """Return what is told of it, and its buffers."""
        told = {"type": "thumbnails", "view": self.view, "missing": self.missing}
        if self.sheet is not None and self.sheet.tiles:
            return told | {"found": [], "sheet": self.sheet.tiles}, [self.sheet.jpeg()]
        return told | {"found": [key for key, _ in self.found]}, [picture for _, picture in self.found]

    @property
    def keys(self) -> list[str]:
        tiles = [] if self.sheet is None else [tile[0] for tile in self.sheet.tiles]
        return [key for key, _ in self.found] + tiles + [row["key"] for row in self.missing]
