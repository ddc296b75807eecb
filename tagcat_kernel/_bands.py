"""Bands and buckets: which few of all pairs of hashes have to be compared.

Two hashes that differ in few bits can't differ much everywhere. So the 64 bits are cut into bands, and
each band gets a threshold such that a pair within the radius must be within the threshold of at least
one band (pigeonhole: the thresholds, each plus one, add up to the radius plus one). A band sorts the
hashes into buckets; only buckets whose numbers differ by at most the threshold are compared, in compiled
tiles (`_join`). A pair that several bands would find is written by the first of them alone (first
witness), so nothing has to be remembered to keep pairs unique, and they can be streamed.

How many bands pay is estimated from how the hashes at hand fill the buckets. With one band of no bits,
hence one bucket, the same tiles are the brute force: for few hashes, and for radii where bands find
nothing to leave out. This module loads numba; `hamming` imports it only for large work, as it does the
modules on top of it: `_scan` runs the bands, `_groups` multiplies equal hashes, `_lookup` answers few
queries.
"""

import os
from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tagcat_kernel import _join

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Rows = tuple[Ints, Ints, Bytes]

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
        return _few_ones(self.bits, min(self.threshold, self.bits))


@lru_cache(maxsize=64)
def _few_ones(bits: int, most: int) -> Hashes:
    level, found = {0}, [0]
    for _ in range(most):
        level = {mask | 1 << bit for mask in level for bit in range(bits) if not mask >> bit & 1}
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
    best, cheapest = cut(1, radius), 0.1 * len(left) * len(right)
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


def threads() -> int:
    """Return how many threads have a processor to run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def permuted(hashes: Hashes) -> Hashes:
    """Return hashes with their bits mixed."""
    places = PLACES.reshape(8, 8)
    values = np.arange(256, dtype=np.uint64)
    table = np.zeros((8, 256), np.uint64)
    for bit in range(8):
        table |= (values >> np.uint64(bit) & np.uint64(1))[None, :] << places[:, bit, None]
    out = np.empty(len(hashes), np.uint64)
    _join.permute(np.array(hashes), table, out)  # a copy: a read-only array would be compiled for again
    return out
