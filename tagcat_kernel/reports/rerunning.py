"""Runs a report again and says whether the same came out, and if not, what differs and why.

The notebook that lies in the report's folder is run with the manifest's parameters, so a report stays
comparable when TagCat's own notebooks have become others. A folder that somebody handed over may hold any
code: only a notebook that is TagCat's own, cell for cell, runs without being trusted first.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.making import NOTEBOOK, make
from tagcat_kernel.reports.manifest import Manifest
from tagcat_kernel.reports.notebooks import digest_of, read_notebook, shipped_notebooks
from tagcat_kernel.reports.options import Options
from tagcat_kernel.reports.running import Progress
from tagcat_kernel.reports.tables import Table, differences, listed

if TYPE_CHECKING:
    from tagcat_kernel.graph.collection import Collection


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a second run gave.

    Attributes
    ----------
    tables
        Of every table that differs, in which rows: lines for a person by the table's file.
    reasons
        What else is not as it was: inputs, settings, versions, tags, labels, verdicts.
    notes
        Which inputs are no longer on the disk as the collection knows them: it was not asked about those.
    """

    tables: dict[str, list[str]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether every table came out as before."""
        return not self.tables


def rerun(
    collection: "Collection",
    manifest: str | os.PathLike[str],
    *,
    trust: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Run a report again on a collection; nothing is written.

    Parameters
    ----------
    collection
        What the notebook works on now.
    manifest
        The `manifest.json` in the report's folder, or that folder.
    trust
        Whether to run a notebook that is not one of TagCat's.
    progress
        Told after each cell.

    Raises
    ------
    ReportError
        If the folder is no whole report, its notebook needs trust, or a cell fails.
    KeyboardInterrupt
        On Ctrl-C.
    """
    path = Path(manifest).expanduser().resolve()
    path = path / "manifest.json" if path.is_dir() else path
    before = Manifest.read(path)
    notebook = read_notebook(path.parent / NOTEBOOK)
    digest = digest_of(notebook)
    if digest != before.notebook["sha256"]:
        raise ReportError(f"{path.parent / NOTEBOOK}: changed since the report was made")
    if not trust and digest not in {digest_of(read_notebook(own)) for own in shipped_notebooks()}:
        raise ReportError(
            f"{path.parent / NOTEBOOK}: not a notebook of this TagCat, so it may do anything as you: "
            "read it, and say --trust if you would run it"
        )
    tables = _read_tables(before, path.parent)
    made = make(
        collection,
        notebook,
        before.notebook["name"],
        before.parameters,
        Options(**before.options),
        folder=path.parent,
        progress=progress,
    )
    found = _compare(tables, made.tables)
    return Comparison(found, _reasons(before, made.manifest) if found else [], made.notes)


def _read_tables(manifest: Manifest, folder: Path) -> list[Table]:
    """Return the tables of a report as they lie in its folder, unchanged since."""
    tables = []
    for row in manifest.tables:
        try:
            with (folder / row["file"]).open(encoding="utf-8", newline="") as stream:
                table = Table(row["file"], stream.read())
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"{folder / row['file']}: can't be read: {error}") from error
        if table.sha256 != row["sha256"]:
            raise ReportError(f"{folder / row['file']}: changed since the report was made")
        tables.append(table)
    return tables


def _compare(before: list[Table], now: list[Table]) -> dict[str, list[str]]:
    """Return the differences by file; tables are told apart by their file, which has number and heading."""
    later = {table.file: table for table in now}
    found: dict[str, list[str]] = {}
    for table in before:
        other = later.pop(table.file, None)
        lines = differences(table, other) if other else ["this table did not come out again"]
        if lines:
            found[table.file] = lines
    found.update((file, ["this table was not there before"]) for file in later)
    return found


def _reasons(before: Manifest, now: Manifest) -> list[str]:
    """Return what may have made the difference, as sentences."""
    reasons = _inputs(before.inputs, now.inputs)
    for word, old, new in (
        ("the setting", before.settings, now.settings),
        ("the version of", before.versions, now.versions),
    ):
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                reasons.append(f"{word} {name} was {old.get(name)} and is {new.get(name)}")
    changed = [name for name in before.marks if before.marks[name] != now.marks.get(name)]
    if changed:
        reasons.append(f"changed since: {', '.join(changed)}")
    if before.user != now.user:
        reasons.append(f"it was {before.user}'s collection and is {now.user}'s")
    return reasons or [
        "files, settings, versions, tags, labels and verdicts are the same: "
        "the notebook itself gives other results each time"
    ]


def _inputs(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[str]:
    old = Counter((row["path"], row["md5"]) for row in before)
    new = Counter((row["path"], row["md5"]) for row in now)
    gone, more = sorted((old - new).elements()), sorted((new - old).elements())
    changed = {path for path, _ in gone} & {path for path, _ in more}
    told = [("changed", sorted(changed))]
    told.append(("gone", [path for path, _ in gone if path not in changed]))
    told.append(("new", [path for path, _ in more if path not in changed]))
    lines = []
    for word, paths in told:
        if paths:
            lines.append(f"inputs {word}: {listed(paths)}")
    return lines
