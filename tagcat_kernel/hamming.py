"""All pairs of hashes within a Hamming distance: exact at every radius, without comparing everything.

Two hashes that differ in few bits can't differ much everywhere. So the 64 bits are cut into bands, and
each band gets a threshold such that a pair within the radius must be within the threshold of at least
one band (pigeonhole: the thresholds, each plus one, add up to the radius plus one). A band sorts the
hashes into buckets; only buckets whose numbers differ by few bits are compared, in compiled tiles
(`_join`). A pair that several bands would find is written by the first of them alone, so nothing has
to be remembered to keep pairs unique, and they can be streamed.

How many bands pay is estimated from how the hashes at hand fill the buckets; with one band of no bits
the same tiles are the brute force, for few hashes and for radii where bands find nothing to leave out.
Equal hashes are joined once and given as groups at the end: thirty thousand black-bordered frames cost
what one does. Small work is done in numpy, so that a dashboard of some thousand items never loads numba.
"""

import operator
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, pairwise
from math import comb
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Rows = tuple[Ints, Ints, Bytes]

NUMPY_WORK = 40_000_000
"""Comparisons up to which numpy is done before numba would be loaded."""

ROOM = 1 << 18
"""Pairs that one call of the compiled loop may find before it hands them over."""

RANGES = 16
"""Pieces of a band that threads work on; a fixed number, so that chunks come in one order everywhere."""

WIDEST = 22
"""Bits of the widest band: more make a table of buckets that no cache holds."""


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


@overload
def radius_join(hashes: Hashes, radius: int, *, chunks: None = None) -> Pairs: ...
@overload
def radius_join(hashes: Hashes, radius: int, *, chunks: int) -> Iterator[Pairs]: ...
def radius_join(hashes: Hashes, radius: int, *, chunks: int | None = None) -> Pairs | Iterator[Pairs]:
    """Return all pairs of hashes within a Hamming distance.

    Parameters
    ----------
    hashes
        uint64[n]. Equal hashes are pairs at distance 0.
    radius
        Largest distance in bits, inclusive, 0 to 64.
    chunks
        With a number, pairs are streamed in pieces of at most so many rows and never all in memory.

    Returns
    -------
    Pairs or iterator of Pairs
        Each pair once, i < j. Whole: sorted by (i, j). In chunks: unsorted, in an order that is the same
        for the same input (pairs of equal hashes first, then band by band); no chunk is empty.

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
    groups = _Groups.of(hashes)
    most = ROOM * 16 if chunks is None else chunks
    found = chain(
        groups.equal_pairs(most),
        groups.expanded(_banded_rows(groups.values, None, radius), most),
    )
    return Pairs(*_sorted(_joined(found), n, n)) if chunks is None else _sized(found, chunks)


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
    rows = _joined(_banded_rows(queries, hashes, radius))
    return Pairs(*_sorted(rows, len(queries), len(hashes)))


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


def components(n: int, i: Ints, j: Ints) -> Ints:
    """Return the connected components of `n` items that pairs hold together.

    Parameters
    ----------
    n
        Number of items.
    i, j
        int64[m]: the pairs, indices below `n`, in any order.

    Returns
    -------
    int64[n]
        The component of each item; components are numbered from 0 by their smallest item.

    Examples
    --------
    >>> components(5, np.array([3, 1]), np.array([4, 3])).tolist()
    [0, 1, 2, 1, 1]
    """
    labels = np.arange(n)
    while True:
        one, two = labels[i], labels[j]
        if np.array_equal(one, two):
            return np.unique(labels, return_inverse=True)[1].astype(np.int64)
        # Hook each larger root under a smaller one, then let everything point straight at its root.
        np.minimum.at(labels, np.maximum(one, two), np.minimum(one, two))
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]


class _Band(NamedTuple):
    """`bits` bits from `shift` on; a pair within `threshold` of each other there is found by this band."""

    shift: int
    bits: int
    threshold: int

    @property
    def reach(self) -> int:
        """How many buckets a bucket is compared with."""
        return sum(comb(self.bits, ones) for ones in range(self.threshold + 1))

    def keys(self, hashes: Hashes) -> Ints:
        """Return the bucket of each hash."""
        mask = np.uint64((1 << self.bits) - 1)
        return ((hashes >> np.uint64(self.shift)) & mask).astype(np.int64)

    def masks(self) -> Hashes:
        """Return what leads from a bucket to those it is compared with: all numbers of few ones."""
        level, found = {0}, [0]
        for _ in range(self.threshold):
            level = {mask | 1 << bit for mask in level for bit in range(self.bits) if not mask >> bit & 1}
            found += sorted(level)
        return np.array(found, np.uint64)


def _bands(count: int, radius: int) -> list[_Band]:
    """Cut 64 bits into `count` bands with thresholds for which the pigeonhole holds."""
    if count == 1:
        return [_Band(0, 0, 64)]  # one bucket: brute force
    bands, shift = [], 0
    for number in range(count):
        bits = 64 // count + (number < 64 % count)
        slots = (radius + 1) // count + (number < (radius + 1) % count)
        bands.append(_Band(shift, min(bits, WIDEST), slots - 1))
        shift += bits
    return [band for band in bands if band.threshold >= 0]


def _plan(left: Hashes, right: Hashes, radius: int) -> list[_Band]:
    """Return the bands that should cost least, by how both sides fill the buckets of a first band."""
    best, cheapest = _bands(1, radius), 0.15 * len(left) * len(right)
    for count in range(2, min(radius + 1, 16) + 1):
        bands = _bands(count, radius)
        reach = sum(band.reach for band in bands)
        if reach * min(len(left), 1 << bands[0].bits) * 3 > cheapest:
            continue
        here = np.bincount(bands[0].keys(left), minlength=1 << bands[0].bits)
        there = here if left is right else np.bincount(bands[0].keys(right), minlength=len(here))
        # Nanoseconds, measured: a visit to a bucket, a row of a tile, a hash compared; and the sorting.
        visits = 6.0 * np.count_nonzero(here)
        tiles = float(np.dot(here, 3.0 + 0.25 * there))
        cost = reach * (visits + tiles) + 20.0 * count * (len(left) + len(right))
        if cost < cheapest:
            best, cheapest = bands, cost
    return best


def _banded_rows(left: Hashes, right: Hashes | None, radius: int) -> Iterator[Rows]:
    """Yield pairs of left and right (None: of left with itself, each once), band by band."""
    from tagcat_kernel import _join

    places = np.random.default_rng(64).permutation(64).astype(np.uint64)
    left = _permuted(left, places)
    join, right = right is None, left if right is None else _permuted(right, places)
    bands = _plan(left, right, radius)
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="radius-join") as pool:
        for number, band in enumerate(bands):
            there = _Buckets.of(right, band)
            here = there if join else _Buckets.of(left, band)
            earlier = np.array(bands[:number], np.int64).reshape(number, 3)
            masks = band.masks() if band.bits else np.zeros(1, np.uint64)

            def scan(
                state: Ints,
                *,
                here: _Buckets = here,
                there: _Buckets = there,
                band: _Band = band,
                masks: Hashes = masks,
                earlier: Ints = earlier,
            ) -> tuple[Rows, Ints]:
                i, j, distance = np.empty(ROOM, np.int64), np.empty(ROOM, np.int64), np.empty(ROOM, np.uint8)
                n = _join.scan(
                    here.hashes, here.ids, there.hashes, there.ids, there.starts, band.shift, band.bits,
                    masks, radius, earlier, join, state[4], state, i, j, distance,
                )  # fmt: skip
                return (i[:n].copy(), j[:n].copy(), distance[:n].copy()), state

            edges = np.linspace(0, len(left), RANGES + 1).astype(np.int64)
            waiting = deque(np.array([lo, 0, 0, 0, hi]) for lo, hi in pairwise(edges))
            ahead = deque(pool.submit(scan, waiting.popleft()) for _ in range(workers) if waiting)
            while ahead:
                rows, state = ahead.popleft().result()
                if state[0] < state[4]:
                    ahead.appendleft(pool.submit(scan, state))
                elif waiting:
                    ahead.append(pool.submit(scan, waiting.popleft()))
                if len(rows[0]):
                    yield rows


def _permuted(hashes: Hashes, places: Hashes) -> Hashes:
    """Mix the bits: those of one picture row move together, and would fill few buckets."""
    from tagcat_kernel import _join

    out = np.empty(len(hashes), np.uint64)
    _join.permute(np.array(hashes), places, out)  # a copy: a read-only array would be compiled for again
    return out


class _Buckets(NamedTuple):
    """Hashes sorted by a band, padded for whole vectors; `ids` are their old indices."""

    hashes: Hashes
    ids: Ints
    starts: Ints

    @classmethod
    def of(cls, hashes: Hashes, band: _Band) -> "_Buckets":
        from tagcat_kernel import _join

        padded = np.zeros(len(hashes) + _join.LANES, np.uint64)
        ids, starts = np.empty(len(hashes), np.int64), np.empty((1 << band.bits) + 1, np.int64)
        _join.bucket_sort(hashes, band.shift, band.bits, padded, ids, starts)
        return cls(padded, ids, starts)


class _Groups(NamedTuple):
    """Equal hashes as one: value g is that of items[starts[g]] … items[starts[g] + counts[g] - 1]."""

    values: Hashes
    items: Ints
    starts: Ints
    counts: Ints

    @classmethod
    def of(cls, hashes: Hashes) -> "_Groups":
        items = np.argsort(hashes, kind="stable")
        ordered = hashes[items]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
        return cls(ordered[starts], items, starts, np.diff(np.append(starts, len(ordered))))

    def equal_pairs(self, most: int) -> Iterator[Rows]:
        """Yield the pairs inside groups, at most so many rows at once."""
        many = np.flatnonzero(self.counts > 1)
        starts, counts = self.starts[many], self.counts[many]
        ends = np.cumsum(counts * (counts - 1) // 2)
        for low in range(0, int(ends[-1]) if len(ends) else 0, most):
            at = np.arange(low, min(low + most, int(ends[-1])))
            row = np.searchsorted(ends, at, side="right")
            at -= np.append(0, ends)[row]
            # A group as a ring: step 1 pairs each with the next, step 2 with the one after, half way round.
            size, one = counts[row], at % counts[row]
            two = (one + at // size + 1) % size
            i, j = self.items[starts[row] + one], self.items[starts[row] + two]
            yield np.minimum(i, j), np.maximum(i, j), np.zeros(len(i), np.uint8)

    def expanded(self, found: Iterator[Rows], most: int) -> Iterator[Rows]:
        """Turn pairs of values into pairs of items, at most about so many rows at once."""
        for u, v, distance in found:
            sizes = self.counts[u] * self.counts[v]
            ends = np.cumsum(sizes)
            low = 0
            while low < len(sizes):
                done = int(ends[low - 1]) if low else 0
                high = max(low + 1, int(np.searchsorted(ends, done + most, side="right")))
                yield from self._block(u[low:high], v[low:high], distance[low:high], most)
                low = high

    def _block(self, u: Ints, v: Ints, distance: Bytes, most: int) -> Iterator[Rows]:
        first_u, first_v, size_u, size_v = self.starts[u], self.starts[v], self.counts[u], self.counts[v]
        if len(u) == 1 and size_u[0] * size_v[0] > most:
            # One pair of groups alone is too much: give it by slices of its rows.
            total = int(size_u[0] * size_v[0])
            for low in range(0, total, most):
                at = np.arange(low, min(low + most, total))
                i = self.items[first_u[0] + at // size_v[0]]
                j = self.items[first_v[0] + at % size_v[0]]
                yield np.minimum(i, j), np.maximum(i, j), np.full(len(i), distance[0], np.uint8)
            return
        if np.all(size_u == 1) and np.all(size_v == 1):
            i, j = self.items[first_u], self.items[first_v]
        else:
            a, b, row = expand(first_u, size_u, first_v, size_v)
            i, j, distance = self.items[a], self.items[b], distance[row]
        yield np.minimum(i, j), np.maximum(i, j), distance


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
    """Cut rows into pieces of at most `most`, small ones gathered up to it."""
    held: list[Rows] = []
    count = 0
    for rows in found:
        held.append(rows)
        count += len(rows[0])
        if count >= most:
            i, j, distance = _joined(iter(held))
            whole = count - count % most
            for low in range(0, whole, most):
                # Copies: a piece that is kept should not keep the others.
                part = slice(low, low + most)
                yield Pairs(i[part].copy(), j[part].copy(), distance[part].copy())
            held, count = [(i[whole:].copy(), j[whole:].copy(), distance[whole:].copy())], count - whole
    if count:
        yield Pairs(*_joined(iter(held)))


def _joined(found: Iterator[Rows]) -> Rows:
    """Return all rows as one."""
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)), *found]
    i, j, distance = zip(*parts, strict=True)
    return np.concatenate(i), np.concatenate(j), np.concatenate(distance)


def _sorted(rows: Rows, n_i: int, n_j: int) -> Rows:
    """Sort rows by (i, j): by counting, in two stable passes, for tens of millions of rows in a second."""
    from tagcat_kernel import _join

    i, j, distance = rows
    if len(i) * 8 < n_i + n_j:
        order = np.lexsort((j, i))
        return i[order], j[order], distance[order]
    i_out, j_out, distance_out = np.empty_like(i), np.empty_like(j), np.empty_like(distance)
    _join.stable_order(j, i, distance, n_j, j_out, i_out, distance_out)
    _join.stable_order(i_out, j_out, distance_out, n_i, i, j, distance)
    return i, j, distance


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
