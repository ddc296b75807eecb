"""What the server looks at before the engine may open its files, and what it notes when it closes them.

The engine opens whatever it finds: where a file of its data is cut off or gone, it starts with what is
left, makes anew what it misses, and the graph looks empty. So the server notes in `data.json` the version
of the data, the engine that wrote them, and, once the engine has closed them, every file with its size and
a checksum. The next start compares before it touches anything. A file whose size and time are the same was
not touched; of any other the checksum is taken. While the server runs, and so after a kill, only the names
are known: the engine's own log brings the contents back, and what is checked is that no file is gone.
"""

import json
import os
import re
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagcat_kernel.graph.errors import GraphDataError, GraphError, GraphFullError, GraphVersionError

DATA_VERSION = 1
"""Of the files' arrangement; a program opens no other than its own."""
ROOM = 16_000_000
"""Bytes that must be free: with less the engine could not even write down what it recovers."""
LASTING = (".bucket", ".dict")
"""Endings of files that a running engine never takes away; indexes are written anew from time to time."""
SCHEMAS = ("schema.json", "schema.prev.json")
"""What the engine knows its files by; the second is the first of before the last change."""
PASSING = (".wal", ".lck")
"""Endings of files that lie there only while the engine runs, or after it was killed."""


@dataclass(frozen=True, slots=True)
class Note:
    """What `data.json` says: versions, and by name each file's [size, time (ns), checksum], null if open."""

    data_version: int
    engine: str
    files: dict[str, list[int] | None]


def check(folder: Path, engine: str) -> None:
    """Refuse a folder whose data this engine must not open; nothing is written.

    Parameters
    ----------
    folder
        The server's folder, with `data.json` and `databases`.
    engine
        Version of the engine that would open it.

    Raises
    ------
    GraphVersionError
        If the data were written by a newer program, or by one that is too old.
    GraphDataError
        If a file of the data is damaged or gone.
    GraphFullError
        If the disk has no room to work in.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check(Path(folder), "26.11.1")
    """
    if (free := shutil.disk_usage(folder).free) < ROOM:
        raise GraphFullError(
            f"the disk that holds {folder} is full ({free / 1e6:.1f} MB are free): make room, at least "
            f"{ROOM / 1e6:.0f} MB, and try again; the graph was not touched"
        )
    database = folder / "databases" / "neo4j"
    note = read_note(folder)
    if note is None:
        # A first start has no data yet; those of before this note was kept have a schema.
        if database.is_dir() and any(database.iterdir()) and not (database / "schema.json").is_file():
            raise _damaged(database / "schema.json", "it is gone")
        return
    if note.data_version != DATA_VERSION or number(note.engine) > number(engine):
        newer = note.data_version > DATA_VERSION or number(note.engine) > number(engine)
        raise GraphVersionError(
            f"the graph in {folder} was written by {'a newer' if newer else 'an older'} TagCat (data version "
            f"{note.data_version}, engine {note.engine}; this one has {DATA_VERSION} and {engine}): "
            + (
                "update TagCat"
                if newer
                else "`tagcat export` it with the TagCat that wrote it, and `tagcat import` it here into a "
                "new TAGCAT_HOME"
            )
            + "; the graph was not touched"
        )
    for name, told in note.files.items():
        _compare(database / name, told)
    if note.files and not any(_is_json(database / name) for name in SCHEMAS):
        raise _damaged(database / SCHEMAS[0], "it can't be read, and the one before it neither")


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text("utf-8")), dict)
    except (OSError, ValueError):
        return False


def read_note(folder: Path) -> Note | None:
    """Return what `data.json` says, None where there is none.

    Raises
    ------
    GraphDataError
        If it can't be read.
    """
    path = folder / "data.json"
    try:
        found = json.loads(path.read_text("utf-8"))
        return Note(int(found["data_version"]), str(found["engine"]), dict(found["files"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"it can't be read ({error})") from None


def note_open(folder: Path, engine: str) -> None:
    """Note that the engine has the files open: their names are known, their contents in its hands."""
    database = folder / "databases" / "neo4j"
    there = database.iterdir() if database.is_dir() else ()
    names = sorted(path.name for path in there if path.name.endswith(LASTING))
    _write(folder, Note(DATA_VERSION, engine, dict.fromkeys(names)))


def note_closed(folder: Path, engine: str) -> None:
    """Note every file with its size, time and checksum, after the engine has closed them."""
    database = folder / "databases" / "neo4j"
    files = {
        path.name: [path.stat().st_size, path.stat().st_mtime_ns, _checksum(path)]
        for path in sorted(database.iterdir())
        if path.is_file() and not path.name.endswith(PASSING)
    }
    _write(folder, Note(DATA_VERSION, engine, dict(files)))


def _write(folder: Path, note: Note) -> None:
    said: dict[str, Any] = {"data_version": note.data_version, "engine": note.engine, "files": note.files}
    fresh = folder / "data.json.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(said, file, indent=0)
        file.flush()
        os.fsync(file.fileno())  # a note cut off by a power failure would keep a sound graph shut
    fresh.replace(folder / "data.json")


def _compare(path: Path, told: list[int] | None) -> None:
    if not path.is_file():
        raise _damaged(path, "it is gone")
    if told is None:
        if path.suffix == ".dict" and not path.stat().st_size:
            raise _damaged(path, "it is empty")
        return
    size, time, checksum = told
    now = path.stat()
    if now.st_size != size:
        raise _damaged(path, f"it has {now.st_size} bytes and had {size}")
    if now.st_mtime_ns != time and _checksum(path) != checksum:
        raise _damaged(path, "its contents are not those that were written")


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found = zlib.crc32(block, found)
    return found


def _damaged(path: Path, how: str) -> GraphDataError:
    return GraphDataError(
        f"{path} is damaged: {how}. Nothing was touched. Put the file back, or restore a backup with "
        "`tagcat graph restore PATH`; without one, move the graph's folder away and read your media again"
    )


def number(version: str) -> tuple[int, ...]:
    """Return a version's numbers: what comes before a word such as `dev2`.

    Examples
    --------
    >>> number("26.11.1.dev2") < number("26.12.0")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[a-z]", version)[0]))


EXIT_CODES: dict[type[GraphError], int] = {GraphDataError: 3, GraphVersionError: 4, GraphFullError: 5}
"""How a server that would not start tells its starter why; the words are the last line of its log."""
