"""Eight hashes from one array against eight arrays hashed, and searches against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from tagcat_kernel.hashing import dhash
from tagcat_kernel.orientations import (
    BACK,
    ORIENTATIONS,
    oriented_dhashes,
    oriented_join,
    oriented_search,
    turned,
)

FLIP = Image.Transpose
BY_PILLOW = {
    "as is": [],
    "mirrored": [FLIP.FLIP_LEFT_RIGHT],
    "turned 180°": [FLIP.ROTATE_180],
    "mirrored, turned 180°": [FLIP.FLIP_LEFT_RIGHT, FLIP.ROTATE_180],
    "mirrored, turned 270°": [FLIP.FLIP_LEFT_RIGHT, FLIP.ROTATE_90],  # Pillow turns the other way round
    "turned 90°": [FLIP.ROTATE_270],
    "mirrored, turned 90°": [FLIP.FLIP_LEFT_RIGHT, FLIP.ROTATE_270],
    "turned 270°": [FLIP.ROTATE_90],
}

greys = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda shape: (
        hnp.arrays(np.uint8, shape)
        | hnp.arrays(np.uint8, shape, elements=st.integers(0, 3))  # many ties
        | hnp.arrays(np.uint16, shape, elements=st.integers(0, 1023))
    )
)


@settings(max_examples=200, deadline=None)
@given(greys, st.booleans())
def test_eight_hashes_are_those_of_the_eight_turned_pictures(grey: np.ndarray, limited: bool) -> None:
    bits = 8 if grey.dtype == np.uint8 else 10
    found = oriented_dhashes(grey, bits=bits, limited=limited)
    assert found == tuple(dhash(turned(grey, code), bits=bits, limited=limited) for code in range(1, 9))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_the_words_are_what_pillow_does(grey: np.ndarray) -> None:
    for code, name in enumerate(ORIENTATIONS, 1):
        picture = Image.fromarray(grey)
        for step in BY_PILLOW[name]:
            picture = picture.transpose(step)
        assert np.array_equal(turned(grey, code), np.asarray(picture)), name
        assert np.array_equal(turned(turned(grey, code), BACK[code - 1] + 1), grey), f"{name} is undone"


def pictures(draw: st.DataObject, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes few of whose bits differ, so that pairs lie within a radius in several orientations."""
    count = draw.draw(st.integers(0, most))
    oriented = draw.draw(hnp.arrays(np.uint64, (count, 8), elements=st.integers(0, 63)))
    return oriented[:, 0].copy(), oriented


@given(st.data(), st.integers(0, 6))
def test_search_is_the_plain_loop(data: st.DataObject, radius: int) -> None:
    hashes, _ = pictures(data, 8)
    _, asked = pictures(data, 5)
    expected = []
    for i, eight in enumerate(asked.tolist()):
        for j, stored in enumerate(hashes.tolist()):
            distance, code = min(((one ^ stored).bit_count(), code) for code, one in enumerate(eight))
            if distance <= radius:
                expected.append((i, j, distance, code))
    found = oriented_search(asked, hashes, radius)
    columns = (found.i.tolist(), found.j.tolist(), found.distance.tolist(), found.orientation.tolist())
    assert list(zip(*columns, strict=True)) == expected
    assert len(found) == len(expected)


@given(st.data(), st.integers(0, 6))
def test_join_is_the_plain_loop(data: st.DataObject, radius: int) -> None:
    hashes, oriented = pictures(data, 8)
    expected = []
    for j, stored in enumerate(hashes.tolist()):
        for i in range(j):
            forth = [((one ^ stored).bit_count(), code) for code, one in enumerate(oriented[i].tolist())]
            back = [
                ((one ^ int(hashes[i])).bit_count(), BACK[code])
                for code, one in enumerate(oriented[j].tolist())
            ]
            distance, code = min(forth + back)
            if distance <= radius:
                expected.append((i, j, distance, code))
    found = oriented_join(hashes, oriented, radius)
    columns = (found.i.tolist(), found.j.tolist(), found.distance.tolist(), found.orientation.tolist())
    assert list(zip(*columns, strict=True)) == sorted(expected)


def test_what_is_not_eight_hashes_is_refused() -> None:
    hashes, eight = np.zeros(3, np.uint64), np.zeros((3, 8), np.uint64)
    with pytest.raises(TypeError, match="uint64"):
        oriented_search(eight.astype(np.int64), hashes, 8)
    with pytest.raises(ValueError, match=r"shape \[n, 8\]"):
        oriented_search(eight[:, :7], hashes, 8)
    with pytest.raises(ValueError, match="orientations of 2 pictures"):
        oriented_join(hashes, eight[:2], 8)
    with pytest.raises(ValueError, match="0 to 64"):
        oriented_join(hashes, eight, 65)
