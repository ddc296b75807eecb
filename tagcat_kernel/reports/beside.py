"""The hidden folder in which a report is written before it appears, beside the place where it will stand.

Beside it, since only there it can be moved into place in one step. Who makes a report holds a lock in its
folder, which the operating system takes away with the process, by `kill -9` too. So the next report in the
same place can tell what a dead one left behind from what another is just writing, and clears it away.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tagcat_kernel.graph.locks import take

PREFIX = ".tagcat-report-"
LOCK = "lock"
DAY = 86_400.0
"""Seconds after which a folder without a lock in it is taken for left behind."""


@contextlib.contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`, which is gone afterwards; clear what others left there.

    Raises
    ------
    OSError
        If nothing can be written there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, beside(Path(folder) / "report") as made:
    ...     print(made.parent == Path(folder), made.name.startswith(PREFIX))
    True True
    """
    sweep(target.parent)
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=target.parent))
        except OSError as error:  # names the place that a person gave, not the hidden folder
            told = f"nothing can be written there: {error.strerror}"
            raise OSError(error.errno, told, str(target)) from error
        try:
            if (handle := take(folder / LOCK)) is not None:
                break  # else somebody swept it away before it was locked
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    try:
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove what reports left in a folder when their process was killed; nothing that is not ours.

    Examples
    --------
    >>> sweep(Path("/no/such/folder"))
    """
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if _own(folder) and _left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> bool:
    """Tell whether it is a folder of this account: in a place like /tmp others have theirs."""
    state = folder.lstat()
    return folder.is_dir() and not folder.is_symlink() and state.st_uid == getattr(os, "getuid", lambda: 0)()


def _left(folder: Path) -> bool:
    """Tell whether nobody writes in it any more."""
    if not (folder / LOCK).exists():  # its maker died before it locked it, or is about to
        return time.time() - folder.stat().st_mtime > DAY
    if (handle := take(folder / LOCK)) is None:
        return False
    os.close(handle)
    return True
