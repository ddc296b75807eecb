"""Small pictures to look at: JPEG, at most 320 pixels a side, the way up as shown."""

import io
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tagcat_kernel.media.grey import rgb_of
from tagcat_kernel.orientations import turned

if TYPE_CHECKING:
    from PIL import Image

THUMBNAIL = 320
"""Longest side of a thumbnail in pixels."""
HUGE = 16_000_000
"""Pixels above which a picture is thinned out first, to save memory."""


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

    image = composed(Image.fromarray(shown) if isinstance(shown, np.ndarray) else shown)
    image = image.copy()
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    pixels = turned(np.asarray(image.convert("RGB")), orientation)
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(target, "JPEG", quality=82)
    return target.getvalue()


def composed(image: "Image.Image") -> "Image.Image":
    """Return a picture as L, RGB or YCbCr, composed over black, and thinned out first where it is huge.

    Examples
    --------
    >>> from PIL import Image
    >>> composed(Image.new("RGBA", (1, 1), (255, 0, 0, 128))).getpixel((0, 0))
    (128, 0, 0)
    """
    from PIL import Image

    while image.size[0] * image.size[1] > HUGE:
        image = image.resize(
            (max(1, image.size[0] // 2), max(1, image.size[1] // 2)), Image.Resampling.NEAREST
        )
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        clear = image.convert("RGBA")
        image = Image.composite(clear.convert("RGB"), Image.new("RGB", clear.size), clear.getchannel("A"))
    elif image.mode not in ("L", "RGB", "YCbCr"):
        image = rgb_of(image)
    return image
