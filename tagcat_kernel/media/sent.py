"""Thumbnails that devices sent: kept for one user, and never decoded here.

They lie in a folder of their own, apart from the cache that users share: its thumbnails were drawn by
the kernel from bytes that it read, these are a browser's word. They are shown to their user, and to those
with whom that one shares the collection; to nobody else. What comes is a stranger's bytes, so only the
markers of the JPEG are walked, which tell its size; its pixels are for the browser, in which they do no
harm.
"""

import contextlib
import shutil

from tagcat_kernel.home import user_folder
from tagcat_kernel.media.thumbnail_files import ThumbnailFiles
from tagcat_kernel.media.thumbnails import THUMBNAIL

MOST_BYTES = 64 * 1024
"""Of one thumbnail: one of 320 × 320 pixels has some 20 kB, noise twice that."""

_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_thumbnail(data: bytes) -> bool:
    r"""Tell whether bytes are a whole JPEG of at most 320 pixels a side and 64 KiB.

    Examples
    --------
    >>> from tagcat_kernel.media.thumbnails import thumbnail_of
    >>> import numpy as np
    >>> is_thumbnail(thumbnail_of(np.zeros((50, 100), np.uint8))), is_thumbnail(b"\xff\xd8<svg>\xff\xd9")
    (True, False)
    """
    if len(data) > MOST_BYTES or data[:3] != b"\xff\xd8\xff" or data[-2:] != b"\xff\xd9":
        return False
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAME_HEADERS:
            height, width = (int.from_bytes(data[at + k : at + k + 2], "big") for k in (5, 7))
            return 1 <= width <= THUMBNAIL and 1 <= height <= THUMBNAIL
        if marker == 0xDA or length < 2:
            return False
        at += 2 + length
    return False


class SentThumbnails:
    """The thumbnails that one user's devices sent.

    Parameters
    ----------
    user
        Whose they are.

    Examples
    --------
    >>> sent = SentThumbnails("ada")
    >>> sent.store("0" * 32, b"JPEG")
    >>> sent.read("0" * 32), SentThumbnails("eve").read("0" * 32)
    (b'JPEG', None)
    >>> sent.remove("0" * 32)
    >>> sent.read("0" * 32) is None
    True
    >>> sent.clear()
    """

    def __init__(self, user: str) -> None:
        self._user = user

    def store(self, md5: str, jpeg: bytes) -> None:
        """Keep the thumbnail of a content; a full disk loses it and stops nothing."""
        self._files.store_thumbnail(md5, None, jpeg)

    def read(self, md5: str) -> bytes | None:
        """Return the thumbnail of a content, None where none was sent."""
        return self._files.thumbnail(md5)

    def remove(self, md5: str) -> None:
        """Forget the thumbnail of a content."""
        with contextlib.suppress(FileNotFoundError):
            self._files.thumbnail_file(md5, None).unlink()

    def stored(self) -> list[str]:
        """Return the MD5 of every content that has a thumbnail here, sorted.

        Examples
        --------
        >>> SentThumbnails("nobody").stored()
        []
        """
        return sorted(path.stem for path in self._files.folder.glob("thumbnails/*/*.jpg"))

    def clear(self) -> None:
        """Forget all of this user's."""
        shutil.rmtree(self._files.folder, ignore_errors=True)

    @property
    def _files(self) -> ThumbnailFiles:
        return ThumbnailFiles(user_folder("sent", self._user))
