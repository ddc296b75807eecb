"""A user's collection: one object that stores their files and shows what is stored.

Every call concerns one user only. Making the object makes the user, with settings, where the name is new.
What is written is told here: files with all that belongs to them, in one transaction (`store`), and the
user's own word on a pair, "not a match". What is read is told in `views`.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagcat_kernel.graph.columns import Hashes
from tagcat_kernel.graph.device_names import named
from tagcat_kernel.graph.difference import Wanted, wanted
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.graph.keys import checked_user, kind_of_item
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.store import Stored, store
from tagcat_kernel.graph.views import StoredFile, Views
from tagcat_kernel.records import ImageRecord, VideoRecord

__all__ = ["Collection", "Hashes", "Settings", "Stored", "StoredFile"]


@dataclass(frozen=True, slots=True)
class Settings:
    """A user's settings, in bits of Hamming distance."""

    max_distance: int = 8
    key_frame_distance: int = 6


class Collection(Views):
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
            graph.transaction(self._create)

    def __repr__(self) -> str:
        return f"Collection({self.graph!r}, {self.user!r})"

    def _create(self, unit: Unit) -> None:
        # Looked at again inside: after a lost race the other's node is there.
        if not unit.run("user", user=self.user):
            new = Settings()
            unit.run(
                "create_user",
                user=self.user,
                version=str(uuid.uuid4()),
                max_distance=new.max_distance,
                key_frame_distance=new.key_frame_distance,
            )

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

        Returns
        -------
        Stored
            What is new: contents, frames, files and edges.

        Raises
        ------
        NotStorableError
            If a path is no valid text or a record has an error. Nothing is stored then.
        GraphError
            If the graph can't do it. Nothing is stored then.
        """

        def say(unit: Unit) -> dict[str, Wanted]:
            return wanted(self.user, named(unit, self.user, records, replaces or {}), source)

        wanted(self.user, records, source)  # what can't be stored is told before a transaction begins
        added, known = self.graph.transaction(lambda unit: store(unit, self.user, say, self._known))
        # Only now it is committed; a retry must have started from what was true before.
        self._known = known
        return added

    def reject(self, a: str, b: str) -> None:
        """Mark a pair of items as no match, by their keys.

        Raises
        ------
        ValueError
            If one of them is no image or frame of this user, or both are the same.
        GraphError
            If the graph can't do it.
        """
        a, b = self._pair(a, b)
        query = f"reject_{kind_of_item(a)}_{kind_of_item(b)}"

        def work(unit: Unit) -> bool:
            unit.run("lock", user=self.user)  # two at once must not make two marks
            return bool(unit.run(query, user=self.user, a=a, b=b))

        if not self.graph.transaction(work):
            raise ValueError(f"{a} and {b} are not both images or key frames of {self.user}")

    def unreject(self, a: str, b: str) -> None:
        """Take the mark "not a match" off a pair; without one nothing happens.

        Raises
        ------
        ValueError
            If one of them can't be an image or frame of this user, or both are the same.
        GraphError
            If the graph can't do it.
        """
        a, b = self._pair(a, b)
        self.graph.write(f"unreject_{kind_of_item(a)}", user=self.user, a=a, b=b)

    def _pair(self, a: str, b: str) -> tuple[str, str]:
        if a == b:
            raise ValueError(f"{a} can't be paired with itself")
        for key in (a, b):
            if not key.startswith(f"{self.user}:"):
                raise ValueError(f"{key!a} is no image or key frame of {self.user}")
        return (a, b) if a < b else (b, a)
