"""Which items of a collection are linked: the one rule that fills the graph, and what a change to it changes.

Two items are linked when their hashes lie within a radius. Plain hashes link to nothing, and frames of
one video never link to each other. A hash that more than `STAR` items share would make a clique of
thousands of edges that say nothing new: such items form a star instead. The smallest key is the hub; it
alone links to the others of the star and to items with other hashes. The rest are spokes.

So every item has a role (member, hub or spoke), and whether two items are linked depends on their
hashes, owners and roles alone: on the stored set, never on the order of arrival. That also gives the
difference that an addition or a removal makes. Only an item that came, went, or got another hash, owner
or role can have gained or lost a link; those few are searched, and no untouched pair is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import expand, radius_join, radius_search
from tagcat_kernel.records import PLAIN_ONES

STAR = 64
"""A hash that more items share is linked as a star around the smallest key, not as a clique."""

HUB, SPOKE = 1, 2  # roles; 0 is a member of a clique

Ints = npt.NDArray[np.int64]
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
    table = _Table.of(items)
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
    old, new = _Table.of(before), _Table.of(after)
    place = dict(zip(old.keys, range(len(old.keys)), strict=True))
    was = np.fromiter((place.get(key, -1) for key in new.keys), np.int64, len(new.keys))
    stayed = np.flatnonzero(was >= 0)
    origin = was[stayed]
    alike = (
        (old.hashes[origin] == new.hashes[stayed])
        & (old.roles[origin] == new.roles[stayed])
        & (old.owners[origin] == new.owners[stayed]).astype(np.bool_)
    )
    touched_old, touched_new = np.ones(len(old.keys), np.bool_), np.ones(len(new.keys), np.bool_)
    touched_old[origin[alike]] = False
    touched_new[stayed[alike]] = False
    gone, come = _links_of(old, touched_old, radius), _links_of(new, touched_new, radius)
    now, known = _triples(come), _triples(gone)
    were, are = set(known), set(now)
    created, deleted = [link not in were for link in now], [link not in are for link in known]
    return _where(come, created), _where(gone, deleted)


def _triples(found: Edges) -> list[tuple[str, str, int]]:
    return list(zip(found.a, found.b, found.distance.tolist(), strict=True))


def _where(found: Edges, kept: list[bool]) -> Edges:
    mask = np.array(kept, np.bool_)
    return Edges(found.a[mask], found.b[mask], found.distance[mask])


def _links_of(table: "_Table", touched: npt.NDArray[np.bool_], radius: int) -> Edges:
    """Return the links that have at least one touched end."""
    ends = np.flatnonzero(touched)
    group = table.group[ends]
    linking = ends[table.roles[ends] != SPOKE]
    asked, which = np.unique(table.group[linking], return_inverse=True)
    near = radius_search(table.values[asked], table.values, radius)
    near_row = np.flatnonzero(near.distance > 0)
    # Touched linkers, grouped by the hash they ask with, against the linkers of the hashes around it.
    order, sizes = np.argsort(which, kind="stable"), np.bincount(which, minlength=len(asked))
    first = np.cumsum(sizes) - sizes
    u, v = near.i[near_row], near.j[near_row]
    from_touched, other_j, row = expand(first[u], sizes[u], table.starts[v], table.linkers[v])
    other_i = linking[order][from_touched]
    # Equal hashes: a touched linker against its whole group, a touched spoke against its hub.
    one = np.ones(len(ends), np.int64)
    reach = np.where(table.roles[ends] == SPOKE, one, table.counts[group])
    same_i, same_j, _ = expand(ends, one, table.starts[group], reach)
    i, j = np.concatenate([other_i, same_i]), np.concatenate([other_j, same_j])
    distance = np.concatenate([near.distance[near_row][row], np.zeros(len(same_i), np.uint8)])
    low, high = np.minimum(i, j), np.maximum(i, j)
    # A pair of two touched ends was met from both sides.
    _, once = np.unique(low * np.int64(len(table.keys)) + high, return_index=True)
    once = once[low[once] != high[once]]
    return table.edges(low[once], high[once], distance[once])


@dataclass(frozen=True, slots=True)
class _Table:
    """The items that can link, equal hashes side by side and a hub first of its group.

    Group g has the hash `values[g]` and the items starts[g] … starts[g] + counts[g]; the first
    linkers[g] of them (all of a clique, one of a star) link to other hashes.
    """

    keys: Objects
    hashes: npt.NDArray[np.uint64]
    owners: Objects
    videos: Ints  # the owner as a number, 0 for ""
    roles: npt.NDArray[np.int8]
    group: Ints
    values: npt.NDArray[np.uint64]
    starts: Ints
    counts: Ints
    linkers: Ints

    @classmethod
    def of(cls, items: Items) -> "_Table":
        """Sort items into groups of equal hashes and give each its role."""
        keys, owners, hashes = _objects(items.keys), _objects(items.owners), np.asarray(items.hashes)
        if hashes.dtype != np.uint64:
            raise TypeError(f"hashes must be uint64, not {hashes.dtype}")
        if not (keys.shape == owners.shape == hashes.shape and hashes.ndim == 1):
            shapes = f"keys {keys.shape}, hashes {hashes.shape}, owners {owners.shape}"
            raise ValueError(f"{shapes}: these must be columns of one length")
        if len(set(keys)) != len(keys):
            raise ValueError("a key occurs twice: every item needs its own")
        ones = np.bitwise_count(hashes)
        telling = np.flatnonzero((ones >= PLAIN_ONES.start) & (ones < PLAIN_ONES.stop))
        order = telling[np.argsort(hashes[telling], kind="stable")]
        values, starts, counts = np.unique(hashes[order], return_index=True, return_counts=True)
        roles = np.zeros(len(order), np.int8)
        for start, count in zip(starts[counts > STAR], counts[counts > STAR], strict=True):
            members = order[start : start + count]  # a view: the hub moves to the front of `order`
            hub = min(range(count), key=keys[members].__getitem__)
            members[0], members[hub] = members[hub], members[0]
            roles[start], roles[start + 1 : start + count] = HUB, SPOKE
        numbers: dict[object, int] = {"": 0}
        videos = np.array([numbers.setdefault(owner, len(numbers)) for owner in owners[order]], np.int64)
        return cls(
            keys=keys[order],
            hashes=hashes[order],
            owners=owners[order],
            videos=videos,
            roles=roles,
            group=np.repeat(np.arange(len(values)), counts),
            values=values,
            starts=starts.astype(np.int64),
            counts=counts.astype(np.int64),
            linkers=np.where(counts > STAR, 1, counts).astype(np.int64),
        )

    def edges(self, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Edges:
        """Drop pairs of one video, put the smaller key first, and sort."""
        one, two = self.videos[i], self.videos[j]
        apart = (one != two) | (one == 0)
        i, j, distance = i[apart], j[apart], distance[apart]
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


def _objects(column: Sequence[object] | npt.NDArray[np.generic] | Objects) -> Objects:
    """Return a column as an object array, whatever sequence or array it came as."""
    if isinstance(column, np.ndarray):
        return column.astype(object)
    out = np.empty(len(column), object)
    out[:] = column
    return out
