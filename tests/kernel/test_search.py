"""A file asks a collection: the answers against a plain loop, and clear words for what is no media."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.records import MediaError, is_plain
from tagcat_kernel.search import answers, question

HASHES = st.lists(
    st.one_of(
        st.integers(0, 63).map(lambda bit: 0x00FF00FF00FF00FF ^ (1 << bit)),
        st.integers(0, 63).map(lambda bit: 1 << bit),  # plain
    ),
    max_size=20,
)


@given(HASHES, HASHES, st.integers(0, 16), st.booleans())
def test_answers_equal_the_plain_loop(
    asked: list[int], stored: list[int], distance: int, plain: bool
) -> None:
    expected = {}
    for index, dhash in enumerate(stored):
        near = [
            (dhash ^ other).bit_count()
            for other in asked
            if plain or not (is_plain(dhash) or is_plain(other))
        ]
        if near and min(near) <= distance:
            expected[index] = min(near)
    found = answers(np.array(asked, np.uint64), np.array(stored, np.uint64), distance, plain=plain)
    assert dict(zip(found.index.tolist(), found.distance.tolist(), strict=True)) == expected
    assert (np.diff(found.distance.astype(int)) >= 0).all(), "closest first"


def test_what_cannot_ask_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no media")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    for name, reason in (("gone.jpg", "no such file"), ("notes.txt", "neither"), ("broken.jpg", "")):
        with pytest.raises(MediaError, match=f"{name}: .*{reason}"):
            question(tmp_path / name, 6)
