"""A picture in colour, as it is shown, at the size that a labelling model looks at.

A model sees what a person sees: turned as EXIF or the video says, composed over black, 8 bits a colour.
The picture is scaled by area averaging, as the hash is: on the 18 labelled photographs of the tests that
gave all of a classifier's expected answers, and Pillow's filters 5 to 7 of them.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.media.images import decoding, load_whole
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.orientation import exif_orientation
from tagcat_kernel.media.pillow import formats
from tagcat_kernel.media.thumbnails import HUGE, composed
from tagcat_kernel.orientations import turned

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""RGB samples [height, width, 3], 0 to 255."""

LONGEST = 8
"""Sides of a strip: of a longer one, only the middle is scaled where a square is cut out anyway."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The size that a model wants pictures in.

    Attributes
    ----------
    side
        Pixels. With `crop` the short side becomes this long, without it the long side becomes no longer.
    crop
        Side of the square that is cut out of the middle, in pixels; None leaves the picture whole.

    Raises
    ------
    ValueError
        If a side is not 1 to 2048 pixels, or the square does not fit.

    Examples
    --------
    >>> Fit(256, 227).crop
    227
    """

    side: int
    crop: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.side <= 2048:
            raise ValueError(f"a side must be 1 to 2048 pixels, not {self.side}")
        if self.crop is not None and not 1 <= self.crop <= self.side:
            raise ValueError(f"the square must be 1 to {self.side} pixels wide, not {self.crop}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture's pixels, or why there are none."""

    pixels: Pixels | None = None
    error: str | None = None


def shown_image(data: bytes, fit: Fit, *, limits: Limits = DEFAULT, name: str = "") -> Pixels:
    """Decode an image from its file's bytes and bring it to the size of `fit`.

    Parameters
    ----------
    data
        The whole file.
    fit
        Which size.
    limits
        `pixels` is checked before anything is decoded.
    name
        The file's name, needed only for formats without a signature (TGA).

    Raises
    ------
    MediaError
        If the file is no image, the picture is not whole, or a limit is exceeded.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("L", (60, 40), 128).save(file, "PNG")
    >>> shown_image(file.getvalue(), Fit(20, 10)).shape
    (10, 10, 3)
    """
    with decoding():
        return fitted(_decode(data, limits, name), fit)


def fitted(pixels: Pixels, fit: Fit) -> Pixels:
    """Bring a picture to the size of `fit`.

    Examples
    --------
    >>> fitted(np.zeros((300, 600, 3), np.uint8), Fit(150)).shape
    (75, 150, 3)
    """
    import cv2

    height, width = pixels.shape[:2]
    if fit.crop is None:
        scale = min(1.0, fit.side / max(height, width))
    else:
        short = min(height, width)
        pixels = _middle(pixels, LONGEST * short, LONGEST * short)
        height, width = pixels.shape[:2]
        scale = fit.side / short
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = np.asarray(
        cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8
    )
    return scaled if fit.crop is None else np.ascontiguousarray(_middle(scaled, fit.crop, fit.crop))


def jpeg_of(pixels: Pixels) -> bytes:
    r"""Return pixels, uint8 [h, w, 3] in RGB, as the bytes of a JPEG.

    Examples
    --------
    >>> jpeg_of(np.zeros((4, 6, 3), np.uint8))[:2]
    b'\xff\xd8'
    """
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=85)
    return target.getvalue()


def _middle(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return the middle of a picture, no larger than asked for."""
    top = max(0, (pixels.shape[0] - height) // 2)
    left = max(0, (pixels.shape[1] - width) // 2)
    return pixels[top : top + height, left : left + width]


def _decode(data: bytes, limits: Limits, name: str) -> Pixels:
    from PIL import Image, UnidentifiedImageError

    known = [*formats(), "TGA"] if name.lower().endswith(".tga") else formats()
    try:
        image: Any = Image.open(io.BytesIO(data), formats=known)
    except UnidentifiedImageError:
        return _rare(data, limits)
    with image:
        width, height = image.size
        limits.check_size(width, height)
        if getattr(image, "default_image", False):
            image.seek(1)  # an APNG whose first picture is only for programs that can't animate
        orientation = exif_orientation(image)
        if image.format in ("JPEG", "MPO") and width * height > HUGE:
            image.draft(None, (width // 2, height // 2))
        image = load_whole(image, data)
        return turned(np.asarray(_flat(image)), orientation)


def _flat(image: "Image.Image") -> "Image.Image":
    """Return a loaded picture of any mode in RGB; of 16 bits the upper eight."""
    from PIL import Image

    from tagcat_kernel.media.grey import grey_of

    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = Image.fromarray(grey_of(image))
    return composed(image).convert("RGB")


def _rare(data: bytes, limits: Limits) -> Pixels:
    """Return what only OpenCV reads (see `depth`) as grey: no such file is a photograph of a camera."""
    from tagcat_kernel.media.depth import rare_grey

    return np.repeat(rare_grey(data, limits)[:, :, None], 3, axis=2)
