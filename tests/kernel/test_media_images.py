"""Images of every kind and depth hash as the design says, and only whole pictures count."""

import hashlib
import io
import json
import os
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tagcat_kernel.hashing import dhash, to_grey
from tagcat_kernel.media.images import decode_image, hash_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.thumbnails import thumbnail_of
from tagcat_kernel.orientations import turned
from tagcat_kernel.records import MediaError

ORIENTATION = 274


def picture(height=48, width=72, channels=3, dtype=np.uint8, seed=3):
    """Coarse noise, so that the hash is far from plain and survives lossy coding."""
    generator = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    tile = generator.integers(0, top, (8, 9, channels), endpoint=True).astype(dtype)
    return tile.repeat(-(-height // 8), axis=0).repeat(-(-width // 9), axis=1)[:height, :width].copy()


def saved(image, form, **options):
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def hash_of(data):
    return decode_image(data).dhash


def distance(a, b):
    return (a ^ b).bit_count()


RGB = picture()
EXPECTED = dhash(to_grey(RGB))


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "TGA", "SGI", "PCX", "QOI", "ICO"])
def test_lossless_formats_give_the_hash_of_their_pixels(form):
    options = {"sizes": [(72, 48)]} if form == "ICO" else {}
    data = saved(Image.fromarray(RGB), form, **options)
    assert decode_image(data, name="a.TGA").dhash == EXPECTED


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 80}),
        ("JPEG", {}),
        ("JPEG2000", {}),
        ("AVIF", {}),
        ("GIF", {}),
    ],
)
def test_other_formats_give_nearly_that_hash(form, options):
    assert distance(hash_of(saved(Image.fromarray(RGB), form, **options)), EXPECTED) <= 2


def test_record_of_a_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.fromarray(RGB), "PNG"))
    record = hash_image(path)
    assert record.md5 == hashlib.md5(path.read_bytes()).hexdigest()
    assert (record.path, record.width, record.height, record.dhash) == (str(path), 72, 48, EXPECTED)
    facts = path.stat()
    assert (record.bytes, record.modified, record.error) == (facts.st_size, facts.st_mtime_ns, None)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("code", range(1, 9))
def test_orientation_of_exif_is_applied(form, code):
    exif = Image.Exif()
    exif[ORIENTATION] = code
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    data = saved(Image.fromarray(RGB), form, exif=exif, **options)
    decoded = decode_image(data, thumbnail=True)
    assert distance(decoded.dhash, dhash(turned(to_grey(RGB), code))) <= (1 if form == "JPEG" else 0)
    assert (decoded.width, decoded.height) == ((48, 72) if code >= 5 else (72, 48))
    assert Image.open(io.BytesIO(decoded.thumbnail)).size == (decoded.width, decoded.height)


def test_turned_agrees_with_pillow():
    image = Image.fromarray(RGB)
    for code in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = code
        with Image.open(io.BytesIO(saved(image, "PNG", exif=exif))) as opened:
            from PIL import ImageOps

            assert (np.asarray(ImageOps.exif_transpose(opened)) == turned(RGB, code)).all(), code


def test_broken_exif_is_no_error():
    data = saved(Image.fromarray(RGB), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert hash_of(data) == EXPECTED


def test_alpha_is_composed_over_black():
    rgba = picture(channels=4)
    expected = dhash(to_grey(rgba))
    assert hash_of(saved(Image.fromarray(rgba), "PNG")) == expected
    assert hash_of(saved(Image.fromarray(rgba), "TIFF")) == expected
    assert hash_of(saved(Image.fromarray(rgba), "WEBP", lossless=True, exact=True)) == expected
    assert expected != dhash(to_grey(rgba[..., :3].copy()))


def test_grey_with_alpha():
    la = picture(channels=2)
    composed = ((la[..., 0].astype(int) * la[..., 1] + 127) // 255).astype(np.uint8)
    image = Image.merge("LA", [Image.fromarray(la[..., band]) for band in (0, 1)])
    assert hash_of(saved(image, "PNG")) == dhash(composed)


def test_palette_alpha_and_colour_keys():
    palette = Image.fromarray(RGB).quantize(32)
    rgb = np.asarray(palette.convert("RGB"))
    clear = bytes(range(0, 256, 8))
    alpha = np.frombuffer(clear, np.uint8)[np.asarray(palette)]
    expected = dhash(to_grey(np.dstack([rgb, alpha])))
    assert hash_of(saved(palette, "PNG", transparency=clear)) == expected

    index = int(np.asarray(palette)[0, 0])
    keyed = np.dstack([rgb, np.where(np.asarray(palette) == index, 0, 255).astype(np.uint8)])
    assert hash_of(saved(palette, "PNG", transparency=index)) == dhash(to_grey(keyed))
    assert hash_of(saved(palette, "GIF", transparency=index)) == dhash(to_grey(keyed))

    key = tuple(int(value) for value in RGB[0, 0])
    keyed = np.dstack([RGB, np.where((RGB[0, 0] == RGB).all(axis=2), 0, 255).astype(np.uint8)])
    assert hash_of(saved(Image.fromarray(RGB), "PNG", transparency=key)) == dhash(to_grey(keyed))

    grey = to_grey(RGB)
    assert hash_of(saved(Image.fromarray(grey), "PNG", transparency=int(grey[9, 9]))) == dhash(
        np.where(grey == grey[9, 9], 0, grey).astype(np.uint8)
    )


def rounded(samples):
    return ((samples.astype(np.int64) + 128) // 257).astype(np.uint8)


def encoded(extension, pixels):
    done, data = cv2.imencode(extension, pixels)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("extension", [".png", ".tiff", ".ppm", ".jp2"])
def test_sixteen_bit_colours_are_rounded_not_cut(extension):
    # Neighbours that differ by the rounding alone: 0x00ff -> 1, 0x0080 -> 0, both 0 when cut.
    rgb = picture(dtype=np.uint16, seed=5) % 640
    expected = dhash(to_grey(rounded(rgb)))
    assert expected != dhash(to_grey((rgb >> 8).astype(np.uint8)))
    assert hash_of(encoded(extension, rgb[..., ::-1])) == expected


@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_sixteen_bit_colours_with_alpha(extension):
    rgba = picture(channels=4, dtype=np.uint16, seed=6)
    assert hash_of(encoded(extension, rgba[..., [2, 1, 0, 3]])) == dhash(to_grey(rounded(rgba)))


@pytest.mark.parametrize("extension", [".png", ".tiff", ".pgm"])
def test_sixteen_bit_grey(extension):
    grey = picture(channels=1, dtype=np.uint16, seed=7)[..., 0] % 900
    assert hash_of(encoded(extension, grey)) == dhash(rounded(grey))


def png(width, height, bits, colours, rows, *chunks):
    """A PNG from raw rows, for kinds that no writer at hand makes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    middle = b"".join(chunk(*each) for each in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_sixteen_bit_png_with_colour_key():
    rgb = picture(dtype=np.uint16, seed=8)
    rgb[0, 1] = rgb[0, 0] ^ 1  # the key counts at full depth
    key = rgb[0, 0].astype(">u2").tobytes()
    data = png(72, 48, 16, 2, [row.astype(">u2").tobytes() for row in rgb], (b"tRNS", key))
    alpha = np.where((rgb == rgb[0, 0]).all(axis=2), 0, 255).astype(np.uint8)
    assert hash_of(data) == dhash(to_grey(np.dstack([rounded(rgb), alpha])))


def test_sixteen_bit_grey_png_with_alpha_and_with_key():
    la = picture(channels=2, dtype=np.uint16, seed=9)
    data = png(72, 48, 16, 4, [row.astype(">u2").tobytes() for row in la])
    value, alpha = rounded(la[..., 0]).astype(int), rounded(la[..., 1])
    assert hash_of(data) == dhash(((value * alpha + 127) // 255).astype(np.uint8))

    grey = la[..., 0]
    key = grey[0, 0].astype(">u2").tobytes()
    data = png(72, 48, 16, 0, [row.astype(">u2").tobytes() for row in grey], (b"tRNS", key))
    assert hash_of(data) == dhash(np.where(grey == grey[0, 0], 0, rounded(grey)).astype(np.uint8))


@pytest.mark.parametrize("code", range(1, 9))
def test_sixteen_bit_tiff_with_orientation(code):
    rgb = picture(dtype=np.uint16, seed=5) % 640
    data = bytearray(encoded(".tiff", rgb[..., ::-1]))
    # No writer at hand makes this kind: write a new directory of tags, with the orientation, at the end.
    start = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[start : start + 2])[0]
    entries = [bytes(data[start + 2 + 12 * n : start + 14 + 12 * n]) for n in range(count)]
    entries = [entry for entry in entries if struct.unpack("<H", entry[:2])[0] != ORIENTATION]
    entries.append(struct.pack("<HHIHH", ORIENTATION, 3, 1, code, 0))
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2])[0])
    data[4:8] = struct.pack("<I", len(data))
    data += struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    assert hash_of(bytes(data)) == dhash(turned(to_grey(rounded(rgb)), code))


def test_cmyk_is_converted_as_pillow_does():
    cmyk = Image.fromarray(RGB).convert("CMYK")
    for form in ("TIFF", "JPEG"):
        data = saved(cmyk, form)
        with Image.open(io.BytesIO(data)) as opened:
            expected = dhash(to_grey(np.asarray(opened.convert("RGB"))))
        assert hash_of(data) == expected


def test_colour_profiles_and_gamma_are_ignored():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert hash_of(saved(Image.fromarray(RGB), "PNG", icc_profile=profile)) == EXPECTED
    gamma = (b"gAMA", struct.pack(">I", 100_000))
    assert hash_of(png(72, 48, 8, 2, [row.tobytes() for row in RGB], gamma)) == EXPECTED


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_counts(form):
    first, second = Image.fromarray(RGB), Image.fromarray(picture(seed=99))
    data = saved(
        first, form, save_all=True, append_images=[second], **({"lossless": True} if form == "WEBP" else {})
    )
    assert distance(hash_of(data), EXPECTED) <= (2 if form == "GIF" else 0)


def test_the_stand_in_picture_of_an_animated_png_does_not_count():
    stand_in, first = Image.fromarray(picture(seed=99)), Image.fromarray(RGB)
    more = [first, Image.fromarray(picture(seed=98))]
    assert hash_of(saved(stand_in, "PNG", save_all=True, append_images=more, default_image=True)) == EXPECTED


def test_bits_and_bilevel_and_numbers():
    bilevel = Image.fromarray(to_grey(RGB) > 127)
    assert hash_of(saved(bilevel, "PNG")) == dhash(np.asarray(bilevel.convert("L")))
    numbers = picture(channels=1)[..., 0].astype(np.float32) / 255
    numbers -= numbers.min()
    expected = dhash(np.rint(numbers / numbers.max() * 255).astype(np.uint8))
    assert hash_of(saved(Image.fromarray(numbers), "TIFF")) == expected
    numbers[3, 3] = np.nan
    assert distance(hash_of(saved(Image.fromarray(numbers), "TIFF")), expected) <= 1


def test_radiance_through_opencv():
    lights = RGB.astype(np.float32) / 255
    assert distance(hash_of(encoded(".hdr", lights[..., ::-1])), EXPECTED) <= 6


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2), (2047, 3)])
def test_tiny_and_odd_sizes(size):
    pixels = np.random.default_rng(2).integers(0, 256, (size[1], size[0], 3), np.uint8)
    decoded = decode_image(saved(Image.fromarray(pixels), "PNG"), thumbnail=True)
    assert (decoded.dhash, decoded.width, decoded.height) == (dhash(to_grey(pixels)), *size)
    assert max(Image.open(io.BytesIO(decoded.thumbnail)).size) == min(320, max(size))


def test_strips_join_without_a_seam():
    pixels = picture(2500, 2600)
    assert hash_of(saved(Image.fromarray(pixels), "BMP")) == dhash(to_grey(pixels))


@pytest.mark.parametrize(
    "size", [(511, 600), (512, 600), (1023, 1500), (1024, 1500), (2048, 2049), (2100, 4000)]
)
@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0"])
def test_reduced_jpeg_is_near_the_full_decode(size, sampling):
    pixels = picture(*size, seed=11)
    data = saved(Image.fromarray(pixels), "JPEG", subsampling=sampling)
    with Image.open(io.BytesIO(data)) as full:
        expected = dhash(to_grey(np.asarray(full)))
    decoded = decode_image(data)
    assert distance(decoded.dhash, expected) <= 1
    assert (decoded.width, decoded.height) == size[::-1]
    assert decode_image(data, thumbnail=True).dhash == decoded.dhash


def test_rgb_coded_jpeg_goes_the_full_way():
    data = saved(Image.fromarray(RGB), "JPEG", keep_rgb=True, quality=100, subsampling=0)
    with Image.open(io.BytesIO(data)) as full:
        assert hash_of(data) == dhash(to_grey(np.asarray(full)))


# Whole or not


def cut_points(data):
    return [len(data) // 3, len(data) * 2 // 3, len(data) - 40]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {}),
        ("PPM", {}),
        ("JPEG2000", {}),
        ("AVIF", {}),
    ],
)
def test_a_truncated_picture_is_an_error(form, options):
    pixels = np.random.default_rng(4).integers(0, 256, (120, 160, 3), np.uint8)
    data = saved(Image.fromarray(pixels), form, **options)
    for cut in cut_points(data):
        with pytest.raises(MediaError):
            decode_image(data[:cut])


def test_a_jpeg_without_its_end_mark_is_whole():
    data = saved(Image.fromarray(RGB), "JPEG")
    assert data.endswith(b"\xff\xd9")
    for thumbnail in (False, True):
        assert decode_image(data[:-2], thumbnail=thumbnail).dhash == hash_of(data)
        assert decode_image(data[:-1], thumbnail=thumbnail).dhash == hash_of(data)
    with pytest.raises(MediaError, match=r"the file breaks off before its picture ends \(.*[Tt]runcated"):
        decode_image(data[:-12])


def test_a_png_without_its_end_chunk_is_whole():
    data = saved(Image.fromarray(RGB), "PNG")
    for cut in range(1, 13):
        assert hash_of(data[:-cut]) == EXPECTED, cut
    with pytest.raises(MediaError):
        decode_image(data[:-24])


def test_a_warning_is_no_error():
    data = bytearray(saved(Image.fromarray(picture(300, 400)), "JPEG"))
    data[len(data) // 2] ^= 0x10  # libjpeg only warns of corrupt data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode_image(bytes(data)).width == 400


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"plain text\n" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"8BPS\0\1",
    ],
)
def test_what_is_no_image_is_an_error(data):
    with pytest.raises(MediaError, match="no image format"):
        decode_image(data)


def test_postscript_is_never_run():
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 72 72\n%%EndComments\nshowpage\n"
    with pytest.raises(MediaError, match="no image format"):
        decode_image(data)


def test_too_many_pixels_are_refused_before_decoding():
    bomb = png(60_000, 60_000, 8, 2, [])
    with pytest.raises(MediaError, match="60000 × 60000 pixels, limit 256000000"):
        decode_image(bomb)
    data = saved(Image.fromarray(RGB), "PNG")
    with pytest.raises(MediaError, match=r"too large.*\(--max-pixels, TAGCAT_MAX_PIXELS\)"):
        decode_image(data, limits=Limits(pixels=72 * 48 - 1))
    assert decode_image(data, limits=Limits(pixels=72 * 48)).dhash == EXPECTED


def test_more_pixels_than_pillow_allows_are_decoded_without_a_warning(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert hash_of(saved(Image.fromarray(RGB), "PNG")) == EXPECTED
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_files_that_are_no_files_are_errors(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere")
    said = {name: hash_image(tmp_path / f"{name}.jpg").error for name in ("pipe", "empty", "folder", "link")}
    assert said == {
        "pipe": "not a regular file",
        "empty": "empty file",
        "folder": "a folder",
        "link": "No such file or directory",
    }
    assert hash_image("/dev/zero").error == "not a regular file"
    assert hash_image("/a\0b.png").error == hash_image("/\ud800.png").error == "no file can have this name"


def test_a_path_of_any_bytes(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9 \n.png"
    Path(os.fsdecode(path)).write_bytes(saved(Image.fromarray(RGB), "PNG"))
    record = hash_image(path)
    assert record.dhash == EXPECTED
    assert os.fsencode(record.path) == path


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_gives_a_picture_or_a_media_error(data):
    form = data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]))
    raw = bytearray(saved(Image.fromarray(RGB), form))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode_image(bytes(raw), limits=Limits(pixels=1_000_000))
    except MediaError as error:
        assert str(error)
    else:
        assert decoded.width * decoded.height <= 1_000_000
        assert 0 <= decoded.dhash < 2**64


def test_thumbnails_are_small_colour_pictures_over_black():
    clear = Image.new("RGBA", (900, 300), (255, 0, 0, 0))
    clear.paste((0, 255, 0, 255), (450, 0, 900, 300))
    thumbnail = Image.open(io.BytesIO(thumbnail_of(clear)))
    assert thumbnail.size == (320, 107)
    left, right = thumbnail.getpixel((40, 50)), thumbnail.getpixel((280, 50))
    assert max(left) < 12
    assert right[1] > 240
    assert max(right[0], right[2]) < 12


# Real files


@pytest.fixture(scope="module")
def hashes(media):
    return {
        f"{path.parent.name}/{path.name}": hash_image(path)
        for folder in ("images", "bad")
        for path in sorted((media / folder).iterdir())
        if folder == "images" or path.name == "pillow__hopper_rle8_row_overflow.bmp"
    }


def test_all_real_images_decode(hashes):
    assert len(hashes) == 250
    assert [name for name, record in hashes.items() if record.error] == []


def test_near_duplicates_are_near_and_distinct_pictures_far(media, hashes):
    pairs = 0
    for group in json.loads((media / "truth" / "near_duplicates.json").read_text())["groups"]:
        if group["kind"] != "image":
            continue
        for other in group.get("near_duplicates", []):
            pairs += 1
            assert distance(hashes[group["reference"]].dhash, hashes[other].dhash) <= 8, other
        for other in group.get("distinct_from", []):
            assert distance(hashes[group["reference"]].dhash, hashes[other].dhash) > 8, other
        apart = group.get("all_distinct", [])
        for place, one in enumerate(apart):
            for other in apart[:place]:
                assert distance(hashes[one].dhash, hashes[other].dhash) > 8, (one, other)
    assert pairs >= 40


def test_real_jpegs_keep_the_promise_of_the_fast_path(media, hashes):
    off = []
    for name, record in hashes.items():
        data = (media / name).read_bytes()
        if not data.startswith(b"\xff\xd8"):
            continue
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        with Image.open(io.BytesIO(data)) as opened:
            if opened.mode == "CMYK":
                continue
        off.append(distance(record.dhash, dhash(to_grey(np.ascontiguousarray(pixels[..., ::-1])))))
    assert len(off) > 100
    assert max(off) <= 3
    assert sum(bits > 1 for bits in off) <= len(off) / 100
