"""One image file to grey samples, a dHash and, where wanted, a thumbnail.

Pillow decodes, because it refuses a picture that is not whole. Where it keeps only the high byte of
16-bit colours, OpenCV decodes once more at full depth; formats that only OpenCV knows go there too.

Most files are JPEGs, and a JPEG holds its luma apart from its colours, at several scales: libjpeg
decodes it straight to luma at a half, a quarter or an eighth while the short side keeps 256 pixels, which
leaves a few pixels for every cell of the hash and moves it by at most a bit in 99 of 100 photographs.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tagcat_kernel.hashing import Grey, dhash
from tagcat_kernel.media import endings
from tagcat_kernel.media.depth import deep_grey, rare_grey
from tagcat_kernel.media.files import NoMemoryError, read_whole
from tagcat_kernel.media.grey import grey_of
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.orientation import exif_orientation
from tagcat_kernel.media.pillow import formats, settings_aside
from tagcat_kernel.media.probe import HEIC_BRANDS
from tagcat_kernel.media.thumbnails import thumbnail_of
from tagcat_kernel.orientations import oriented_dhashes, turned
from tagcat_kernel.records import ImageRecord, MediaError

SHORT_SIDE = 256
"""Pixels that the short side of a JPEG keeps when it is decoded at a reduced scale."""


_MEANINGS = {
    "the file breaks off before its picture ends": ("truncated", "not enough", "unexpected end"),
    "its data are damaged": ("decoder error", "broken data", "unrecognized data", "could not create decoder"),
}
"""What the words of decoders, in small letters, mean."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image: its hash, its size as shown; a JPEG thumbnail and eight hashes where asked for."""

    dhash: int
    width: int
    height: int
    thumbnail: bytes | None = None
    orientations: tuple[int, ...] = ()


def hash_image(path: str | os.PathLike[str], *, limits: Limits | None = None) -> ImageRecord:
    """Hash one image file in this process.

    Parameters
    ----------
    path
        The file.
    limits
        Default: `Limits.chosen()`. Only `pixels` and `memory` (largest file: half of it) count here; for
        a time limit use `hash_images` or `DecoderPool`, which decode in processes of their own.

    Returns
    -------
    ImageRecord
        Width and height in pixels as shown, after the orientation of EXIF. A file that is no image, or
        whose picture is not whole, gives a record with `error`.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.linear_gradient("L").rotate(90).save(f"{folder}/ramp.png")
    ...     hash_image(f"{folder}/ramp.png").hex
    'ffffffffffffffff'
    >>> hash_image("/no/such.png").error
    'No such file or directory'
    """
    name = os.fsdecode(path)
    limits = limits or Limits.chosen()
    try:
        data, stamp = read_whole(path, limits.memory // 2)
        picture = decode_image(data, limits=limits, name=name)
    except MediaError as error:
        return ImageRecord(path=name, error=str(error))
    return ImageRecord(
        path=name,
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        dhash=picture.dhash,
        width=picture.width,
        height=picture.height,
        bytes=stamp.bytes,
        modified=stamp.modified,
    )


def decode_image(
    data: bytes,
    *,
    limits: Limits = DEFAULT,
    name: str = "",
    thumbnail: bool = False,
    orientations: bool = False,
) -> Picture:
    """Decode an image from its file's bytes.

    Parameters
    ----------
    data
        The whole file.
    limits
        `pixels` is checked before anything is decoded.
    name
        The file's name, needed only for formats without a signature (TGA).
    thumbnail
        Whether to make a JPEG thumbnail of at most 320 pixels a side as well.
    orientations
        Whether to hash the picture in all eight orientations: it is decoded once and averaged twice.

    Raises
    ------
    MediaError
        If the file is no image, the picture is not whole, or a limit is exceeded.

    Examples
    --------
    >>> decode_image(b"not an image")
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: no image format that TagCat reads
    """
    with decoding():
        return _decode(data, limits, name, thumbnail, orientations)


@contextmanager
def decoding() -> Iterator[None]:
    """Put Pillow's settings aside, and make a `MediaError` in words of whatever its decoders raise.

    Examples
    --------
    >>> with decoding():
    ...     raise IndexError("list index out of range")
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: the picture does not decode: list index out of range
    """
    with settings_aside():
        try:
            yield
        except MediaError:
            raise
        except MemoryError:
            raise NoMemoryError from None
        except Exception as error:  # decoders of strangers' files raise anything
            raise MediaError(in_words(error)) from error


def _decode(data: bytes, limits: Limits, name: str, thumbnail: bool, orientations: bool) -> Picture:
    from PIL import Image, UnidentifiedImageError

    known = [*formats(), "TGA"] if name.lower().endswith(".tga") else formats()
    try:
        image: Any = Image.open(io.BytesIO(data), formats=known)
    except UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS and "HEIF" not in known:
            raise MediaError("HEIC is not installed: pip install 'tagcat[heif]', then ingest again") from None
        grey = rare_grey(data, limits)
        height, width = grey.shape
        small = thumbnail_of(grey) if thumbnail else None
        return _hashed(grey, width, height, small, orientations)
    with image:
        width, height = image.size
        limits.check_size(width, height)
        if getattr(image, "default_image", False):
            image.seek(1)  # an APNG whose first picture is only for programs that can't animate
        orientation = exif_orientation(image)
        if image.format in ("JPEG", "MPO"):
            _prepare_jpeg(image, colours=thumbnail)
            image.decodermaxblock = len(data)  # all at once: each piece of 64 KiB would ask for the GIL
        image = load_whole(image, data)
        if image.format == "TIFF":  # Pillow turns TIFFs itself while loading
            width, height = image.size
        deep = deep_grey(image, data)
        grey = grey_of(image) if deep is None else deep
    if orientation >= 5:
        width, height = height, width
    small = None
    if thumbnail:
        shown = image if image.mode not in ("I", "F") and not image.mode.startswith("I;") else grey
        small = thumbnail_of(shown, orientation)
    return _hashed(turned(grey, orientation), width, height, small, orientations)


def _hashed(grey: Grey, width: int, height: int, thumbnail: bytes | None, orientations: bool) -> Picture:
    if not orientations:
        return Picture(dhash(grey), width, height, thumbnail)
    every = oriented_dhashes(grey)
    return Picture(every[0], width, height, thumbnail, every)


def _prepare_jpeg(image: Any, *, colours: bool) -> None:
    """Ask libjpeg for luma (with colours: YCbCr) at the smallest scale that keeps `SHORT_SIDE`."""
    short = min(image.size)
    scale = next((s for s in (8, 4, 2) if -(-short // s) >= SHORT_SIDE), 1)
    size = (image.size[0] // scale, image.size[1] // scale)
    if image.mode == "L":
        image.draft("L", size)
        return
    layers: list[tuple[int, ...]] = getattr(image, "layer", [])
    plain = (
        image.mode == "RGB"
        and len(layers) == 3
        and image.info.get("adobe_transform", 1) == 1
        and [layer[0] for layer in layers] != [82, 71, 66]  # components named R, G and B
        and all(layers[0][side] >= layer[side] for layer in layers for side in (1, 2))
    )
    if plain:
        image.draft("YCbCr" if colours else "L", size)


def load_whole(image: Any, data: bytes) -> Any:
    """Decode the pixels; a file that lost only its end mark counts as whole."""
    from PIL import Image

    try:
        image.load()
    except (OSError, SyntaxError) as error:
        if image.format == "PNG" and (mended := endings.with_png_end(data)):
            again = Image.open(io.BytesIO(mended), formats=["PNG"])
            again.load()
            return again
        if image.format not in ("JPEG", "MPO") or "truncated" not in str(error):
            raise
        if image.info.get("progressive"):  # a missing scan leaves no gap that could be seen
            raise
        first, second = (_jpeg_again(image, file) for file in endings.with_jpeg_ends(data))
        if first.tobytes() != second.tobytes():
            raise
        return first
    return image


def _jpeg_again(image: Any, data: bytes) -> Any:
    """Decode other bytes at the scale that `image` was set up for, its colours too: they end the file."""
    from PIL import Image

    again: Any = Image.open(io.BytesIO(data), formats=["JPEG"])
    if image.decoderconfig:
        scale = image.decoderconfig[0]
        again.draft(
            "YCbCr" if again.mode == "RGB" else None, (again.size[0] // scale, again.size[1] // scale)
        )
    again.load()
    return again


def in_words(error: Exception) -> str:
    """Return a decoder's complaint as one short line, and what it means where only programmers know that.

    Examples
    --------
    >>> in_words(OSError("decoder error   -2"))
    'the picture does not decode: its data are damaged (decoder error -2)'
    >>> in_words(ValueError("Unsupported BMP header type (66)"))
    'the picture does not decode: Unsupported BMP header type (66)'
    """
    text = (" ".join(str(error).split()) or type(error).__name__)[:200]
    for meaning, signs in _MEANINGS.items():
        if any(sign in text.lower() for sign in signs):
            return f"the picture does not decode: {meaning} ({text})"
    return f"the picture does not decode: {text}"
