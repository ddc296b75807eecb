"""Items as widgets and plots take them: a dictionary with a key and what a person is told."""

import base64
import math
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

Thumbnail = Callable[[str], bytes | None]
"""Gives a JPEG by key; None where there is none any more."""

PICTURES = 500
"""Thumbnails in a file at most: about 5 MB."""
LONGEST = 500
"""Characters of a name that are shown."""


def picture(key: str, path: str, position: float) -> dict[str, Any]:
    """Return an image, or a moment of a video, as widgets and plots take it.

    Parameters
    ----------
    key
        Of the item in the graph.
    path
        Of its file.
    position
        Seconds in a video, NaN for an image.

    Examples
    --------
    >>> picture("ada:00:7", "/films/cats.mp4", 0.28)
    {'key': 'ada:00:7', 'name': 'cats.mp4', 'detail': '/films', 'time': 0.28}
    """
    place = PurePath(path)
    moment = None if math.isnan(position) else float(position)
    return {"key": key, "name": place.name, "detail": str(place.parent), "time": moment}


def text(value: object) -> str:
    r"""Return a name as it can be written into a file: UTF-8, and not endless.

    Examples
    --------
    >>> text("caf\udce9")
    'caf?'
    """
    clean = str(value).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def called(row: Any) -> str:
    """Return a row's name, with its time in a video.

    Examples
    --------
    >>> called({"name": "cats.mp4", "time": 0.28}), called({"name": "cat.jpg"})
    ('cats.mp4 at 0.28 s', 'cat.jpg')
    """
    name = text(row.get("name") or "")
    return name if row.get("time") is None else f"{name} at {row['time']:.2f} s"


def pictures(keys: Iterable[str], thumbnail: Thumbnail | None) -> list[str]:
    """Return a data address for each key; empty where there is no thumbnail, or enough are in already.

    One that fails is left out: the dot stays.

    Examples
    --------
    >>> pictures(["a", "b"], {"a": b"JPEG"}.get)
    ['data:image/jpeg;base64,SlBFRw==', '']
    """
    found, inside = [], 0
    for key in keys:
        data = None
        if thumbnail is not None and inside < PICTURES:
            try:
                data = thumbnail(key)
            except Exception:  # a file that is gone or broken says so where it is looked at
                data = None
        inside += data is not None
        found.append("" if data is None else address(data))
    return found


def address(jpeg: bytes) -> str:
    """Return a picture as the address of itself, for a page that asks nobody for anything.

    Examples
    --------
    >>> address(b"JPEG")
    'data:image/jpeg;base64,SlBFRw=='
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
