"""The rows of an archive: what each of their fields may hold, and what they may refer to.

Every column of every part has a check. When all rows are read they are checked against each other: none is
there twice, none refers to what is not in the archive, and no tag lies under itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from tagcat_kernel.graph.keys import checked_label, checked_path, checked_tag
from tagcat_kernel.graph.tagging import checked_colour
from tagcat_kernel.records import HASHED_BY, MediaError
from tagcat_kernel.sources import on_device

Row = dict[str, Any]
Check = Callable[[Any], bool]


class ArchiveError(MediaError):
    """A file that is no archive of ours, or a damaged or forged one; nothing of it was stored."""


def number(low: float, high: float, kind: Any = int) -> Check:
    """Return a check that a value is a number of a kind, from `low` to `high`, both included.

    Examples
    --------
    >>> number(0, 64)(64), number(0, 64)(65), number(0, 64)(True)
    (True, False, False)
    """

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
_PIXELS = _or_null(number(0, 1 << 31))
_SECONDS = _or_null(number(0, 1e9, (int, float)))
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
        "sample": number(0, 1 << 31),
        "position": number(0, 1e9, (int, float)),
        "dhash": _DHASH,
        "key_frame": _BOOL,
    },
    "files": {
        "path": _passes(_path),
        "kind": _text("image|video"),
        "md5": _MD5,
        "bytes": number(0, (1 << 63) - 1),
        "modified": number(-(1 << 63), (1 << 63) - 1),
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
        "score": number(0, 1, (int, float)),
        "model": _passes(checked_label),
    },
}
"""The parts in their order, each with its columns and what their values must be."""


def check_row(name: str, line: int, row: Any) -> None:
    """Check the columns of a row and their values.

    Raises
    ------
    ArchiveError
        If it has other columns than its part, or a value that can't be.

    Examples
    --------
    >>> check_row("rejected", 3, {"a": "0" * 32, "b": "?"})
    Traceback (most recent call last):
        ...
    tagcat_kernel.graph.archive_rows.ArchiveError: rejected.jsonl, line 3: b can't be '?'
    """
    columns = PARTS[name]
    if not isinstance(row, dict) or row.keys() != columns.keys():
        raise ArchiveError(f"{name}.jsonl, line {line}: not the columns {', '.join(columns)}")
    for column, check in columns.items():
        if not check(row[column]):
            raise ArchiveError(f"{name}.jsonl, line {line}: {column} can't be {row[column]!a:.60}")


def check_references(parts: Mapping[str, list[Row]]) -> None:
    """Check that rows are there once, and refer to rows that are there.

    Raises
    ------
    ArchiveError
        If one is there twice, or refers to what is not there.
    """
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
