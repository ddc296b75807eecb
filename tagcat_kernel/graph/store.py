"""Storing: the one transaction that writes what a batch of records changes.

It writes the lock first, so that no other writer comes between. Then `difference` reads and compares, and
here its rows are written: contents, frames, files. Where live hashes went or came, the columns of all
hashes give the edges before and after; those that went are deleted, those that came created, and the
version token on the user's node is renewed. Everything is computed from what was read under the lock, so
a retry starts afresh, and storing the same records twice changes nothing.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tagcat_kernel.edges import Edges, edges, table_changes
from tagcat_kernel.graph.columns import Hashes, Remembered, new_version, read_hashes
from tagcat_kernel.graph.difference import Change
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.graph.keys import kind_of_item
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import BATCH, Unit
from tagcat_kernel.stars import objects


@dataclass(frozen=True, slots=True)
class Stored:
    """What a transaction added; `matches` counts new edges, `files` new or changed files.

    Examples
    --------
    >>> Stored(images=1) + Stored(images=2, matches=3)
    Stored(images=3, videos=0, frames=0, files=0, matches=3)
    """

    images: int = 0
    videos: int = 0
    frames: int = 0
    files: int = 0
    matches: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.images + other.images,
            self.videos + other.videos,
            self.frames + other.frames,
            self.files + other.files,
            self.matches + other.matches,
        )


@dataclass(frozen=True, slots=True)
class Locked:
    """What the user's node said when its lock was taken; distances in bits."""

    version: str
    max_distance: int
    key_frame_distance: int


def lock(unit: Unit, user: str) -> Locked:
    """Take the user's lock: until the transaction ends, no other one writes to this collection.

    Raises
    ------
    GraphError
        If the user is gone.
    """
    locked = unit.run("lock", user=user)
    if not locked:
        raise GraphError(f"there is no user {user!r} any more: it was, or is being, removed")
    return Locked(**locked[0])


def write(
    unit: Unit, user: str, locked: Locked, change: Change, known: Remembered | None
) -> tuple[Stored, Remembered | None]:
    """Write a change with its edges; return what was added and what to remember after the commit."""
    added = Stored(change.images, change.videos, change.frames, change.files)
    if not change.gone and not change.come:
        _write(unit, user, change)
        return added, known
    # All hashes are read before anything is written.
    before = locked_hashes(unit, user, locked, known)
    _write(unit, user, change)
    come = Hashes.of(change.come)
    table, values = before.table.changed(change.gone, come.items)
    created, deleted = table_changes(before.table, table, values, locked.max_distance)
    relink(unit, user, created, deleted)
    after = before.changed(frozenset(change.gone), come, table)
    return added + Stored(matches=len(created)), renewed(unit, user, after)


def locked_hashes(unit: Unit, user: str, locked: Locked, known: Remembered | None) -> Hashes:
    """Return the columns under the lock: the token tells whether the process has them."""
    if known is not None and known.version == locked.version:
        return known.hashes
    return read_hashes(unit, user)


def renewed(unit: Unit, user: str, hashes: Hashes) -> Remembered:
    """Give the set of live hashes a new token, and return both together."""
    fresh = new_version(len(hashes))
    unit.run("set_version", user=user, version=fresh)
    return Remembered(fresh, hashes)


# Nodes before the relationships that need them, and a file's old node before its new one.
ORDER = (
    *("create_images", "create_videos", "create_frames"),
    *("set_images", "set_videos", "set_frames"),
    *("drop_image_files", "drop_video_files", "create_image_files", "create_video_files"),
)


def _write(unit: Unit, user: str, change: Change) -> None:
    for query in ORDER:
        unit.each(query, change.rows.get(query, []), user=user)


def rematch(unit: Unit, user: str, hashes: Hashes, max_distance: int) -> int:
    """Make the stored matches those that follow from the hashes, and return how many there are."""
    wanted = edges(hashes.items, max_distance)
    links = {(a, b): int(d) for a, b, d in zip(wanted.a, wanted.b, wanted.distance, strict=True)}
    row = unit.columns("matches", user=user)
    stored = dict(zip(zip(row["a"], row["b"], strict=True), row["distances"], strict=True))
    created = {pair: distance for pair, distance in links.items() if stored.get(pair) != distance}
    deleted = {pair: distance for pair, distance in stored.items() if links.get(pair) != distance}
    relink(unit, user, _edges(created), _edges(deleted))
    return len(links)


def _edges(pairs: dict[tuple[str, str], int]) -> Edges:
    return Edges(
        objects([a for a, _ in pairs]),
        objects([b for _, b in pairs]),
        np.fromiter(pairs.values(), np.uint8, len(pairs)),
    )


def relink(unit: Unit, user: str, created: Edges, deleted: Edges) -> None:
    """Delete matches and add others."""
    _unlink(unit, user, deleted)
    _link(unit, user, created)


def _link(unit: Unit, user: str, created: Edges) -> None:
    """Add matches; a query for each pair of kinds, so that both ends are found by their indexes."""
    links: dict[str, list[tuple[str, str, int]]] = {}
    for a, b, distance in zip(created.a, created.b, created.distance.tolist(), strict=True):
        links.setdefault(f"link_{kind_of_item(a)}_{kind_of_item(b)}", []).append((a, b, distance))
    for query, some in sorted(links.items()):
        for start in range(0, len(some), BATCH):
            rows: dict[str, Row] = {}
            for a, b, distance in some[start : start + BATCH]:
                row = rows.setdefault(a, {"a": a, "b": [], "dist": []})
                row["b"].append(b)
                row["dist"].append(distance)
            unit.run(query, user=user, rows=list(rows.values()))


def _unlink(unit: Unit, user: str, deleted: Edges) -> None:
    """Delete matches, each looked for from the end that loses fewer: the other may be a hub."""
    losses = Counter([*deleted.a, *deleted.b])
    rows: dict[str, list[Row]] = {}
    for a, b in zip(deleted.a, deleted.b, strict=True):
        key, other = (a, b) if losses[a] <= losses[b] else (b, a)
        rows.setdefault(f"unlink_{kind_of_item(key)}", []).append({"key": key, "other": other})
    for query, some in sorted(rows.items()):
        unit.each(query, some, user=user)
