"""Opening a stranger's file: only regular files, whole, and unchanged while they are read.

A pipe would wait for ever, a device never ends, and a file that grows under the reader would be known by
a sum that no file has. Each of these is an error of that one file. Errors that may pass by themselves (no
permission, vanished, changed) are `PassingError`, so that nobody remembers them.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from tagcat_kernel.media.limits import raised_by
from tagcat_kernel.records import MediaError
from tagcat_kernel.sources import on_device

CHUNK = 4 * 1024 * 1024


class PassingError(MediaError):
    """An error that may be gone at the next try: permission, vanished, changed while being read."""


class NoMemoryError(PassingError):
    """The decoder ran into the memory limit, which another machine or setting may lift."""

    def __init__(self) -> None:
        super().__init__(f"needs more memory than the limit allows ({raised_by('memory')})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells an unchanged file: `bytes` its size, `modified` its time in nanoseconds."""

    bytes: int
    modified: int


def stamp_of(file: BinaryIO) -> Stamp:
    """Return size and modified time of an open file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     stamp_of(file).bytes
    0
    """
    facts = os.fstat(file.fileno())
    return Stamp(facts.st_size, facts.st_mtime_ns)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[tuple[BinaryIO, Stamp]]:
    """Open a regular file that is not empty; on leaving, check that it has not changed meanwhile.

    Raises
    ------
    MediaError
        If it is empty, no regular file or a file on a person's device; `PassingError` if it can't be opened
        or read, or changed.

    Examples
    --------
    >>> with opened("/dev/null"):
    ...     pass
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: not a regular file
    """
    if on_device(path):
        raise PassingError("lies on a person's device, where the kernel can't open it")
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:
        raise PassingError("no file can have this name") from error
    except OSError as error:
        raise PassingError(error.strerror or str(error)) from error
    try:
        with open(handle, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise MediaError("a folder" if stat.S_ISDIR(mode) else "not a regular file")
            before = stamp_of(file)
            if before.bytes == 0:
                raise MediaError("empty file")
            yield file, before
            if stamp_of(file) != before:
                raise PassingError("changed while being read: ingest it again when it is finished")
    except IsADirectoryError:
        raise MediaError("a folder") from None
    except OSError as error:
        raise PassingError(error.strerror or str(error)) from error


def read_whole(path: str | os.PathLike[str], limit: int) -> tuple[bytes, Stamp]:
    """Return a file's bytes and its stamp.

    Raises
    ------
    MediaError
        As `opened`, and if the file is larger than `limit` bytes.

    Examples
    --------
    >>> read_whole("/no/such/file", 100)
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    with opened(path) as (file, stamp):
        if stamp.bytes > limit:
            raise MediaError(
                f"too large for an image: {stamp.bytes} bytes, limit {limit} ({raised_by('memory')})"
            )
        data = bytearray()
        while len(data) < stamp.bytes and (chunk := file.read(stamp.bytes - len(data))):
            data += chunk
        if len(data) != stamp.bytes:
            raise PassingError("changed while being read: ingest it again when it is finished")
        return bytes(data), stamp


def md5_of(file: BinaryIO, alive: Callable[[], None] = lambda: None) -> str:
    """Return the 32 hex digits of an open file's MD5 and go back to its beginning.

    `alive` is called after each 4 MiB.

    Examples
    --------
    >>> import io
    >>> md5_of(io.BytesIO(b"cat"))
    'd077f244def8a70e5ea758bd8352fcd8'
    """
    digest = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        alive()
    file.seek(0)
    return digest.hexdigest()
