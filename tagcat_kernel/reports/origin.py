"""Where a report comes from: the files of the collection, what stands on them, and how they lie on the disk.

A manifest names every input by the MD5 that the collection knows. A file that was changed since it was read
is another one by now, so whoever makes a report is told.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from tagcat_kernel.home import home
from tagcat_kernel.reports.options import Options
from tagcat_kernel.reports.tables import listed
from tagcat_kernel.sources import on_device

if TYPE_CHECKING:
    from tagcat_kernel.graph.collection import Collection
    from tagcat_kernel.graph.views import StoredFile


def inputs(files: Mapping[str, "StoredFile"], options: Options) -> list[dict[str, Any]]:
    """Return the files of a collection as a manifest lists them, in the order of their MD5 and paths."""
    rows = [
        {"md5": file.md5, "path": _called(path, options), "bytes": file.bytes, "kind": file.kind}
        for path, file in files.items()
    ]
    return sorted(rows, key=lambda row: (row["md5"], row["path"]))


def marks_of(collection: "Collection") -> dict[str, str]:
    """Return the SHA-256 of each kind of mark on the items of a collection, by its name."""
    tags = [[tag["name"], tag["colour"], tag["parent"]] for tag in collection.tags()]
    tags += [[row["tag"], row["key"]] for row in collection.tagged()]
    told = {
        "tags": tags,
        "labels": [
            [row[name] for name in ("key", "label", "score", "model")] for row in collection.labelled()
        ],
        "verdicts": [[*pair, word] for word, pairs in _verdicts(collection) for pair in pairs],
    }
    return {name: _digest(rows) for name, rows in told.items()}


def _verdicts(collection: "Collection") -> list[tuple[str, set[tuple[str, str]]]]:
    return [("not a match", collection.rejected()), ("a match", collection.confirmed())]


def _digest(rows: list[list[Any]]) -> str:
    """Return the SHA-256 of rows whatever their order."""
    return hashlib.sha256("\n".join(sorted(json.dumps(row) for row in rows)).encode()).hexdigest()


def on_disk(files: Mapping[str, "StoredFile"], options: Options) -> list[str]:
    """Return, as lines for a person, which files are not on the disk as they were when they were read."""
    changed, gone = [], []
    for path, file in files.items():
        if on_device(path):
            continue
        try:
            state = os.stat(path)  # noqa: PTH116 - a hundred thousand a second
        except OSError:
            gone.append(_called(path, options))
            continue
        if (state.st_size, state.st_mtime_ns) != (file.bytes, file.modified):
            changed.append(_called(path, options))
    lines = []
    if changed:
        lines.append(f"changed on the disk since they were read: {listed(changed)}: ingest them again")
    if gone:
        lines.append(f"no longer where they were read: {listed(gone)}")
    return lines


def _called(path: str, options: Options) -> str:
    return path if options.paths == "full" else PurePath(path).name


def private_folders(paths: Iterable[str]) -> set[str]:
    """Return the folders that a report of names alone must not tell.

    Those that files lie in, the folders around them (but not the first below the root, which is everybody's),
    the person's home and TagCat's own folder.

    Examples
    --------
    >>> sorted(private_folders(["/data/ada/films/cat.mp4"]) - {str(Path.home()), str(home())})
    ['/data/ada', '/data/ada/films']
    """
    direct = {os.path.dirname(path) for path in paths}  # noqa: PTH120 - a hundred thousand a second
    around = {str(each) for folder in direct for each in PurePath(folder).parents if len(each.parts) > 2}
    return direct | around | {str(Path.home()), str(home())}
