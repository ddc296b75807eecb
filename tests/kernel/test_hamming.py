"""The join and the search against brute force: at every radius, for every way to cut bands."""

import multiprocessing
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any
from unittest import mock

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings

from tagcat_kernel import _bands, _join, _lookup, _scan, hamming
from tagcat_kernel.hamming import Pairs, equal_hashes, radius_join, radius_search

Hashes = npt.NDArray[np.uint64]
Rows = tuple[list[int], list[int], list[int]]
radii = st.integers(0, 64)


def rows(found: Pairs) -> Rows:
    assert (found.i.dtype, found.j.dtype, found.distance.dtype) == (np.int64, np.int64, np.uint8)
    return found.i.tolist(), found.j.tolist(), found.distance.tolist()


def brute(left: Hashes, right: Hashes, radius: int, *, join: bool = False) -> Rows:
    """Compare everything with everything."""
    distance = np.bitwise_count(left[:, None] ^ right[None, :])
    near = distance <= radius
    i, j = np.nonzero(np.triu(near, 1) if join else near)
    return i.tolist(), j.tolist(), distance[i, j].tolist()


@contextmanager
def compiled(bands: int | None = None, widest: int = 9) -> Iterator[None]:
    """Force the compiled path on small work, with a number of bands and narrow buckets."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(hamming, "NUMPY_WORK", -1))
        stack.enter_context(mock.patch.object(_bands, "WIDEST", widest))
        if bands is not None:
            cut = mock.patch.object(_scan, "plan", lambda _left, _right, radius: _bands.cut(bands, radius))
            stack.enter_context(cut)
        yield


@st.composite
def collections(draw: st.DrawFn, size: int = 90) -> Hashes:
    """Hashes whose pairs lie at all distances: strangers, near copies, equal groups, and all of one."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(0, size))
    seeds = rng.integers(0, 2**64, max(1, draw(st.integers(1, max(1, n)))), dtype=np.uint64)
    out = seeds[rng.integers(0, len(seeds), n)]
    for _ in range(draw(st.sampled_from([0, 1, 4, 12, 30]))):
        changed = rng.random(n) < 0.6
        out[changed] ^= np.uint64(1) << rng.integers(0, 64, np.count_nonzero(changed), dtype=np.uint64)
    return out


@st.composite
def hostile(draw: st.DrawFn, bands: int, radius: int) -> Hashes:
    """Pairs at exactly the radius and one beyond, all differences in one band or spread over all of them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cut = _bands.cut(bands, radius)
    back = np.argsort(_bands.PLACES)  # from a bit after mixing to the bit before it
    out = [int(rng.integers(0, 2**64, dtype=np.uint64)) for _ in range(4)]
    for base in out[:4]:
        for distance in (max(0, radius - 1), radius, min(64, radius + 1)):
            first = cut[draw(st.integers(0, len(cut) - 1))]
            inside = list(range(first.shift, first.shift + max(first.bits, 1)))
            if draw(st.booleans()):  # one band takes as many as it has bits for
                order = rng.permutation(inside).tolist()
                order += [bit for bit in rng.permutation(64).tolist() if bit not in inside]
            else:  # the bands take one in turn
                wide = 64 // bands
                order = sorted(rng.permutation(64).tolist(), key=lambda bit: (bit % wide, bit // wide))
            flips = sum(1 << int(back[bit]) for bit in order[:distance])
            out.append(base ^ flips)
    return np.array(rng.permutation(np.array(out, np.uint64)), np.uint64)


@given(st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**64 - 1]), max_size=20), radii)
@settings(max_examples=500, deadline=None)
@example([], 8)
@example([5], 64)
@example([7] * 9, 0)
def test_join_in_numpy_is_brute_force(values: list[int], radius: int) -> None:
    hashes = np.array(values, np.uint64)
    assert rows(radius_join(hashes, radius)) == brute(hashes, hashes, radius, join=True)


@given(collections(), radii, st.one_of(st.none(), st.integers(1, 16)), st.sampled_from([3, 9, 12]))
@settings(max_examples=400, deadline=None)
def test_compiled_join_is_brute_force(hashes: Hashes, radius: int, bands: int | None, widest: int) -> None:
    with compiled(bands, widest):
        assert rows(radius_join(hashes, radius)) == brute(hashes, hashes, radius, join=True)


@given(st.integers(2, 16), radii, st.data())
@settings(max_examples=200, deadline=None)
def test_no_pair_hides_between_the_bands(bands: int, radius: int, data: st.DataObject) -> None:
    hashes = data.draw(hostile(bands, radius))
    with compiled(bands):
        assert rows(radius_join(hashes, radius)) == brute(hashes, hashes, radius, join=True)


@pytest.mark.soak
@given(collections(), radii, st.one_of(st.none(), st.integers(1, 16)), st.sampled_from([3, 9, 12]))
@settings(max_examples=3000, deadline=None)
def test_compiled_join_is_brute_force_many_times(
    hashes: Hashes, radius: int, bands: int | None, widest: int
) -> None:
    test_compiled_join_is_brute_force.hypothesis.inner_test(hashes, radius, bands, widest)  # type: ignore[attr-defined]


@pytest.mark.soak
@given(st.integers(2, 16), radii, st.data())
@settings(max_examples=1500, deadline=None)
def test_no_pair_hides_between_the_bands_many_times(bands: int, radius: int, data: st.DataObject) -> None:
    test_no_pair_hides_between_the_bands.hypothesis.inner_test(bands, radius, data)  # type: ignore[attr-defined]


def ways_to_search(bands: int, radius: int) -> Iterator[None]:
    """Force each way a search may go: as planned, in a table of queries, with both sides sorted, in tiles."""
    with compiled(bands):
        yield
        cut = _bands.cut(bands, radius)
        for plan in ((cut, 0.0), (cut, float("inf")), ([], 0.0)):
            with mock.patch.object(_lookup, "plan", lambda *_, plan=plan: plan):
                yield


@given(collections(40), collections(), radii, st.integers(1, 16), st.booleans())
@settings(max_examples=250, deadline=None)
def test_search_is_brute_force(
    queries: Hashes, hashes: Hashes, radius: int, bands: int, related: bool
) -> None:
    if related:
        queries = np.concatenate([queries, hashes[::3] ^ np.uint64(5)])
    expected = brute(queries, hashes, radius)
    assert rows(radius_search(queries, hashes, radius)) == expected
    for _ in ways_to_search(bands, radius):
        assert rows(radius_search(queries, hashes, radius)) == expected


@given(st.integers(2, 16), radii, st.data())
@settings(max_examples=150, deadline=None)
def test_no_answer_hides_between_the_bands(bands: int, radius: int, data: st.DataObject) -> None:
    hashes = data.draw(hostile(bands, radius))
    expected = brute(hashes[:9], hashes, radius)
    for _ in ways_to_search(bands, radius):
        assert rows(radius_search(hashes[:9], hashes, radius)) == expected


def test_a_table_of_lists_longer_than_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many queries in one bucket, pieces of few hashes, and arrays that one list fills."""
    monkeypatch.setattr(_lookup, "PIECE", 300)
    rng = np.random.default_rng(9)
    hashes = rng.integers(0, 1 << 12, 2000, dtype=np.uint64)  # 52 bits are always 0
    queries = rng.integers(0, 1 << 12, 700, dtype=np.uint64)
    expected = brute(queries, hashes, 4)
    for _ in ways_to_search(3, 4):
        assert rows(radius_search(queries, hashes, 4)) == expected
    assert len(expected[0]) > 4 * 2000


def test_a_large_search_goes_the_way_that_was_planned() -> None:
    rng = np.random.default_rng(10)
    hashes = rng.integers(0, 2**64, 300_000, dtype=np.uint64)
    queries = hashes[rng.permutation(len(hashes))[:1000]] ^ np.uint64(0b1011)
    for radius in (3, 8, 14):
        found = radius_search(queries, hashes, radius)
        key = found.i * len(hashes) + found.j
        assert np.all(np.diff(key) > 0)
        assert np.all(np.bitwise_count(queries[found.i] ^ hashes[found.j]) == found.distance)
        for at in range(0, len(queries), 50):
            near = np.flatnonzero(np.bitwise_count(hashes ^ queries[at]) <= radius)
            assert found.j[found.i == at].tolist() == near.tolist()


@given(collections())
@settings(max_examples=300, deadline=None)
def test_equal_hashes_are_groups(hashes: Hashes) -> None:
    groups = equal_hashes(hashes)
    assert groups.values.tolist() == sorted(set(hashes.tolist()))
    assert len(groups) == len(groups.values)
    for group, value in enumerate(groups.values):
        assert groups.members(group).tolist() == np.flatnonzero(hashes == value).tolist()
    assert len(groups.items) == len(hashes)


@given(collections(), st.integers(0, 16), st.integers(1, 6))
@settings(max_examples=200, deadline=None)
def test_the_join_of_groups_multiplies_to_the_join_of_items(hashes: Hashes, radius: int, bands: int) -> None:
    groups = equal_hashes(hashes)
    with compiled(bands):
        near = radius_join(groups.values, radius)
    pairs = [
        (min(a, b), max(a, b), distance)
        for u, v, distance in zip(*rows(near), strict=True)
        for a in groups.members(u).tolist()
        for b in groups.members(v).tolist()
    ]
    pairs += [
        (a, b, 0)
        for group in range(len(groups))
        for at, a in enumerate(groups.members(group).tolist())
        for b in groups.members(group)[at + 1 :].tolist()
    ]
    assert sorted(pairs) == list(zip(*brute(hashes, hashes, radius, join=True), strict=True))


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


@given(hashes=collections(), radius=radii, bands=st.integers(1, 6), room=st.integers(200, 400))
@settings(max_examples=200, deadline=None)
def test_an_executor_gives_the_same(hashes: Hashes, radius: int, bands: int, room: int) -> None:
    """Threads stand for workers here: all share what they know, and each may forget it for another join."""
    with compiled(bands), mock.patch.object(_scan, "ROOM", room), ThreadPoolExecutor(2) as executor:
        mine = [rows(piece) for piece in radius_join(hashes, radius, chunks=50)]
        theirs = [rows(piece) for piece in radius_join(hashes, radius, chunks=50, executor=executor)]
        assert theirs == mine
        whole = rows(radius_join(hashes, radius, executor=executor))
    assert whole == brute(hashes, hashes, radius, join=True)


def test_processes_give_the_same_and_may_forget(processes: Executor) -> None:
    rng = np.random.default_rng(11)
    hashes = rng.integers(0, 2**64, 6000, dtype=np.uint64)
    hashes[3000:] = hashes[:3000] ^ np.uint64(0b101)
    hashes[::50] = hashes[0]
    other = rng.integers(0, 2**64, 300, dtype=np.uint64)
    with compiled(3, widest=8), mock.patch.object(_scan, "ROOM", 3 * _join.BLOCK):
        mine = [rows(piece) for piece in radius_join(hashes, 6, chunks=400)]
        stream = radius_join(hashes, 6, chunks=400, executor=processes)
        theirs = [rows(next(stream))]
        for _ in range(3):  # the workers turn to another join in the middle of this one
            assert len(radius_join(other, 2, executor=processes)) == 0
            theirs.append(rows(next(stream)))
        theirs += [rows(piece) for piece in stream]
    assert theirs == mine
    assert len(mine) > 20


def test_a_dask_cluster_gives_the_same(dask: Any) -> None:
    rng = np.random.default_rng(12)
    hashes = rng.integers(0, 2**64, 12_000, dtype=np.uint64)
    hashes[6000:] = hashes[:6000] ^ np.uint64(0b101)
    hashes[::50] = hashes[0]
    mine = radius_join(hashes, 8)
    assert len(mine) > 6000
    assert rows(radius_join(hashes, 8, executor=dask.get_executor())) == rows(mine)


def test_an_executor_is_not_asked_for_more_than_a_stream_reads() -> None:
    """A reader that stops early leaves no task behind, and no more ranges than promised were begun."""
    submitted: list[object] = []

    class Watched(ThreadPoolExecutor):
        def submit(self, *work: Any, **named: Any) -> Any:
            submitted.append(super().submit(*work, **named))
            return submitted[-1]

    hashes = np.repeat(np.arange(3000, dtype=np.uint64), 2)
    with compiled(2), mock.patch.object(_scan, "ROOM", 3 * _join.BLOCK), Watched(1) as executor:
        stream = radius_join(hashes, 10, chunks=1000, executor=executor)
        for _ in range(4):
            next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert len(submitted) <= _scan.RANGES + 1


@given(collections(), radii, st.integers(1, 700), st.booleans())
@settings(max_examples=400, deadline=None)
def test_chunks_are_the_whole(hashes: Hashes, radius: int, chunks: int, in_numpy: bool) -> None:
    def pieces() -> list[Rows]:
        if in_numpy:
            return [rows(piece) for piece in radius_join(hashes, radius, chunks=chunks)]
        with compiled():
            return [rows(piece) for piece in radius_join(hashes, radius, chunks=chunks)]

    found = pieces()
    assert all(1 <= len(i) <= chunks for i, _, _ in found)
    together = sorted(row for piece in found for row in zip(*piece, strict=True))
    assert together == list(zip(*brute(hashes, hashes, radius, join=True), strict=True))
    assert pieces() == found  # the same order again, however the threads ran


@pytest.mark.parametrize(
    "numbers", [(1, 2, 5, 16), pytest.param(range(1, 17), marks=pytest.mark.soak)], ids=["some", "all"]
)
def test_every_radius_and_number_of_bands(numbers: Iterable[int]) -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 2**64, 60, dtype=np.uint64)
    for flips in range(1, 61):  # at distance 1 … 60 from the first
        mask = sum(1 << int(bit) for bit in rng.permutation(64)[:flips])
        hashes[flips - 1] = np.uint64(0x2B69707551F1B87A ^ mask)
    for radius in range(65):
        expected = brute(hashes, hashes, radius, join=True)
        for bands in numbers:
            with compiled(bands):
                assert rows(radius_join(hashes, radius)) == expected


def test_the_pigeonhole_of_every_cut() -> None:
    for radius in range(65):
        for count in range(2, 17):
            bands = _bands.cut(count, radius)
            assert sum(band.threshold + 1 for band in bands) == radius + 1
            ends = [(band.shift, band.shift + band.bits) for band in bands]
            assert all(end <= start for (_, end), (start, _) in pairwise(ends))
            assert all(0 < band.bits <= _bands.WIDEST for band in bands)
            assert ends[-1][1] <= 64
    for band in (_bands.Band(0, 8, 0), _bands.Band(3, 10, 3), _bands.Band(0, 5, 9)):
        masks = band.masks()
        assert len(masks) == len(set(masks.tolist())) == band.reach
        assert all(mask < 1 << band.bits and int(mask).bit_count() <= band.threshold for mask in masks)


@pytest.mark.parametrize("bands", [1, 3])
def test_tiles_wider_than_a_block_and_buffers_that_fill(bands: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets of thousands, and a buffer so small that every range stops and goes on many times."""
    monkeypatch.setattr(_scan, "ROOM", _join.BLOCK + _join.LANES)
    rng = np.random.default_rng(5)
    hashes = rng.integers(0, 1 << 20, 3 * _join.BLOCK + 77, dtype=np.uint64)  # 44 bits are always 0
    with compiled(bands, widest=6):
        found = rows(radius_join(hashes, 4))
        asked = rows(radius_search(hashes[:500], hashes, 5))
    assert found == brute(hashes, hashes, 4, join=True)
    assert len(found[0]) > 16 * _scan.ROOM
    assert asked == brute(hashes[:500], hashes, 5)


def test_100_000_hashes_with_heavy_equal_groups() -> None:
    rng = np.random.default_rng(6)
    hashes = rng.integers(0, 2**64, 100_000, dtype=np.uint64)
    hashes[:2000] = hashes[0]
    hashes[2000:3000] = hashes[0] ^ np.uint64(0b111)
    hashes[50_000:60_000] = hashes[3000:13_000] ^ np.uint64(1 << 40 | 1 << 3)
    order = rng.permutation(len(hashes))
    hashes = hashes[order]
    found = radius_join(hashes, 8)
    key = found.i * len(hashes) + found.j
    assert np.all(np.diff(key) > 0)
    assert np.all(np.bitwise_count(hashes[found.i] ^ hashes[found.j]) == found.distance)
    counts = np.bincount(found.distance, minlength=9)
    assert counts[0] == 2000 * 1999 // 2 + 1000 * 999 // 2
    assert counts[3] >= 2000 * 1000
    assert counts[2] >= 10_000
    sample = rng.choice(len(hashes), 100, replace=False)
    for at in sample:
        near = np.flatnonzero(np.bitwise_count(hashes ^ hashes[at]) <= 8)
        mine = np.concatenate([found.j[found.i == at], found.i[found.j == at]])
        assert sorted([*mine.tolist(), int(at)]) == near.tolist()


def test_a_stream_never_holds_all_pairs() -> None:
    """60,000 equal hashes and as many of a neighbour are 7,200 million pairs: 122 GB, if they were held."""
    hashes = np.repeat(np.array([0x2B69707551F1B87A, 0x2B69707551F1B87B], np.uint64), 60_000)
    for warm in radius_join(hashes, 8, chunks=1000):  # compiled functions are no part of what is measured
        assert len(warm) == 1000
        break
    tracemalloc.start()
    try:
        stream = radius_join(hashes, 8, chunks=100_000)
        taken = [next(stream) for _ in range(5)]
        for _ in range(195):
            assert len(next(stream)) == 100_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6
    pairs = {pair for piece in taken for pair in zip(piece.i.tolist(), piece.j.tolist(), strict=True)}
    assert len(pairs) == 500_000


def test_calls_from_many_threads() -> None:
    rng = np.random.default_rng(7)
    hashes = rng.integers(0, 2**64, 12_000, dtype=np.uint64)
    hashes[6000:] = hashes[:6000] ^ np.uint64(0b10101)
    alone = rows(radius_join(hashes, 6))
    assert len(alone[0]) >= 6000
    with ThreadPoolExecutor(4) as pool:
        assert all(rows(found) == alone for found in pool.map(lambda _: radius_join(hashes, 6), range(8)))


def test_views_and_read_only_arrays_are_taken() -> None:
    hashes = np.arange(200, dtype=np.uint64)
    expected = brute(hashes[::3].copy(), hashes[::3].copy(), 3, join=True)
    view = hashes[::3]
    view.flags.writeable = False
    assert rows(radius_join(view, 3)) == expected
    with compiled():
        assert rows(radius_join(view, 3)) == expected
    assert np.array_equal(hashes, np.arange(200))


def test_small_work_loads_neither_numba_nor_scipy() -> None:
    code = (
        "import sys, numpy as np\n"
        "from tagcat_kernel.components import components\n"
        "from tagcat_kernel.hamming import radius_join\n"
        "found = radius_join(np.arange(5000, dtype=np.uint64), 1)\n"
        "components(5000, found.i, found.j)\n"
        "sys.exit(any(name in sys.modules for name in ('numba', 'scipy')))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("radius", [-1, 65])
def test_a_radius_outside_0_to_64_is_refused(radius: int) -> None:
    one = np.zeros(1, np.uint64)
    for call in (
        lambda: radius_join(one, radius),
        lambda: radius_join(one, radius, chunks=5),
        lambda: radius_search(one, one, radius),
    ):
        with pytest.raises(ValueError, match="0 to 64"):
            call()


def test_wrong_arguments_are_refused() -> None:
    one: Any = np.zeros(1, np.uint64)
    for wrong in (one.astype(np.int64), one.astype(float), [1, 2], one.astype(">u8")):
        with pytest.raises(TypeError, match="uint64"):
            radius_join(wrong, 8)
        with pytest.raises(TypeError, match="queries must be"):
            radius_search(wrong, one, 8)
        with pytest.raises(TypeError, match="hashes must be"):
            radius_search(one, wrong, 8)
    with pytest.raises(ValueError, match="one dimension"):
        radius_join(one.reshape(1, 1), 8)
    with pytest.raises(ValueError, match="at least 1"):
        radius_join(one, 8, chunks=0)
    bad: Any = 8.5
    with pytest.raises(TypeError):
        radius_join(one, bad)
    with pytest.raises(TypeError):
        radius_join(one, 8, chunks=bad)
