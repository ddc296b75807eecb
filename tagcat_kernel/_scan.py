"""The join, band by band: ranges of one band's buckets are scanned by threads, or anywhere else.

Both sides of a band are sorted into its buckets, the left is cut into ranges, and the compiled loop
(`_join.scan`) goes over them. A call stops when its arrays are full and says where, so what is found never
has to be held at once; ranges are taken up in turn and their pairs handed over in order, so that the
same input gives the same stream however many threads there are.

With an executor the ranges are tasks of a module-level function, wherever its workers are. Those of the
first band bring the hashes along, and a worker keeps them; later ones only name them. A worker that does
not know the name (it is new, or stands in for one that was killed) says so and gets the hashes again.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tagcat_kernel import _join
from tagcat_kernel._bands import Band, Hashes, Ints, Rows, permuted, plan, threads

ROOM = 1 << 18
"""Pairs that one call of the compiled loop may find before it hands them over."""

RANGES = 16
"""Pieces of a band that threads work on; a fixed number, so that chunks come in one order everywhere."""


class Buckets(NamedTuple):
    """Hashes sorted by a band, padded for whole vectors; `ids` are their old indices."""

    hashes: Hashes
    ids: Ints
    starts: Ints

    @classmethod
    def of(cls, hashes: Hashes, band: Band) -> "Buckets":
        """Sort hashes, their bits mixed."""
        padded = np.zeros(len(hashes) + _join.LANES, np.uint64)
        if not band.bits:  # brute force: one bucket, in any order
            padded[: len(hashes)] = hashes
            return cls(padded, np.arange(len(hashes)), np.array([0, len(hashes)]))
        ids, starts = np.empty(len(hashes), np.int64), np.empty((1 << band.bits) + 1, np.int64)
        _join.bucket_sort(hashes, band.shift, band.bits, padded, ids, starts)
        return cls(padded, ids, starts)


Scanned = tuple[Rows, Ints]
"""Pairs, and the state to go on with (see `_join.scan`; its last number is where the range ends)."""


class Pass(NamedTuple):
    """What every range of one band shares: bands up to this one, and how many pairs a call may find."""

    bands: list[Band]
    radius: int
    room: int


def join_rows(hashes: Hashes, radius: int, executor: Executor | None = None) -> Iterator[Rows]:
    """Yield pairs of hashes, each once, on threads of this process or on an executor."""
    hashes = permuted(hashes)
    bands = plan(hashes, hashes, radius)
    passes = [Pass(bands[: number + 1], radius, ROOM) for number in range(len(bands))]
    if executor is not None:
        name = hashlib.blake2b(hashes.tobytes(), digest_size=16).hexdigest()
        for number, band_pass in enumerate(passes):
            work = partial(_scan_elsewhere, band_pass, name)
            yield from _in_turn(executor, work, RANGES, hashes, bring=number == 0)
        return
    with ThreadPoolExecutor(threads(), thread_name_prefix="radius-join") as pool:
        for band_pass in passes:
            there = Buckets.of(hashes, band_pass.bands[-1])
            yield from _in_turn(pool, partial(_scan, band_pass, there, there, True), threads(), hashes)


def search_rows(left: Hashes, right: Hashes, radius: int, bands: list[Band] | None = None) -> Iterator[Rows]:
    """Yield pairs of left and right; `bands` None: as planned."""
    if bands is None or bands[0].bits:
        left, right = permuted(left), permuted(right)
    bands = bands or plan(left, right, radius)
    with ThreadPoolExecutor(threads(), thread_name_prefix="radius-search") as pool:
        for number, band in enumerate(bands):
            here, there = Buckets.of(left, band), Buckets.of(right, band)
            work = partial(_scan, Pass(bands[: number + 1], radius, ROOM), here, there, False)
            yield from _in_turn(pool, work, threads(), left)


def _in_turn(
    executor: Executor, work: Callable[..., Scanned | None], ahead: int, left: Hashes, *, bring: bool = False
) -> Iterator[Rows]:
    """Yield the pairs of all ranges of `left` in their order, `ahead` of them under way.

    `work` takes a state, and then the hashes: with the first call of each range if `bring`, and where it
    asked for them by giving None.
    """
    submit: Callable[..., Future[Scanned | None]] = partial(executor.submit, work)
    edges = np.linspace(0, len(left), RANGES + 1).astype(np.int64)
    waiting = deque(np.array([low, 0, 0, 0, high]) for low, high in pairwise(edges))
    under_way: deque[tuple[Ints, Future[Scanned | None]]] = deque()

    def start() -> None:
        if waiting:
            state = waiting.popleft()
            under_way.append((state, submit(state, left) if bring else submit(state)))

    try:
        for _ in range(ahead):
            start()
        while under_way:
            state, future = under_way.popleft()
            found = future.result()
            if found is None:
                under_way.appendleft((state, submit(state, left)))
                continue
            rows, state = found
            if state[0] < state[4]:
                under_way.appendleft((state, submit(state)))
            else:
                start()
            if len(rows[0]):
                yield rows
    finally:  # whoever reads a stream may leave it early
        for _, future in under_way:
            future.cancel()


def _scan(band_pass: Pass, here: Buckets, there: Buckets, join: bool, state: Ints) -> Scanned:
    """Scan one range of a band until `room` pairs are found or its end is reached."""
    (*bands, band), radius, room = band_pass
    earlier = np.array(bands, np.int64).reshape(len(bands), 3)
    i, j, distance = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
    state = np.array(state)
    n = _join.scan(
        here.hashes, here.ids, there.hashes, there.ids, there.starts, band.shift, band.bits,
        band.masks(), radius, earlier, join, state[4], state, i, j, distance,
    )  # fmt: skip
    return (i[:n].copy(), j[:n].copy(), distance[:n].copy()), state


_known: dict[str, tuple[Hashes, Band | None, Buckets | None]] = {}
"""In a worker: the hashes of the last join that it worked for, and how it sorted them last."""


def _scan_elsewhere(band_pass: Pass, name: str, state: Ints, hashes: Hashes | None = None) -> Scanned | None:
    """Scan one range with hashes known by name; None where they are not known and did not come along."""
    mixed, band, buckets = _known.get(name, (hashes, None, None))
    if mixed is None:
        return None
    if buckets is None or band != band_pass.bands[-1]:
        mixed = np.array(mixed)  # a copy: what was sent may be read-only, and would be compiled for again
        buckets = Buckets.of(mixed, band_pass.bands[-1])
        _known.clear()
        _known[name] = mixed, band_pass.bands[-1], buckets
    return _scan(band_pass, buckets, buckets, True, state)
