"""A user's collection: one object that stores their files and shows what is stored.

Every call concerns one user only. Making the object makes the user, with settings, where the name is new.
What is written of read files is told here: files with all that belongs to them, in one transaction
(`store`). What a person changes by hand is told in `by_hand` and `tags`, what models say in `labels`, what
is read in `views` and `matches`.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagcat_kernel.graph.by_hand import ByHand
from tagcat_kernel.graph.columns import Hashes, Remembered, new_version
from tagcat_kernel.graph.device_names import named
from tagcat_kernel.graph.difference import difference
from tagcat_kernel.graph.errors import GraphError, SettingsChangedError
from tagcat_kernel.graph.keys import KINDS, checked_path, checked_user, content_key, file_key, frame_key
from tagcat_kernel.graph.labels import Labels
from tagcat_kernel.graph.matches import Matches
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.store import ORDER, Locked, Stored, lock, locked_hashes, rematch, write
from tagcat_kernel.graph.views import Moved, StoredFile
from tagcat_kernel.graph.wishes import Wanted, wanted
from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord

__all__ = ["Collection", "Hashes", "Moved", "Settings", "Stored", "StoredFile"]


@dataclass(frozen=True, slots=True)
class Settings:
    """A user's settings, in bits of Hamming distance."""

    max_distance: int = 8
    key_frame_distance: int = 6


def checked_settings(settings: Settings) -> Settings:
    """Return settings that can be.

    Raises
    ------
    ValueError
        If a distance is outside 0 to 64, or `key_frame_distance` is above `max_distance`.

    Examples
    --------
    >>> checked_settings(Settings(max_distance=4, key_frame_distance=6))
    Traceback (most recent call last):
    ValueError: key_frame_distance (6) can't be above max_distance (4): a copy's moments would be missed
    """
    for name in ("max_distance", "key_frame_distance"):
        if not 0 <= getattr(settings, name) <= 64:
            raise ValueError(f"{name} must be from 0 to 64, not {getattr(settings, name)}")
    if settings.key_frame_distance > settings.max_distance:
        raise ValueError(
            f"key_frame_distance ({settings.key_frame_distance}) can't be above max_distance "
            f"({settings.max_distance}): a copy's moments would be missed"
        )
    return settings


def make_user(unit: Unit, user: str) -> bool:
    """Make a user with settings inside an open transaction, and tell whether the name was new."""
    # Looked at inside: after a lost race the other's node is there.
    if unit.run("user", user=user):
        return False
    new = Settings()
    unit.run(
        "create_user",
        user=user,
        version=new_version(0),
        made=time.time(),
        max_distance=new.max_distance,
        key_frame_distance=new.key_frame_distance,
    )
    return True


class Collection(ByHand, Labels, Matches):
    """The collection of one user; a new name makes a new user.

    Parameters
    ----------
    graph
        From `tagcat_kernel.graph.connect`.
    user
        1 to 200 characters without a colon, control characters and blanks at the ends.

    Raises
    ------
    NotStorableError
        If the name can't be a user's.
    GraphError
        If the graph can't answer.

    Examples
    --------
    >>> Collection(None, "a:b")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.NotStorableError: 'a:b' can't be a user's name: it has a colon
    """

    def __init__(self, graph: Graph, user: str) -> None:
        super().__init__(graph, checked_user(user))
        if not graph.read("user", user=user):
            graph.transaction(lambda unit: make_user(unit, user))

    def __repr__(self) -> str:
        return f"Collection({self.graph!r}, {self.user!r})"

    @property
    def settings(self) -> Settings:
        """The user's settings as they are in the graph now."""
        found = self.graph.read("user", user=self.user)
        if not found:
            raise GraphError(f"there is no user {self.user!r} any more")
        return Settings(**found[0])

    def store(
        self,
        records: Sequence[ImageRecord | VideoRecord],
        *,
        source: str,
        replaces: Mapping[str, str] | None = None,
        key_frame_distance: int | None = None,
    ) -> Stored:
        """Store readable files with their contents, key frames and matches, in one transaction.

        A path that is stored already is set to its new content; a content that thereby loses its last
        file is marked deleted. Storing the same again changes nothing.

        Parameters
        ----------
        records
            Without errors; of two records of one path the last stands.
        source
            Platform and program that saw the files, such as "Linux: tagcat 1.0".
        replaces
            Of changed files on a device: the MD5 before, by path (see `device_names`).
        key_frame_distance
            By which the key frames were chosen; default: whatever the user's is.

        Returns
        -------
        Stored
            What is new: contents, frames, files and edges.

        Raises
        ------
        NotStorableError
            If a path is no valid text or a record has an error. Nothing is stored then.
        SettingsChangedError
            If the user's `key_frame_distance` is another one by now. Nothing is stored then.
        GraphError
            If the graph can't do it. Nothing is stored then.
        """
        wanted(self.user, records, source)  # what can't be stored is told before a transaction begins

        def work(unit: Unit) -> tuple[Stored, Remembered | None]:
            locked = self._locked(unit, key_frame_distance)
            said = wanted(self.user, named(unit, self.user, records, replaces or {}), source)
            return write(unit, self.user, locked, difference(unit, self.user, said), self._known)

        # Only after the commit; a retry must have started from what was true before.
        added, self._known = self.graph.transaction(work)
        return added

    def move(self, moved: Sequence[Moved], *, source: str) -> int:
        """Give stored files other paths, in one transaction; their contents stay as they are.

        A file that is not as it was told, or a path that is stored by now, is left alone. Returns how many
        files were moved.

        Raises
        ------
        NotStorableError
            If a path is no valid text.
        GraphError
            If the graph can't do it. Nothing is changed then.
        """
        names = {one.path: file_key(self.user, checked_path(one.path)) for one in moved}
        old = {one.path: file_key(self.user, one.before.path) for one in moved}

        def work(unit: Unit) -> int:
            lock(unit, self.user)
            asked = sorted({*names.values(), *old.values()})
            known = {
                row["key"]: row
                for kind in KINDS
                for row in unit.each(f"known_{kind}_files", asked, user=self.user)
            }
            said = {kind: Wanted() for kind in KINDS}
            for one in moved:
                content = content_key(self.user, one.before.md5)
                there = known.get(old[one.path])
                if there is None or there["content"] != content or names[one.path] in known:
                    continue
                side = said[one.before.kind]
                side.dropped.add(old[one.path])
                side.contents[content] = None
                side.files[names[one.path]] = {
                    "path": one.path,
                    "name": os.path.basename(one.path),  # noqa: PTH119
                    "bytes": one.bytes,
                    "modified": one.modified,
                    "source": source,
                    "content": content,
                }
            change = difference(unit, self.user, said)
            for query in ORDER:
                unit.each(query, change.rows.get(query, []), user=self.user)
            return change.files

        return self.graph.transaction(work)

    def set_settings(self, settings: Settings) -> int:
        """Give the user other settings and make the matches follow, in one transaction; return how many.

        Key frames follow only by `set_key_frames`, a video at a time.

        Raises
        ------
        ValueError
            If a distance is outside 0 to 64, or `key_frame_distance` above `max_distance`.
        GraphError
            If the graph can't do it. Nothing is changed then.
        """
        checked_settings(settings)

        def work(unit: Unit) -> tuple[int, Remembered]:
            locked = lock(unit, self.user)
            distances = {name: getattr(settings, name) for name in ("max_distance", "key_frame_distance")}
            unit.run("set_settings", user=self.user, **distances)
            hashes = locked_hashes(unit, self.user, locked, self._known)
            matches = rematch(unit, self.user, hashes, settings.max_distance)
            return matches, Remembered(locked.version, hashes)

        matches, self._known = self.graph.transaction(work)
        return matches

    def match(self) -> int:
        """Compute all matches anew from the hashes, and store what differs; return how many there are.

        `store` keeps the matches complete, so there is nothing to do but after a repair of the graph.
        """

        def work(unit: Unit) -> int:
            locked = lock(unit, self.user)
            hashes = locked_hashes(unit, self.user, locked, self._known)
            return rematch(unit, self.user, hashes, locked.max_distance)

        return self.graph.transaction(work)

    def set_key_frames(self, md5: str, frames: Sequence[KeyFrame], key_frame_distance: int) -> Stored:
        """Make these the key frames of a stored video; what is said of the others stays on their moments.

        Raises
        ------
        SettingsChangedError
            If the user's `key_frame_distance` is another one by now. Nothing is changed then.
        GraphError
            If the graph can't do it. Nothing is changed then.
        """
        key = content_key(self.user, md5)
        rows: dict[str, Row] = {
            frame_key(self.user, md5, frame.sample): {"pos": float(frame.position), "dhash": frame.dhash}
            for frame in frames
        }
        said = {"image": Wanted(), "video": Wanted(contents={key: None}, frames={key: rows})}

        def work(unit: Unit) -> tuple[Stored, Remembered | None]:
            locked = self._locked(unit, key_frame_distance)
            known = unit.run("known_videos", user=self.user, rows=[key])
            if not known or known[0]["deleted"]:  # removed meanwhile
                return Stored(), self._known
            return write(unit, self.user, locked, difference(unit, self.user, said), self._known)

        added, self._known = self.graph.transaction(work)
        return added

    def _locked(self, unit: Unit, key_frame_distance: int | None) -> Locked:
        locked = lock(unit, self.user)
        if key_frame_distance not in (None, locked.key_frame_distance):
            raise SettingsChangedError(
                f"the key_frame_distance of {self.user} became {locked.key_frame_distance} while this ran"
            )
        return locked
