"""What looks alike at a distance that a person tries out: pairs and their numbers.

The graph keeps the pairs within the user's `max_distance`. A slider wants other distances too, and at
once: so the pairs up to the largest one are joined here from the hash columns, by the same edge rule
that fills the graph, and every smaller distance is a filter on them. Pairs that the person rejected
are left out before anything is counted.
"""

from collections.abc import Collection as AnyOf

import numpy as np

from tagcat_kernel.edges import Edges, Items, edges

SLIDER = 16
"""The largest distance that views offer: beyond it nearly every pair is chance."""


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
    return closest_first(edges(items, distance), rejected)


def closest_first(found: Edges, rejected: AnyOf[tuple[str, str]] = ()) -> Edges:
    """Return pairs sorted by distance, then as they were, without the rejected ones.

    Examples
    --------
    >>> near = Edges(np.array(["a", "a"], object), np.array(["b", "c"], object), np.array([9, 1], np.uint8))
    >>> closest_first(near).b.tolist(), closest_first(near, {("a", "c")}).b.tolist()
    (['c', 'b'], ['b'])
    """
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
