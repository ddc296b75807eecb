"""The hash against its definition: golden vectors, an independent exact form, and its peers' bit layout."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tagcat_kernel.hashing import area_means, dhash, dhash_of_means, to_eight_bits, to_grey
from tests.kernel.exact import exact_dhash, exact_means

GOLDEN = Path(__file__).parents[1] / "golden"


def load_slow() -> ModuleType:
    """The script that made the golden vectors, with the definition in fractions."""
    spec = importlib.util.spec_from_file_location("make_dhash", GOLDEN / "make_dhash.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


slow = load_slow()
CASES = json.loads((GOLDEN / "dhash.json").read_text())


def grey_of_case(case: dict) -> np.ndarray:
    rows = np.array(slow.samples_of(case))
    if case["channels"] > 1:
        return to_grey(rows.reshape(case["height"], case["width"], case["channels"]).astype(np.uint8))
    return rows.astype(np.uint8 if case["bits"] == 8 else np.uint16)


def test_golden_vectors():
    for case in CASES:
        grey = grey_of_case(case)
        means = area_means(grey, bits=case["bits"], limited=case["limited"])
        assert means.tolist() == case["means"], case
        assert f"{dhash(grey, bits=case['bits'], limited=case['limited']):016x}" == case["dhash"], case


def test_golden_file_is_what_its_script_makes():
    assert (GOLDEN / "dhash.json").read_text() == slow.text()


def test_golden_cases_hold_ties_and_all_kinds():
    kinds = {(case["channels"], case["bits"], case["limited"]) for case in CASES}
    assert {(1, 8, False), (1, 8, True), (1, 10, True), (1, 16, False), (3, 8, False), (4, 8, False)} <= kinds
    assert len({case["dhash"] for case in CASES}) > 50


grey_pictures = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda shape: hnp.arrays(np.uint8, shape) | hnp.arrays(np.uint16, shape, elements=st.integers(0, 1023))
)


@settings(max_examples=150, deadline=None)
@given(grey_pictures, st.booleans())
def test_means_equal_the_definition(grey, limited):
    bits = 8 if grey.dtype == np.uint8 else 10
    expected = slow.slow_means(grey.tolist(), bits=bits, limited=limited)
    assert area_means(grey, bits=bits, limited=limited).tolist() == expected


def test_every_small_size_equals_the_definition():
    generator = np.random.default_rng(7)
    for height in range(1, 20):
        for width in range(1, 21):
            # Few levels give many ties.
            grey = generator.integers(0, 4, (height, width), np.uint8)
            assert area_means(grey).tolist() == slow.slow_means(grey.tolist()), (height, width)


def check_sizes(heights, widths, seed):
    generator = np.random.default_rng(seed)
    for height in heights:
        for width in widths:
            levels = int(generator.choice([2, 4, 256]))
            grey = generator.integers(0, levels, (height, width), np.uint8)
            assert (area_means(grey) == exact_means(grey)).all(), (height, width)


def test_the_matrix_form_is_the_definition():
    generator = np.random.default_rng(3)
    for height, width in ((1, 1), (2, 3), (7, 8), (8, 9), (9, 8), (13, 17), (19, 5)):
        grey = generator.integers(0, 1024, (height, width), np.uint16)
        for limited in (False, True):
            expected = slow.slow_means(grey.tolist(), bits=10, limited=limited)
            assert exact_means(grey, bits=10, limited=limited).tolist() == expected
            assert exact_dhash(grey, bits=10, limited=limited) == dhash_of_means(np.array(expected))


def test_every_height_and_width_to_64_equals_the_exact_form():
    check_sizes(range(1, 65), range(1, 65), seed=5)


@pytest.mark.soak
def test_every_height_and_width_to_200_equals_the_exact_form():
    check_sizes(range(1, 201), range(1, 201), seed=6)


AWKWARD = [1, 2, 7, 8, 9, 10, 71, 72, 73, 127, 131, 251, 257, 509, 719, 720, 1009, 1080, 2039, 4093]
"""Primes, sizes beside multiples of 8 and 9, sizes of films."""


def test_primes_tall_and_wide_equal_the_exact_form():
    check_sizes(AWKWARD, [1, 9, 97, 113, 641], seed=8)
    check_sizes([1, 8, 89, 103, 479], AWKWARD, seed=9)
    check_sizes([1, 2, 17], [30_011, 65_537], seed=10)
    check_sizes([30_011, 65_537], [1, 2, 19], seed=11)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 1500) | st.sampled_from(AWKWARD),
    st.integers(1, 1500) | st.sampled_from(AWKWARD),
    st.sampled_from([(np.uint8, 8), (np.uint16, 10), (np.uint16, 12), (np.uint16, 16)]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_any_size_and_depth_equals_the_exact_form(height, width, kind, limited, seed):
    height = min(height, 2_000_000 // width)
    dtype, bits = kind
    generator = np.random.default_rng(seed)
    low, high = sorted(generator.integers(0, 2**bits, 2))
    grey = generator.integers(low, high, (height, width), dtype, endpoint=True)
    expected = exact_means(grey, bits=bits, limited=limited)
    assert (area_means(grey, bits=bits, limited=limited) == expected).all()


def test_wide_sums_equal_the_definition():
    # 16-bit samples in more than 65,536 rows do not fit sums of 32 bits.
    grey = np.full((70_000, 9), 65_535, np.uint16)
    grey[:, 4] = 65_000
    means = area_means(grey)
    assert means.tolist() == [[255] * 4 + [254] + [255] * 4] * 8
    assert (area_means(grey[:, ::-1]) == means[:, ::-1]).all()


def test_ties_go_to_even():
    # Each cell holds one 0 and one odd sample: halves above and below even numbers.
    tops = np.array([1, 3, 5, 7, 9, 11, 13, 15, 17], np.uint8)
    grey = np.zeros((16, 9), np.uint8)
    grey[::2] = tops
    assert area_means(grey)[0].tolist() == [0, 2, 2, 4, 4, 6, 6, 8, 8]


def test_limited_range_is_stretched_before_rounding_and_clipped():
    grey = np.tile(np.array([0, 15, 16, 17, 125, 235, 236, 255, 128], np.uint8), (8, 1))
    assert area_means(grey, limited=True)[0].tolist() == [0, 0, 0, 1, 127, 255, 255, 255, 130]
    deep = (grey.astype(np.uint16) << 2) + 1
    assert area_means(deep, bits=10, limited=True)[0].tolist() == [0, 0, 0, 1, 127, 255, 255, 255, 131]


@given(hnp.arrays(np.uint8, (8, 9)))
def test_bit_layout_is_that_of_imagehash(grey):
    """ImageHash shrinks to 9 × 8 pixels first; a picture of that size is left as it is by both."""
    import imagehash
    from PIL import Image

    assert f"{dhash(grey):016x}" == str(imagehash.dhash(Image.fromarray(grey)))


def test_grey_formula_for_all_colours():
    levels = np.arange(256, dtype=np.uint8)
    for red in range(0, 256, 15):
        pixels = np.stack(np.meshgrid(np.uint8(red), levels, levels, indexing="ij"), axis=-1)[0]
        wide = pixels.astype(np.int64)
        expected = (9798 * wide[..., 0] + 19235 * wide[..., 1] + 3735 * wide[..., 2] + 16384) >> 15
        assert (to_grey(np.ascontiguousarray(pixels)) == expected).all()


def test_grey_of_transparent_pixels():
    pixels = np.array(
        [[[255, 255, 255, 0], [255, 255, 255, 128], [200, 200, 200, 255], [3, 3, 3, 42]]], np.uint8
    )
    # (3 · 42 + 127) // 255 = 0, (255 · 128 + 127) // 255 = 128
    assert to_grey(pixels).tolist() == [[0, 128, 200, 0]]


def test_sixteen_bits_to_eight():
    every = np.arange(65_536, dtype=np.uint16)
    assert (to_eight_bits(every) == (np.arange(65_536) + 128) // 257).all()


def test_views_and_read_only_arrays_hash_alike():
    grey = np.random.default_rng(1).integers(0, 256, (90, 120), np.uint8)
    turned = np.rot90(grey)
    assert dhash(turned) == dhash(turned.copy())
    for part in (grey[:, :100], grey[5:, 3:77], grey[::2], grey[:, ::2], grey[::-1], grey[:, :1]):
        assert (area_means(part) == area_means(part.copy())).all()
    grey.setflags(write=False)
    assert dhash(grey) == dhash(grey.copy())


@pytest.mark.parametrize(
    "grey",
    [
        np.zeros((0, 9), np.uint8),
        np.zeros((9,), np.uint8),
        np.zeros((9, 9, 3), np.uint8),
        np.zeros((9, 9), np.float32),
        np.zeros((9, 9), np.int16),
    ],
)
def test_what_is_no_grey_picture_is_refused(grey):
    with pytest.raises(ValueError, match="grey must be uint8 or uint16"):
        dhash(grey)


def test_wrong_bits_and_means_and_pixels_are_refused():
    with pytest.raises(ValueError, match="bits must be from 8 to 8"):
        area_means(np.zeros((9, 9), np.uint8), bits=10)
    with pytest.raises(ValueError, match=r"shape \(8, 9\)"):
        dhash_of_means(np.zeros((9, 8), np.int64))
    with pytest.raises(ValueError, match="pixels must be uint8"):
        to_grey(np.zeros((2, 2), np.uint8))


def test_importing_the_module_loads_no_numba():
    code = "import sys, tagcat_kernel.hashing; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
