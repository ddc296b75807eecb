"""What decoding has cost once: hashes, sampled tracks and thumbnails by MD5, failures by path.

One file of tables (`cache_file`) shared by all worker processes and kernels of a `TAGCAT_HOME`, and
thumbnails as files named by content beside it. Whoever decodes a content first writes it; a second
writer writes the same. Rows commit whole and thumbnails arrive by renaming, so a kill leaves no torn
entry, and nothing here is needed: what is lost is decoded again. Only the kernel's own decoding writes
here, never a browser's claim.

A failure is kept by (path, size, modified time), so that the next run need not read the file again; a
file that changes is read again, and so is every file under other circumstances (see `decoders`).
"""

import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tagcat_kernel.home import subfolder
from tagcat_kernel.media.cache_file import CacheFile
from tagcat_kernel.media.thumbnail_files import ThumbnailFiles

VERSION = 2
"""Of the definition of the hash and of the decoders: another version begins the cache anew."""

_TABLES = {
    "images": "md5 TEXT PRIMARY KEY, dhash INTEGER, width INTEGER, height INTEGER",
    "videos": "md5 TEXT PRIMARY KEY, duration REAL, fps REAL, width INTEGER, height INTEGER,"
    " damaged INTEGER, hashes BLOB, times BLOB",
    "failures": "path BLOB PRIMARY KEY, bytes INTEGER, modified INTEGER, error TEXT, circumstances TEXT",
}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of an image's content: dHash, width and height in pixels as shown."""

    dhash: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A video's content: its 25 sampled hashes a second, and its facts.

    Attributes
    ----------
    hashes
        uint64[n], the dHash of sample k.
    positions
        float64[n], the time of the frame that sample k shows, in seconds from the first frame.
    duration, fps, width, height, damaged
        As in `VideoRecord`.
    """

    hashes: npt.NDArray[np.uint64]
    positions: npt.NDArray[np.float64]
    duration: float
    fps: float
    width: int
    height: int
    damaged: bool


class MediaCache(ThumbnailFiles):
    """The cache in a folder; safe to use from several threads and processes at once.

    Parameters
    ----------
    folder
        Default: `TAGCAT_HOME/cache`.

    Examples
    --------
    >>> cache = MediaCache()
    >>> cache.store_image("0" * 32, ImageFacts(dhash=2**64 - 1, width=4, height=3))
    >>> cache.image("0" * 32)
    ImageFacts(dhash=18446744073709551615, width=4, height=3)
    >>> cache.track("0" * 32) is None
    True
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(subfolder("cache") if folder is None else folder)
        self._file = CacheFile(self.folder / "media.sqlite", _TABLES, VERSION)

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._file.close()

    def image(self, md5: str) -> ImageFacts | None:
        """Return what is known of an image's content, None if nothing."""
        row = self._file.one("SELECT dhash, width, height FROM images WHERE md5 = ?", md5)
        return None if row is None else ImageFacts(row[0] & (1 << 64) - 1, row[1], row[2])

    def store_image(self, md5: str, facts: ImageFacts) -> None:
        """Keep an image's facts."""
        signed = facts.dhash - (1 << 64) if facts.dhash >> 63 else facts.dhash
        self._file.do(
            "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)", md5, signed, facts.width, facts.height
        )

    def track(self, md5: str) -> Track | None:
        """Return a video's sampled hashes and facts, None if it was not decoded here.

        A track that can't be unpacked counts as missing.
        """
        row = self._file.one(
            "SELECT hashes, times, duration, fps, width, height, damaged FROM videos WHERE md5 = ?", md5
        )
        if row is None:
            return None
        try:
            hashes = np.frombuffer(zlib.decompress(row[0]), "<u8").astype(np.uint64)
            times = np.cumsum(np.frombuffer(zlib.decompress(row[1]), "<i8"))
        except (zlib.error, ValueError, TypeError):
            return None
        return (
            Track(hashes, times / 1e6, row[2], row[3], row[4], row[5], bool(row[6])) if len(hashes) else None
        )

    def store_track(self, md5: str, track: Track) -> None:
        """Keep a video's track."""
        times = np.rint(track.positions * 1e6).astype("<i8")
        self._file.do(
            "INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            md5,
            track.duration,
            track.fps,
            track.width,
            track.height,
            int(track.damaged),
            zlib.compress(track.hashes.astype("<u8").tobytes(), 1),
            zlib.compress(np.diff(times, prepend=0).astype("<i8").tobytes(), 1),
        )

    def failure(self, path: str, size: int, modified: int, circumstances: str) -> str | None:
        """Return why this very file (size in bytes, modified time in ns) failed as things are, else None.

        Examples
        --------
        >>> cache = MediaCache()
        >>> cache.store_failure("/a.jpg", 10, 99, "cmyk 1.0", "empty file")
        >>> cache.failure("/a.jpg", 10, 99, "cmyk 1.0"), cache.failure("/a.jpg", 10, 99, "cmyk 2.0")
        ('empty file', None)
        """
        row = self._file.one(
            "SELECT error FROM failures WHERE path = ? AND bytes = ? AND modified = ? AND circumstances = ?",
            os.fsencode(path),
            size,
            modified,
            circumstances,
        )
        return None if row is None else str(row[0])

    def store_failure(self, path: str, size: int, modified: int, circumstances: str, error: str) -> None:
        """Keep why a file failed; not for errors that may pass by themselves."""
        self._file.do(
            "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
            os.fsencode(path),
            size,
            modified,
            error,
            circumstances,
        )
