"""All pairs of hashes within a Hamming distance: exact at every radius, without comparing everything.

Large work is cut into bands and buckets (`_bands`, `_scan`) and compared in compiled tiles (`_join`); a
few queries against many hashes are answered without sorting the many (`_lookup`). Equal hashes are joined
once and multiplied at the end (`_groups`): thirty thousand black-bordered frames cost what one does, and
who can work with groups instead of pairs takes `equal_hashes`. Small work is done in numpy, so that a
dashboard of some thousand items never loads numba.
"""

import operator
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Rows = tuple[Ints, Ints, Bytes]

NUMPY_WORK = 40_000_000
"""Comparisons up to which numpy is done before numba would be loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of hashes: `i`, `j` (int64 indices) and `distance` (uint8, bits), three arrays of one length.

    Examples
    --------
    >>> len(Pairs(np.array([0]), np.array([1]), np.array([3], np.uint8)))
    1
    """

    i: Ints
    j: Ints
    distance: Bytes

    def __len__(self) -> int:
        return len(self.i)


@dataclass(frozen=True, slots=True, eq=False)
class EqualHashes:
    """Items grouped by their hash: group g has the hash `values[g]` and the items `members(g)`.

    `values` is uint64[g], each hash once, ascending; `items` int64[n] holds the indices of all items, those
    of a group side by side and ascending: items[starts[g]] … items[starts[g] + counts[g] - 1].
    """

    values: Hashes
    items: Ints
    starts: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.values)

    def members(self, group: int) -> Ints:
        """Return the indices of the items of a group, ascending."""
        return self.items[self.starts[group] : self.starts[group] + self.counts[group]]


def equal_hashes(hashes: Hashes) -> EqualHashes:
    """Group items whose hashes are equal.

    The join of the groups' values says in one row what the join of all items says in thousands where
    hashes are shared by many: two groups lie within the radius, or a group with itself, at distance 0.

    Parameters
    ----------
    hashes
        uint64[n].

    Raises
    ------
    TypeError
        If `hashes` is not an array of uint64.
    ValueError
        If `hashes` has not one dimension.

    Examples
    --------
    >>> groups = equal_hashes(np.array([0b0111, 0b0000, 0b0111], np.uint64))
    >>> near = radius_join(groups.values, 3)
    >>> near.i.tolist(), near.j.tolist(), near.distance.tolist()
    ([0], [1], [3])
    >>> groups.members(0).tolist(), groups.members(1).tolist()
    ([1], [0, 2])
    """
    hashes = _checked("hashes", hashes)
    items = np.argsort(hashes, kind="stable")
    ordered = hashes[items]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    return EqualHashes(ordered[starts], items, starts, np.diff(np.append(starts, len(ordered))))


@overload
def radius_join(
    hashes: Hashes, radius: int, *, chunks: None = None, executor: Executor | None = None
) -> Pairs: ...
@overload
def radius_join(
    hashes: Hashes, radius: int, *, chunks: int, executor: Executor | None = None
) -> Iterator[Pairs]: ...
def radius_join(
    hashes: Hashes, radius: int, *, chunks: int | None = None, executor: Executor | None = None
) -> Pairs | Iterator[Pairs]:
    """Return all pairs of hashes within a Hamming distance.

    Parameters
    ----------
    hashes
        uint64[n]. Equal hashes are pairs at distance 0.
    radius
        Largest distance in bits, inclusive, 0 to 64.
    chunks
        With a number, pairs are streamed in pieces of at most so many rows and never all in memory.
    executor
        Where large work is done: any `concurrent.futures.Executor`, a Dask client's `get_executor()` too.
        The result is the same to the row, in chunks too. Default: threads of this process.

    Returns
    -------
    Pairs or iterator of Pairs
        Each pair once, i < j. Whole: sorted by (i, j). In chunks: not sorted, in an order that is the
        same for the same input on every machine; no chunk is empty, and some may be shorter than asked.

    Raises
    ------
    TypeError
        If `hashes` is not an array of uint64, or `radius` or `chunks` not an integer.
    ValueError
        If `hashes` has not one dimension, `radius` is outside 0 to 64, or `chunks` below 1.

    Examples
    --------
    >>> hashes = np.array([0b0000, 0b0011, 0b0111, 0b0011], np.uint64)
    >>> found = radius_join(hashes, 1)
    >>> found.i.tolist(), found.j.tolist(), found.distance.tolist()
    ([1, 1, 2], [2, 3, 3], [1, 0, 1])
    >>> [len(piece) for piece in radius_join(hashes, 2, chunks=2)]
    [2, 2, 1]
    """
    hashes, radius = _checked("hashes", hashes), _radius(radius)
    if chunks is not None:
        chunks = operator.index(chunks)
        if chunks < 1:
            raise ValueError(f"chunks must be at least 1 row, not {chunks}")
    n = len(hashes)
    if n * (n - 1) // 2 <= NUMPY_WORK:
        rows = _numpy_rows(hashes, hashes, radius, join=True)
        return Pairs(*_joined(rows)) if chunks is None else _sized(rows, chunks)
    from tagcat_kernel import _groups

    equal = equal_hashes(hashes)
    groups = _groups.Groups(equal.values, equal.items, equal.starts, equal.counts)
    if chunks is None:
        return Pairs(*groups.whole(radius, executor))
    return (Pairs(*rows) for rows in groups.stream(radius, chunks, executor))


def radius_search(queries: Hashes, hashes: Hashes, radius: int) -> Pairs:
    """Return all pairs of a query and a hash within a Hamming distance.

    Parameters
    ----------
    queries
        uint64[q].
    hashes
        uint64[n], searched as they are: no index is kept between calls.
    radius
        Largest distance in bits, inclusive, 0 to 64.

    Returns
    -------
    Pairs
        `i` are indices of queries, `j` of hashes; sorted by (i, j).

    Raises
    ------
    TypeError
        If an array is not of uint64, or `radius` not an integer.
    ValueError
        If an array has not one dimension, or `radius` is outside 0 to 64.

    Examples
    --------
    >>> found = radius_search(np.array([0b111], np.uint64), np.array([0, 0b110, 0b111], np.uint64), 1)
    >>> found.j.tolist(), found.distance.tolist()
    ([1, 2], [1, 0])
    """
    queries, hashes = _checked("queries", queries), _checked("hashes", hashes)
    radius = _radius(radius)
    if len(queries) * len(hashes) <= NUMPY_WORK:
        return Pairs(*_joined(_numpy_rows(queries, hashes, radius, join=False)))
    from tagcat_kernel import _groups, _lookup

    rows = _groups.joined(_lookup.rows(queries, hashes, radius))
    return Pairs(*_groups.in_order(rows, len(queries), len(hashes)))


def _numpy_rows(left: Hashes, right: Hashes, radius: int, *, join: bool) -> Iterator[Rows]:
    """Compare everything in blocks of rows; pairs come sorted."""
    rows = max(1, (1 << 18) // max(1, len(right)))
    for low in range(0, len(left), rows):
        skip = low if join else 0
        distance = np.bitwise_count(left[low : low + rows, None] ^ right[None, skip:])
        near = distance <= radius
        if join:
            near = np.triu(near, 1)
        i, j = np.divmod(np.flatnonzero(near), near.shape[1])
        if len(i):
            yield i + low, j + skip, distance[i, j]


def _sized(found: Iterator[Rows], most: int) -> Iterator[Pairs]:
    """Cut rows into pieces of at most `most`."""
    for i, j, distance in found:
        for low in range(0, len(i), most):
            part = slice(low, low + most)
            yield Pairs(i[part].copy(), j[part].copy(), distance[part].copy())


def _joined(found: Iterator[Rows]) -> Rows:
    """Return all rows as one."""
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)), *found]
    i, j, distance = zip(*parts, strict=True)
    return np.concatenate(i), np.concatenate(j), np.concatenate(distance)


def _checked(name: str, hashes: Hashes) -> Hashes:
    if not isinstance(hashes, np.ndarray) or hashes.dtype != np.uint64:
        kind = hashes.dtype if isinstance(hashes, np.ndarray) else type(hashes).__name__
        raise TypeError(f"{name} must be a numpy array of uint64, not {kind}")
    if hashes.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not the shape {hashes.shape}")
    return hashes


def _radius(radius: int) -> int:
    radius = operator.index(radius)
    if not 0 <= radius <= 64:
        raise ValueError(f"radius must be 0 to 64 bits, not {radius}")
    return radius
