"""Which new files are stored ones that were moved or renamed: the same bytes, and the old path is empty.

Only a new file whose size a stored one has is looked at further; only then it is asked whether that one
is still at its path; and only where it is not, the new file is read once for its MD5. So a folder of new
pictures costs nothing here, and a renamed film costs one reading and no decoding.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from tagcat_kernel.graph.views import Moved, StoredFile
from tagcat_kernel.media.files import md5_of, opened
from tagcat_kernel.records import MediaError
from tagcat_kernel.sources import is_missing

T = TypeVar("T")


class _StoppedError(Exception):
    """The person cancelled while a large file was being read."""


class Moves:
    """Gathers the moves among new files in `found`.

    Parameters
    ----------
    stored
        All files of the collection.
    """

    def __init__(self, stored: Iterable[StoredFile]) -> None:
        self.found: list[Moved] = []
        self._by_size: dict[int, list[StoredFile]] = {}
        for file in stored:
            self._by_size.setdefault(file.bytes, []).append(file)

    def take(self, path: str, size: int, cancelled: Callable[[], bool]) -> bool:
        """Tell whether a new file is a stored one that is not where it was; then it is in `found`."""
        missing = [file for file in self._by_size.get(size, ()) if is_missing(file.path)]
        if not missing:
            return False

        def alive() -> None:
            if cancelled():
                raise _StoppedError

        try:
            with opened(path) as (file, stamp):
                md5 = md5_of(file, alive)
        except (MediaError, _StoppedError):
            return False  # whoever reads it next says why
        same = [one for one in missing if one.md5 == md5]
        if not same or stamp.bytes != size:
            return False
        # Of several lost copies the one that kept its name, else the first.
        name = os.path.basename(path)  # noqa: PTH119
        old = min(same, key=lambda one: (os.path.basename(one.path) != name, os.fsencode(one.path)))  # noqa: PTH119
        self._by_size[size].remove(old)
        self.found.append(Moved(old, path, stamp.bytes, stamp.modified))
        return True


def batched(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items, the last one shorter.

    Examples
    --------
    >>> list(batched("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
