"""Equal hashes joined once: pairs of groups become pairs of items at the end, a few at a time.

Thirty thousand black-bordered frames have one hash: it is compared once, and only the last step
multiplies, in a compiled loop that stops whenever the caller's piece is full.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import chain
from typing import NamedTuple

import numpy as np

from tagcat_kernel import _join
from tagcat_kernel._bands import Hashes, Ints, Rows
from tagcat_kernel._scan import ROOM, join_rows


class Groups(NamedTuple):
    """Value g is the hash of items[starts[g]] … items[starts[g] + counts[g] - 1]."""

    values: Hashes
    items: Ints
    starts: Ints
    counts: Ints

    def near(self, radius: int, executor: Executor | None) -> Iterator[Rows]:
        """Yield pairs of groups; a group of several items is a pair with itself, at distance 0."""
        many = np.flatnonzero(self.counts > 1)
        equal = many, many, np.zeros(len(many), np.uint8)
        return chain([equal], join_rows(self.values, radius, executor))

    def whole(self, radius: int, executor: Executor | None) -> Rows:
        """Return all pairs of items, sorted by (i, j)."""
        u, v, distance = joined(self.near(radius, executor))
        counts = self.counts[u] * np.where(u == v, self.counts[v] - 1, 2 * self.counts[v]) // 2
        total = int(counts.sum())
        out = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.uint8)
        _join.multiply(u, v, distance, *self[1:], np.zeros(2, np.int64), 0, *out)
        return in_order(out, len(self.items), len(self.items))

    def stream(self, radius: int, most: int, executor: Executor | None) -> Iterator[Rows]:
        """Yield all pairs of items, `most` rows at a time."""
        room, filled = min(most, 16 * ROOM), 0
        out = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
        for u, v, distance in self.near(radius, executor):
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
    parts = list(found)
    if len(parts) == 1:
        return parts[0]
    parts.append((np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)))
    i, j, distance = zip(*parts, strict=True)
    return np.concatenate(i), np.concatenate(j), np.concatenate(distance)


def in_order(rows: Rows, n_i: int, n_j: int) -> Rows:
    """Sort rows by (i, j): by counting, in two stable passes, tens of millions of rows in a second or two."""
    i, j, distance = rows
    if len(i) * 8 < n_i + n_j:
        order = np.lexsort((j, i))
        return i[order], j[order], distance[order]
    i, j, distance = by_second(rows, n_j)
    out = np.empty_like(i), np.empty_like(j), np.empty_like(distance)
    _join.stable_order(i, j, distance, n_i, *out)
    return out


def by_second(rows: Rows, n_j: int) -> Rows:
    """Sort rows by j, rows of one j staying in their order; at once where they are."""
    i, j, distance = rows
    if bool(np.all(j[1:] >= j[:-1])):
        return rows
    j_out, i_out, distance_out = np.empty_like(j), np.empty_like(i), np.empty_like(distance)
    _join.stable_order(j, i, distance, n_j, j_out, i_out, distance_out)
    return i_out, j_out, distance_out
