"""What is stored of a user, as it is shown: files, images, videos, key frames.

Every query is given the user's name. Reads come as columns (one row of long lists), which both engines
deliver twenty times faster than rows, and are put together here: a view takes its facts from one query,
its hashes from the columns that the process remembers, and its paths from the files. Which file names a
content is worked out, not stored: the first of its paths in the order of their bytes. A writer may come
between two reads of one view; what only one of them knows is then left out.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tagcat_kernel.graph.columns import Hashes, Remembered, current_hashes
from tagcat_kernel.graph.keys import KINDS, content_key, is_frame, md5_of
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.records import is_plain
from tagcat_kernel.sources import on_device


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was when it was stored: `modified` in nanoseconds, `kind` "image" or "video"."""

    path: str
    bytes: int
    modified: int
    md5: str
    kind: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A stored file that is at another path now: the one before, and what it is there."""

    before: StoredFile
    path: str
    bytes: int
    modified: int


class Views:
    """The part of a collection that shows contents and where they lie; the other parts stand on it."""

    def __init__(self, graph: Graph, user: str) -> None:
        self.graph = graph
        self.user = user
        self._known: Remembered | None = None

    def files(self) -> dict[str, StoredFile]:
        """Return all files of the user by path.

        Raises
        ------
        GraphError
            If the graph can't answer.
        """
        return self.graph.reading(self._files)

    def _files(self, unit: Unit) -> dict[str, StoredFile]:
        found = {}
        for kind in KINDS:
            row = unit.columns(f"{kind}_files", user=self.user)
            for path, size, modified, md5 in zip(
                row["paths"], row["bytes"], row["modified"], row["md5s"], strict=True
            ):
                found[path] = StoredFile(path, size, modified, md5, kind)
        return found

    def hashes(self) -> Hashes:
        """Return the live images and key frames as columns, in the order of their keys.

        They are read once and remembered until the collection changes, whoever changes it.

        Raises
        ------
        GraphError
            If the graph can't answer.
        """
        self._known = known = self.graph.reading(lambda unit: current_hashes(unit, self.user, self._known))
        return known.ordered

    def images(self) -> list[dict[str, Any]]:
        """Return the images in the order of their paths.

        Rows: key, path, name, files (how many hold it), width, height (pixels), bytes, md5, dhash (16 hex
        digits), plain.
        """
        row = self.graph.reading(lambda unit: unit.columns("images", user=self.user))
        sizes = dict(zip(row["keys"], zip(row["widths"], row["heights"], strict=True), strict=True))
        hashes = self.hashes()
        dhashes = dict(zip(hashes.keys, hashes.hashes.tolist(), strict=True))
        rows = []
        for md5, files in self._holders("image").items():
            key = content_key(self.user, md5)
            if key in sizes and key in dhashes:  # a writer may come between two reads
                width, height = (None if side < 0 else side for side in sizes[key])
                rows.append(
                    {"key": key, **_named(files), "width": width, "height": height}
                    | {"bytes": files[0].bytes, "md5": md5, **_hashed(dhashes[key])}
                )
        return rows

    def videos(self) -> list[dict[str, Any]]:
        """Return the videos in the order of their paths.

        Rows: key, path, name, files (how many hold it), duration (s), fps (1/s), width, height (pixels),
        bytes, frames (number of key frames), damaged, md5.
        """
        facts = {row["md5"]: row for row in self.graph.read("videos", user=self.user)}
        frames: dict[str, int] = {}
        for owner in self.hashes().owners:
            frames[owner] = frames.get(owner, 0) + 1
        return [
            {"key": facts[md5]["key"], **_named(files), "bytes": files[0].bytes}
            | {name: facts[md5][name] for name in ("duration", "fps", "width", "height", "damaged", "md5")}
            | {"frames": frames.get(md5, 0)}
            for md5, files in self._holders("video").items()
            if md5 in facts
        ]

    def frames(self, video_md5: str | None = None) -> list[dict[str, Any]]:
        """Return the key frames of one video, or of all in the order of their paths, by time.

        Rows: key, video (MD5), path, name, position (s), sample (at 25 a second), dhash (16 hex digits),
        plain.
        """
        hashes = self.hashes()
        holders = self._holders("video")
        by_video: dict[str, list[tuple[int, int]]] = {}
        for index, (owner, sample) in enumerate(zip(hashes.owners, hashes.samples.tolist(), strict=True)):
            if owner and video_md5 in (None, owner):
                by_video.setdefault(owner, []).append((sample, index))
        return [
            {"key": hashes.keys[index], "video": md5, "path": files[0].path, "name": _named(files)["name"]}
            | {"position": float(hashes.positions[index]), "sample": sample}
            | _hashed(int(hashes.hashes[index]))
            for md5, files in holders.items()
            for sample, index in sorted(by_video.get(md5, []))
        ]

    def duplicates(self) -> list[dict[str, Any]]:
        """Return the contents with several files, in the order of their first paths: rows md5, paths."""
        return [
            {"md5": md5, "paths": [file.path for file in files]}
            for kind in KINDS
            for md5, files in self._holders(kind).items()
            if len(files) > 1
        ]

    def paths(self, md5: str) -> list[str]:
        """Return the paths of the user's files of these bytes on this machine, in the order of their bytes.

        Files on a person's device are left out: the kernel can't open them, and their MD5 is only a claim.
        """
        key = content_key(self.user, md5)
        found = self.graph.reading(
            lambda unit: [
                row["path"]
                for kind in KINDS
                for row in unit.run(f"places_of_{kind}s", user=self.user, rows=[key])
            ]
        )
        return sorted((path for path in found if not on_device(path)), key=os.fsencode)

    def kinds(self, md5s: Iterable[str]) -> dict[str, str]:
        """Return which of some contents are stored, as "image" or "video", by MD5."""
        keys = sorted({content_key(self.user, md5) for md5 in md5s})
        return self.graph.reading(
            lambda unit: {
                md5_of(row["key"]): kind
                for kind in KINDS
                for row in unit.each(f"known_{kind}s", keys, user=self.user)
                if not row["deleted"]
            }
        )

    def places(self, keys: Iterable[str]) -> dict[str, tuple[str, float | None]]:
        """Return path and position (s, None for images and videos) of some items by key.

        Moments that are no key frames have a place, too, where something is said of them. What is not
        there is left out.
        """
        wanted = list(keys)
        frames = [key for key in wanted if is_frame(key)]
        contents = [key for key in wanted if not is_frame(key)]

        def work(unit: Unit) -> list[Row]:
            found = unit.each("places_of_frames", frames, user=self.user)
            for kind in KINDS:
                found += unit.each(f"places_of_{kind}s", contents, user=self.user)
            return found

        places: dict[str, tuple[str, float | None]] = {}
        for row in self.graph.reading(work):
            known = places.get(row["key"])
            if known is None or os.fsencode(row["path"]) < os.fsencode(known[0]):
                places[row["key"]] = (row["path"], row.get("pos"))
        return places

    def all_places(self) -> dict[str, tuple[str, float | None]]:
        """Return path and position (s, None for images) of every image and key frame by key."""
        hashes = self.hashes()
        first: dict[tuple[str, str], str] = {}
        for file in sorted(self.files().values(), key=lambda file: os.fsencode(file.path)):
            first.setdefault((file.kind, file.md5), file.path)
        places: dict[str, tuple[str, float | None]] = {}
        for key, position in zip(hashes.keys, hashes.positions.tolist(), strict=True):
            kind = "video" if is_frame(key) else "image"
            if path := first.get((kind, md5_of(key))):  # a writer may come between two reads
                places[key] = (path, position if kind == "video" else None)
        return places

    def counts(self) -> dict[str, int]:
        """Return the numbers of live images, videos, frames, matches (rejected ones left out) and files."""

        def work(unit: Unit) -> dict[str, int]:
            def number(name: str) -> int:
                return int(unit.run(f"count_{name}", user=self.user)[0]["number"])

            found = {name: number(name) for name in ("images", "videos", "frames", "matches", "files")}
            return found | {"matches": found["matches"] - number("rejected_matches")}

        return self.graph.reading(work)

    def _holders(self, kind: str) -> dict[str, list[StoredFile]]:
        """Return the files of each content by MD5, both in the order of the paths' bytes."""
        found: dict[str, list[StoredFile]] = {}
        for file in sorted(self.files().values(), key=lambda file: os.fsencode(file.path)):
            if file.kind == kind:
                found.setdefault(file.md5, []).append(file)
        return found


def _named(files: list[StoredFile]) -> dict[str, Any]:
    path = files[0].path
    return {"path": path, "name": os.path.basename(path), "files": len(files)}  # noqa: PTH119


def _hashed(dhash: int) -> dict[str, Any]:
    return {"dhash": f"{dhash:016x}", "plain": is_plain(dhash)}
