"""What looks alike at a distance that a person tries out: pairs and their numbers.

The graph keeps the pairs within the user's `max_distance`. A slider wants other distances too, and at
once: so the pairs up to the largest one are joined here from the hash columns, by the same edge rule
that fills the graph, and every smaller distance is a filter on them. Pairs that the person rejected
are left out before anything is counted. A copy that was mirrored or turned is no match of the graph's;
`oriented_pairs` finds it from hashes in eight orientations.
"""

from collections.abc import Collection as AnyOf

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import STAR, Edges, Items, edges
from tagcat_kernel.hamming import equal_hashes
from tagcat_kernel.orientations import BACK, oriented_join
from tagcat_kernel.records import are_plain

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


def oriented_pairs(
    items: Items,
    oriented: npt.NDArray[np.uint64],
    distance: int,
    rejected: AnyOf[tuple[str, str]] = (),
) -> tuple[Edges, npt.NDArray[np.uint8]]:
    """Return the pairs within `distance` in any orientation, without the rejected ones.

    The rule is that of the graph: plain hashes match nothing, whichever way the picture lies, and frames
    of one video never match each other. Of more than 64 equal hashes only the smallest key is turned.

    Parameters
    ----------
    items
        Keys, hashes and owners of a collection: n items.
    oriented
        uint64[n, 8]: the hashes of each item in the order of `tagcat_kernel.orientations.ORIENTATIONS`.
    distance
        Largest Hamming distance in bits, inclusive, 0 to 64.
    rejected
        Pairs (smaller key, larger key) that the person marked as no match.

    Returns
    -------
    Edges, uint8[m]
        Each pair once, at its smallest distance, closest first, then by key. The numbers are indices into
        `ORIENTATIONS`: what b is of a. As it is comes first among equals.

    Raises
    ------
    TypeError, ValueError
        As `oriented_join` and `edges`.

    Examples
    --------
    >>> from tagcat_kernel.orientations import ORIENTATIONS, oriented_dhashes
    >>> noise = np.random.default_rng(1).integers(0, 256, (32, 40), np.uint8)
    >>> oriented = np.array([oriented_dhashes(noise), oriented_dhashes(noise[:, ::-1])], np.uint64)
    >>> found, how = oriented_pairs(Items(["u:a", "u:b"], oriented[:, 0], ["", ""]), oriented, 8)
    >>> found.distance.tolist(), [ORIENTATIONS[one] for one in how]
    ([0], ['mirrored'])
    """
    as_is = edges(items, distance)
    best = {
        (a, b): (int(bits), 0) for a, b, bits in zip(as_is.a, as_is.b, as_is.distance.tolist(), strict=True)
    }
    hashes = items.hashes
    rows = _turned_rows(items)
    # A picture whose turned hash is plain (stripes, a gradient) says nothing in that orientation.
    asked = np.where(are_plain(oriented), hashes[:, None], oriented)[rows]
    found = oriented_join(hashes[rows], asked, distance)
    turned = found.orientation > 0
    columns = (rows[found.i], rows[found.j], found.distance, found.orientation)
    for i, j, bits, how in zip(*(column[turned].tolist() for column in columns), strict=True):
        if items.owners[i] == items.owners[j] != "":
            continue
        a, b = items.keys[i], items.keys[j]
        pair, way = ((a, b), how) if a < b else ((b, a), BACK[how])
        best[pair] = min((bits, way), best.get(pair, (bits, way)))
    unwanted = frozenset(rejected)
    ordered = sorted((bits, pair, way) for pair, (bits, way) in best.items() if pair not in unwanted)
    ends = np.array([pair for _, pair, _ in ordered], dtype=object).reshape(-1, 2)
    return (
        Edges(ends[:, 0], ends[:, 1], np.array([bits for bits, _, _ in ordered], np.uint8)),
        np.array([way for _, _, way in ordered], np.uint8),
    )


def _turned_rows(items: Items) -> npt.NDArray[np.int64]:
    """Return the items that are turned: the telling ones, and of a crowd of equal hashes the smallest key."""
    telling = np.flatnonzero(~are_plain(items.hashes))
    groups = equal_hashes(items.hashes[telling])
    kept = np.ones(len(telling), np.bool_)
    for group in np.flatnonzero(groups.counts > STAR).tolist():
        crowd = groups.members(group)
        kept[crowd] = False
        kept[min(crowd.tolist(), key=lambda row: items.keys[int(telling[row])])] = True
    return telling[kept]


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
