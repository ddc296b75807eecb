"""Where a file was seen, and how a file on a person's device is named.

The kernel names its files by absolute paths. A file that only a browser can open is named by what saw it
and by where it lies below the folder that the person chose: `Macintosh: Chrome/Holiday/cat.jpg`. Such a
name begins with one of few words, never with a slash or a drive, so it is never the path of a kernel's
file; and since the kernel opens absolute paths only, it never opens one.
"""

import os
from itertools import product

PLATFORMS = ("Android", "ChromeOS", "Linux", "Macintosh", "Other", "Windows", "iPad", "iPhone")
"""What a browser may say that it runs on."""
BROWSERS = ("Chrome", "Edge", "Firefox", "Opera", "Other", "Safari")
"""What a browser may say that it is."""

_STARTS = tuple(f"{platform}: {browser}/" for platform, browser in product(PLATFORMS, BROWSERS))


def device_source(platform: str, browser: str) -> str:
    """Return the source of a device's files, as stored with each.

    Raises
    ------
    ValueError
        If one of the two is no word of `PLATFORMS` or `BROWSERS`.

    Examples
    --------
    >>> device_source("Macintosh", "Chrome")
    'Macintosh: Chrome'
    """
    if platform not in PLATFORMS or browser not in BROWSERS:
        raise ValueError("no platform and browser that TagCat knows")
    return f"{platform}: {browser}"


def on_device(path: str | bytes | os.PathLike[str]) -> bool:
    """Tell whether a stored path names a file on a person's device, which the kernel can't open.

    Examples
    --------
    >>> on_device("Macintosh: Chrome/cat.jpg"), on_device("/Macintosh: Chrome/cat.jpg")
    (True, False)
    """
    return os.fsdecode(path).startswith(_STARTS)


def is_missing(path: str) -> bool:
    """Tell whether a stored file is not where it was; of a device's file nobody here knows.

    Examples
    --------
    >>> is_missing("/no/such/cat.jpg"), is_missing("Macintosh: Chrome/cat.jpg")
    (True, False)
    """
    return not on_device(path) and not os.path.exists(path)  # noqa: PTH110 - a hundred thousand a second


def twin_path(path: str, md5: str) -> str:
    """Return the name of a second file that came with the name of another.

    A browser tells no more than a name and the folders below the one that was chosen, so two files of
    two memory cards may come with one name. The second is told apart by its content.

    Examples
    --------
    >>> twin_path("Linux: Chrome/DCIM/1.jpg", "5d41402abc4b2a76b9719d911017c592")
    'Linux: Chrome/DCIM/1 (5d41402a).jpg'
    """
    stem, ending = os.path.splitext(path)  # noqa: PTH122 - a name, not a path of this system
    return f"{stem} ({md5[:8]}){ending}"
