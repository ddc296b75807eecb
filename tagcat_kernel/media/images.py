"""One image file to grey samples, a dHash and, where wanted, a thumbnail.

Pillow decodes, because it refuses a picture that is not whole. Where it keeps only the high byte of
16-bit colours, OpenCV decodes once more at full depth; formats that only OpenCV knows go there too. The
picture becomes grey in strips, so that 256 megapixels need no second copy in colour.

Most files are JPEGs, and a JPEG holds its luma apart from its colours, at several scales: libjpeg
decodes it straight to luma at a half, a quarter or an eighth while the short side keeps 256 pixels, which
leaves a few pixels for every cell of the hash and moves it by at most a bit in 99 of 100 photographs.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hashing import dhash, to_eight_bits, to_grey
from tagcat_kernel.media import endings
from tagcat_kernel.media.files import NoMemoryError, read_whole
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.orientation import exif_orientation, turned
from tagcat_kernel.media.pillow import formats, settings_aside
from tagcat_kernel.records import ImageRecord, MediaError

if TYPE_CHECKING:
    from PIL import Image

SHORT_SIDE = 256
"""Pixels that the short side of a JPEG keeps when it is decoded at a reduced scale."""
STRIP = 4_000_000
"""Pixels that become grey at a time."""
THUMBNAIL = 320
"""Longest side of a thumbnail in pixels."""

_DEEP_PNG_COLOURS = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image: its hash, its size as shown, and a JPEG thumbnail where one was asked for."""

    dhash: int
    width: int
    height: int
    thumbnail: bytes | None = None


def hash_image(path: str | os.PathLike[str], *, limits: Limits = DEFAULT) -> ImageRecord:
    """Hash one image file in this process.

    Parameters
    ----------
    path
        The file.
    limits
        Only `pixels` and `memory` (largest file: half of it) count here; for a time limit use
        `hash_images` or `DecoderPool`, which decode in processes of their own.

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
    data: bytes, *, limits: Limits = DEFAULT, name: str = "", thumbnail: bool = False
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
    with settings_aside():
        try:
            return _decode(data, limits, name, thumbnail)
        except MediaError:
            raise
        except MemoryError:
            raise NoMemoryError from None
        except Exception as error:  # decoders of strangers' files raise anything
            raise MediaError(_in_words(error)) from error


def _decode(data: bytes, limits: Limits, name: str, thumbnail: bool) -> Picture:
    from PIL import Image, UnidentifiedImageError

    known = [*formats(), "TGA"] if name.lower().endswith(".tga") else formats()
    try:
        image: Any = Image.open(io.BytesIO(data), formats=known)
    except UnidentifiedImageError:
        return _decode_by_opencv(data, limits, thumbnail)
    with image:
        width, height = image.size
        if width * height > limits.pixels:
            raise MediaError(f"too large: {width} × {height} pixels, limit {limits.pixels}")
        if getattr(image, "default_image", False):
            image.seek(1)  # an APNG whose first picture is only for programs that can't animate
        orientation = exif_orientation(image)
        if image.format in ("JPEG", "MPO"):
            _prepare_jpeg(image, colours=thumbnail)
        image = _load(image, data)
        if image.format == "TIFF":  # Pillow turns TIFFs itself while loading
            width, height = image.size
        deep = _deep_pixels(image, data)
        grey = _grey_of(image) if deep is None else deep
    if orientation >= 5:
        width, height = height, width
    picture = Picture(dhash(turned(grey, orientation)), width, height)
    if not thumbnail:
        return picture
    shown = image if image.mode not in ("I", "F") and not image.mode.startswith("I;") else grey
    return Picture(picture.dhash, width, height, thumbnail_of(shown, orientation))


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


def _load(image: Any, data: bytes) -> Any:
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


def _grey_of(image: "Image.Image") -> npt.NDArray[np.uint8]:
    """Return the grey samples of a loaded picture, made in strips."""
    width, height = image.size
    if image.mode in ("I", "F"):
        return _grey_of_numbers(np.asarray(image), sixteen=image.format == "PPM")
    if image.mode == "L" and "transparency" not in image.info:
        return np.asarray(image)
    grey = np.empty((height, width), np.uint8)
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        grey[top : top + rows] = _grey_of_strip(strip)
    return grey


def _grey_of_strip(strip: "Image.Image") -> npt.NDArray[np.uint8]:
    key = strip.info.get("transparency")
    if strip.mode.startswith("I;16"):
        samples = np.asarray(strip).astype(np.uint16)
        grey = to_eight_bits(samples)
        if isinstance(key, int):
            grey[samples == key] = 0
        return grey
    if strip.mode == "YCbCr":
        return np.asarray(strip.getchannel("Y"))
    if key is not None or strip.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return to_grey(np.asarray(strip.convert("RGBA")))
    if strip.mode in ("L", "1"):
        return np.asarray(strip.convert("L"))
    return to_grey(np.asarray(_rgb(strip)))


def _rgb(image: "Image.Image") -> "Image.Image":
    if image.mode == "LAB":
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        turned_rgb = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        if turned_rgb is not None:
            return turned_rgb
    return image.convert("RGB")


def _grey_of_numbers(values: npt.NDArray[Any], *, sixteen: bool) -> npt.NDArray[np.uint8]:
    """Return 32-bit samples as grey: 16-bit ones of a PNM as such, others from their least to their most."""
    if sixteen:
        return to_eight_bits(np.clip(values, 0, 65535).astype(np.uint16))
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.rint((finite - low) * scale), np.uint8)


def _deep_pixels(image: Any, data: bytes) -> npt.NDArray[np.uint8] | None:
    """Return the grey of 16-bit colour pictures from OpenCV, None where Pillow's 8 bits are all there is."""
    if image.format == "PNG":
        deep = data[24] == 16 and data[25] in _DEEP_PNG_COLOURS
    elif image.format == "TIFF":
        deep = 16 in image.tag_v2.get(258, ()) and image.mode in ("RGB", "RGBA", "RGBX")
    elif image.format == "JPEG2000":
        start = data.find(b"\xff\x4f\xff\x51")  # the SIZ marker holds the bits of the first component
        deep = start >= 0 and data[start + 42 : start + 43] == b"\x0f" and image.mode in ("RGB", "RGBA", "LA")
    else:
        deep = False
    if not deep:
        return None
    pixels = _opencv_pixels(data)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        return None
    if pixels.shape[:2] != (image.size[1], image.size[0]):
        return None
    key = image.info.get("transparency")
    rgb = pixels[:, :, 2::-1]
    grey = to_grey(to_eight_bits(rgb if pixels.shape[2] == 3 else pixels[:, :, [2, 1, 0, 3]]))
    if isinstance(key, tuple) and pixels.shape[2] == 3:
        grey[(rgb == np.array(key, np.uint16)).all(axis=2)] = 0
    return grey


def _opencv_pixels(data: bytes) -> npt.NDArray[Any] | None:
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        pixels: npt.NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
    return pixels


def _decode_by_opencv(data: bytes, limits: Limits, thumbnail: bool) -> Picture:
    """Decode what Pillow does not know: Radiance HDR, PAM, PFM and the like."""
    if not data.startswith((b"#?", b"P7", b"PF", b"Pf", b"\x59\xa6\x6a\x95")):
        raise MediaError("no image format that TagCat reads")
    pixels = _opencv_pixels(data)
    if pixels is None:
        raise MediaError("no image format that TagCat reads, or its picture is not whole")
    height, width = pixels.shape[:2]
    if width * height > limits.pixels:
        raise MediaError(f"too large: {width} × {height} pixels, limit {limits.pixels}")
    if pixels.dtype == np.uint16:
        pixels = to_eight_bits(pixels)
    elif pixels.dtype != np.uint8:
        pixels = _grey_of_numbers(pixels, sixteen=False)
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4):
        grey = to_grey(np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]]))
    else:
        grey = np.ascontiguousarray(pixels.reshape(height, width, -1)[:, :, 0])
    return Picture(dhash(grey), width, height, thumbnail_of(grey, 1) if thumbnail else None)


def thumbnail_of(shown: "Image.Image | npt.NDArray[np.uint8]", orientation: int = 1) -> bytes:
    """Return a picture as a JPEG of at most 320 pixels a side, composed over black.

    Parameters
    ----------
    shown
        A Pillow image, or uint8 samples of shape [H, W] or [H, W, 3].
    orientation
        EXIF's orientation, 1 to 8.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from PIL import Image
    >>> Image.open(io.BytesIO(thumbnail_of(np.zeros((500, 1000), np.uint8)))).size
    (320, 160)
    """
    from PIL import Image

    image = Image.fromarray(shown) if isinstance(shown, np.ndarray) else shown
    while image.size[0] * image.size[1] > 4 * STRIP:  # first thin out what is huge, to save memory
        image = image.resize(
            (max(1, image.size[0] // 2), max(1, image.size[1] // 2)), Image.Resampling.NEAREST
        )
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        clear = image.convert("RGBA")
        image = Image.composite(clear.convert("RGB"), Image.new("RGB", clear.size), clear.getchannel("A"))
    elif image.mode not in ("L", "RGB", "YCbCr"):
        image = _rgb(image)
    image = image.copy()
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    pixels = turned(np.asarray(image.convert("RGB")), orientation)
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(target, "JPEG", quality=82)
    return target.getvalue()


def _in_words(error: Exception) -> str:
    """Return a decoder's complaint as one short line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"the picture does not decode: {text[:200]}"
