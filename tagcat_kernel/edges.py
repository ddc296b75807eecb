"""Which items of a collection are linked: the one rule that fills the graph, and what a change to it changes.

Two items are linked when their hashes lie within a radius. Plain hashes link to nothing, and frames of
one video never link to each other. A hash that more than `STAR` items share would make a clique of
thousands of edges that say nothing new: such items form a star instead. The smallest key is the hub; it
links to the others of the star and to items with other hashes. The rest are spokes. But a hub can't link
to frames of its own video. For those alone its deputy stands in: the smallest key of the star that is
not of that video. So a star holds all its items together, and loses nobody who is near to it.

So every item has a role (member, hub, deputy or spoke), and whether two items are linked depends on
their hashes, owners and roles alone: on the stored set, never on the order of arrival. That also gives
the difference that an addition or a removal makes. Only an item that came, went, or got another hash,
owner or role (a deputy: another video to stand in for) can have gained or lost a link; those few are
searched, and no untouched pair is looked at.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import expand, radius_join, radius_search
from tagcat_kernel.records import are_plain

STAR = 64
"""A hash that more items share is linked as a star around the smallest key, not as a clique."""

HUB, DEPUTY, SPOKE = 1, 2, 3  # roles; 0 is a member of a clique

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
class Edges:
    """Links: `a` < `b` (keys, object arrays of str) and `distance` (uint8 bits), sorted by (a, b)."""

    a: Objects
    b: Objects
    distance: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.a)


def edges(items: Items, radius: int) -> Edges:
    """Return all links of a collection.

    Parameters
    ----------
    items
        Keys, hashes and owners, in any order.
    radius
        Largest Hamming distance in bits, inclusive, 0 to 64.

    Returns
    -------
    Edges
        Each link once, the smaller key first, sorted by (a, b).

    Raises
    ------
    ValueError
        If the columns differ in length, a key occurs twice, or `radius` is outside 0 to 64.
    TypeError
        If `items.hashes` is not a uint64 array, or `radius` not an integer.

    Examples
    --------
    >>> items = Items(["u:c", "u:a", "u:b"], np.array([0xFF, 0xFE, 0xFFFF0000], np.uint64), ["", "", ""])
    >>> found = edges(items, 8)
    >>> list(zip(found.a, found.b, found.distance.tolist()))
    [('u:a', 'u:c', 1)]
    """
    table = Table.of(items)
    near = radius_join(table.values, radius)
    linkers, everything = table.linkers, table.counts
    i, j, row = expand(table.starts[near.i], linkers[near.i], table.starts[near.j], linkers[near.j])
    same_i, same_j, _ = expand(table.starts, linkers, table.starts, everything)
    kept = same_i < same_j  # a hub stands first in its group, so this halves cliques and spares stars
    return table.edges(
        np.concatenate([i, same_i[kept]]),
        np.concatenate([j, same_j[kept]]),
        np.concatenate([near.distance[row], np.zeros(np.count_nonzero(kept), np.uint8)]),
    )


def edge_changes(before: Items, after: Items, radius: int) -> tuple[Edges, Edges]:
    """Return the links that are new in `after` and those of `before` that are gone.

    Taking the deleted links from `edges(before, radius)` and adding the created ones gives
    `edges(after, radius)`. The work is one search for the items that came, went or changed their role.

    Parameters
    ----------
    before, after
        The whole collection before and after the change; items are recognised by their keys.
    radius
        Largest Hamming distance in bits, inclusive, 0 to 64.

    Returns
    -------
    created, deleted : Edges
        A link whose distance changed (its key got another hash) is in both.

    Raises
    ------
    ValueError
        If the columns differ in length, a key occurs twice, or `radius` is outside 0 to 64.
    TypeError
        If the hashes are not uint64 arrays, or `radius` not an integer.

    Examples
    --------
    >>> before = Items(["u:a", "u:b"], np.array([0xFF, 0xFE], np.uint64), ["", ""])
    >>> after = Items(["u:b", "u:c"], np.array([0xFE, 0xFC], np.uint64), ["", ""])
    >>> created, deleted = edge_changes(before, after, 8)
    >>> list(zip(created.a, created.b)), list(zip(deleted.a, deleted.b))
    ([('u:b', 'u:c')], [('u:a', 'u:b')])
    """
    old, new = Table.of(before), Table.of(after)
    return table_changes(old, new, np.union1d(old.values, new.values), radius)


def table_changes(old: "Table", new: "Table", values: Hashes, radius: int) -> tuple[Edges, Edges]:
    """Return the same of two tables, where all items that differ have one of some hashes.

    Parameters
    ----------
    old, new
        Before and after.
    values
        uint64[n]: the hashes of all items that came, went or became others; `Table.changed` names them.
    radius
        Largest Hamming distance in bits, inclusive, 0 to 64.

    Returns
    -------
    created, deleted : Edges
        As `edge_changes` gives them.

    Examples
    --------
    >>> old = Table.of(Items(["u:a"], np.array([0xFF], np.uint64), [""]))
    >>> come = Items(["u:b"], np.array([0xFE], np.uint64), [""])
    >>> created, deleted = table_changes(old, *old.changed(set(), come), 8)
    >>> list(zip(created.a, created.b, created.distance.tolist())), len(deleted)
    ([('u:a', 'u:b', 1)], 0)
    """
    before, after = old.rows_of(values), new.rows_of(values)
    place = dict(zip(old.keys[before], range(len(before)), strict=True))
    was = np.fromiter((place.get(key, -1) for key in new.keys[after]), np.int64, len(after))
    stayed = np.flatnonzero(was >= 0)
    origin, now = before[was[stayed]], after[stayed]
    alike = (
        (old.hashes[origin] == new.hashes[now])
        & (old.roles(origin) == new.roles(now))
        & (old.owners[origin] == new.owners[now]).astype(np.bool_)
        & (old.served(origin) == new.served(now)).astype(np.bool_)
    )
    touched_old, touched_new = np.ones(len(before), np.bool_), np.ones(len(after), np.bool_)
    touched_old[was[stayed[alike]]] = False
    touched_new[stayed[alike]] = False
    gone = _links_of(old, before[touched_old], radius)
    come = _links_of(new, after[touched_new], radius)
    are, were = _triples(come), _triples(gone)
    new_ones, old_ones = set(are), set(were)
    return (
        _where(come, [link not in old_ones for link in are]),
        _where(gone, [link not in new_ones for link in were]),
    )


def _triples(found: Edges) -> list[tuple[str, str, int]]:
    return list(zip(found.a, found.b, found.distance.tolist(), strict=True))


def _where(found: Edges, kept: list[bool]) -> Edges:
    mask = np.array(kept, np.bool_)
    return Edges(found.a[mask], found.b[mask], found.distance[mask])


def _links_of(table: "Table", ends: Ints, radius: int) -> Edges:
    """Return the links that have at least one of some items (rows of the table) as an end."""
    group = table.group_of(ends)
    spokes = table.roles(ends) == SPOKE
    linking = ends[~spokes]
    asked, which = np.unique(group[~spokes], return_inverse=True)
    near = radius_search(table.values[asked], table.values, radius)
    near_row = np.flatnonzero(near.distance > 0)
    # Touched linkers, grouped by the hash they ask with, against the linkers of the hashes around it.
    order, sizes = np.argsort(which, kind="stable"), np.bincount(which, minlength=len(asked))
    first = np.cumsum(sizes) - sizes
    u, v = near.i[near_row], near.j[near_row]
    from_touched, other_j, row = expand(first[u], sizes[u], table.starts[v], table.linkers[v])
    other_i = linking[order][from_touched]
    # Equal hashes: a touched linker against its whole group, a touched spoke against hub and deputy.
    one = np.ones(len(ends), np.int64)
    reach = np.where(spokes, table.linkers[group], table.counts[group])
    same_i, same_j, _ = expand(ends, one, table.starts[group], reach)
    i, j = np.concatenate([other_i, same_i]), np.concatenate([other_j, same_j])
    distance = np.concatenate([near.distance[near_row][row], np.zeros(len(same_i), np.uint8)])
    low, high = np.minimum(i, j), np.maximum(i, j)
    # A pair of two touched ends was met from both sides.
    _, once = np.unique(low * np.int64(len(table.keys)) + high, return_index=True)
    once = once[low[once] != high[once]]
    return table.edges(low[once], high[once], distance[once])


@dataclass(frozen=True, slots=True)
class Table:
    """The items that can link, equal hashes side by side, a hub and its deputy first of their group.

    Group g has the hash `values[g]` and the items starts[g] … starts[g] + counts[g]; the first
    linkers[g] of them (all of a clique, one or two of a star) link to other hashes. A collection's table is
    kept from one change to the next: sorting a hundred thousand items takes longer than storing a video.
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
        """Return what each row is in its group: 0 of a clique, HUB, DEPUTY or SPOKE of a star."""
        group = self.group_of(rows)
        of_star = np.where(rows == self.starts[group], HUB, np.where(self.serves[rows] >= 0, DEPUTY, SPOKE))
        return np.where(self.counts[group] > STAR, of_star, 0).astype(np.int8)

    def served(self, rows: Ints) -> Objects:
        """Return the owner that each row stands in for as a deputy, "" where it is none."""
        return np.where(self.serves[rows] >= 0, self.owners[rows - 1], np.array("", object))

    def rows_of(self, values: Hashes) -> Ints:
        """Return the rows of all items that have one of some hashes."""
        return np.flatnonzero(np.repeat(np.isin(self.values, values), self.counts))

    def edges(self, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Edges:
        """Drop pairs of one video or of no concern to a deputy, put the smaller key first, and sort."""
        one, two = self.videos[i], self.videos[j]
        kept = (one != two) | (one == 0)
        for end, other in ((i, two), (j, one)):
            kept &= (self.serves[end] < 0) | (self.serves[end] == other)
        i, j, distance = i[kept], j[kept], distance[kept]
        # Only keys that occur are ranked: most items of a collection have no link at all.
        occurs = np.zeros(len(self.keys), np.bool_)
        occurs[i] = occurs[j] = True
        used = np.flatnonzero(occurs)
        by_key = used[np.array(sorted(range(len(used)), key=self.keys[used].__getitem__), np.int64)]
        rank = np.empty(len(self.keys), np.int64)
        rank[by_key] = np.arange(len(used))
        low, high = np.minimum(rank[i], rank[j]), np.maximum(rank[i], rank[j])
        order = np.argsort(low * len(used) + high)
        names = self.keys[by_key]
        return Edges(names[low[order]], names[high[order]], distance[order])


def _swap(one: int, two: int, *columns: npt.NDArray[Any]) -> None:
    for column in columns:
        column[one], column[two] = column[two], column[one]


def _columns(items: Items) -> tuple[Objects, Hashes, Objects]:
    """Return keys, hashes and owners of the items that can link: all but the plain ones."""
    keys, owners, hashes = _objects(items.keys), _objects(items.owners), np.asarray(items.hashes)
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


def _objects(column: Sequence[object] | npt.NDArray[np.generic] | Objects) -> Objects:
    """Return a column as an object array, whatever sequence or array it came as."""
    if isinstance(column, np.ndarray):
        return column.astype(object)
    out = np.empty(len(column), object)
    out[:] = column
    return out
