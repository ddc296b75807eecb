"""The archive of a collection: one zip file of JSON lines and a manifest; docs/archive.md tells the format.

An archive comes from anybody, so nothing of it is believed. Reading it checks everything before a single
row is stored: the sizes before anything is unpacked (a small file that would grow to gigabytes is a
bomb), the sums and numbers of rows against the manifest (a truncated file), and the rows themselves
(`archive_rows`). What fails is an `ArchiveError` that names the part and the line.
"""

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tagcat_kernel.graph.archive_rows import PARTS, ArchiveError, Row, check_references, check_row, number

__all__ = ["Archive", "ArchiveError", "read_archive", "write_archive"]

FORMAT = "tagcat archive"
VERSION = 2
"""Written; version 1, which knew no confirmed pairs, is read as well."""
GROWTH = 50
"""An archive's parts may be this many times larger than the file: real ones are 4 to 20 times."""
SLACK = 1 << 20
LONGEST_LINE = 1 << 20
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Archive:
    """A collection outside of a graph: its settings, and rows by the name of their part."""

    settings: dict[str, int]
    parts: dict[str, list[Row]]


def free_place(path: str | os.PathLike[str]) -> Path:
    """Return the whole path of a new file, asked before the work that fills it.

    Raises
    ------
    OSError
        If there is something already, or no folder for it.

    Examples
    --------
    >>> free_place("/")
    Traceback (most recent call last):
        ...
    FileExistsError: / is there already: choose another name, or remove it
    """
    target = Path(path).expanduser().absolute()
    if target.exists():
        raise FileExistsError(f"{target} is there already: choose another name, or remove it")
    if not target.parent.is_dir():
        raise NotADirectoryError(f"{target.parent} is no folder: make it first")
    return target


def write_archive(path: str | os.PathLike[str], archive: Archive, program: str) -> None:
    """Write an archive, whole or not at all.

    Raises
    ------
    FileExistsError
        If there is a file already.
    OSError
        If it can't be written; the message names the folder that is missing.

    Examples
    --------
    >>> write_archive("/no/such/all.zip", Archive({}, {}), "docs")
    Traceback (most recent call last):
        ...
    NotADirectoryError: /no/such is no folder: make it first
    """
    target = free_place(path)
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
    except OSError as error:
        raise OSError(error.errno, f"can't be written: {error.strerror or error}", str(target)) from error
    finally:
        with contextlib.suppress(OSError):
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
    tagcat_kernel.graph.archive_rows.ArchiveError: /dev/null: not an archive of TagCat
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
        check_references(parts)
        return Archive(manifest["settings"], parts)


@contextlib.contextmanager
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
    distance = number(0, 64)
    names = {"max_distance", "key_frame_distance"}
    if set(settings) != names or not all(distance(value) for value in settings.values()):
        raise ArchiveError("its settings can't be")
    if settings["key_frame_distance"] > settings["max_distance"]:
        raise ArchiveError("its settings can't be")
    return manifest


def _rows(name: str, part: IO[bytes], told: Any) -> Iterator[Row]:
    digest, lines = hashlib.sha256(), 0
    while line := part.readline(LONGEST_LINE + 1):
        lines += 1
        if len(line) > LONGEST_LINE:
            raise ArchiveError(f"{name}.jsonl, line {lines}: too long")
        digest.update(line)
        row = _json(line)
        check_row(name, lines, row)
        yield row
    if not isinstance(told, dict) or told != {"rows": lines, "sha256": digest.hexdigest()}:
        raise ArchiveError(f"{name}.jsonl is not what the manifest says: the file is damaged")


def _json(content: bytes) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(content, parse_constant=refuse)
