"""Which way up: EXIF's orientation of images, the display matrix of videos.

Both become one of EXIF's eight codes; `orientations.turned` applies a code to an array of samples.
"""

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 274
_TURNED_FORMATS = ("JPEG", "MPO", "PNG", "WEBP")
"""Formats whose EXIF orientation is ours to apply: Pillow turns TIFF itself, AVIF and HEIC their decoders."""


def exif_orientation(image: "Image.Image") -> int:
    """Return the orientation, 1 to 8, that EXIF asks for; 1 where it is missing or broken.

    Only EXIF counts: the orientation in XMP, which Pillow mixes in, is ignored.

    Examples
    --------
    >>> from PIL import Image
    >>> exif_orientation(Image.new("L", (2, 2)))
    1
    """
    from PIL import Image

    data = image.info.get("exif")
    if image.format not in _TURNED_FORMATS or not isinstance(data, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(data)
        code = exif.get(_ORIENTATION, 1)
    except Exception:  # broken EXIF is common and no reason to lose the picture
        return 1
    return code if isinstance(code, int) and 1 <= code <= 8 else 1


def matrix_orientation(matrix: bytes) -> int:
    """Return EXIF's code for a video's display matrix (nine int32); 1 for what is no quarter turn.

    Examples
    --------
    >>> import struct
    >>> matrix_orientation(struct.pack("9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30))
    6
    """
    if len(matrix) < 36:
        return 1
    a, b, _, c, d, *_ = struct.unpack("9i", matrix[:36])
    straight = abs(a) + abs(d) > abs(b) + abs(c)
    # The matrix maps x to (a, b) and y to (c, d): the signs tell the flips.
    if straight:
        return {(False, False): 1, (True, False): 2, (True, True): 3, (False, True): 4}[(a < 0, d < 0)]
    return {(False, False): 5, (False, True): 6, (True, True): 7, (True, False): 8}[(b < 0, c < 0)]
