"""Thumbnails that devices sent: known by their markers, kept for one user."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from tagcat_kernel.media.sent import MOST_BYTES, SentThumbnails, is_thumbnail

NOISE = np.random.default_rng(0).integers(0, 256, (320, 320, 3), dtype=np.uint8)


def jpeg(width: int, height: int, **options: object) -> bytes:
    target = io.BytesIO()
    Image.fromarray(NOISE).resize((width, height)).save(target, "JPEG", **options)
    return target.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30, "optimize": True}])
def test_a_small_jpeg_is_a_thumbnail(options: dict[str, object]) -> None:
    assert is_thumbnail(jpeg(320, 240, **options))
    assert is_thumbnail(jpeg(1, 1, **options))
    assert is_thumbnail(jpeg(320, 320, comment=b"x" * 1000, **options))


def test_what_is_too_large_or_no_jpeg_is_none() -> None:
    assert not is_thumbnail(jpeg(321, 10))
    assert not is_thumbnail(jpeg(10, 321))
    assert not is_thumbnail(jpeg(320, 320, comment=b"x" * 60_000) + bytes(MOST_BYTES))
    assert not is_thumbnail(jpeg(20, 20)[:-1])
    assert not is_thumbnail(b"")
    target = io.BytesIO()
    Image.fromarray(NOISE).save(target, "PNG")
    assert not is_thumbnail(target.getvalue())


@settings(deadline=None)
@given(some.binary(max_size=300))
def test_any_bytes_between_the_marks_end_in_an_answer(data: bytes) -> None:
    if is_thumbnail(b"\xff\xd8\xff" + data + b"\xff\xd9"):
        assert len(data) > 6, "a frame header has a size"


def test_a_thumbnail_is_of_one_user() -> None:
    ada, eve = SentThumbnails("ada"), SentThumbnails("../ada")
    ada.store("0" * 32, b"ada's")
    assert (ada.read("0" * 32), eve.read("0" * 32)) == (b"ada's", None)
    ada.remove("1" * 32)
    ada.remove("0" * 32)
    assert ada.read("0" * 32) is None
    ada.store("2" * 32, b"ada's")
    eve.store("2" * 32, b"eve's")
    ada.clear()
    ada.clear()
    assert (ada.read("2" * 32), eve.read("2" * 32)) == (None, b"eve's")
    with pytest.raises(ValueError, match="32 hex digits"):
        ada.store("../../x", b"")
