"""A file asks a collection: the answers against a plain loop, and clear words for what is no media."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tagcat_kernel.hashing import dhash, to_grey
from tagcat_kernel.orientations import turned
from tagcat_kernel.records import MediaError, is_plain
from tagcat_kernel.search import answers, question

HASH = st.one_of(
    st.integers(0, 63).map(lambda bit: 0x00FF00FF00FF00FF ^ (1 << bit)),
    st.integers(0, 63).map(lambda bit: 1 << bit),  # plain
)
HASHES = st.lists(HASH, max_size=20)


@given(HASHES, HASHES, st.integers(0, 16), st.booleans())
def test_answers_equal_the_plain_loop(
    asked: list[int], stored: list[int], distance: int, plain: bool
) -> None:
    expected = {}
    for index, value in enumerate(stored):
        near = [
            (value ^ other).bit_count()
            for other in asked
            if plain or not (is_plain(value) or is_plain(other))
        ]
        if near and min(near) <= distance:
            expected[index] = min(near)
    found = answers(np.array(asked, np.uint64), np.array(stored, np.uint64), distance, plain=plain)
    assert dict(zip(found.index.tolist(), found.distance.tolist(), strict=True)) == expected
    assert (np.diff(found.distance.astype(int)) >= 0).all(), "closest first"
    for index, bits, row in zip(found.index, found.distance, found.question, strict=True):
        nearest = [n for n, other in enumerate(asked) if (stored[index] ^ other).bit_count() == bits]
        assert row == next(n for n in nearest if plain or not is_plain(asked[n])), "the first of the nearest"


@given(st.lists(st.lists(HASH, min_size=8, max_size=8), max_size=4), HASHES, st.integers(0, 16))
def test_answers_in_any_orientation_equal_the_plain_loop(
    asked: list[list[int]], stored: list[int], distance: int
) -> None:
    expected = {}
    for index, value in enumerate(stored):
        near = [
            ((value ^ other).bit_count(), way)
            for eight in asked
            for way, other in enumerate(eight)
            if not (is_plain(value) or is_plain(other))
        ]
        if near and min(near)[0] <= distance:
            expected[index] = min(near)
    question = np.array(asked, np.uint64).reshape(-1, 8)
    found = answers(question, np.array(stored, np.uint64), distance)
    ways = zip(found.distance.tolist(), found.orientation.tolist(), strict=True)
    assert dict(zip(found.index.tolist(), ways, strict=True)) == expected
    assert (np.diff(found.distance.astype(int)) >= 0).all(), "closest first"


def test_a_picture_asks_with_the_hashes_of_its_turned_copies(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (90, 120, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    (asked,) = question(tmp_path / "noise.png", 6, orientations="all")
    assert asked.tolist() == [dhash(turned(to_grey(pixels), code)) for code in range(1, 9)]
    assert question(tmp_path / "noise.png", 6).tolist() == [asked[0]]
    with pytest.raises(ValueError, match='"as is" or "all"'):
        question(tmp_path / "noise.png", 6, orientations="mirrored")  # type: ignore[arg-type]


def test_a_clip_asks_with_its_key_frames_turned(media: Path) -> None:
    clip = media / "videos" / "libwebm__bbb_480p_vp9_opus_1second.webm"
    plain, eight = question(clip, 1), question(clip, 1, orientations="all")
    assert len(plain) > 1
    assert eight.shape == (len(plain), 8)
    assert eight[:, 0].tolist() == plain.tolist()
    mirrored = eight[:, 1]
    assert (np.bitwise_count(mirrored ^ plain) > 8).any()


def test_what_cannot_ask_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no media")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    for name, reason in (("gone.jpg", "no such file"), ("notes.txt", "neither"), ("broken.jpg", "")):
        with pytest.raises(MediaError, match=f"{name}: .*{reason}"):
            question(tmp_path / name, 6)
