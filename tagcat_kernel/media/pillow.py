"""Pillow, with its process-wide settings put aside while TagCat decodes.

Pillow warns and refuses by a global pixel limit of its own and reports odd files through `warnings`.
TagCat has its own limits and takes warnings as none of a person's business, but it must not change the
settings of the notebook that it runs in: the first thread in puts them aside, the last one out puts them
back.
"""

import contextlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

FORMATS = [
    "AVIF",
    "BMP",
    "CUR",
    "DDS",
    "DIB",
    "GIF",
    "ICO",
    "JPEG",
    "JPEG2000",
    "MPO",
    "PCX",
    "PNG",
    "PPM",
    "QOI",
    "SGI",
    "SUN",
    "TIFF",
    "WEBP",
    "XBM",
    "XPM",
]
"""What counts as an image. PSD, EPS, SVG, PDF, WMF and scientific containers do not."""

_lock = threading.Lock()
_inside = 0
_saved: tuple[Any, Any] = (None, None)


@contextmanager
def settings_aside() -> Iterator[None]:
    """Lift Pillow's own pixel limit and silence warnings until the last thread inside leaves.

    Examples
    --------
    >>> from PIL import Image
    >>> with settings_aside():
    ...     Image.MAX_IMAGE_PIXELS is None
    True
    >>> Image.MAX_IMAGE_PIXELS is None
    False
    """
    global _inside, _saved  # noqa: PLW0603 - the settings are the process's
    from PIL import Image

    with _lock:
        if _inside == 0:
            quiet = warnings.catch_warnings()
            quiet.__enter__()
            warnings.simplefilter("ignore")
            _saved = (Image.MAX_IMAGE_PIXELS, quiet)
            Image.MAX_IMAGE_PIXELS = None
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                Image.MAX_IMAGE_PIXELS, quiet = _saved
                quiet.__exit__(None, None, None)


@lru_cache(maxsize=1)
def formats() -> list[str]:
    """Return the names of the formats to open; HEIC too where pillow-heif is installed.

    Examples
    --------
    >>> "JPEG" in formats(), "PSD" in formats()
    (True, False)
    """
    from PIL import Image

    Image.init()
    with contextlib.suppress(ImportError):  # missing, or built for another Pillow
        import pillow_heif

        pillow_heif.register_heif_opener()
    return [name for name in [*FORMATS, "HEIF"] if name in Image.OPEN]
