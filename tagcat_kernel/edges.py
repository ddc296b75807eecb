"""Which items of a collection are linked: the one rule that fills the graph, and what a change to it changes.

Two items are linked when their hashes lie within a radius. Plain hashes link to nothing, and frames of
one video never link to each other. Where very many items share one hash, a few of them link for all
(`stars`): so every item has a role, and whether two items are linked depends on their hashes, owners and
roles alone: on the stored set, never on the order of arrival.

That also gives the difference that an addition or a removal makes. Only an item that came, went, or got
another hash, owner or role (a deputy: another video to stand in for) can have gained or lost a link;
those few are searched, and no untouched pair is looked at.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import radius_join, radius_search
from tagcat_kernel.stars import SPOKE, STAR, Hashes, Ints, Items, Objects, Table

__all__ = ["STAR", "Edges", "Items", "Table", "edge_changes", "edges", "expand", "table_changes"]


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
    return _linked(
        table,
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


def table_changes(old: Table, new: Table, values: Hashes, radius: int) -> tuple[Edges, Edges]:
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


def expand(start_a: Ints, count_a: Ints, start_b: Ints, count_b: Ints) -> tuple[Ints, Ints, Ints]:
    """Return every pair of positions of two runs, for many such pairs of runs at once.

    Parameters
    ----------
    start_a, count_a, start_b, count_b
        int64[n]: row r stands for the runs start_a[r] … + count_a[r] and start_b[r] … + count_b[r].

    Returns
    -------
    a, b, row : int64[m]
        Positions, and the row that each pair came from, in the order of rows.

    Examples
    --------
    >>> a, b, row = expand(np.array([0, 5]), np.array([2, 1]), np.array([7, 9]), np.array([1, 2]))
    >>> a.tolist(), b.tolist(), row.tolist()
    ([0, 1, 5, 5], [7, 7, 9, 10], [0, 0, 1, 1])
    """
    sizes = count_a * count_b
    ends = np.cumsum(sizes)
    row = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(row)) - (ends - sizes)[row]
    return start_a[row] + at // count_b[row], start_b[row] + at % count_b[row], row


def _triples(found: Edges) -> list[tuple[str, str, int]]:
    return list(zip(found.a, found.b, found.distance.tolist(), strict=True))


def _where(found: Edges, kept: list[bool]) -> Edges:
    mask = np.array(kept, np.bool_)
    return Edges(found.a[mask], found.b[mask], found.distance[mask])


def _links_of(table: Table, ends: Ints, radius: int) -> Edges:
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
    return _linked(table, low[once], high[once], distance[once])


def _linked(table: Table, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Edges:
    """Drop pairs of one video or of no concern to a deputy, put the smaller key first, and sort."""
    one, two = table.videos[i], table.videos[j]
    kept = (one != two) | (one == 0)
    for end, other in ((i, two), (j, one)):
        kept &= (table.serves[end] < 0) | (table.serves[end] == other)
    i, j, distance = i[kept], j[kept], distance[kept]
    # Only keys that occur are ranked: most items of a collection have no link at all.
    occurs = np.zeros(len(table.keys), np.bool_)
    occurs[i] = occurs[j] = True
    used = np.flatnonzero(occurs)
    by_key = used[np.array(sorted(range(len(used)), key=table.keys[used].__getitem__), np.int64)]
    rank = np.empty(len(table.keys), np.int64)
    rank[by_key] = np.arange(len(used))
    low, high = np.minimum(rank[i], rank[j]), np.maximum(rank[i], rank[j])
    order = np.argsort(low * len(used) + high)
    names = table.keys[by_key]
    return Edges(names[low[order]], names[high[order]], distance[order])
