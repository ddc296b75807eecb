"""Contents that an archive claims: what the cache holds of them stays closed until a file proves them.

Users share the cache, which keeps thumbnails and sampled hashes by MD5, so an MD5 opens pictures. The
kernel's own MD5s come from bytes that it read; an archive's are somebody's word. Each is noted here, by an
empty file, before it is stored. The first look at such a content hashes the files of its paths: one that
is really it proves the claim for good, and without one nothing is shown.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tagcat_kernel.home import user_folder
from tagcat_kernel.media.files import md5_of, opened
from tagcat_kernel.records import MediaError


class Claims:
    """One user's claimed contents on this machine.

    Parameters
    ----------
    user
        Whose they are.

    Examples
    --------
    >>> claims = Claims("ada")
    >>> claims.note(["0" * 32])
    >>> claims.hold("0" * 32, ["/no/such.jpg"]), claims.hold("1" * 32, [])
    (False, True)
    """

    def __init__(self, user: str) -> None:
        self._user = user

    def note(self, contents: Iterable[str]) -> None:
        """Note MD5s (32 hex digits each) as claims.

        Raises
        ------
        OSError
            If the disk can't take it: what is not noted must not be stored.
        """
        for md5 in contents:
            mark = self._mark(md5)
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.touch(mode=0o600)

    def hold(self, md5: str, paths: Sequence[str]) -> bool:
        """Tell whether a content is no mere claim, or one of these files is it."""
        mark = self._mark(md5)
        if not mark.exists():
            return True
        for path in paths:
            try:
                with opened(path) as (file, _stamp):
                    found = md5_of(file, lambda: None)
            except (MediaError, OSError):
                continue
            if found == md5:
                mark.unlink(missing_ok=True)
                return True
        return False

    def _mark(self, md5: str) -> Path:
        return user_folder("claims", self._user) / md5[:2] / md5
