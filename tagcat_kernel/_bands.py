"""Bands and buckets: which few of all pairs of hashes have to be compared, and threads that compare them.

Two hashes that differ in few bits can't differ much everywhere. So the 64 bits are cut into bands, and
each band gets a threshold such that a pair within the radius must be within the threshold of at least
one band (pigeonhole: the thresholds, each plus one, add up to the radius plus one). A band sorts the
hashes into buckets; only buckets whose numbers differ by at most the threshold are compared, in compiled
tiles (`_join`). A pair that several bands would find is written by the first of them alone (first
witness), so nothing has to be remembered to keep pairs unique, and they can be streamed.

How many bands pay is estimated from how the hashes at hand fill the buckets. With one band of no bits,
hence one bucket, the same tiles are the brute force: for few hashes, and for radii where bands find
nothing to leave out. This module loads numba; `hamming` imports it only for large work.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tagcat_kernel import _join

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Rows = tuple[Ints, Ints, Bytes]

ROOM = 1 << 18
"""Pairs that one call of the compiled loop may find before it hands them over."""

RANGES = 16
"""Pieces of a band that threads work on; a fixed number, so that chunks come in one order everywhere."""

WIDEST = 22
"""Bits of the widest band: more make a table of buckets that no cache holds."""

PLACES = np.random.default_rng(64).permutation(64).astype(np.uint64)
"""Where each bit goes before bands are cut: neighbours in a picture are alike and would fill few buckets."""


class Band(NamedTuple):
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


def cut(count: int, radius: int) -> list[Band]:
    """Cut 64 bits into `count` bands with thresholds for which the pigeonhole holds."""
    if count == 1:
        return [Band(0, 0, 64)]  # one bucket: brute force
    bands, shift = [], 0
    for number in range(count):
        bits = 64 // count + (number < 64 % count)
        slots = (radius + 1) // count + (number < (radius + 1) % count)
        bands.append(Band(shift, min(bits, WIDEST), slots - 1))
        shift += bits
    return [band for band in bands if band.threshold >= 0]


def plan(left: Hashes, right: Hashes, radius: int) -> list[Band]:
    """Return the bands that should cost least, by how both sides fill the buckets of a first band."""
    best, cheapest = cut(1, radius), 0.15 * len(left) * len(right)
    for count in range(2, min(radius + 1, 16) + 1):
        bands = cut(count, radius)
        reach = sum(band.reach for band in bands)
        sorting = 60.0 * count * (len(left) + len(right))
        if reach * min(len(left), 1 << bands[0].bits) * 3 + sorting > cheapest:
            continue
        # A sample is enough to see how buckets fill. Two different ones: a hash is not its own neighbour.
        step = 1 + max(len(left), len(right)) // 400_000
        size = 1 << bands[0].bits
        here = np.bincount(bands[0].keys(left[::step]), minlength=size)
        there = np.bincount(bands[0].keys(right[step // 2 :: step]), minlength=size)
        # Nanoseconds, measured: a visit to a bucket, a row of a tile, a hash compared; and the sorting.
        visits = 6.0 * min(size, int(np.count_nonzero(here)) * step)
        tiles = step * float(np.dot(here, 3.0 + 0.25 * step * there))
        cost = reach * (visits + tiles) + sorting
        if cost < cheapest:
            best, cheapest = bands, cost
    return best


def banded_rows(left: Hashes, right: Hashes | None, radius: int) -> Iterator[Rows]:
    """Yield pairs of left and right (None: of left with itself, each once), band by band."""
    left = _permuted(left)
    join, right = right is None, left if right is None else _permuted(right)
    bands = plan(left, right, radius)
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
                band: Band = band,
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


def _permuted(hashes: Hashes) -> Hashes:
    """Return hashes with their bits mixed."""
    places = PLACES.reshape(8, 8)
    values = np.arange(256, dtype=np.uint64)
    table = np.zeros((8, 256), np.uint64)
    for bit in range(8):
        table |= (values >> np.uint64(bit) & np.uint64(1))[None, :] << places[:, bit, None]
    out = np.empty(len(hashes), np.uint64)
    _join.permute(np.array(hashes), table, out)  # a copy: a read-only array would be compiled for again
    return out


class _Buckets(NamedTuple):
    """Hashes sorted by a band, padded for whole vectors; `ids` are their old indices."""

    hashes: Hashes
    ids: Ints
    starts: Ints

    @classmethod
    def of(cls, hashes: Hashes, band: Band) -> "_Buckets":
        padded = np.zeros(len(hashes) + _join.LANES, np.uint64)
        ids, starts = np.empty(len(hashes), np.int64), np.empty((1 << band.bits) + 1, np.int64)
        _join.bucket_sort(hashes, band.shift, band.bits, padded, ids, starts)
        return cls(padded, ids, starts)


class Groups(NamedTuple):
    """Equal hashes as one: value g is that of items[starts[g]] … items[starts[g] + counts[g] - 1]."""

    values: Hashes
    items: Ints
    starts: Ints
    counts: Ints

    @classmethod
    def of(cls, hashes: Hashes) -> "Groups":
        """Sort hashes into groups; the items of a group stay in their order."""
        items = np.argsort(hashes, kind="stable")
        ordered = hashes[items]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
        return cls(ordered[starts], items, starts, np.diff(np.append(starts, len(ordered))))

    def near(self, radius: int) -> Iterator[Rows]:
        """Yield pairs of groups; a group of several items is a pair with itself, at distance 0."""
        many = np.flatnonzero(self.counts > 1)
        equal = many, many, np.zeros(len(many), np.uint8)
        return chain([equal], banded_rows(self.values, None, radius))

    def whole(self, radius: int) -> Rows:
        """Return all pairs of items, sorted by (i, j)."""
        u, v, distance = joined(self.near(radius))
        counts = self.counts[u] * np.where(u == v, self.counts[v] - 1, 2 * self.counts[v]) // 2
        total = int(counts.sum())
        out = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.uint8)
        _join.multiply(u, v, distance, *self[1:], np.zeros(2, np.int64), 0, *out)
        return in_order(out, len(self.items), len(self.items))

    def stream(self, radius: int, most: int) -> Iterator[Rows]:
        """Yield all pairs of items, `most` rows at a time."""
        room, filled = min(most, 16 * ROOM), 0
        out = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
        for u, v, distance in self.near(radius):
            state = np.zeros(2, np.int64)
            while True:
                filled = _join.multiply(u, v, distance, *self[1:], state, filled, *out)
                if filled < room:
                    break
                yield out
                out, filled = (
                    (np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)),
                    0,
                )
        if filled:
            yield out[0][:filled].copy(), out[1][:filled].copy(), out[2][:filled].copy()


def joined(found: Iterator[Rows]) -> Rows:
    """Return all rows as one."""
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)), *found]
    i, j, distance = zip(*parts, strict=True)
    return np.concatenate(i), np.concatenate(j), np.concatenate(distance)


def in_order(rows: Rows, n_i: int, n_j: int) -> Rows:
    """Sort rows by (i, j): by counting, in two stable passes, tens of millions of rows in a second or two."""
    i, j, distance = rows
    if len(i) * 8 < n_i + n_j:
        order = np.lexsort((j, i))
        return i[order], j[order], distance[order]
    i_out, j_out, distance_out = np.empty_like(i), np.empty_like(j), np.empty_like(distance)
    _join.stable_order(j, i, distance, n_j, j_out, i_out, distance_out)
    _join.stable_order(i_out, j_out, distance_out, n_i, i, j, distance)
    return i, j, distance
