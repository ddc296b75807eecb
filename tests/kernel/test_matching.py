"""Pairs at a tried distance: filters, counts and groups against plain loops."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.edges import STAR, Items
from tagcat_kernel.groups import groups
from tagcat_kernel.matching import distance_counts, oriented_pairs, pairs, within
from tagcat_kernel.orientations import BACK
from tagcat_kernel.records import is_plain

# Few distinct hashes that lie close together, so that small lists hold many pairs.
NEAR = st.integers(0, 63).map(lambda bit: 0x00FF00FF00FF00FF ^ (1 << bit))
COLLECTIONS = st.lists(st.tuples(NEAR, st.sampled_from(["", "", "v", "w"])), max_size=30)


def items(rows: list[tuple[int, str]]) -> Items:
    keys = [f"u:{number:03d}" for number in range(len(rows))]
    return Items(keys, np.array([dhash for dhash, _ in rows], np.uint64), [owner for _, owner in rows])


def plain_loop(rows: list[tuple[int, str]], distance: int) -> set[tuple[str, str, int]]:
    found = set()
    for (i, (a, owner_a)), (j, (b, owner_b)) in combinations(enumerate(rows), 2):
        bits = (a ^ b).bit_count()
        if bits <= distance and (owner_a == "" or owner_a != owner_b) and not is_plain(a) and not is_plain(b):
            found.add((f"u:{i:03d}", f"u:{j:03d}", bits))
    return found


@given(COLLECTIONS, st.integers(0, 16))
def test_pairs_equal_the_plain_loop(rows: list[tuple[int, str]], distance: int) -> None:
    found = pairs(items(rows), distance)
    assert set(zip(found.a, found.b, found.distance.tolist(), strict=True)) == plain_loop(rows, distance)
    assert (np.diff(found.distance.astype(int)) >= 0).all(), "closest first"


@given(COLLECTIONS)
def test_a_smaller_distance_is_a_filter_and_counts_agree(rows: list[tuple[int, str]]) -> None:
    far = pairs(items(rows), 16)
    counts = distance_counts(far)
    for distance in range(17):
        near = pairs(items(rows), distance)
        assert near.a.tolist() == within(far, distance).a.tolist()
        assert len(near.a) == sum(counts[: distance + 1])


@given(COLLECTIONS)
def test_rejected_pairs_are_left_out(rows: list[tuple[int, str]]) -> None:
    everything = pairs(items(rows), 8)
    rejected = list(zip(everything.a, everything.b, strict=True))[::2]
    kept = pairs(items(rows), 8, rejected)
    expected = [pair for pair in zip(everything.a, everything.b, strict=True) if pair not in set(rejected)]
    assert list(zip(kept.a, kept.b, strict=True)) == expected


@given(COLLECTIONS)
def test_groups_are_the_connected_components(rows: list[tuple[int, str]]) -> None:
    found = pairs(items(rows), 2)
    parts: list[set[str]] = []
    for a, b in zip(found.a, found.b, strict=True):
        joined = {a, b}.union(*(part for part in parts if part & {a, b}))
        parts = [part for part in parts if not part & joined] + [joined]
    result = groups(found)
    seen = [set(result.keys[result.group == number]) for number in range(len(parts))]
    assert sorted(map(sorted, seen)) == sorted(map(sorted, parts))
    assert [len(part) for part in seen] == sorted((len(part) for part in parts), reverse=True)
    assert len(result.keys) == sum(map(len, parts))


@given(COLLECTIONS, st.integers(0, 10), st.data())
def test_pairs_in_any_orientation_equal_the_plain_loop(
    rows: list[tuple[int, str]], distance: int, data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.lists(TURNED, min_size=7, max_size=7), min_size=1, max_size=5))
    eight = [[dhash, *some[number % len(some)]] for number, (dhash, _) in enumerate(rows)]
    expected = set()
    for (i, (a, owner_a)), (j, (b, owner_b)) in combinations(enumerate(rows), 2):
        forth = [
            ((turned ^ b).bit_count(), way) for way, turned in enumerate(eight[i]) if not is_plain(turned)
        ]
        back = [
            ((turned ^ a).bit_count(), BACK[way])
            for way, turned in enumerate(eight[j])
            if not is_plain(turned)
        ]
        bits, way = min(forth + back)
        if bits <= distance and (owner_a == "" or owner_a != owner_b):
            expected.add((f"u:{i:03d}", f"u:{j:03d}", bits, way))
    everything = np.array(eight, np.uint64).reshape(-1, 8)
    found, ways = oriented_pairs(items(rows), everything, distance)
    got = list(zip(found.a, found.b, found.distance.tolist(), ways.tolist(), strict=True))
    assert sorted(got) == sorted(expected)
    assert got == sorted(got, key=lambda row: (row[2], row[:2])), "closest first, then by key"
    rejected = [(a, b) for a, b, _, _ in got][::2]
    kept, _ = oriented_pairs(items(rows), everything, distance, rejected)
    assert list(zip(kept.a, kept.b, strict=True)) == [row[:2] for row in got if row[:2] not in set(rejected)]


def test_of_a_crowd_of_equal_hashes_one_is_turned() -> None:
    crowd, mirrored = 0x00FF00FF00FF00FF, 0x0F0F0F0F0F0F0F0F
    eight = np.full((STAR + 3, 8), 0x123456789ABCDEF0, np.uint64)
    eight[:, 0] = crowd
    eight[-1, 0] = mirrored
    eight[-1, 1] = crowd
    keys = [f"u:{number:03d}" for number in range(STAR + 2, -1, -1)]  # the smallest key stands last
    keys[0], keys[-1] = keys[-1], keys[0]
    found, ways = oriented_pairs(Items(keys, eight[:, 0], [""] * len(keys)), eight, 4)
    turned = [(found.a[row], found.b[row]) for row in np.flatnonzero(ways)]
    assert turned == [("u:000", keys[-1])]
    assert len(found) == STAR + 1 + 1, "a star, and one pair"


TURNED = st.one_of(
    st.integers(0, 63).map(lambda bit: 0x00FF00FF00FF00FF ^ (7 << bit) & (1 << 64) - 1),
    st.integers(0, 63).map(lambda bit: 1 << bit),  # plain
    st.just(0x123456789ABCDEF0),
)
