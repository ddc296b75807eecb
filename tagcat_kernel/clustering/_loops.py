"""The compiled loops that both kinds of clustering share: bits set together, projection, nearest mode.

None of them makes an N × 64 table. All release the GIL, are compiled on first use and kept on disk.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from tagcat_kernel.clustering.bits import Floats, Hashes, Ints

BLOCK = 1024
"""Rows that are compared with every mode before the next ones: they stay in the first cache."""


def jit(loop: Any) -> Any:
    """Compile a loop, kept on disk where there is a place to keep it."""
    try:
        return numba.njit(nogil=True, cache=True)(loop)
    except RuntimeError:  # a read-only installation without a home
        return numba.njit(nogil=True)(loop)


def _population_count(_typing: Any, _value: Any) -> Any:
    """Give numba the number of ones of a uint64: LLVM's ctpop, which it turns into vectors."""

    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


ones: Any = intrinsic(_population_count)
"""The number of ones of a uint64; for compiled code only."""


@jit
def _transpose(block: Any) -> None:
    """Transpose 64 words as a 64 × 64 matrix of bits, in place (Warren, Hacker's Delight, 7-3)."""
    half, mask = np.uint64(32), np.uint64(0x00000000FFFFFFFF)
    while half:
        row = np.uint64(0)
        while row < np.uint64(64):
            low, high = block[row], block[row + half]
            swapped = (low ^ (high >> half)) & mask
            block[row] = low ^ swapped
            block[row + half] = high ^ (swapped << half)
            row = (row + half + np.uint64(1)) & ~half
        half >>= np.uint64(1)
        mask ^= mask << half


@jit
def _bits_together(hashes: Any, together: Any) -> None:
    block = np.empty(64, np.uint64)
    for start in range(0, len(hashes), 64):
        block[:] = 0
        rows = min(64, len(hashes) - start)
        block[:rows] = hashes[start : start + rows]
        _transpose(block)
        for i in range(64):
            for j in range(i, 64):
                together[i, j] += ones(block[i] & block[j])


def bits_together(hashes: Hashes) -> Ints:
    """Return int64[64, 64]: in how many hashes bits i and j are both set (first bit highest)."""
    together = np.zeros((64, 64), np.int64)
    _bits_together(hashes, together)
    return np.triu(together) + np.triu(together, 1).T


@jit
def _project(hashes: Any, tables: Any, centre: Any, out: Any) -> None:
    for row in range(len(hashes)):
        for axis in range(out.shape[1]):
            total = -centre[axis]
            for byte in range(8):
                value = (hashes[row] >> np.uint64(56 - 8 * byte)) & np.uint64(255)
                total += tables[axis, byte, value]
            out[row, axis] = total


def project(hashes: Hashes, axes: Floats, centre: Floats) -> Floats:
    """Return bits @ axes - centre as float64[N, axes], by a table of 256 sums for each byte."""
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    tables = np.stack([patterns @ axes[8 * byte : 8 * byte + 8] for byte in range(8)])
    out = np.empty((len(hashes), axes.shape[1]))
    _project(hashes, np.ascontiguousarray(tables.transpose(2, 0, 1)), centre, out)
    return out


@jit
def write_nearest(values: Any, modes: Any, labels: Any, distance: Any) -> None:
    """Write the number of the nearest mode of each value, the first of equals, and its distance.

    Distance and number share one integer, so that one branchless minimum finds both. Four modes a turn
    keep the processor's units busy; after the last mode it is compared again, which changes nothing.
    """
    best, last = np.empty(BLOCK, np.int64), len(modes) - 1
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        found = best[: len(block)]
        found[:] = np.int64(65) << 32
        for a in range(0, len(modes), 4):
            b, c, d = min(a + 1, last), min(a + 2, last), min(a + 3, last)
            mode_a, mode_b, mode_c, mode_d = modes[a], modes[b], modes[c], modes[d]
            for row in range(len(block)):
                to_a, to_b = (ones(block[row] ^ mode_a) << 32) | a, (ones(block[row] ^ mode_b) << 32) | b
                to_c, to_d = (ones(block[row] ^ mode_c) << 32) | c, (ones(block[row] ^ mode_d) << 32) | d
                found[row] = min(found[row], to_a, to_b, to_c, to_d)
        for row in range(len(block)):
            labels[start + row] = found[row] & 0xFFFFFFFF
            distance[start + row] = found[row] >> 32


def nearest(values: Hashes, modes: Hashes) -> tuple[Ints, Ints]:
    """Return the number of the nearest mode of each value (the first of equals) and its distance."""
    labels, distance = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    write_nearest(values, modes, labels, distance)
    return labels, distance
