"""Checks what a browser says about a file, and makes a record of it as the kernel's own are.

Whatever comes is a claim of a stranger: anybody who can reach the page can write any message. So a claim
has exactly the fields that it may have, each of the right type, length and range; anything else is an
error that names what is wrong, and changes nothing. What can't be checked is whether the hash is the
file's: a person who forges it spoils their own collection and no other.

A claim is a mapping. Of each file: `kind` ("image" or "video"), `path` (folders and name as the browser
gives them, parted by "/"), `md5` (32 hex digits), `bytes`, `modified` (milliseconds since 1970), `width`,
`height` (pixels); `approximate` and `was` (the MD5 that this very file held before) where they apply. Of
an image also `dhash` (16 hex digits); of a video `duration` (s), `fps`, `damaged` and `frames`, a list of
[sample, position (s), dhash].
"""

import re
from collections.abc import Mapping
from typing import Any

from tagcat_kernel.media.limits import DEFAULT
from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord

LONGEST_PATH = 1_000
"""Characters of a device's path, its source aside."""
MOST_FRAMES = 100_000
"""Key frames of one video; two hours of cuts have some thousands."""
LARGEST_FILE = 1 << 50
SIDE = 1 << 20
"""Pixels along one side; `Limits.pixels` bounds the area."""
LATEST = (1 << 63) // 1_000_000 - 1
"""Milliseconds that still are 64-bit nanoseconds."""

_MD5 = re.compile(r"[0-9a-f]{32}")
_DHASH = re.compile(r"[0-9a-f]{16}")
_ALWAYS = {"kind", "path", "md5", "bytes", "modified", "width", "height"}
_NEEDED = {"image": _ALWAYS | {"dhash"}, "video": _ALWAYS | {"duration", "fps", "frames"}}
_MAY = {"image": {"approximate", "was"}, "video": {"approximate", "was", "damaged"}}


class ClaimError(ValueError):
    """A claim of a browser that can't be true; the message says what is wrong with it."""


def record_of(claim: object, source: str) -> ImageRecord | VideoRecord:
    """Return the record that a claim makes.

    Parameters
    ----------
    claim
        As it came.
    source
        Platform and browser, from `tagcat_kernel.sources.device_source`.

    Raises
    ------
    ClaimError
        If anything about it is wrong, missing or too much.

    Examples
    --------
    >>> claim = {"kind": "image", "path": "Holiday/cat.jpg", "md5": "0" * 32, "dhash": "2b69707551f1b87a"}
    >>> claim |= {"bytes": 70, "modified": 1_700_000_000_000, "width": 4, "height": 3}
    >>> record_of(claim, "Macintosh: Chrome").path
    'Macintosh: Chrome/Holiday/cat.jpg'
    >>> record_of(claim | {"width": -1}, "Macintosh: Chrome")
    Traceback (most recent call last):
    tagcat_kernel.device_records.ClaimError: 'width' must be a whole number from 1 to 1048576
    """
    said = mapping(claim)
    kind = said.get("kind")
    if kind not in ("image", "video"):
        raise ClaimError('\'kind\' must be "image" or "video"')
    if missing := _NEEDED[kind] - said.keys():
        raise ClaimError(f"{', '.join(sorted(missing))}: missing")
    if said.keys() - _NEEDED[kind] - _MAY[kind]:
        raise ClaimError("it holds more than it may")
    width, height = whole(said, "width", 1, SIDE), whole(said, "height", 1, SIDE)
    if width * height > DEFAULT.pixels:
        raise ClaimError(f"more than {DEFAULT.pixels} pixels")
    if "was" in said:
        hexadecimal(said["was"], _MD5, "was")
    facts: dict[str, Any] = {
        "path": f"{source}/{relative_path(said['path'])}",
        "md5": hexadecimal(said["md5"], _MD5, "md5"),
        "width": width,
        "height": height,
        "bytes": whole(said, "bytes", 1, LARGEST_FILE),
        "modified": whole(said, "modified", -LATEST, LATEST) * 1_000_000,
        "hashed_by": "approximate" if yes(said, "approximate") else "device",
    }
    if kind == "image":
        return ImageRecord(**facts, dhash=int(hexadecimal(said["dhash"], _DHASH, "dhash"), 16))
    return VideoRecord(
        **facts,
        duration=number(said, "duration", 0.0, DEFAULT.frames / 25),
        fps=number(said, "fps", 0.0, 100_000.0),
        damaged=yes(said, "damaged"),
        frames=_frames(said["frames"]),
    )


def _frames(rows: object) -> tuple[KeyFrame, ...]:
    """Return the key frames: in the order of time, the first sample first, each at or before its sample."""
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_FRAMES:
        raise ClaimError(f"'frames' must be a list of 1 to {MOST_FRAMES} key frames")
    found: list[KeyFrame] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 3:
            raise ClaimError("a key frame must be [sample, position, dhash]")
        frame = {"sample": row[0], "position": row[1]}
        least = found[-1].sample + 1 if found else 0
        sample = whole(frame, "sample", least, DEFAULT.frames if found else 0)
        # A sample shows the last frame at or before its time; players tell that time no better than so.
        position = number(frame, "position", found[-1].position if found else 0.0, sample / 25 + 0.04)
        dhash = int(hexadecimal(row[2], _DHASH, "dhash"), 16)
        found.append(KeyFrame(position=position, dhash=dhash, sample=sample))
    return tuple(found)


def mapping(claim: object) -> Mapping[Any, Any]:
    """Return a claim if it is a mapping.

    Examples
    --------
    >>> mapping({"a": 1})
    {'a': 1}
    """
    if not isinstance(claim, Mapping):
        raise ClaimError("it must be a mapping")
    return claim


def relative_path(path: object) -> str:
    r"""Return a browser's path if it leads downwards only and the graph can hold it.

    Examples
    --------
    >>> relative_path("Holiday/cat.jpg")
    'Holiday/cat.jpg'
    >>> relative_path("../cat.jpg")
    Traceback (most recent call last):
    tagcat_kernel.device_records.ClaimError: 'path' must be names parted by single slashes
    """
    if not isinstance(path, str) or not 0 < len(path) <= LONGEST_PATH:
        raise ClaimError(f"'path' must be text of 1 to {LONGEST_PATH} characters")
    if any(part in ("", ".", "..") for part in path.split("/")) or "\0" in path:
        raise ClaimError("'path' must be names parted by single slashes")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise ClaimError("'path' must be valid Unicode") from None
    return path


def hexadecimal(value: object, pattern: re.Pattern[str], name: str) -> str:
    """Return hex digits if they are as many as they must be, in small letters.

    Raises
    ------
    ClaimError
        If they are not.

    Examples
    --------
    >>> hexadecimal("ABC", _MD5, "md5")
    Traceback (most recent call last):
    tagcat_kernel.device_records.ClaimError: 'md5' must be 32 hex digits
    """
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ClaimError(f"'{name}' must be {pattern.pattern.partition('{')[2][:-1]} hex digits")
    return value


def whole(said: Mapping[Any, Any], name: str, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`; JavaScript never sends one as 3.0.

    Raises
    ------
    ClaimError
        If it is missing, no whole number, or outside.

    Examples
    --------
    >>> whole({"width": 3}, "width", 1, 9)
    3
    """
    value = said.get(name)
    if type(value) is not int or not least <= value <= most:
        raise ClaimError(f"'{name}' must be a whole number from {least} to {most}")
    return value


def number(said: Mapping[Any, Any], name: str, least: float, most: float) -> float:
    """Return a number from `least` to `most`; NaN is in no range.

    Raises
    ------
    ClaimError
        If it is missing, no number, or outside.

    Examples
    --------
    >>> number({"fps": 25}, "fps", 0, 1000)
    25.0
    """
    value: Any = said.get(name)
    if type(value) not in (int, float) or not least <= value <= most:
        raise ClaimError(f"'{name}' must be a number from {least:g} to {most:g}")
    return float(value)


def yes(said: Mapping[Any, Any], name: str) -> bool:
    """Return a mark, False where it is missing.

    Raises
    ------
    ClaimError
        If it is neither true nor false.

    Examples
    --------
    >>> yes({}, "damaged")
    False
    """
    value = said.get(name, False)
    if type(value) is not bool:
        raise ClaimError(f"'{name}' must be true or false")
    return value
