"""Storing: the one transaction that writes what a batch of records changes.

It writes the lock first, so that no other writer comes between. Then `difference` reads and compares, and
here its rows are written: contents, frames, files. Where live hashes went or came, the columns of all
hashes give the edges before and after; those that went are deleted, those that came created, and the
version token on the user's node is renewed. Everything is computed from what was read under the lock, so
a retry starts afresh, and storing the same records twice changes nothing.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tagcat_kernel.edges import Edges, table_changes
from tagcat_kernel.graph.columns import Hashes, Remembered, read_hashes
from tagcat_kernel.graph.difference import Change, Wanted, difference
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.graph.keys import kind_of_item
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import BATCH, Unit


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


def store(
    unit: Unit, user: str, say: Callable[[Unit], dict[str, Wanted]], known: Remembered | None
) -> tuple[Stored, Remembered | None]:
    """Do one transaction's work, and return what was added and what to remember after the commit.

    `say` tells what is wanted, once the lock is written.

    Raises
    ------
    GraphError
        If the user is gone.
    """
    locked = unit.run("lock", user=user)
    if not locked:
        raise GraphError(f"there is no user {user!r} any more: it was removed while this ran")
    change = difference(unit, user, say(unit))
    added = Stored(change.images, change.videos, change.frames, change.files)
    if not change.gone and not change.come:
        _write(unit, user, change)
        return added, known
    # All hashes are read before anything is written; the token tells whether the process has them.
    version = locked[0]["version"]
    before = known.hashes if known is not None and known.version == version else read_hashes(unit, user)
    _write(unit, user, change)
    come = Hashes.of(change.come)
    table, values = before.table.changed(change.gone, come.items)
    created, deleted = table_changes(before.table, table, values, locked[0]["max_distance"])
    _unlink(unit, user, deleted)
    _link(unit, user, created)
    fresh = str(uuid.uuid4())
    unit.run("set_version", user=user, version=fresh)
    after = before.changed(frozenset(change.gone), come, table)
    return added + Stored(matches=len(created)), Remembered(fresh, after)


# Nodes before the relationships that need them, and a file's old node before its new one.
ORDER = (
    *("create_images", "create_videos", "create_frames"),
    *("set_images", "set_videos", "set_frames"),
    *("drop_image_files", "drop_video_files", "create_image_files", "create_video_files"),
)


def _write(unit: Unit, user: str, change: Change) -> None:
    for query in ORDER:
        unit.each(query, change.rows.get(query, []), user=user)


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
