"""What looks alike at a distance that a person tries out: pairs, their numbers, their groups.

The graph keeps the pairs within the user's `max_distance`. A slider wants other distances too, and at
once: so the pairs up to the largest one are joined here from the hash columns, by the same edge rule
that fills the graph, and every smaller distance is a filter on them. Pairs that the person rejected
are left out before anything is counted.
"""

from collections.abc import Collection as AnyOf
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import Edges, Items, edges
from tagcat_kernel.hamming import components

SLIDER = 16
"""The largest distance that views offer: beyond it nearly every pair is chance."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Items that hang together by pairs: `group` numbers from 0, the largest group first.

    `keys` is an object array of str and `group` an int64 array of the same length, sorted by group.
    """

    keys: npt.NDArray[np.object_]
    group: npt.NDArray[np.int64]


def pairs(items: Items, distance: int, rejected: AnyOf[tuple[str, str]] = ()) -> Edges:
    """Return the pairs of `items` within `distance`, without the rejected ones.

    Parameters
    ----------
    items
        Keys, hashes and owners of a collection.
    distance
        Largest Hamming distance in bits, inclusive, 0 to 64.
    rejected
        Pairs (smaller key, larger key) that the person marked as no match.

    Returns
    -------
    Edges
        Closest first, then by key.

    Raises
    ------
    ValueError
        If `distance` is outside 0 to 64.

    Examples
    --------
    >>> items = Items(["u:a", "u:b", "u:c"], np.array([0xFFFF, 0xFFFE, 0xFFF0FF], np.uint64), ["", "", ""])
    >>> found = pairs(items, 8)
    >>> list(zip(found.a, found.b, found.distance.tolist()))
    [('u:a', 'u:b', 1)]
    """
    found = edges(items, distance)
    order = np.argsort(found.distance, kind="stable")
    if rejected:
        unwanted = frozenset(rejected)
        kept = [(a, b) not in unwanted for a, b in zip(found.a[order], found.b[order], strict=True)]
        order = order[np.array(kept, dtype=bool)]
    return Edges(found.a[order], found.b[order], found.distance[order])


def within(found: Edges, distance: int) -> Edges:
    """Return those of the pairs that lie within `distance`.

    Examples
    --------
    >>> near = Edges(np.array(["a", "a"], object), np.array(["b", "c"], object), np.array([1, 9], np.uint8))
    >>> within(near, 8).b.tolist()
    ['b']
    """
    kept = found.distance <= distance
    return Edges(found.a[kept], found.b[kept], found.distance[kept])


def distance_counts(found: Edges, up_to: int = SLIDER) -> list[int]:
    """Return how many pairs lie at each distance 0 … `up_to`.

    Examples
    --------
    >>> near = Edges(np.array(["a", "a"], object), np.array(["b", "c"], object), np.array([1, 3], np.uint8))
    >>> distance_counts(near, 4)
    [0, 1, 0, 1, 0]
    """
    counts = np.bincount(found.distance.astype(np.int64), minlength=up_to + 1)
    return [int(count) for count in counts[: up_to + 1]]


def groups(found: Edges) -> Groups:
    """Return the connected components of pairs: what hangs together, directly or through others.

    Examples
    --------
    >>> near = Edges(np.array(["a", "x"], object), np.array(["b", "y"], object), np.array([1, 3], np.uint8))
    >>> groups(near).keys.tolist(), groups(near).group.tolist()
    (['a', 'b', 'x', 'y'], [0, 0, 1, 1])
    """
    keys, ends = np.unique(np.concatenate([found.a, found.b]), return_inverse=True)
    labels = components(len(keys), ends[: len(found.a)], ends[len(found.a) :])
    sizes = np.bincount(labels, minlength=1) if len(labels) else np.zeros(1, np.int64)
    # Largest first; among equals the one whose first key is smallest, so that views are stable.
    first = np.full(len(sizes), len(keys), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(keys)))
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    group = rank[labels]
    order = np.argsort(group, kind="stable")
    return Groups(keys[order], group[order].astype(np.int64))
