"""What a wish changes in a user's graph: worked out here, written by `store`.

A wish (`wishes`) says files, contents and frames by key. `difference` reads what the graph knows of the
same paths and contents and compares. A file that is not as it is stored is dropped and created anew; a
content that thereby has no file left is marked deleted, one that comes back is revived; a video's frames
become those that are said. What the kernel decoded stands against the word of a browser, whichever came
first. Rows to write are kept by the query that writes them, and beside them every live hash that goes or
comes, from which the edges follow.
"""

import os
from dataclasses import dataclass, field
from typing import Any

from tagcat_kernel.graph.keys import bits
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.wishes import Wanted
from tagcat_kernel.records import HASHED_BY

IMAGE_FACTS = ("dhash", "width", "height", "hashed_by")
VIDEO_FACTS = ("duration", "fps", "width", "height", "damaged", "hashed_by")


@dataclass(slots=True)
class Change:
    """What is to be written. Rows are parameters of the queries of the same name."""

    rows: dict[str, list[Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    come: dict[str, tuple[int, float | None]] = field(default_factory=dict)
    removed: list[tuple[str, Row]] = field(default_factory=list)
    """Kind and stored facts of the files that went because `dropped` names them."""
    key_frames: dict[str, list[str]] = field(default_factory=dict)
    """Those of the videos of `removed`, before the change.

    Of videos with other files left, too: when their last file goes otherwise, by new bytes at its path,
    nobody notes what they had, and yet an undo of this removal is to bring it back.
    """
    unknown: list[str] = field(default_factory=list)
    """Keys of contents that were to be as stored and are not there."""
    images: int = 0
    videos: int = 0
    frames: int = 0
    files: int = 0

    def write(self, query: str, row: Any) -> None:
        """Add a row to what a query is to write."""
        self.rows.setdefault(query, []).append(row)

    def item(self, key: str, before: int | None, after: int | None, position: float | None) -> None:
        """Note that a live item's hash was `before` (None: not live) and is `after` (None: not live)."""
        if before is not None:
            self.gone.add(key)
        if after is not None:
            self.come[key] = (after, position)


def difference(unit: Unit, user: str, said: dict[str, Wanted]) -> Change:
    """Read what the graph knows of these paths and contents, and work out what is to be written."""
    change = Change()
    paths = [key for side in said.values() for key in side.files]
    for kind, side in said.items():
        asked = sorted({*paths, *side.dropped})
        stored = {row.pop("key"): row for row in unit.each(f"known_{kind}_files", asked, user=user)}
        # A path that became the other kind of file is dropped here and created there.
        dropped = {key: row for key, row in stored.items() if side.files.get(key) != row | _name(row)}
        change.removed += [(kind, row) for key, row in dropped.items() if key in side.dropped]
        keys = sorted({*side.contents, *(row["content"] for row in dropped.values())})
        contents = {row.pop("key"): row for row in unit.each(f"known_{kind}s", keys, user=user)}
        frames = {}
        if kind == "video":
            frames = {row["video"]: row for row in unit.each("known_frames", keys, user=user)}
        new, new_frames = _said(change, side, contents, frames)
        for key in dropped:
            change.write(f"drop_{kind}_files", key)
        for key, row in side.files.items():
            if row["content"] in new and (key not in stored or key in dropped):
                change.write(f"create_{kind}_files", {"key": key, **row})
                change.files += 1
        lost = {
            key
            for key, row in contents.items()
            if key not in new and not row["deleted"] and not set(row["holders"]) - dropped.keys()
        }
        if kind == "image":
            _images(change, new, contents, lost)
        else:
            _videos(change, new, contents, lost)
            _frames(change, new_frames, frames, lost)
            for video in {row["content"] for one, row in change.removed if one == kind}:
                had = _columns(frames, video)
                change.key_frames[video] = [key for key, frame in had if not frame["deleted"]]
    return change


def _said(
    change: Change, side: Wanted, contents: dict[str, Row], stored: dict[str, Row]
) -> tuple[dict[str, Row], dict[str, dict[str, Row]]]:
    """Return the facts of all contents that are to be there, and the frames that videos are to have."""
    new: dict[str, Row] = {}
    frames: dict[str, dict[str, Row]] = {}
    for key, facts in side.contents.items():
        old = contents.get(key)
        if facts is None and old is None:
            change.unknown.append(key)
        elif old is not None and (facts is None or _stands(old, facts, side.keep)):
            new[key] = {**old, "dhash": int(old["dhash"], 2)} if "dhash" in old else old
            if old["deleted"] and key in side.revived:
                back = side.revived[key]
                frames[key] = {name: frame for name, frame in _columns(stored, key) if name in back}
            elif facts is None and key in side.frames:
                frames[key] = side.frames[key]
        elif facts is not None:
            new[key] = facts
            if key in side.frames:
                frames[key] = side.frames[key]
    return new, frames


def _stands(old: Row, facts: Row, keep: bool) -> bool:
    """Tell whether a stored content stays as it is: kept by wish, or told by somebody more trustworthy.

    What was deleted is in nobody's collection any more, so its facts have no weight.
    """
    rank = HASHED_BY.index
    return not old["deleted"] and (keep or rank(facts["hashed_by"]) < rank(old["hashed_by"]))


def _columns(stored: dict[str, Row], video: str) -> list[tuple[str, Row]]:
    row = stored.get(video, {"keys": [], "hashes": [], "positions": [], "deleted": []})
    columns = zip(row["keys"], row["hashes"], row["positions"], row["deleted"], strict=True)
    return [(key, {"dhash": int(dhash, 2), "pos": pos, "deleted": gone}) for key, dhash, pos, gone in columns]


def _name(row: Row) -> Row:
    return {"name": os.path.basename(row["path"])}  # noqa: PTH119


def _images(change: Change, new: dict[str, Row], contents: dict[str, Row], lost: set[str]) -> None:
    for key, facts in new.items():
        row = {"key": key, **{name: facts[name] for name in IMAGE_FACTS}, "dhash": bits(facts["dhash"])}
        old = contents.get(key)
        if old is None:
            change.write("create_images", row | {"md5": facts["md5"]})
        elif old["deleted"] or any(old[name] != row[name] for name in IMAGE_FACTS):
            change.write("set_images", row | {"deleted": False})
        live = old is not None and not old["deleted"]
        change.images += not live
        if not live or (old is not None and old["dhash"] != row["dhash"]):
            before = int(old["dhash"], 2) if old is not None and live else None
            change.item(key, before, facts["dhash"], None)
    for key in sorted(lost):
        old = contents[key]
        change.write("set_images", {name: old[name] for name in IMAGE_FACTS} | {"key": key, "deleted": True})
        change.item(key, int(old["dhash"], 2), None, None)


def _videos(change: Change, new: dict[str, Row], contents: dict[str, Row], lost: set[str]) -> None:
    for key, facts in new.items():
        old = contents.get(key)
        row = {name: facts[name] for name in VIDEO_FACTS} | {"key": key}
        if old is None:
            change.write("create_videos", row | {"md5": facts["md5"]})
        elif old["deleted"] or any(old[name] != row[name] for name in VIDEO_FACTS):
            change.write("set_videos", row | {"deleted": False})
        change.videos += old is None or old["deleted"]
    for key in sorted(lost):
        old = contents[key]
        change.write("set_videos", {name: old[name] for name in VIDEO_FACTS} | {"key": key, "deleted": True})


def _frames(
    change: Change, frames: dict[str, dict[str, Row]], stored: dict[str, Row], lost: set[str]
) -> None:
    """Make the live frames of each video those that are said; of a lost video, none."""
    for video in (*frames, *sorted(lost)):
        new = frames.get(video, {})
        old = dict(_columns(stored, video))
        fresh: Row = {"video": video, "keys": [], "positions": [], "hashes": []}
        for key, frame in new.items():
            facts = {"key": key, "pos": frame["pos"], "dhash": bits(frame["dhash"])}
            before = old.get(key)
            if before is None:
                fresh["keys"].append(key)
                fresh["positions"].append(frame["pos"])
                fresh["hashes"].append(bits(frame["dhash"]))
                change.item(key, None, frame["dhash"], frame["pos"])
                change.frames += 1
            elif before != {"dhash": frame["dhash"], "pos": frame["pos"], "deleted": False}:
                change.write("set_frames", facts | {"deleted": False})
                was = None if before["deleted"] else before["dhash"]
                change.item(key, was, frame["dhash"], frame["pos"])
                change.frames += before["deleted"]
        if fresh["keys"]:
            change.write("create_frames", fresh)
        for key, before in old.items():
            if key not in new and not before["deleted"]:
                facts = {"key": key, "pos": before["pos"], "dhash": bits(before["dhash"])}
                change.write("set_frames", facts | {"deleted": True})
                change.item(key, before["dhash"], None, None)
