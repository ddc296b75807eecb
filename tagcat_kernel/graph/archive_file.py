"""The archive of a collection: one zip file of JSON lines and a manifest; docs/archive.md tells the format.

An archive comes from anybody, so nothing of it is believed. Reading it checks everything before a single
row is stored: the sizes before anything is unpacked (a small file that would grow to gigabytes is a
bomb), the sums and numbers of rows against the manifest (a truncated file), every field of every row, and
that rows refer to nothing outside of the archive. What fails is an `ArchiveError` that names the part and
the line.
"""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from tagcat_kernel.graph.keys import checked_label, checked_path, checked_tag
from tagcat_kernel.graph.tagging import checked_colour
from tagcat_kernel.records import HASHED_BY, MediaError
from tagcat_kernel.sources import on_device

FORMAT = "tagcat archive"
VERSION = 2
"""Written; version 1, which knew no confirmed pairs, is read as well."""
GROWTH = 50
"""An archive's parts may be this many times larger than the file: real ones are 4 to 20 times."""
SLACK = 1 << 20
LONGEST_LINE = 1 << 20
MANIFEST = "manifest.json"

Row = dict[str, Any]
Check = Callable[[Any], bool]


class ArchiveError(MediaError):
    """A file that is no archive of ours, or a damaged or forged one; nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A collection outside of a graph: its settings, and rows by the name of their part."""

    settings: dict[str, int]
    parts: dict[str, list[Row]]


def _number(low: float, high: float, kind: Any = int) -> Check:
    def fits(value: Any) -> bool:
        return isinstance(value, kind) and not isinstance(value, bool) and bool(low <= value <= high)

    return fits


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _text(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _passes(check: Callable[[str], str]) -> Check:
    def passes(value: Any) -> bool:
        try:
            return isinstance(value, str) and check(value) == value
        except ValueError:
            return False

    return passes


def _path(value: str) -> str:
    whole = PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute() or on_device(value)
    return checked_path(value) if whole else ""


_MD5, _DHASH, _ITEM = _text("[0-9a-f]{32}"), _text("[0-9a-f]{16}"), _text(r"[0-9a-f]{32}(:(0|[1-9]\d{0,9}))?")
_PIXELS = _or_null(_number(0, 1 << 31))
_SECONDS = _or_null(_number(0, 1e9, (int, float)))
_BOOL: Check = lambda value: isinstance(value, bool)  # noqa: E731 - one of a row of such
_BY: Check = lambda value: value in HASHED_BY  # noqa: E731

PARTS: dict[str, dict[str, Check]] = {
    "images": {"md5": _MD5, "dhash": _DHASH, "width": _PIXELS, "height": _PIXELS, "hashed_by": _BY},
    "videos": {
        "md5": _MD5,
        "duration": _SECONDS,
        "fps": _SECONDS,
        "width": _PIXELS,
        "height": _PIXELS,
        "damaged": _BOOL,
        "hashed_by": _BY,
    },
    "frames": {
        "video": _MD5,
        "sample": _number(0, 1 << 31),
        "position": _number(0, 1e9, (int, float)),
        "dhash": _DHASH,
        "key_frame": _BOOL,
    },
    "files": {
        "path": _passes(_path),
        "kind": _text("image|video"),
        "md5": _MD5,
        "bytes": _number(0, (1 << 63) - 1),
        "modified": _number(-(1 << 63), (1 << 63) - 1),
        "source": _text("[^\x00-\x1f\x7f\ud800-\udfff]{1,200}"),
    },
    "tags": {
        "name": _passes(checked_tag),
        "colour": _passes(checked_colour),
        "parent": _or_null(_passes(checked_tag)),
    },
    "tagged": {"tag": _passes(checked_tag), "item": _ITEM},
    "rejected": {"a": _ITEM, "b": _ITEM},
    "confirmed": {"a": _ITEM, "b": _ITEM},
    "labelled": {
        "label": _passes(checked_label),
        "item": _ITEM,
        "score": _number(0, 1, (int, float)),
        "model": _passes(checked_label),
    },
}
"""The parts in their order, each with its columns and what their values must be."""


def write_archive(path: str | os.PathLike[str], archive: Archive, program: str) -> None:
    """Write an archive, whole or not at all.

    Raises
    ------
    FileExistsError
        If there is a file already.
    OSError
        If it can't be written.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} is there already: choose another name, or remove it")
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(fresh, "x", zipfile.ZIP_DEFLATED) as file:
            told: dict[str, Row] = {}
            for name in PARTS:
                rows = archive.parts[name]
                digest = hashlib.sha256()
                with file.open(f"{name}.jsonl", "w", force_zip64=True) as part:
                    for row in rows:
                        line = json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
                        digest.update(line)
                        part.write(line)
                told[name] = {"rows": len(rows), "sha256": digest.hexdigest()}
            manifest = {"format": FORMAT, "version": VERSION, "program": program}
            manifest |= {"settings": archive.settings, "parts": told}
            file.writestr(MANIFEST, json.dumps(manifest, indent=2))
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def read_archive(path: str | os.PathLike[str]) -> Archive:
    """Read an archive and check all of it.

    Raises
    ------
    ArchiveError
        If it is none, or not whole, or holds what no collection can.
    OSError
        If it can't be read.

    Examples
    --------
    >>> read_archive("/dev/null")
    Traceback (most recent call last):
        ...
    tagcat_kernel.graph.archive_file.ArchiveError: /dev/null: not an archive of TagCat
    """
    with _clearly(path), zipfile.ZipFile(path) as file:
        entries = {entry.filename: entry for entry in file.infolist()}
        if len(entries) != len(file.infolist()) or MANIFEST not in entries:
            raise ArchiveError("not an archive of TagCat")
        grown = sum(entry.file_size for entry in entries.values())
        if grown > GROWTH * Path(path).stat().st_size + SLACK:
            raise ArchiveError(f"it would grow to {grown:,} bytes: no archive of TagCat does")
        manifest = _manifest(file.read(MANIFEST))
        held = manifest["parts"]
        if set(entries) != {MANIFEST, *(f"{name}.jsonl" for name in held)}:
            raise ArchiveError("it does not hold the parts that it should")
        parts: dict[str, list[Row]] = {name: [] for name in PARTS}
        for name in held:
            with file.open(f"{name}.jsonl") as part:
                parts[name] = list(_rows(name, part, held[name]))
        _check_references(parts)
        return Archive(manifest["settings"], parts)


@contextmanager
def _clearly(path: str | os.PathLike[str]) -> Iterator[None]:
    name = os.fspath(path)
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"{name}: {error}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError) as error:
        broken = isinstance(error, zlib.error) or "CRC" in str(error)
        whole = "damaged" if broken else "not an archive of TagCat"
        raise ArchiveError(f"{name}: {whole}") from None
    except (NotImplementedError, RuntimeError, RecursionError, ValueError) as error:
        # Encrypted, of an unknown compression, or with bytes that are no JSON.
        raise ArchiveError(f"{name}: not an archive of TagCat ({error})") from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise ArchiveError(f"{name}: damaged") from None
        raise


def _manifest(content: bytes) -> Row:
    manifest = _json(content)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArchiveError("not an archive of TagCat")
    version = manifest.get("version")
    if version not in (1, VERSION):
        raise ArchiveError(f"it has version {version!a:.20}, this TagCat reads {VERSION}: update TagCat")
    parts, settings = manifest.get("parts"), manifest.get("settings")
    known = set(PARTS) - ({"confirmed"} if version == 1 else set())
    if not isinstance(parts, dict) or set(parts) != known or not isinstance(settings, dict):
        raise ArchiveError("its manifest is not complete")
    distance = _number(0, 64)
    names = {"max_distance", "key_frame_distance"}
    if set(settings) != names or not all(distance(value) for value in settings.values()):
        raise ArchiveError("its settings can't be")
    if settings["key_frame_distance"] > settings["max_distance"]:
        raise ArchiveError("its settings can't be")
    return manifest


def _rows(name: str, part: IO[bytes], told: Any) -> Iterator[Row]:
    columns = PARTS[name]
    digest, number = hashlib.sha256(), 0
    while line := part.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise ArchiveError(f"{name}.jsonl, line {number}: too long")
        digest.update(line)
        row = _json(line)
        if not isinstance(row, dict) or row.keys() != columns.keys():
            raise ArchiveError(f"{name}.jsonl, line {number}: not the columns {', '.join(columns)}")
        for column, check in columns.items():
            if not check(row[column]):
                raise ArchiveError(f"{name}.jsonl, line {number}: {column} can't be {row[column]!a:.60}")
        yield row
    if not isinstance(told, dict) or told != {"rows": number, "sha256": digest.hexdigest()}:
        raise ArchiveError(f"{name}.jsonl is not what the manifest says: the file is damaged")


def _json(content: bytes) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(content, parse_constant=refuse)


def _check_references(parts: Mapping[str, list[Row]]) -> None:
    """Check that rows are there once, and refer to rows that are there."""
    images, videos = (_once(parts, part, lambda row: row["md5"]) for part in ("images", "videos"))
    frames = _once(parts, "frames", lambda row: f"{row['video']}:{row['sample']}")
    _once(parts, "files", lambda row: row["path"])
    tags = _once(parts, "tags", lambda row: row["name"])
    _once(parts, "tagged", lambda row: (row["tag"], row["item"]))
    rejected, confirmed = (
        _once(parts, part, lambda row: (row["a"], row["b"])) for part in ("rejected", "confirmed")
    )
    if rejected & confirmed:
        raise ArchiveError("confirmed.jsonl: a pair is rejected, too")
    _once(parts, "labelled", lambda row: (row["label"], row["item"], row["model"]))
    _within("labelled", (row["item"] for row in parts["labelled"]), images | frames)
    held = {
        kind: {row["md5"] for row in parts["files"] if row["kind"] == kind} for kind in ("image", "video")
    }
    _same("images", images, held["image"])
    _same("videos", videos, held["video"])
    _within("frames", (row["video"] for row in parts["frames"]), videos)
    _within("tagged", (row["tag"] for row in parts["tagged"]), tags)
    _within("tagged", (row["item"] for row in parts["tagged"]), images | videos | frames)
    for part in ("rejected", "confirmed"):
        for end in ("a", "b"):
            _within(part, (row[end] for row in parts[part]), images | frames)
        if any(row["a"] >= row["b"] for row in parts[part]):
            raise ArchiveError(f"{part}.jsonl: a pair is not in order")
    parents = {row["name"]: row["parent"] for row in parts["tags"]}
    _within("tags", (parent for parent in parents.values() if parent is not None), tags)
    safe: set[str] = set()
    for name in parents:
        line: list[str] = []
        above: str | None = name
        while above is not None and above not in safe:
            if above in line:
                raise ArchiveError(f"tags.jsonl: {above!a:.60} lies under itself")
            line.append(above)
            above = parents[above]
        safe.update(line)


def _once(parts: Mapping[str, list[Row]], name: str, key: Callable[[Row], Any]) -> set[Any]:
    found = {key(row) for row in parts[name]}
    if len(found) != len(parts[name]):
        raise ArchiveError(f"{name}.jsonl: a row is there twice")
    return found


def _within(name: str, keys: Iterable[str], known: set[str]) -> None:
    if (lost := next((key for key in keys if key not in known), None)) is not None:
        raise ArchiveError(f"{name}.jsonl: there is no {lost!a:.80} in this archive")


def _same(name: str, contents: set[str], held: set[str]) -> None:
    if contents != held:
        raise ArchiveError(f"{name}.jsonl and files.jsonl do not name the same contents")
