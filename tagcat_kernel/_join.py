"""The compiled inner loops of the radius join; only `_bands` uses them, and only for large work.

`scan` compares buckets with buckets. Both sides are sorted by the bits of one band, so that a bucket is
a run of neighbouring hashes, and a tile (bucket of the left × bucket of the right) is a small dense
piece of work: for each hash of the left one loop over the right looks how near the nearest is. That loop
has no branch, so LLVM turns it into vector population counts (8 hashes an instruction where the processor
has them); only the few rows with a hit are read again to write the pairs down. Runs are rounded up to
whole vectors: what is read beyond a bucket is a hash of the next one, and is not written.

Everything here releases the GIL and is called from ordinary threads.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.extending import intrinsic

BLOCK = 2048
"""Hashes of the right that are read again and again before the next ones: 16 KiB stay in the first cache."""

PART = 64
"""Hashes of a block that are looked at together for what the block's nearest was."""

LANES = 8
"""Hashes in one vector. Arrays on the right are padded by this many, see `scan`."""


Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


def _population_count(_typing: Any, _value: Any) -> Any:
    """Give numba the number of ones of a uint64: LLVM's ctpop, one instruction on most processors."""

    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


ones: Any = intrinsic(_population_count)


@njit(nogil=True, cache=True)
def scan(  # noqa: PLR0912, PLR0915, PLR0917
    left: Hashes,
    left_id: Ints,
    right: Hashes,
    right_id: Ints,
    starts: Ints,
    shift: int,
    bits: int,
    masks: Hashes,
    radius: int,
    earlier: Ints,
    join: bool,
    hi: int,
    state: Ints,
    i: Ints,
    j: Ints,
    distance: Bytes,
) -> int:
    """Write pairs of near hashes into i, j, distance until they are full or `hi` is reached; return how many.

    Full means that a block may not fit any more: there must be room for more than one.

    `left` and `right` are sorted by the `bits` bits above `shift`; `starts` are the buckets of `right`.
    `masks` lead from a bucket to those whose band lies within the band's threshold. `earlier` holds
    (shift, bits, threshold) of the bands before this one: a pair that one of them finds is left to it.
    `join` says that both sides are the same, so that each pair is wanted once. `state` (position of the
    bucket on the left, mask, block, row) is where to go on; state[0] == hi says that all is done.
    """
    band = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    lift = np.uint64(shift)
    room, n = len(i), 0
    low, mask, block, row = state[0], state[1], state[2], state[3]
    while low < hi:
        key = (left[low] >> lift) & band
        high = low + 1
        while high < hi and (left[high] >> lift) & band == key:
            high += 1
        while mask < len(masks):
            other = key ^ masks[mask]
            first, last = starts[other], starts[other + np.uint64(1)]
            if first == last or (join and other < key):
                mask += 1
                continue
            while first + block < last:
                begin = first + block
                end = min(begin + BLOCK, last)
                tile = right[begin : begin + (end - begin + LANES - 1) // LANES * LANES]
                if row == 0:
                    row = low
                while row < high:
                    if join and end <= row + 1:  # the block lies before this row: met from the other end
                        row += 1
                        continue
                    value = left[row]
                    nearest = 64
                    for at in range(len(tile)):
                        nearest = min(nearest, ones(value ^ tile[at]))
                    if nearest <= radius:
                        if n + end - begin > room:
                            state[0], state[1], state[2], state[3] = low, mask, block, row
                            return n
                        for part in range(0, end - begin, PART):
                            some = tile[part : part + PART]
                            nearest = 64
                            for at in range(len(some)):
                                nearest = min(nearest, ones(value ^ some[at]))
                            if nearest > radius:
                                continue
                            for at in range(part, min(part + PART, end - begin)):
                                near = ones(value ^ tile[at])
                                if near > radius or (join and begin + at <= row):
                                    continue
                                fresh = True
                                for before in range(len(earlier)):
                                    bits_apart = (value ^ tile[at]) >> np.uint64(earlier[before, 0])
                                    bits_apart &= (np.uint64(1) << np.uint64(earlier[before, 1])) - np.uint64(
                                        1
                                    )
                                    if ones(bits_apart) <= earlier[before, 2]:
                                        fresh = False
                                        break
                                if fresh:
                                    i[n], j[n], distance[n] = left_id[row], right_id[begin + at], near
                                    n += 1
                    row += 1
                row = 0
                block += BLOCK
            block = 0
            mask += 1
        mask = 0
        low = high
    state[0] = hi
    return n


@njit(nogil=True, cache=True)
def bucket_sort(  # noqa: PLR0917
    hashes: Hashes, shift: int, bits: int, padded: Hashes, ids: Ints, starts: Ints
) -> None:
    """Sort hashes by a band into `padded`, their indices into `ids`; `starts` gets where buckets begin."""
    band = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    lift = np.uint64(shift)
    starts[:] = 0
    for at in range(len(hashes)):
        starts[((hashes[at] >> lift) & band) + np.uint64(1)] += 1
    for bucket in range(1, len(starts)):
        starts[bucket] += starts[bucket - 1]
    for at in range(len(hashes)):
        bucket = (hashes[at] >> lift) & band
        padded[starts[bucket]] = hashes[at]
        ids[starts[bucket]] = at
        starts[bucket] += 1
    # Each start has moved to its bucket's end: shift them back by one bucket.
    for bucket in range(len(starts) - 1, 0, -1):
        starts[bucket] = starts[bucket - 1]
    starts[0] = 0


@njit(nogil=True, cache=True)
def multiply(  # noqa: PLR0917
    u: Ints,
    v: Ints,
    near: Bytes,
    items: Ints,
    starts: Ints,
    counts: Ints,
    state: Ints,
    n: int,
    i: Ints,
    j: Ints,
    distance: Bytes,
) -> int:
    """Turn pairs of groups into pairs of their items from row n of i, j, distance on; return how many rows.

    Stops when the arrays are full; `state` (pair of groups, pair of items in it) is where to go on.
    """
    room = len(i)
    while state[0] < len(u):
        one, two = u[state[0]], v[state[0]]
        first, last = starts[two], starts[two] + counts[two]
        row = starts[one] + state[1] // counts[two]
        at = first + state[1] % counts[two]
        while row < starts[one] + counts[one]:
            if one == two and at <= row:
                at = row + 1  # a group with itself: each pair once
            while at < last:
                if n == room:
                    state[1] = (row - starts[one]) * counts[two] + at - first
                    return n
                a, b = items[row], items[at]
                i[n], j[n], distance[n] = min(a, b), max(a, b), near[state[0]]
                n += 1
                at += 1
            row += 1
            at = first
        state[0] += 1
        state[1] = 0
    return n


@njit(nogil=True, cache=True)
def stable_order(  # noqa: PLR0917
    keys: Ints, values: Ints, distance: Bytes, n: int, keys_out: Ints, values_out: Ints, distance_out: Bytes
) -> None:
    """Sort rows by `keys` (0 … n-1), rows of one key staying in their order."""
    starts = np.zeros(n + 1, np.int64)
    for at in range(len(keys)):
        starts[keys[at] + 1] += 1
    for at in range(n):
        starts[at + 1] += starts[at]
    for at in range(len(keys)):
        to = starts[keys[at]]
        starts[keys[at]] = to + 1
        keys_out[to], values_out[to], distance_out[to] = keys[at], values[at], distance[at]


@njit(nogil=True, cache=True)
def permute(hashes: Hashes, table: Hashes, out: Hashes) -> None:
    """Move the bits of each hash: table[byte, value] (8 × 256) is where the bits of one byte go."""
    for at in range(len(hashes)):
        value, moved = hashes[at], np.uint64(0)
        for byte in range(8):
            moved |= table[byte, (value >> np.uint64(8 * byte)) & np.uint64(255)]
        out[at] = moved
