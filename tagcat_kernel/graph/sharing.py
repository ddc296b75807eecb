"""Sharing a collection with named users: as access to its owner's nodes, for reading or for tagging too.

A share is one relationship, `(owner)-[:SHARES {tagging}]->(member)`. Nothing is copied: who may see the
collection asks the same queries about the same nodes as its owner does. A `SharedGraph` stands between. It
runs `share_check` before every query, in the same transaction, so that a share that ends has ended for the
next query, also in the midst of a call. And it knows which queries a member may run at all: `READING`, and
with tagging `TAGGING`. A query that neither names, a new one above all, is its owner's alone.

A member who tags takes the owner's lock like the owner. Sharing and its end take it, too: so what a member
writes is committed before the share ends, or not at all. Each change says by whom it is (`Unit.by`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tagcat_kernel.graph.errors import NotSharedError
from tagcat_kernel.graph.keys import checked_user
from tagcat_kernel.graph.runner import Row, Run, Runner
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.store import lock

T = TypeVar("T")

READING = frozenset(
    (
        *("user", "version", "changes", "match_in_database"),
        *("image_hashes", "frame_hashes", "image_files", "video_files", "images", "videos"),
        *("places_of_images", "places_of_videos", "places_of_frames"),
        *("matches", "rejected", "confirmed", "neighbours_of_images", "neighbours_of_frames"),
        *("count_images", "count_videos", "count_frames", "count_files"),
        *("count_matches", "count_rejected_matches"),
        *("known_images", "known_videos", "known_frames"),
        *("tags", "tags_together", "tagged_images", "tagged_videos", "tagged_frames", "items_of_tag"),
        *("labels", "labelled_images", "labelled_frames"),
    )
)
"""What every member may run about the collection that is shared; none of these changes anything."""

TAGGING = frozenset(
    (
        *("lock", "create_moments"),
        *("tag_images", "tag_videos", "tag_frames", "untag_images", "untag_videos", "untag_frames"),
        *("change", "create_change", "forget_changes", "set_change_undone"),
    )
)
"""What a member who may tag runs beside these: tags that are there go on items and off them, with an undo.

Those about changes take `$by`, which must be the member: nobody forgets or undoes what another did."""


@dataclass(frozen=True, slots=True)
class Share:
    """The other user of a share, and whether the member of it may tag."""

    name: str
    tagging: bool


def share(graph: Graph, user: str, member: str, *, tagging: bool = False) -> None:
    """Share a user's collection with another user, or say anew what that one may do.

    Raises
    ------
    ValueError
        If there is no such user, or it is the owner.
    GraphError
        If the graph can't do it.
    """
    if checked_user(member) == user:
        raise ValueError(f"{user} has this collection already: name somebody else")

    def work(unit: Unit) -> None:
        lock(unit, user)
        if not unit.run("share", user=user, member=member, tagging=tagging):
            raise ValueError(f"there is no user {member!r}: names are spelled as `tagcat users list` does")

    graph.transaction(work)


def unshare(graph: Graph, user: str, member: str) -> None:
    """End a share: the member's next query is refused.

    Raises
    ------
    ValueError
        If the collection is not shared with such a one.
    GraphError
        If the graph can't do it.
    """

    def work(unit: Unit) -> None:
        lock(unit, user)
        if not unit.run("unshare", user=user, member=member):
            raise ValueError(f"the collection of {user} is not shared with {member!r}")

    graph.transaction(work)


def shares(graph: Graph, user: str) -> list[Share]:
    """Return with whom a user's collection is shared, in the order of their names."""
    return _sorted(graph.read("shares", user=user))


def shared_with(graph: Graph, user: str) -> list[Share]:
    """Return whose collections are shared with a user, in the order of their names."""
    return _sorted(graph.read("shared_with_me", user=user))


def _sorted(rows: list[Row]) -> list[Share]:
    return sorted((Share(**row) for row in rows), key=lambda share: share.name)


class SharedGraph(Graph):
    """A graph as a member sees it: one collection of another user, for as long as it is shared.

    Parameters
    ----------
    runner
        Of the graph that holds both users.
    owner
        Whose collection it is.
    member
        Who asks.

    Examples
    --------
    >>> from tagcat_kernel.graph.fake import FakeRunner
    >>> SharedGraph(FakeRunner([]), "ada", "bob").read("images", user="ada")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.NotSharedError: ada's collection is not shared with bob: ask ada to share it
    """

    def __init__(self, runner: Runner, owner: str, member: str) -> None:
        super().__init__(runner)
        self.owner = owner
        self.member = member

    def __repr__(self) -> str:
        return f"SharedGraph({self.runner.place!r}, {self.owner!r}, {self.member!r})"

    def access(self) -> Share:
        """Return what the member may do now.

        Raises
        ------
        NotSharedError
            If it is nothing.
        """
        return self.reading(lambda unit: unit.access())

    def refuse(self) -> NotSharedError:
        """Return the error that says what the member may do, in answer to what he may not."""
        return self.reading(lambda unit: unit.refusal(unit.access()))

    def reading(self, work: Callable[["SharedUnit"], T]) -> T:
        """Call `work` with a unit that checks each query."""
        return self.runner.execute(lambda run: work(self._unit(run)), write=False)

    def transaction(self, work: Callable[["SharedUnit"], T]) -> T:
        """Call `work` with a unit that checks each query: all that it writes is kept, or nothing."""
        return self.runner.execute(lambda run: work(self._unit(run)), write=True)

    def _unit(self, run: Run) -> "SharedUnit":
        return SharedUnit(run, self.owner, self.member)


class SharedUnit(Unit):
    """One open transaction of a member in another's collection."""

    def __init__(self, run: Run, owner: str, member: str) -> None:
        super().__init__(run, by=member)
        self._owner = owner
        self._member = member

    def access(self) -> Share:
        """Return what the member may do, as this transaction sees it; `NotSharedError` where nothing."""
        found = super().run("share_check", user=self._owner, member=self._member)
        if not found:
            raise NotSharedError(
                f"{self._owner}'s collection is not shared with {self._member}: ask {self._owner} to share it"
            )
        return Share(self._owner, found[0]["tagging"])

    def refusal(self, access: Share) -> NotSharedError:
        """Return the error of something that the member may not do."""
        extent = "reading and tagging" if access.tagging else "reading"
        return NotSharedError(f"{self._owner}'s collection is shared with {self._member} for {extent} only")

    def run(self, name: str, **parameters: Any) -> list[Row]:
        """Run a query if the member may, now, about this collection, and about changes of his own.

        Raises
        ------
        NotSharedError
            If he may not.
        """
        access = self.access()
        allowed = name in READING or (access.tagging and name in TAGGING)
        his = parameters.get("by", self._member) == self._member
        if not allowed or not his or parameters.get("user") != self._owner:
            raise self.refusal(access)
        return super().run(name, **parameters)
