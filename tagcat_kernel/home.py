"""Where TagCat keeps what it knows, and what ships with it.

`TAGCAT_HOME` holds the embedded graph, the cache of hashes and sampled tracks, thumbnails, jobs and
models; its default is the platform's data folder. Nothing of a collection lies anywhere else.

The queries and the notebooks lie beside the packages in a checkout and inside `tagcat_kernel` in a
wheel; `shipped` finds them in both.
"""

import getpass
import hashlib
import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder of TagCat's local state, made with mode 0700 where it is missing.

    Raises
    ------
    OSError
        If the folder can't be made.

    Examples
    --------
    >>> home().is_dir()
    True
    """
    chosen = os.environ.get("TAGCAT_HOME")
    folder = (
        Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("tagcat", appauthor=False))
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def subfolder(name: str) -> Path:
    """Return `home() / name`, made where it is missing.

    Examples
    --------
    >>> subfolder("jobs").name
    'jobs'
    """
    folder = home() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def user_folder(name: str, user: str) -> Path:
    """Return where the folder `name` keeps what is one user's, whether it is there or not.

    A user's name may hold what no folder's may, so the folder is named by its digest.

    Examples
    --------
    >>> user_folder("sent", "../ada").parent == subfolder("sent")
    True
    """
    return subfolder(name) / hashlib.blake2b(user.encode(), digest_size=16).hexdigest()


def user_name(name: str | None = None) -> str:
    """Return the user whose collection is meant: `name`, else `TAGCAT_USER`, else the system account.

    Examples
    --------
    >>> user_name("ada")
    'ada'
    """
    chosen = name or os.environ.get("TAGCAT_USER")
    if chosen:
        return chosen
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's account may have a number and no name
        return str(os.getuid())


def shipped(name: str) -> Path:
    """Return the folder `name` ("cypher" or "notebooks") that came with this TagCat.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> shipped("cypher").is_dir()
    True
    """
    package = Path(__file__).parent
    for folder in (package / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"this TagCat came without its folder {name!r}: install it again")
