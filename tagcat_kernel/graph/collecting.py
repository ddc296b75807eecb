"""The collector: removes for good, in batches, what is marked deleted and can't come back by an undo.

Deleting a hundred thousand nodes at once takes the embedded engine most of a minute, in which nobody else
writes. So each batch is a transaction of its own under the lock, which looks anew at what may go: a
content that came back in between stays, and so does a moment that was tagged. A kill leaves whole
batches, and the next call does the rest.
"""

from collections.abc import Iterable

from tagcat_kernel.graph.history import history, steps_of
from tagcat_kernel.graph.keys import KINDS, content_key, md5_of
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.store import lock

BATCH = 500
"""Nodes of one transaction."""


def forget_removals(unit: Unit, user: str) -> None:
    """Forget the history up to the newest removal, so that nothing removed can come back."""
    lock(unit, user)
    numbers = [change.number for change in history(unit, user) if change.what == "remove"]
    if numbers:
        unit.run("forget_changes", user=user, number=numbers[0], by="")  # nobody else removes


def collect_contents(unit: Unit, user: str) -> int:
    """Remove one batch of deleted contents with their frames, and return how many nodes went."""
    lock(unit, user)
    kept = _kept(unit, user)
    deleted = unit.columns("deleted_contents", user=user)["keys"]
    keys = sorted(set(deleted) - kept)[:BATCH]
    frames = [key for row in unit.each("known_frames", keys, user=user) for key in row["keys"]]
    unit.each("collect_frames", frames[:BATCH], user=user)
    if len(frames) > BATCH:
        return BATCH
    for query in ("collect_images", "collect_videos"):
        unit.each(query, keys, user=user)
    return len(frames) + len(keys)


def collect_frames(unit: Unit, user: str) -> int:
    """Remove one batch of moments that are no key frames and hold nothing, and return how many went."""
    lock(unit, user)
    keys = unit.columns("idle_frames", user=user, limit=BATCH)["keys"]
    unit.each("collect_frames", keys, user=user)
    return len(keys)


def gone(unit: Unit, user: str, md5s: Iterable[str]) -> set[str]:
    """Return which of these contents are not in the graph, not even for an undo."""
    keys = [content_key(user, md5) for md5 in md5s]
    there = {row["key"] for kind in KINDS for row in unit.each(f"known_{kind}s", keys, user=user)}
    return {md5_of(key) for key in keys if key not in there}


def _kept(unit: Unit, user: str) -> set[str]:
    """Return the keys of the contents that an undo may bring back."""
    return {
        content_key(user, file["md5"])
        for change in history(unit, user)
        if change.what == "remove" and not change.undone
        for step in steps_of(unit, user, change.number)
        for file in step["files"]
    }
