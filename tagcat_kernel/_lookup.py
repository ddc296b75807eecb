"""Few queries against many hashes: a table says which queries a hash could answer, so none needs sorting.

The join sorts both sides by every band (`_bands`), which costs more than comparing a thousand new
hashes with ten million old ones does. Here only the queries are spread: for each band, every bucket
within the band's threshold of a query gets that query on its list (multi-index hashing, Norouzi,
Punjani and Fleet 2012, turned round: there each query visits the buckets of the many). The many are
then read once, in their order, in pieces that threads share: a hash looks up its bucket of each band,
compares with the queries on the list, and leaves a pair that an earlier band finds to that band.

`plan` tells from a sample how long the lists will be, and so when this pays: else everything is compared
with everything, or, where the queries are many too, both sides are sorted (`_scan`).
"""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tagcat_kernel._bands import Band, Hashes, Ints, Rows, cut, permuted, threads
from tagcat_kernel._groups import by_second, joined
from tagcat_kernel._join import ones
from tagcat_kernel._scan import search_rows

PIECE = 1 << 18
"""Hashes that one call reads: 2 MiB, copied with their bits mixed."""

MOST_ENTRIES = 1 << 25
"""Entries of all lists (4 bytes each) beyond which a table is no longer small beside the hashes."""


BLOCK = 2048
"""Hashes that are asked whether any list is theirs before the lists are read."""


class Table(NamedTuple):
    """Lists of queries: bucket k of all has ids[starts[k]] … ids[starts[k + 1] - 1].

    The buckets of band b begin at `buckets[b]`. Bit k of `filled` says whether bucket k has a list, so that
    most hashes cost one look at a small table.
    """

    bands: Ints
    buckets: Ints
    filled: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int32]
    ids: npt.NDArray[np.int32]
    queries: Hashes

    @classmethod
    def of(cls, queries: Hashes, bands: list[Band]) -> "Table":
        """Spread queries, their bits mixed, over the buckets around them."""
        buckets = np.cumsum([0, *(1 << band.bits for band in bands)], dtype=np.int64)
        starts = np.zeros(buckets[-1] + 1, np.int32)
        ids = np.empty(entries(bands, len(queries)), np.int32)
        end = 0
        for band, low, high in zip(bands, buckets[:-1], buckets[1:], strict=True):
            end = _spread(queries, band.shift, band.bits, band.masks(), end, starts[low:high], ids)
        starts[-1] = end
        filled = np.packbits(starts[1:] > starts[:-1], bitorder="little")
        return cls(np.array(bands, np.int64), buckets[:-1], filled, starts, ids, queries)


def entries(bands: list[Band], queries: int) -> int:
    """Return how many entries the lists have together."""
    return queries * sum(band.reach for band in bands)


def plan(queries: Hashes, sample: Hashes, hashes: int, radius: int) -> tuple[list[Band], float]:
    """Return the bands whose table should cost least for so many hashes, and that cost in nanoseconds.

    Both the queries and the `sample` of the hashes come with their bits mixed. No bands: brute force.
    """
    some, few = queries[:: 1 + len(queries) // 1000], sample[:: 1 + len(sample) // 500]
    apart = some[:, None] ^ few[None, :]
    pairs = float(np.mean(np.bitwise_count(apart) <= radius)) * len(queries) * hashes
    # Brute force reads a stretch of hashes again for each pair that it finds there.
    best, cheapest = [], 0.08 * len(queries) * hashes + 150.0 * pairs
    for count in range(2, min(radius + 1, 8) + 1):
        bands = cut(count, radius)
        if entries(bands, len(queries)) > MOST_ENTRIES:
            continue
        # Nanoseconds, measured: an entry, a bucket; a hash whose bits are mixed; each asked for a list; a
        # list visited, by how well the buckets fit the caches; a query compared.
        cost = 6.0 * entries(bands, len(queries)) + sum(2.0 * (1 << band.bits) for band in bands)
        cost += hashes * (8.0 + 2.0 * len(bands)) + 5.0 * len(bands) * pairs  # like hashes meet in every band
        for band in bands:
            mask = np.uint64((1 << band.bits) - 1)
            part = apart >> np.uint64(band.shift) & mask
            listed = np.mean(np.bitwise_count(part) <= band.threshold, axis=0) * len(queries)
            visit = 12.0 + 5.0 * max(0, band.bits - 16)
            cost += hashes * float(np.mean(visit * -np.expm1(-listed) + 2.0 * listed))
        if cost < cheapest:
            best, cheapest = bands, cost
    return best, cheapest


def rows(queries: Hashes, hashes: Hashes, radius: int) -> Iterator[Rows]:
    """Yield pairs of a query and a hash in the way that should cost least."""
    if not len(queries) or not len(hashes):
        return iter(())
    mixed = permuted(queries)
    bands, cost = plan(mixed, permuted(hashes[:: 1 + len(hashes) // 500]), len(hashes), radius)
    # To sort the many by two bands costs more than this, whatever it saves then.
    if cost > 120.0 * len(hashes):
        return search_rows(queries, hashes, radius)
    if not bands:
        return search_rows(queries, hashes, radius, cut(1, radius))
    return table_rows(Table.of(mixed, bands), hashes, radius)


def table_rows(table: Table, hashes: Hashes, radius: int) -> Iterator[Rows]:
    """Yield pairs of a query and a hash, piece by piece of the hashes, j never falling."""
    queries = table.queries
    room = max(PIECE, len(queries))  # no list is longer
    kept = threading.local()  # a thread's own arrays: new memory costs more than a search that finds little

    def look(low: int) -> Rows:
        piece, found, state = permuted(hashes[low : low + PIECE]), [], np.zeros(3, np.int64)
        if not hasattr(kept, "rows"):
            kept.rows = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
        own = kept.rows
        while state[0] < len(piece):
            n = _look(piece, *table, radius, state, *own)
            found.append((own[0][:n].copy(), own[1][:n].copy(), own[2][:n].copy()))
        i, j, distance = by_second(joined(iter(found)), len(piece))
        j += low
        return i, j, distance

    workers = threads()
    with ThreadPoolExecutor(workers, thread_name_prefix="radius-search") as pool:
        ahead: deque[Any] = deque()
        for low in range(0, len(hashes), PIECE):
            ahead.append(pool.submit(look, low))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


@njit(nogil=True, cache=True)
def _spread(  # noqa: PLR0917
    queries: Hashes,
    shift: int,
    bits: int,
    masks: Hashes,
    filled: int,
    starts: npt.NDArray[np.int32],
    ids: npt.NDArray[np.int32],
) -> int:
    """Write the lists of one band into ids from `filled` on, where they begin into starts; return the end."""
    band = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    lift = np.uint64(shift)
    for query in queries:
        key = query >> lift & band
        for mask in masks:
            starts[key ^ mask] += 1
    for bucket in range(len(starts)):  # each becomes the end of its list …
        filled += starts[bucket]
        starts[bucket] = filled
    for at in range(len(queries) - 1, -1, -1):  # … and moves down to its beginning
        key = queries[at] >> lift & band
        for mask in masks:
            starts[key ^ mask] -= 1
            ids[starts[key ^ mask]] = at
    return filled


@njit(nogil=True, cache=True)
def _look(  # noqa: PLR0917
    hashes: Hashes,
    bands: Ints,
    buckets: Ints,
    filled: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int32],
    ids: npt.NDArray[np.int32],
    queries: Hashes,
    radius: int,
    state: Ints,
    i: Ints,
    j: Ints,
    distance: npt.NDArray[np.uint8],
) -> int:
    """Write pairs of a query and a hash until i, j, distance may not hold another list; return how many.

    `state` (first row of a block, band, place among those with a list) is where to go on; state[0] ==
    len(hashes) says that all is done.
    """
    n, low, number, place = 0, state[0], state[1], state[2]
    listed = np.empty(BLOCK, np.int64)
    while low < len(hashes):
        high = min(low + BLOCK, len(hashes))
        while number < len(bands):
            band = (np.uint64(1) << np.uint64(bands[number, 1])) - np.uint64(1)
            lift, first = np.uint64(bands[number, 0]), buckets[number]
            # Most buckets are empty in a good plan: who has a list is asked first, without a branch.
            count = 0
            for row in range(low, high):
                bucket = first + np.int64(hashes[row] >> lift & band)
                listed[count] = row
                count += filled[bucket >> 3] >> (bucket & 7) & 1
            while place < count:
                row = listed[place]
                value = hashes[row]
                bucket = first + np.int64(value >> lift & band)
                if n + starts[bucket + 1] - starts[bucket] > len(i):
                    state[0], state[1], state[2] = low, number, place
                    return n
                for at in range(starts[bucket], starts[bucket + 1]):
                    apart = value ^ queries[ids[at]]
                    near = ones(apart)
                    if near > radius:
                        continue
                    fresh = True
                    for before in range(number):
                        part = apart >> np.uint64(bands[before, 0])
                        part &= (np.uint64(1) << np.uint64(bands[before, 1])) - np.uint64(1)
                        if ones(part) <= bands[before, 2]:
                            fresh = False
                            break
                    if fresh:
                        i[n], j[n], distance[n] = ids[at], row, near
                        n += 1
                place += 1
            place = 0
            number += 1
        number = 0
        low = high
    state[0] = low
    return n
