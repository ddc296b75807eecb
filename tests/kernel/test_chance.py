"""False matches to expect: against a plain loop, real mirrored pictures, and pairs that are unlike."""

import statistics
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.chance import chance, mirrored, upside_down
from tagcat_kernel.edges import Items
from tagcat_kernel.hashing import dhash
from tagcat_kernel.records import is_plain

HASHES = st.one_of(
    st.integers(0, 2**64 - 1), st.integers(0, 63).map(lambda bit: 0x0F0F0F0F0F0F0F0F ^ (1 << bit))
)
COLLECTIONS = st.lists(st.tuples(HASHES, st.sampled_from(["", "", "v", "w"])), max_size=24)


def items(rows: list[tuple[int, str]]) -> Items:
    keys = [f"u:{number}" for number in range(len(rows))]
    return Items(keys, np.array([value for value, _ in rows], np.uint64), [owner for _, owner in rows])


def rows_of(value: int) -> list[str]:
    return [f"{value:064b}"[start : start + 8] for start in range(0, 64, 8)]


def in_a_mirror(value: int) -> int:
    """The same, bit by bit as text."""
    return int("".join(row[::-1] for row in rows_of(value)).translate(str.maketrans("01", "10")), 2)


def on_its_head(value: int) -> int:
    return int("".join(reversed(rows_of(value))), 2)


@given(COLLECTIONS, st.integers(0, 40))
def test_it_counts_what_a_plain_loop_counts(rows: list[tuple[int, str]], alike: int) -> None:
    could, distances = 0, []
    for (a, owner_a), (b, owner_b) in combinations(rows, 2):
        if is_plain(a) or is_plain(b) or (owner_a == owner_b != ""):
            continue
        could += 1
        if (a ^ b).bit_count() > alike:
            others = on_its_head(b), in_a_mirror(b), on_its_head(in_a_mirror(b))
            distances.append([(a ^ other).bit_count() for other in others])
    found = chance(items(rows), alike, 64)
    assert (found.pairs, found.seen) == (could, len(distances))
    for distance in range(65):
        counts = [sum(bits[way] <= distance for bits in distances) for way in range(3)]
        assert found.found[distance] == statistics.median(counts)
    assert len(found.words()) == (65 if distances else 0)


def test_a_mirrored_hash_is_the_hash_of_the_mirrored_picture() -> None:
    for seed in range(20):
        grey = np.random.default_rng(seed).permutation(72).astype(np.uint8).reshape(8, 9)  # no two are equal
        hashes = np.array([dhash(grey)], np.uint64)
        assert mirrored(hashes)[0] == dhash(np.ascontiguousarray(grey[:, ::-1]))
        assert upside_down(hashes)[0] == dhash(np.ascontiguousarray(grey[::-1]))


def test_mirrored_copies_are_no_chance() -> None:
    """Every picture is there a second time in a mirror, and half of them are their own mirror images."""
    hashes = np.random.default_rng(3).integers(0, 2**64, 400, np.uint64)
    hashes[:200] = hashes[:200] & 0xF0F0F0F0F0F0F0F0 | mirrored(hashes[:200]) & 0x0F0F0F0F0F0F0F0F
    both = np.concatenate([hashes, mirrored(hashes)])
    found = chance(Items([f"u:{i}" for i in range(800)], both, [""] * 800), 8)
    assert found.found[:7].tolist() == [0] * 7


def test_it_foretells_the_pairs_of_unlike_pictures() -> None:
    """Pictures of nothing but soft noise are all unlike: whatever matches among them is chance."""
    noise = np.random.default_rng(1).normal(size=(3000, 8, 14))
    means = sum(noise[:, :, k : k + 9] for k in range(6))
    bits = (means[:, :, 1:] > means[:, :, :-1]).reshape(3000, 64)
    hashes = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]
    collection = Items([f"u:{i}" for i in range(3000)], hashes, [""] * 3000)
    i, j = np.triu_indices(3000, 1)
    real = np.cumsum(np.bincount(np.bitwise_count(hashes[i] ^ hashes[j]), minlength=65))
    every = chance(collection, 0, 20, draws=10_000_000)
    some = chance(collection, 0, 20, draws=500_000)
    for distance in (18, 19, 20):
        assert real[distance] > 200
        assert every.expected[distance] == pytest.approx(real[distance], rel=0.3)
        assert some.expected[distance] == pytest.approx(real[distance], rel=0.5)
    few = some.found < 10
    assert few.any()
    assert (some.at_most[few] > every.expected[few]).all(), "a bound holds what it was drawn from"


def test_too_few_to_count_are_said_as_a_bound() -> None:
    found = chance(items([(0x0F0F0F0F0F0F0F0F, ""), (0x3333333333333333, "")]), 8)
    assert found.expected.tolist() == [0.0] * 17
    assert found.at_most == pytest.approx([2.9957] * 17, abs=1e-3)  # -ln 0.05
    assert set(found.words()) == {"fewer than 3"}


def test_nothing_says_nothing() -> None:
    assert chance(items([]), 8).words() == []
    assert chance(items([(0, ""), (1, "")]), 8).words() == [], "plain items have no chance"
