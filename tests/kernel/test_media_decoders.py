"""A failure counts only as long as the decoders and the limits are the same."""

import io
from importlib.metadata import version

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel.hashing import to_grey
from tagcat_kernel.media.decoders import circumstances, decoders
from tagcat_kernel.media.images import decode_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of_content
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.orientations import turned
from tagcat_kernel.records import MediaError
from tests.kernel.exact import exact_dhash


def test_decoders_are_named_with_their_versions():
    found = decoders()
    for name in ("av", "pillow", "pillow-heif"):
        assert f"{name} {version(name)}" in found


def test_another_decoder_is_another_circumstance(without_heif):
    assert "pillow-heif 0.0.1" in decoders()


def test_another_limit_is_another_circumstance():
    assert circumstances(Limits()) == circumstances(Limits())
    assert circumstances(Limits()) != circumstances(Limits(memory=10**9))


def heic(**options):
    target = io.BytesIO()
    tile = np.random.default_rng(5).integers(0, 256, (8, 9, 3), np.uint8)
    picture = Image.fromarray(tile.repeat(20, axis=0).repeat(20, axis=1))
    picture.save(target, "HEIF", quality=90, **options)
    return target.getvalue(), picture


def test_a_heic_picture_is_hashed():
    data, picture = heic()
    assert data[4:12] == b"ftypheic"
    assert kind_of_content(data) == "image"
    decoded = decode_image(data, thumbnail=True)
    expected = exact_dhash(to_grey(np.asarray(picture)))
    assert (decoded.dhash ^ expected).bit_count() <= 1
    assert (decoded.width, decoded.height) == (180, 160)
    assert decoded.thumbnail.startswith(b"\xff\xd8")


def test_a_turned_heic_picture_is_hashed_as_it_is_shown():
    exif = Image.Exif()
    exif[274] = 6
    data, picture = heic(exif=exif.tobytes())
    decoded = decode_image(data)
    shown = turned(to_grey(np.asarray(picture)), 6)
    assert (decoded.dhash ^ exact_dhash(shown)).bit_count() <= 1
    assert (decoded.width, decoded.height) == (160, 180)


def test_a_broken_heic_picture_is_an_error():
    data, _ = heic()
    for cut in (20, len(data) // 3, len(data) - 40):
        with pytest.raises(MediaError):
            decode_image(data[:cut])


def test_heic_without_its_decoder_says_what_to_install_and_is_read_again(tmp_path, without_heif):
    path = tmp_path / "a.heic"
    data, _ = heic()
    path.write_bytes(data)
    facts = path.stat()

    def remembered(pool):
        return pool.cache.failure(str(path), facts.st_size, facts.st_mtime_ns, circumstances(pool.limits))

    with DecoderPool(workers=1) as pool:
        said = pool.read_image(path).result().error
        assert "pip install 'tagcat[heif]'" in said
        assert remembered(pool) == said
        without_heif.undo()
        assert remembered(pool) is None
