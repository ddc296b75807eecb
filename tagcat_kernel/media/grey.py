"""A loaded Pillow picture of any mode to 8-bit grey samples.

Transparent pictures are composed over black, palettes and CMYK become RGB as Pillow converts them, 16-bit
samples are rounded to 8. It happens in strips, so that 256 megapixels need no second copy in colour.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hashing import to_eight_bits, to_grey

if TYPE_CHECKING:
    from PIL import Image

STRIP = 4_000_000
"""Pixels that become grey at a time."""


def grey_of(image: "Image.Image") -> npt.NDArray[np.uint8]:
    """Return the grey samples of a loaded picture, uint8 [H, W].

    Examples
    --------
    >>> from PIL import Image
    >>> grey_of(Image.new("RGBA", (2, 1), (255, 255, 255, 128)))
    array([[128, 128]], dtype=uint8)
    """
    width, height = image.size
    if image.mode in ("I", "F"):
        return grey_of_numbers(np.asarray(image), sixteen=image.format == "PPM")
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
    return to_grey(np.asarray(rgb_of(strip)))


def rgb_of(image: "Image.Image") -> "Image.Image":
    """Return a picture without alpha in RGB; LAB too, which Pillow's own conversion leaves out.

    Examples
    --------
    >>> from PIL import Image
    >>> rgb_of(Image.new("LAB", (1, 1))).mode
    'RGB'
    """
    if image.mode == "LAB":
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        turned_rgb = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        if turned_rgb is not None:
            return turned_rgb
    return image.convert("RGB")


def grey_of_numbers(values: npt.NDArray[Any], *, sixteen: bool) -> npt.NDArray[np.uint8]:
    """Return 32-bit samples as grey: 16-bit ones of a PNM as such, others from their least to their most.

    Examples
    --------
    >>> import numpy as np
    >>> grey_of_numbers(np.array([[-1.0, 0.0, 1.0, np.nan]]), sixteen=False)
    array([[  0, 128, 255, 128]], dtype=uint8)
    """
    if sixteen:
        return to_eight_bits(np.clip(values, 0, 65535).astype(np.uint16))
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.rint((finite - low) * scale), np.uint8)
