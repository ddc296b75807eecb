"""How nodes are named, and how hashes are written in the graph.

Every key begins with its user's name and a colon. A name holds no colon, so the keys of two users never
meet, whatever they are called.

    file   user:<BLAKE2b of the path, 32 hex digits>
    image  user:<md5>
    video  user:<md5>
    frame  user:<md5>:<sample>
    tag    user:<BLAKE2b of the name, 32 hex digits>
"""

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagcat_kernel.graph.errors import NotStorableError

KINDS = ("image", "video")
"""Of files and their contents."""
LONGEST_NAME = 200
"""Characters of a user's or a tag's name."""
LONGEST_PATH = 32_000
"""Characters; the longest path of any system we run on is below."""


def checked_user(user: str) -> str:
    """Return the name of a user if it can be one.

    Raises
    ------
    NotStorableError
        If it is empty, too long, or has a colon, a control character or a blank at an end.

    Examples
    --------
    >>> checked_user("Ada Lovelace")
    'Ada Lovelace'
    >>> checked_user("a:b")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.NotStorableError: 'a:b' can't be a user's name: it has a colon
    """
    return _checked_name(user, "a user's name", colon=False)


def checked_tag(name: str) -> str:
    """Return the name of a tag if it can be one.

    Raises
    ------
    NotStorableError
        If it is empty, too long, or has a control character or a blank at an end.

    Examples
    --------
    >>> checked_tag("Holidays: 2026")
    'Holidays: 2026'
    >>> checked_tag("")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.NotStorableError: '' can't be a tag's name: it is empty
    """
    return _checked_name(name, "a tag's name", colon=True)


def checked_label(name: str) -> str:
    """Return the name of a label, or of the model that gives it, if it can be one.

    Raises
    ------
    NotStorableError
        If it is empty, too long, or has a control character or a blank at an end.

    Examples
    --------
    >>> checked_label("tabby, tabby cat")
    'tabby, tabby cat'
    """
    return _checked_name(name, "the name of a label or model", colon=True)


def _checked_name(name: str, what: str, *, colon: bool) -> str:
    if not name:
        trouble = "it is empty"
    elif len(name) > LONGEST_NAME:
        trouble = f"it is longer than {LONGEST_NAME} characters"
    elif ":" in name and not colon:
        trouble = "it has a colon"
    elif name != name.strip():
        trouble = "it begins or ends with a blank"
    elif any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        trouble = "it has a control character or is no valid text"
    else:
        return name
    raise NotStorableError(f"{name[:60]!a} can't be {what}: {trouble}")


def checked_path(path: str) -> str:
    r"""Return a path if the graph can hold it.

    Raises
    ------
    NotStorableError
        If it is empty, far too long, has a NUL, or is no valid Unicode (a name in another encoding).

    Examples
    --------
    >>> checked_path("caf\udce9.jpg")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.NotStorableError: 'caf\udce9.jpg': the name is not valid UTF-8: rename the file
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise NotStorableError(f"{path!a}: the name is not valid UTF-8: rename the file") from None
    if not path or "\0" in path or len(path) > LONGEST_PATH:
        raise NotStorableError(f"{path[:60]!a}: this can't be a file's path")
    return path


def file_key(user: str, path: str) -> str:
    """Return the key of a user's file.

    Examples
    --------
    >>> file_key("ada", "/a.jpg")
    'ada:4f96e8f781648f317ecc48850f4725b0'
    """
    return f"{user}:{hashlib.blake2b(path.encode(), digest_size=16).hexdigest()}"


def tag_key(user: str, name: str) -> str:
    """Return the key of a user's tag: two tags of one name can't be.

    Examples
    --------
    >>> tag_key("ada", "cats")
    'ada:0fbf84ec8657722f30047ffe4e36a4dc'
    """
    return f"{user}:{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"


def label_key(user: str, name: str) -> str:
    """Return the key of a label in a user's collection.

    Examples
    --------
    >>> label_key("ada", "cats")
    'ada:0fbf84ec8657722f30047ffe4e36a4dc'
    """
    return tag_key(user, name)


def content_key(user: str, md5: str) -> str:
    """Return the key of a user's image or video.

    Examples
    --------
    >>> content_key("ada", "0123")
    'ada:0123'
    """
    return f"{user}:{md5}"


def frame_key(user: str, md5: str, sample: int) -> str:
    """Return the key of a moment of a user's video.

    Examples
    --------
    >>> frame_key("ada", "0123", 25)
    'ada:0123:25'
    """
    return f"{user}:{md5}:{sample}"


def md5_of(key: str) -> str:
    """Return the MD5 of the content that a key names.

    Examples
    --------
    >>> md5_of("ada:0123:25")
    '0123'
    """
    return key.split(":", 2)[1]


def sample_of(key: str) -> int:
    """Return the sample number, at 25 a second, in the key of a frame.

    Examples
    --------
    >>> sample_of("ada:0123:25")
    25
    """
    return int(key.split(":", 2)[2])


def is_frame(key: str) -> bool:
    """Tell whether a key names a frame.

    Examples
    --------
    >>> is_frame("ada:0123:25"), is_frame("ada:0123")
    (True, False)
    """
    return key.count(":") == 2


def kind_of_item(key: str) -> str:
    """Return what a key that has a hash names, as the queries' names say it.

    Examples
    --------
    >>> kind_of_item("ada:0123:25"), kind_of_item("ada:0123")
    ('frame', 'image')
    """
    return "frame" if is_frame(key) else "image"


def bits(dhash: int) -> str:
    """Return a hash as the graph holds it: 64 digits 0 and 1, the first bit first.

    Examples
    --------
    >>> bits(5)[-4:], len(bits(5))
    ('0101', 64)
    """
    return f"{dhash:064b}"


def hashes_of(written: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return a column of hashes as the graph holds them as uint64[N].

    Examples
    --------
    >>> hashes_of([bits(5), bits(2**63)])
    array([                  5, 9223372036854775808], dtype=uint64)
    """
    digits = np.frombuffer("".join(written).encode("ascii"), dtype=np.uint8) - ord("0")
    return np.packbits(digits).view(">u8").astype(np.uint64)
