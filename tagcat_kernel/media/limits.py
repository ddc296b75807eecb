"""What one untrusted file may cost before it is given up with an error that says so.

The user sets it: in Python by `limits=Limits(...)`, for commands, notebooks and dashboards by
`TAGCAT_MAX_PIXELS`, `TAGCAT_MAX_FRAMES`, `TAGCAT_MAX_SECONDS` and `TAGCAT_MAX_MEMORY` in the environment,
which jobs and decoder processes inherit.
"""

import os
from dataclasses import dataclass, fields
from typing import Any, Self

from tagcat_kernel.records import MediaError

_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on decoding one file.

    Attributes
    ----------
    pixels
        Largest width × height of an image or a video frame; checked before anything is decoded.
    frames
        Most samples (at 25 a second) of a video; the default is 24 hours.
    seconds
        Longest time without progress, after which the worker process is killed. An image is one step;
        a video makes progress with each few frames, so that its length is not limited by this.
    memory
        Address space of a worker process in bytes, its libraries (about 1 GiB) included.

    Raises
    ------
    ValueError
        If a limit is not above 0.

    Examples
    --------
    >>> Limits(pixels=1_000_000).pixels
    1000000
    """

    pixels: int = 256_000_000
    frames: int = 25 * 60 * 60 * 24
    seconds: float = 120.0
    memory: int = 4 * 1024**3

    def __post_init__(self) -> None:
        for limit in fields(self):
            if not getattr(self, limit.name) > 0:
                raise ValueError(
                    f"the limit on {limit.name} must be above 0, not {getattr(self, limit.name)}"
                )

    def check_size(self, width: int, height: int) -> None:
        """Refuse a picture of more pixels than `pixels`.

        Raises
        ------
        MediaError
            It says what raises the limit.

        Examples
        --------
        >>> Limits(pixels=1_000_000).check_size(1200, 900)
        Traceback (most recent call last):
            ...
        tagcat_kernel.records.MediaError: too large: 1200 × 900 pixels, limit 1000000 (--max-pixels, \
TAGCAT_MAX_PIXELS)
        """
        if width * height > self.pixels:
            told = f"limit {self.pixels} ({raised_by('pixels')})"
            raise MediaError(f"too large: {width} × {height} pixels, {told}")

    @classmethod
    def chosen(cls) -> Self:
        """Return the limits of the environment, the defaults where it says nothing.

        Raises
        ------
        ValueError
            If a variable holds no number above 0; the message names it.

        Examples
        --------
        >>> os.environ["TAGCAT_MAX_MEMORY"] = "2G"
        >>> Limits.chosen().memory == 2 * 1024**3
        True
        >>> del os.environ["TAGCAT_MAX_MEMORY"]
        """
        chosen: dict[str, Any] = {}
        for limit in fields(cls):
            if text := os.environ.get(variable(limit.name)):
                chosen[limit.name] = _number(limit.name, text)
        return cls(**chosen)


def variable(name: str) -> str:
    """Return the environment variable of a limit.

    Examples
    --------
    >>> variable("pixels")
    'TAGCAT_MAX_PIXELS'
    """
    return f"TAGCAT_MAX_{name.upper()}"


def raised_by(name: str) -> str:
    """Return what raises a limit, for the error that names it: an option of the commands, a variable.

    Examples
    --------
    >>> raised_by("memory")
    '--max-memory, TAGCAT_MAX_MEMORY'
    """
    return f"--max-{name}, {variable(name)}"


def _number(name: str, text: str) -> float:
    """Return the number that a variable holds: bytes may end in K, M or G."""
    try:
        if name == "seconds":
            number = float(text)
        elif text[-1].upper() in _UNITS:
            number = int(text[:-1]) * _UNITS[text[-1].upper()]
        else:
            number = int(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise ValueError(f"{variable(name)} must be a number above 0, not {text!r}")
    return number


DEFAULT = Limits()
