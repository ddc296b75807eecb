"""The items of a collection, equal hashes side by side, and the part that each has among its equals.

A hash that more than `STAR` items share would make a clique of thousands of links that say nothing new:
such items form a star instead. The smallest key is the hub; it links to the others of the star and to
items with other hashes. The rest are spokes. But a hub can't link to frames of its own video. For those
alone its deputy stands in: the smallest key of the star that is not of that video. So a star holds all
its items together, and loses nobody who is near to it. Of few equal hashes all are members, and all link.

The items lie sorted by hash, hub and deputy first of their group: then whom a group links by is its first
few rows, and what an addition or a removal changes lies in the groups of the hashes that came or went.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.records import are_plain

STAR = 64
"""A hash that more items share is linked as a star around the smallest key, not as a clique."""

MEMBER, HUB, DEPUTY, SPOKE = range(4)

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Items:
    """What can be linked: N unique `keys` (str), `hashes` (uint64[N]) and `owners`.

    The owner of a frame names its video (its MD5, or any hashable value); `""` is the owner of an image.
    Items of one owner never link to each other, items of the owner `""` do.
    """

    keys: Sequence[str] | Objects
    hashes: npt.NDArray[np.uint64]
    owners: Sequence[object] | npt.NDArray[np.generic] | Objects

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Table:
    """The items that can link, equal hashes side by side, a hub and its deputy first of their group.

    Group g has the hash `values[g]` and the items starts[g] … starts[g] + counts[g]; the first
    linkers[g] of them (all of a clique, one or two of a star) link to other hashes. A collection's table is
    kept from one change to the next: sorting a hundred thousand items takes longer than storing a video.

    Examples
    --------
    >>> hashes = np.array([0xFF, 0xFE, 0xFF], np.uint64)
    >>> table = Table.of(Items(["u:a", "u:b", "u:c"], hashes, ["", "", ""]))
    >>> table.keys.tolist(), table.counts.tolist()
    (['u:b', 'u:a', 'u:c'], [1, 2])
    >>> fewer, touched = table.changed({"u:a"}, Items([], np.empty(0, np.uint64), []))
    >>> fewer.keys.tolist(), touched.tolist()
    (['u:b', 'u:c'], [255])
    """

    keys: Objects
    hashes: Hashes
    owners: Objects
    videos: Ints  # the owner as a number, 0 for ""
    numbers: dict[object, int]
    values: Hashes
    starts: Ints
    counts: Ints
    linkers: Ints
    serves: Ints  # the video (a number) that a deputy stands in for, -1 for all others

    @classmethod
    def of(cls, items: Items) -> "Table":
        """Sort items into groups of equal hashes, the hub of each star and its deputy in front.

        Raises
        ------
        ValueError
            If the columns differ in length, or a key occurs twice.
        TypeError
            If the hashes are no uint64 array.
        """
        keys, hashes, owners = _columns(items)
        order = np.argsort(hashes, kind="stable")
        numbers: dict[object, int] = {"": 0}
        videos = _numbered(owners, numbers)
        return cls._grouped((keys[order], hashes[order], owners[order], videos[order]), numbers, None)

    def changed(self, gone: Set[str], come: Items) -> tuple["Table", Hashes]:
        """Return the table without the keys of `gone` and with `come`, and the hashes that this concerns.

        This table stays as it is. A key that only gets another hash or owner is in both `gone` and `come`.
        """
        keys, hashes, owners, videos = self.keys, self.hashes, self.owners, self.videos
        touched = np.empty(0, np.uint64)
        if gone:
            went = np.fromiter((key in gone for key in self.keys), np.bool_, len(self.keys))
            touched = hashes[went]
            keys, hashes, owners, videos = keys[~went], hashes[~went], owners[~went], videos[~went]
        new_keys, new_hashes, new_owners = _columns(come)
        order = np.argsort(new_hashes, kind="stable")
        at = np.searchsorted(hashes, new_hashes[order], side="right")  # behind a hub and its deputy
        numbers = dict(self.numbers)
        merged = (
            np.insert(keys, at, new_keys[order]),
            np.insert(hashes, at, new_hashes[order]),
            np.insert(owners, at, new_owners[order]),
            np.insert(videos, at, _numbered(new_owners, numbers)[order]),
        )
        touched = np.union1d(touched, new_hashes)
        return self._grouped(merged, numbers, touched), touched

    @classmethod
    def _grouped(
        cls,
        columns: tuple[Objects, Hashes, Objects, Ints],
        numbers: dict[object, int],
        touched: Hashes | None,
    ) -> "Table":
        """Find the groups in sorted columns, and put hubs and deputies of `touched` (None: all) in front."""
        keys, hashes, owners, videos = columns
        starts = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
        counts = np.diff(starts, append=len(hashes))
        values = hashes[starts]
        stars = counts > STAR
        for group in np.flatnonzero(stars if touched is None else stars & np.isin(values, touched)):
            start, end = starts[group], starts[group] + counts[group]
            hub = min(range(start, end), key=keys.__getitem__)
            _swap(start, hub, keys, owners, videos)
            others = start + np.flatnonzero(videos[start:end] != videos[start])
            if len(others):
                _swap(start + 1, min(others.tolist(), key=keys.__getitem__), keys, owners, videos)
        hubs = starts[stars]
        # An image as hub links to everything; where all are of one video there is nothing to link.
        needed = (videos[hubs] != 0) & (videos[hubs] != videos[hubs + 1])
        linkers, serves = counts.copy(), np.full(len(keys), -1, np.int64)
        linkers[stars] = 1 + needed
        serves[hubs[needed] + 1] = videos[hubs[needed]]
        return cls(keys, hashes, owners, videos, numbers, values, starts, counts, linkers, serves)

    def group_of(self, rows: Ints) -> Ints:
        """Return the group of each row."""
        return np.searchsorted(self.values, self.hashes[rows])

    def roles(self, rows: Ints) -> npt.NDArray[np.int8]:
        """Return what each row is in its group: MEMBER of a clique, or HUB, DEPUTY or SPOKE of a star."""
        group = self.group_of(rows)
        of_star = np.where(rows == self.starts[group], HUB, np.where(self.serves[rows] >= 0, DEPUTY, SPOKE))
        return np.where(self.counts[group] > STAR, of_star, MEMBER).astype(np.int8)

    def served(self, rows: Ints) -> Objects:
        """Return the owner that each row stands in for as a deputy, "" where it is none."""
        return np.where(self.serves[rows] >= 0, self.owners[rows - 1], np.array("", object))

    def rows_of(self, values: Hashes) -> Ints:
        """Return the rows of all items that have one of some hashes."""
        return np.flatnonzero(np.repeat(np.isin(self.values, values), self.counts))


def objects(column: Sequence[object] | npt.NDArray[np.generic] | Objects) -> Objects:
    """Return a column as an object array of its length, whatever sequence or array it came as.

    Examples
    --------
    >>> objects(["u:a", "u:b"]), objects([])
    (array(['u:a', 'u:b'], dtype=object), array([], dtype=object))
    """
    if isinstance(column, np.ndarray):
        return column.astype(object)
    out = np.empty(len(column), object)
    out[:] = column
    return out


def _swap(one: int, two: int, *columns: npt.NDArray[Any]) -> None:
    for column in columns:
        column[one], column[two] = column[two], column[one]


def _columns(items: Items) -> tuple[Objects, Hashes, Objects]:
    """Return keys, hashes and owners of the items that can link: all but the plain ones."""
    keys, owners, hashes = objects(items.keys), objects(items.owners), np.asarray(items.hashes)
    if hashes.dtype != np.uint64:
        raise TypeError(f"hashes must be uint64, not {hashes.dtype}")
    if not (keys.shape == owners.shape == hashes.shape and hashes.ndim == 1):
        shapes = f"keys {keys.shape}, hashes {hashes.shape}, owners {owners.shape}"
        raise ValueError(f"{shapes}: these must be columns of one length")
    if len(set(keys)) != len(keys):
        raise ValueError("a key occurs twice: every item needs its own")
    telling = ~are_plain(hashes)
    return keys[telling], hashes[telling], owners[telling]


def _numbered(owners: Objects, numbers: dict[object, int]) -> Ints:
    """Return the owners as numbers; a new one gets the next."""
    return np.array([numbers.setdefault(owner, len(numbers)) for owner in owners], np.int64)
