"""A folder of thumbnails, each in a file that is named by the content that it shows.

A thumbnail arrives by renaming, so a kill leaves no torn file, and a reader sees it whole or not at all.
"""

import contextlib
import os
import tempfile
from pathlib import Path


class ThumbnailFiles:
    """The thumbnails in a folder; safe to use from several threads and processes at once.

    Parameters
    ----------
    folder
        Thumbnails lie in its folder `thumbnails`, made when the first one comes.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = ThumbnailFiles(Path(folder))
    ...     files.store_thumbnail("0" * 32, 7, b"JPEG")
    ...     files.thumbnail("0" * 32, 7), files.thumbnail("0" * 32)
    (b'JPEG', None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def thumbnail(self, md5: str, sample: int | None = None) -> bytes | None:
        """Return a thumbnail (JPEG, at most 320 pixels a side), None if it was not made yet.

        Parameters
        ----------
        md5
            Of the content.
        sample
            Sample number of a video's moment; None for an image.
        """
        try:
            return self.thumbnail_file(md5, sample).read_bytes() or None
        except OSError:
            return None

    def store_thumbnail(self, md5: str, sample: int | None, jpeg: bytes) -> None:
        """Keep a thumbnail; a full or read-only disk loses it and stops nothing."""
        target = self.thumbnail_file(md5, sample)
        with contextlib.suppress(OSError):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(jpeg)
                Path(name).replace(target)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def thumbnail_file(self, md5: str, sample: int | None) -> Path:
        """Return where a thumbnail lies, whether it exists or not.

        Raises
        ------
        ValueError
            If `md5` is not 32 hex digits, so that no key can lead out of the folder.
        """
        if len(md5) != 32 or not set(md5) <= set("0123456789abcdef"):
            raise ValueError(f"an MD5 has 32 hex digits, not {md5!r}")
        name = f"{md5}.jpg" if sample is None else f"{md5}-{int(sample)}.jpg"
        return self.folder / "thumbnails" / md5[:2] / name
