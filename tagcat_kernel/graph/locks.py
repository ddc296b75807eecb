"""One at a time, between processes: a lock that lives in a file and dies with its holder.

The operating system takes the lock away when the process ends, by `kill -9` too, so a lock is never
stale. The file itself stays and means nothing. Two threads of one process exclude each other as well,
since each opens the file for itself.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def take(path: Path) -> int | None:
    """Take the lock for as long as this process lives; None where somebody else holds it.

    Returns
    -------
    int | None
        A file descriptor; closing it gives the lock back.

    Raises
    ------
    OSError
        If the file can't be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = take(Path(folder) / "lock")
    ...     second = take(Path(folder) / "lock")
    ...     os.close(first)
    >>> second is None
    True
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if _try(handle):
        return handle
    os.close(handle)
    return None


@contextlib.contextmanager
def held(path: Path, *, seconds: float, pause: float = 0.05) -> Iterator[None]:
    """Hold the lock inside the `with`; wait for it up to `seconds`, with `pause` at most between two looks.

    Raises
    ------
    TimeoutError
        If somebody else held it all the time.
    OSError
        If the file can't be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, held(Path(folder) / "lock", seconds=1):
    ...     print("mine")
    mine
    """
    until = time.monotonic() + seconds
    wait = 0.001
    while (handle := take(path)) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"{path}: another process held this lock for {seconds:.0f} s")
        time.sleep(wait)
        wait = min(1.5 * wait, pause)
    try:
        yield
    finally:
        os.close(handle)
