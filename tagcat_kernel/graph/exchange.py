"""A collection out of the graph into rows, and rows into the graph: what an archive holds.

Reading is one transaction under the lock, so the rows belong together. Writing is many, each of whole
contents with their files, as an ingest's: a kill leaves whole items, and the same import again does the
rest. What the collection has already stands: its contents, key frames, files, tags and their colours.
Matches are in no archive, for they follow from the hashes.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tagcat_kernel.graph.archive_file import Archive
from tagcat_kernel.graph.collection import Collection, Settings
from tagcat_kernel.graph.columns import Remembered
from tagcat_kernel.graph.difference import difference
from tagcat_kernel.graph.keys import KINDS, content_key, file_key, md5_of, sample_of
from tagcat_kernel.graph.labels import labelled_rows, put_labels, there_of
from tagcat_kernel.graph.marks import OTHER, Mark, marked, put_marks
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.store import Stored, lock, write
from tagcat_kernel.graph.tagging import Tagging
from tagcat_kernel.graph.wishes import Wanted

BATCH = 2000
"""Contents and frames of one transaction, about."""
MARKS: tuple[tuple[str, Mark], ...] = (("rejected", "reject"), ("confirmed", "confirm"))
"""The parts of marked pairs, and the mark."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import added; `left` counts files whose path holds another content in the collection."""

    images: int = 0
    videos: int = 0
    frames: int = 0
    files: int = 0
    matches: int = 0
    tags: int = 0
    tagged: int = 0
    rejected: int = 0
    confirmed: int = 0
    left: int = 0


def read_collection(collection: Collection) -> Archive:
    """Return all live contents of a collection with what a person said of them.

    Raises
    ------
    GraphError
        If the graph can't answer.
    """
    user = collection.user

    def work(unit: Unit) -> Archive:
        locked = lock(unit, user)
        settings = {
            "max_distance": locked.max_distance,
            "key_frame_distance": locked.key_frame_distance,
        }
        parts: dict[str, list[Row]] = {"images": [], "videos": [], "frames": [], "files": []}
        pairs = {part: marked(unit, user, mark) for part, mark in MARKS}
        for kind in KINDS:
            paths = unit.columns(f"{kind}_files", user=user)["paths"]
            keys = sorted(file_key(user, path) for path in paths)
            files = unit.each(f"known_{kind}_files", keys, user=user)
            contents = sorted({row["content"] for row in files})
            parts[f"{kind}s"] = [_content(row) for row in unit.each(f"known_{kind}s", contents, user=user)]
            parts["files"] += [
                {"path": row["path"], "kind": kind, "md5": md5_of(row["content"]), "bytes": row["bytes"]}
                | {"modified": row["modified"], "source": row["source"]}
                for row in files
            ]
            if kind == "video":
                said = {
                    key
                    for query in ("tagged_frames", "labelled_frames")
                    for key in unit.columns(query, user=user)["keys"]
                }.union(*pairs["rejected"], *pairs["confirmed"])
                parts["frames"] = [
                    frame
                    for row in unit.each("known_frames", contents, user=user)
                    for frame in _frames(row, said)
                ]
        tagging = Tagging(unit, user)
        tails = {kind: unit.columns(f"tagged_{kind}", user=user) for kind in ("images", "videos", "frames")}
        parts["tags"] = [
            {"name": tag.name, "colour": tag.colour, "parent": tag.parent} for tag in tagging.tags.values()
        ]
        parts["tagged"] = [
            {"tag": tag, "item": key.removeprefix(f"{user}:")}
            for row in tails.values()
            for key, tag in zip(row["keys"], row["tags"], strict=True)
        ]
        for part, some in pairs.items():
            parts[part] = [
                {"a": a.removeprefix(f"{user}:"), "b": b.removeprefix(f"{user}:")} for a, b in some
            ]
        parts["labelled"] = [
            {"label": row["label"], "item": row["key"].removeprefix(f"{user}:")}
            | {"score": row["score"], "model": row["model"]}
            for row in labelled_rows(unit, user)
        ]
        return Archive(settings, {name: sorted(rows, key=str) for name, rows in parts.items()})

    return collection.graph.transaction(work)


def _content(row: Row) -> Row:
    facts = {name: value for name, value in row.items() if name not in ("key", "deleted", "holders")}
    if "dhash" in facts:
        facts["dhash"] = f"{int(facts['dhash'], 2):016x}"
    return {"md5": md5_of(row["key"]), **facts}


def _frames(row: Row, said: set[str]) -> Iterator[Row]:
    columns = zip(row["keys"], row["hashes"], row["positions"], row["deleted"], strict=True)
    for key, dhash, position, deleted in columns:
        if not deleted or key in said:
            yield {"video": md5_of(key), "sample": sample_of(key), "position": position} | {
                "dhash": f"{int(dhash, 2):016x}",
                "key_frame": not deleted,
            }


def write_collection(
    collection: Collection,
    archive: Archive,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _line: None,
) -> Imported:
    """Add what an archive holds to a collection; an empty one takes the archive's settings, too.

    Raises
    ------
    GraphError
        If the graph can't do it. What was added stays, and the same call does the rest.
    """
    if not collection.counts()["files"]:
        collection.set_settings(Settings(**archive.settings))
    user, parts = collection.user, archive.parts
    files: dict[tuple[str, str], list[Row]] = {}
    for row in parts["files"]:
        files.setdefault((row["kind"], row["md5"]), []).append(row)
    frames: dict[str, list[Row]] = {}
    for row in parts["frames"]:
        frames.setdefault(row["video"], []).append(row)
    added, left, done = Stored(), 0, 0
    total = len(parts["images"]) + len(parts["videos"])
    for batch in _batches(parts, frames):
        progress(done, total, files[batch[0][0], batch[0][1]["md5"]][0]["path"])
        said = {kind: Wanted(keep=True) for kind in KINDS}
        for kind, content in batch:
            _say(user, said[kind], content, files[kind, content["md5"]], frames.get(content["md5"], []))
        more, skipped = _add(collection, said)
        added, left, done = added + more, left + skipped, done + len(batch)
    words = collection.graph.transaction(lambda unit: _say_all(unit, user, archive))
    progress(total, total, "")
    counts = (added.images, added.videos, added.frames, added.files, added.matches)
    return Imported(*counts, **words, left=left)


def _batches(parts: dict[str, list[Row]], frames: dict[str, list[Row]]) -> Iterator[list[tuple[str, Row]]]:
    batch: list[tuple[str, Row]] = []
    size = 0
    for kind in KINDS:
        for content in parts[f"{kind}s"]:
            batch.append((kind, content))
            size += 1 + (len(frames.get(content["md5"], [])) if kind == "video" else 0)
            if size >= BATCH:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _say(user: str, side: Wanted, content: Row, files: list[Row], frames: list[Row]) -> None:
    key = content_key(user, content["md5"])
    side.contents[key] = content | ({"dhash": int(content["dhash"], 16)} if "dhash" in content else {})
    if "dhash" not in content:
        side.frames[key] = {
            f"{key}:{row['sample']}": {"pos": float(row["position"]), "dhash": int(row["dhash"], 16)}
            for row in frames
            if row["key_frame"]
        }
    for row in files:
        facts = {name: row[name] for name in ("path", "bytes", "modified", "source")}
        name = os.path.basename(row["path"])  # noqa: PTH119
        side.files[file_key(user, row["path"])] = {**facts, "name": name, "content": key}


def _add(collection: Collection, said: dict[str, Wanted]) -> tuple[Stored, int]:
    """Store what is said, without the files whose paths are stored already and what only they hold."""
    user = collection.user

    def work(unit: Unit) -> tuple[Stored, int, Remembered | None]:
        locked = lock(unit, user)
        asked = [key for side in said.values() for key in side.files]
        stored: dict[str, str] = {}
        for kind in KINDS:
            for row in unit.each(f"known_{kind}_files", asked, user=user):
                stored[row["key"]] = row["content"]
        left, wanted = 0, {kind: Wanted(keep=True) for kind in KINDS}
        for kind, side in said.items():
            for key, row in side.files.items():
                content = row["content"]
                if key not in stored:
                    wanted[kind].files[key] = row
                    wanted[kind].contents[content] = side.contents[content]
                    if content in side.frames:
                        wanted[kind].frames[content] = side.frames[content]
                elif stored[key] != content:
                    left += 1
        change = difference(unit, user, wanted)
        added, known = write(unit, user, locked, change, collection._known)
        return added, left, known

    added, left, collection._known = collection.graph.transaction(work)
    return added, left


def _say_all(unit: Unit, user: str, archive: Archive) -> dict[str, int]:
    """Make the tags that are new, and the moments of which something is said, and say it."""
    lock(unit, user)
    tagging = Tagging(unit, user)
    new = [row for row in archive.parts["tags"] if row["name"] not in tagging.tags]
    for row in new:
        tagging.create(row["name"], row["colour"])
    for row in new:
        if row["parent"] is not None and row["name"] not in tagging.line(row["parent"]):
            tagging.move(row["name"], row["parent"])
    moments = {
        f"{user}:{row['video']}:{row['sample']}": (int(row["dhash"], 16), row["position"])
        for row in archive.parts["frames"]
    }
    items: dict[str, list[str]] = {}
    for row in archive.parts["tagged"]:
        items.setdefault(row["tag"], []).append(f"{user}:{row['item']}")
    pairs = {
        part: {(f"{user}:{row['a']}", f"{user}:{row['b']}") for row in archive.parts[part]}
        for part, _ in MARKS
    }
    said = {f"{user}:{row['item']}" for row in archive.parts["labelled"]}
    said = said.union(*items.values(), *pairs["rejected"], *pairs["confirmed"])
    tagging.create_moments(said - there_of(unit, user, said), moments)
    tagged = sum(tagging.put(name, keys, missing=[]) for name, keys in items.items())
    _label(unit, user, archive)
    told = {"tags": len(new), "tagged": tagged}
    for part, mark in MARKS:
        before = marked(unit, user, mark)
        wanted = pairs[part] - marked(unit, user, OTHER[mark])  # what was said here stands
        told[part] = len(put_marks(unit, user, wanted, mark) - before)
    return told


def _label(unit: Unit, user: str, archive: Archive) -> None:
    """Store what models said of items that are there; what a model has said here already stands."""
    here = {(row["key"], row["model"]) for row in labelled_rows(unit, user)}
    found: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for row in archive.parts["labelled"]:
        key = f"{user}:{row['item']}"
        if (key, row["model"]) not in here:
            found.setdefault(row["model"], {}).setdefault(key, []).append((row["label"], float(row["score"])))
    there = there_of(unit, user, {key for said in found.values() for key in said})
    for model, said in found.items():
        put_labels(unit, user, {key: labels for key, labels in said.items() if key in there}, model)
