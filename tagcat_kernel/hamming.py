"""All pairs of hashes within a Hamming distance, exactly (first form: brute force in numpy)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of hashes: `i`, `j` (int64 indices) and `distance` (uint8 bits), three arrays of one length."""

    i: Ints
    j: Ints
    distance: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.i)


def radius_search(queries: Hashes, hashes: Hashes, radius: int) -> Pairs:
    """Return all (query, hash) within `radius`, sorted by (i, j)."""
    if not 0 <= radius <= 64:
        raise ValueError(f"radius must be 0 to 64 bits, not {radius}")
    rows = max(1, (1 << 20) // max(1, len(hashes)))
    found_i, found_j, found_d = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.uint8)]
    for start in range(0, len(queries), rows):
        distance = np.bitwise_count(queries[start : start + rows, None] ^ hashes[None, :])
        i, j = np.nonzero(distance <= radius)
        found_i.append(i + start)
        found_j.append(j)
        found_d.append(distance[i, j])
    return Pairs(np.concatenate(found_i), np.concatenate(found_j), np.concatenate(found_d))


def radius_join(hashes: Hashes, radius: int) -> Pairs:
    """Return all pairs i < j within `radius`, sorted by (i, j)."""
    found = radius_search(hashes, hashes, radius)
    kept = found.i < found.j
    return Pairs(found.i[kept], found.j[kept], found.distance[kept])


def expand(start_a: Ints, count_a: Ints, start_b: Ints, count_b: Ints) -> tuple[Ints, Ints, Ints]:
    """Return every pair of two runs of positions, for many such runs at once, and the row each came from.

    Examples
    --------
    >>> a, b, row = expand(np.array([0, 5]), np.array([2, 1]), np.array([7, 9]), np.array([1, 2]))
    >>> a.tolist(), b.tolist(), row.tolist()
    ([0, 1, 5, 5], [7, 7, 9, 10], [0, 0, 1, 1])
    """
    sizes = count_a * count_b
    row = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return start_a[row] + at // count_b[row], start_b[row] + at % count_b[row], row


def components(n: int, i: Ints, j: Ints) -> Ints:
    """Return the label of the connected component of each of `n` items joined by pairs (i, j)."""
    labels = np.arange(n)
    while True:
        one, two = labels[i], labels[j]
        if np.array_equal(one, two):
            return np.unique(labels, return_inverse=True)[1].astype(np.int64)
        low = np.minimum(one, two)
        # Hook the larger root under the smaller, then let everything point straight at its root.
        np.minimum.at(labels, np.maximum(one, two), low)
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]
