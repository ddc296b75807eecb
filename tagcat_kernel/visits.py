"""What was in a collection when a person last looked, so that a page can say what came and what went.

The graph holds no times of storing, on purpose: a resumed ingest gives the same graph as one that ran
through. So this is local state, a small file for each collection that a person looks at: the contents (the
first 64 bits of their MD5s) at two moments, at the latest look and at the visit before. Looks that follow
each other within half an hour are one visit, so that a page that is loaded again says the same news.
"""

import contextlib
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagcat_kernel.home import user_folder

VISIT = 30 * 60
"""Seconds without a look after which a new visit begins."""
NEVER = -1.0
"""The end of the visit before the first one."""


@dataclass(frozen=True, slots=True)
class News:
    """What changed since the visit that ended at `since` (s since 1970; None: this is the first visit).

    `came` holds MD5s in the order given, `went` is how many contents are there no more.
    """

    since: float | None
    came: tuple[str, ...]
    went: int


def look(user: str, contents: Iterable[str], *, of: str | None = None, now: float | None = None) -> News:
    """Note what is in a collection now, and return what changed since the visit before.

    Parameters
    ----------
    user
        Who looks.
    contents
        The MD5s of all images and videos that are in it.
    of
        Whose collection it is, where it is another's.
    now
        Seconds since 1970; default: the clock.

    Raises
    ------
    OSError
        If the note can't be kept.

    Examples
    --------
    >>> one, two = "0" * 32, "f" * 32
    >>> forget("visitor")
    >>> look("visitor", [one], now=0.0)
    News(since=None, came=(), went=0)
    >>> look("visitor", [two], now=7200.0)
    News(since=0.0, came=('ffffffffffffffffffffffffffffffff',), went=1)
    >>> look("visitor", [one, two], now=7260.0)
    News(since=0.0, came=('ffffffffffffffffffffffffffffffff',), went=0)
    >>> forget("visitor")
    """
    now = time.time() if now is None else now
    listed = list(dict.fromkeys(contents))
    here = np.array([int(md5[:16], 16) for md5 in listed], np.uint64)
    kept_as = "visits" if of is None else user_folder("visits", of).name
    file = user_folder("visits", user) / f"{kept_as}.npz"
    known = _read(file)
    if known is None:
        before, since = here, NEVER
    elif now - known["at"] > VISIT:  # that visit has ended: it is the one before
        before, since = known["here"], known["at"]
    else:
        before, since = known["before"], known["since"]
    _write(file, here=here, before=before, at=now, since=since)
    if since == NEVER:
        return News(None, (), 0)
    new = ~np.isin(here, before)
    came = tuple(md5 for md5, fresh in zip(listed, new.tolist(), strict=True) if fresh)
    return News(float(since), came, int((~np.isin(before, here)).sum()))


def forget(user: str) -> None:
    """Forget the visits of a user; without any nothing happens.

    Examples
    --------
    >>> forget("nobody")
    """
    shutil.rmtree(user_folder("visits", user), ignore_errors=True)


def _read(file: Path) -> dict[str, Any] | None:
    """Return the note; None where there is none, or none that can be read: then visits begin anew."""
    with (
        contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error),
        np.load(file, allow_pickle=False) as kept,
    ):
        columns = {name: kept[name].astype(np.uint64) for name in ("here", "before")}
        return columns | {"at": float(kept["at"]), "since": float(kept["since"])}
    return None


def _write(file: Path, **kept: Any) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{os.getpid()}.npz")
    try:
        np.savez(fresh, **kept)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
