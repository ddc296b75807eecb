"""Which files are meant: folders walked whole, patterns spelled out, every file once.

A person names files, folders and glob patterns, and may name one thing twice, by a link or by its
folder: every file is found once, by the first path that leads to it. Links are followed, loops entered
once; where the person may choose only below one folder, what a link leads to outside of it is a failure.
TagCat's own folder is passed over, or it would find its thumbnails and make thumbnails of them.
"""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tagcat_kernel.home import home


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be stored, and why, in words for a person."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file that the walk met; `named` says that the person gave its very path."""

    path: str
    named: bool


def find_files(
    paths: Iterable[str | os.PathLike[str]], *, inside: str | os.PathLike[str] | None = None
) -> Iterator[Found | Failure]:
    """Yield every file below `paths` once, as absolute paths; folders in the order of their names.

    Parameters
    ----------
    paths
        Files, folders and glob patterns (`**` too). What is nothing of these, and a folder that can't be
        listed, is a `Failure`.
    inside
        A folder that no file may lie outside of, wherever links lead; default: any place is allowed.

    Examples
    --------
    >>> list(find_files(["/no/such/place"]))
    [Failure(path='/no/such/place', error='no such file or folder')]
    """
    starts: list[str] = []
    for given in paths:
        text = os.path.expanduser(os.fspath(given))  # noqa: PTH111
        matched = _spelled_out(text)
        starts += matched
        if not matched:
            yield Failure(os.path.abspath(text) if text else text, "no such file or folder")  # noqa: PTH100
    named = frozenset(starts)
    limit = None if inside is None else os.path.realpath(inside)
    seen: set[str] = set()  # real paths of files and folders
    own = os.path.realpath(home())
    # A stack, since folders may lie deeper than Python can recurse: what waits, and its folder's real path.
    waiting: list[tuple[str, str | None]] = [(start, None) for start in reversed(starts)]
    while waiting:
        path, folder = waiting.pop()
        if folder is None or os.path.islink(path):  # noqa: PTH114
            real = os.path.realpath(path)
        else:  # as the above would say, without a look at every folder on the way
            real = os.path.join(folder, os.path.basename(path))  # noqa: PTH118, PTH119
        if real in seen or real == own:
            continue
        seen.add(real)
        if limit is not None and os.path.commonpath([limit, real]) != limit:
            yield Failure(path, f"lies outside the folder that may be read ({limit})")
            continue
        try:
            if not stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116 - names need not be valid text
                yield Found(path, path in named)
                continue
            names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208
        except OSError as error:
            yield Failure(path, error.strerror or str(error))
            continue
        waiting += [(os.path.join(path, name), real) for name in names]  # noqa: PTH118


def _spelled_out(text: str) -> list[str]:
    """Return the absolute paths that a person's words stand for: a path that is there, or a pattern."""
    if not text:
        return []
    path = os.path.abspath(text)  # noqa: PTH100
    if os.path.lexists(path):
        return [path]
    if not glob.has_magic(text):
        return []
    # The folder that we are in may itself be called something like "Photos [2019]".
    here = "" if os.path.isabs(text) else os.path.join(glob.escape(os.getcwd()), "")  # noqa: PTH109, PTH117, PTH118
    return sorted(glob.glob(here + text, recursive=True, include_hidden=True))  # noqa: PTH207


def printable(path: str) -> str:
    r"""Return `path` with the bytes that are no text as `\xNN`, so that any stream can show it.

    Examples
    --------
    >>> printable("caf\udce9.jpg")
    'caf\\xe9.jpg'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def harmless(text: str) -> str:
    r"""Return text with control characters spelled out: a file's name must not steer a terminal.

    Examples
    --------
    >>> harmless("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
