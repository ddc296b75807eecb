"""What Pillow can't give: 16-bit colours at their full depth, and a few rare formats. OpenCV decodes them.

Of 16 bits of colour Pillow keeps the high byte, which is not the nearest of 256 levels. Pillow still
decodes first, because OpenCV takes a broken picture for a whole one.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hashing import to_eight_bits, to_grey
from tagcat_kernel.media.grey import grey_of_numbers
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.records import MediaError

_DEEP_PNG_COLOURS = (2, 4, 6)
_RARE_STARTS = (b"#?", b"P7", b"PF", b"Pf", b"\x59\xa6\x6a\x95")
"""Radiance HDR, PAM, PFM and Sun raster."""


def deep_grey(image: Any, data: bytes) -> npt.NDArray[np.uint8] | None:
    """Return the grey of a picture with 16-bit colours; None where Pillow's 8 bits are all there is.

    Parameters
    ----------
    image
        The picture as Pillow loaded it.
    data
        Its file.

    Examples
    --------
    >>> import io
    >>> import cv2, numpy as np
    >>> from PIL import Image
    >>> data = cv2.imencode(".png", np.full((1, 2, 3), 255, np.uint16))[1].tobytes()
    >>> deep_grey(Image.open(io.BytesIO(data)), data)
    array([[1, 1]], dtype=uint8)
    """
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


def rare_grey(data: bytes, limits: Limits) -> npt.NDArray[np.uint8]:
    r"""Return the grey of formats that Pillow does not know: Radiance HDR, PAM, PFM and Sun raster.

    Raises
    ------
    MediaError
        If the file is none of them, does not decode or is too large.

    Examples
    --------
    >>> rare_grey(b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n@A", Limits())
    array([[64, 65]], dtype=uint8)
    """
    if not data.startswith(_RARE_STARTS):
        raise MediaError("no image format that TagCat reads")
    pixels = _opencv_pixels(data)
    if pixels is None:
        raise MediaError("no image format that TagCat reads, or its picture is not whole")
    height, width = pixels.shape[:2]
    limits.check_size(width, height)
    if pixels.dtype == np.uint16:
        pixels = to_eight_bits(pixels)
    elif pixels.dtype != np.uint8:
        pixels = grey_of_numbers(pixels, sixteen=False)
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4):
        return to_grey(np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]]))
    return np.ascontiguousarray(pixels.reshape(height, width, -1)[:, :, 0])


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
