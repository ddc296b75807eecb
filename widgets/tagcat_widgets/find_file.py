"""Asks by a file: the browser hashes one picture or clip, and only its hashes come here.

The front end (`find_file.ts`) says `{"type": "find", "kind", "hashes": [[seconds, dhash], …]}`, the seconds
null for a picture. What it says is anybody's claim: every hash and time is checked, and a wrong message
changes nothing. No byte of the file is sent, and nothing of it is kept.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._gate import Gate
from tagcat_widgets._items import shown

MOST = 100_000
"""Key frames of one clip: more than an hour whose every sample is one."""
_DHASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Question:
    """What a file asks with: `hashes` (uint64) and the `positions` of a clip's key frames (s, else NaN)."""

    kind: str
    hashes: npt.NDArray[np.uint64]
    positions: npt.NDArray[np.float64]


class FileFinder(Front):
    """A place to drop a picture or clip on, or to choose one.

    Parameters
    ----------
    key_frame_distance
        Distance in bits at which a clip's next key frame begins.
    label
        What a screen reader calls it.

    Examples
    --------
    >>> finder = FileFinder()
    >>> finder.on_find(lambda question: question.hashes.tolist())
    >>> finder.heard({"type": "find", "kind": "image", "hashes": [[None, "00000000000000ff"]]})
    [255]
    >>> finder.heard({"type": "find", "kind": "image", "hashes": "all"})
    """

    _esm = bundle("find_file.js")
    _css = bundle("find_file.css")

    key_frame_distance = traitlets.Int(
        6, min=0, max=64, help="Distance in bits at which a clip's next key frame begins."
    ).tag(sync=True)
    told = traitlets.Unicode("", help="A line on what was found.").tag(sync=True)
    error = traitlets.Unicode("", help="Why nothing could be looked for.").tag(sync=True)
    busy = traitlets.Bool(False, help="Whether something is being looked for.").tag(sync=True)
    asked = traitlets.Unicode("", help="Name of the file that was asked with elsewhere, not here.").tag(
        sync=True
    )
    label = traitlets.Unicode("A file on this device", help="Its name to a screen reader.").tag(sync=True)

    def __init__(self, *, key_frame_distance: int = 6, **keywords: Any) -> None:
        self._on_find: Callable[[Question], object] | None = None
        self._gate = Gate(messages=20, files=10 * MOST, size=64 << 20, seconds=10)
        super().__init__(key_frame_distance=key_frame_distance, **keywords)
        self.on_msg(lambda _, content, __: self.heard(content))

    def on_find(self, callback: Callable[[Question], object]) -> None:
        """Call `callback(question)` for each file that a person asks with."""
        self._on_find = callback

    def heard(self, content: object) -> object:
        """Take a message of the front end; return what came of it, None of a wrong one."""
        asked = _question(content)
        if asked is None or self._on_find is None:
            return None
        if self._gate.wait(files=len(asked.hashes), size=40 * len(asked.hashes)):
            self.error = "Too many questions at once: wait some seconds."
            return None
        try:
            return self._on_find(asked)
        except Exception as error:  # told to the person who asked
            self.error = str(error) or type(error).__name__
            return None

    @traitlets.validate("told", "error", "asked")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])


def _question(content: object) -> Question | None:
    """Return what a message asks, or None where it is none."""
    if not isinstance(content, dict) or set(content) != {"type", "kind", "hashes"}:
        return None
    kind, rows = content["kind"], content["hashes"]
    if content["type"] != "find" or kind not in ("image", "video") or not isinstance(rows, list):
        return None
    if not 0 < len(rows) <= (MOST if kind == "video" else 1):
        return None
    positions, hashes = [], []
    for row in rows:
        match row:
            case [None, str(dhash)] if kind == "image" and _DHASH.fullmatch(dhash):
                seconds = math.nan
            case [int() | float() as seconds, str(dhash)] if kind == "video" and _DHASH.fullmatch(dhash):
                if isinstance(seconds, bool) or not 0 <= seconds < 1e6:
                    return None
            case _:
                return None
        positions.append(float(seconds))
        hashes.append(int(dhash, 16))
    return Question(kind, np.array(hashes, np.uint64), np.array(positions, np.float64))
