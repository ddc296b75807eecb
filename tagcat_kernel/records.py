"""What is known of one picture, one key frame or one video: frozen records that every floor shares.

A record is an answer about a file, never the file's pixels. A file that could not be read is a record
too, with `error` set and the rest None, so that one bad file never stops ten thousand good ones.
A dHash is a Python int of 64 bits here, `uint64` in numpy and a string of '0' and '1' in the graph.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

HASHED_BY = ("approximate", "device", "kernel")
"""Who may have hashed a file, the least to be trusted first: a browser that could not decode exactly (it
looked at what its video element shows), a browser, the kernel."""

PLAIN_ONES = range(5, 60)
"""A hash whose number of ones lies outside is plain (black, flat, gradient) and matches nothing."""


class MediaError(Exception):
    """A file that can't be read as media; the message says why in words for a person."""


def is_plain(dhash: int) -> bool:
    """Tell whether a hash has fewer than 5 or more than 59 ones, so that it says almost nothing.

    Examples
    --------
    >>> is_plain(0b1111), is_plain(0b11111)
    (True, False)
    """
    return dhash.bit_count() not in PLAIN_ONES


def are_plain(hashes: "npt.NDArray[np.uint64]") -> "npt.NDArray[np.bool_]":
    """Tell of each of many hashes, an array of any shape, whether it is plain.

    Examples
    --------
    >>> import numpy as np
    >>> are_plain(np.array([0b1111, 0b11111], np.uint64)).tolist()
    [True, False]
    """
    import numpy as np

    ones = np.bitwise_count(hashes)
    return (ones < PLAIN_ONES.start) | (ones >= PLAIN_ONES.stop)


@dataclass(frozen=True, slots=True)
class Hashed:
    """Mixin of records that carry a `dhash`: its hex digits and whether it is plain."""

    @property
    def hex(self) -> str | None:
        """The 16 hex digits of the dHash (ImageHash's and imagededup's layout), None without a hash."""
        dhash: int | None = getattr(self, "dhash", None)
        return None if dhash is None else f"{dhash:016x}"

    @property
    def plain(self) -> bool:
        """Whether the hash is plain; False without a hash."""
        dhash: int | None = getattr(self, "dhash", None)
        return dhash is not None and is_plain(dhash)


@dataclass(frozen=True, slots=True)
class KeyFrame(Hashed):
    """A key frame: `position` in seconds (the sampled frame's own time), `sample` = k at k/25 s.

    Examples
    --------
    >>> KeyFrame(position=1.2, dhash=0x2B69707551F1B87A, sample=30).hex
    '2b69707551f1b87a'
    """

    position: float
    dhash: int
    sample: int


@dataclass(frozen=True, slots=True)
class ImageRecord(Hashed):
    """An image file: `bytes` is its size, `modified` its time in nanoseconds, `md5` 32 hex digits.

    `hashed_by` is one of `HASHED_BY`. `orientations` holds, where they were asked for, the dHashes of the
    picture in the eight orientations of `tagcat_kernel.orientations`; the first is `dhash`.

    Examples
    --------
    >>> ImageRecord(path="gone.jpg", error="no such file").hex is None
    True
    """

    path: str
    md5: str | None = None
    dhash: int | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    modified: int | None = None
    error: str | None = None
    hashed_by: str = "kernel"
    orientations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """A video file with its key frames; `duration` in seconds, `fps` the average frame rate.

    `damaged` says that the file broke off or held errors, and what decoded was kept. `hashed_by` is one of
    `HASHED_BY`.

    Examples
    --------
    >>> VideoRecord(path="gone.mp4", error="no such file").frames
    ()
    """

    path: str
    md5: str | None = None
    duration: float | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    frames: tuple[KeyFrame, ...] = field(default=())
    damaged: bool = False
    bytes: int | None = None
    modified: int | None = None
    error: str | None = None
    hashed_by: str = "kernel"
