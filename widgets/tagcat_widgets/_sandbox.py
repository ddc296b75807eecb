"""Keeps paths inside a root.

A path from a browser is only a claim: it may hold "..", lead out through a link, or have been typed by
hand into a message. `inside` resolves it (links too) and compares what it really is.
"""

from pathlib import Path


class OutsideError(ValueError):
    """A path that can't be chosen here; the message says why, for a person."""


def inside(root: Path, path: str | Path, *, hidden: bool = False) -> Path:
    """Return `path` resolved, if it exists and lies in `root` (itself resolved).

    Parameters
    ----------
    root
        The folder that nothing may leave.
    path
        A path as it came; a relative one is meant from `root`.
    hidden
        Whether names that begin with a dot may be on the way.

    Raises
    ------
    OutsideError
        If it lies elsewhere, is hidden, is missing or can't be read.

    Examples
    --------
    >>> inside(Path("/usr"), "/usr/../etc")
    Traceback (most recent call last):
    tagcat_widgets._sandbox.OutsideError: /usr/../etc: lies outside the folder that is open here (/usr)
    """
    root = root.resolve()
    try:
        real = (root / path).resolve(strict=True)
    except FileNotFoundError:
        # Whether a file exists elsewhere is nobody's business: the same answer as for one that does.
        real = (root / path).resolve()
        if real.is_relative_to(root):
            raise OutsideError(f"{path}: there is no such file or folder any more") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutsideError(f"{path}: can't be opened ({reason})") from None
    if not real.is_relative_to(root):
        raise OutsideError(f"{path}: lies outside the folder that is open here ({root})")
    if not hidden and any(part.startswith(".") for part in real.relative_to(root).parts):
        raise OutsideError(f"{path}: is hidden, and hidden files are not open here")
    if not (real.is_dir() or real.is_file()):
        raise OutsideError(f"{path}: is neither a file nor a folder")
    return real
