"""Finds the built front ends.

Each widget's TypeScript and CSS are bundled into `static/` when the package is built. A checkout that
was never built has none; this says so in words instead of a missing file somewhere inside anywidget.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def bundle(name: str) -> Path:
    """Return the built file `name`, such as "gallery.js".

    Raises
    ------
    ImportError
        If the front ends were never built.

    Examples
    --------
    >>> bundle("gallery.js").name
    'gallery.js'
    >>> bundle("dance.js")
    Traceback (most recent call last):
    ImportError: TagCat's front end is not built (dance.js is missing): run `make setup`, or `pip install .`
    """
    path = STATIC / name
    if not path.is_file():
        raise ImportError(
            f"TagCat's front end is not built ({name} is missing): run `make setup`, or `pip install .`"
        )
    return path
