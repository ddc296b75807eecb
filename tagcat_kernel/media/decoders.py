"""What a failure hangs on: the decoders that there were, and the limits that were set.

"No image format that TagCat reads" is true of a HEIC picture only until `tagcat[heif]` is installed, and
"too large" only until the limit is raised. So a failure is remembered together with these circumstances,
and under others the file is read again.
"""

from importlib.metadata import PackageNotFoundError, version

from tagcat_kernel.media.limits import Limits

DECODERS = ("tagcat", "av", "opencv-python-headless", "pillow", "pillow-heif")
"""Distributions that decide what can be read, TagCat's own rules among them."""


def decoders() -> str:
    """Return the decoders that are installed, with their versions.

    Asked anew each time, because one may be installed while a notebook runs.

    Examples
    --------
    >>> "pillow " in decoders()
    True
    """
    return ", ".join(f"{name} {number}" for name in DECODERS if (number := _version(name)))


def circumstances(limits: Limits) -> str:
    """Return under which circumstances a file fails now.

    Examples
    --------
    >>> circumstances(Limits(pixels=10)) == circumstances(Limits(pixels=20))
    False
    """
    return f"{decoders()}; {limits}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
