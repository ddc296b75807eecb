"""Makes a report: a notebook is run, and what came out is a folder that can be handed over.

The folder appears whole or not at all: everything is written beside it and moved into place at the end.
In it are `report.html` (one file that needs no network), `notebook.ipynb` (executed), `tables/*.csv` and
`manifest.json`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from tagcat_kernel.interrupts import stopping
from tagcat_kernel.reports.beside import beside
from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.manifest import Manifest, versions
from tagcat_kernel.reports.notebooks import (
    digest_of,
    find_notebook,
    fit,
    give,
    parameters_of,
    parse_values,
    read_notebook,
)
from tagcat_kernel.reports.options import Options
from tagcat_kernel.reports.origin import inputs, marks_of, on_disk, private_folders
from tagcat_kernel.reports.page import page_of
from tagcat_kernel.reports.running import Progress, execute, secret_values, take_out
from tagcat_kernel.reports.tables import Table, collect
from tagcat_kernel.secrets import HIDDEN, read_secrets

if TYPE_CHECKING:
    from tagcat_kernel.graph.collection import Collection

PAGE = "report.html"
NOTEBOOK = "notebook.ipynb"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Made:
    """A notebook that was run: the notebook with its outputs, its tables and where it all comes from."""

    notebook: Any
    tables: list[Table]
    manifest: Manifest
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """A report on disk; `notes` say which inputs are no longer on the disk as the collection knows them."""

    folder: Path
    manifest: Manifest
    notes: list[str] = field(default_factory=list)

    @property
    def page(self) -> Path:
        """The page to open in a browser."""
        return self.folder / PAGE


def write_report(
    collection: "Collection",
    folder: str | os.PathLike[str],
    notebook: str | os.PathLike[str] = "collection",
    parameters: Mapping[str, Any] | None = None,
    *,
    options: Options | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Run a notebook and write what comes out into a folder.

    Parameters
    ----------
    collection
        What the notebook works on.
    folder
        New or empty; with `replace`, an earlier report there is replaced.
    notebook
        A path, or the name of a notebook that came with TagCat.
    parameters
        Values for the names in the notebook's `parameters` cell.
    options
        What the report may show; default: names of files, no thumbnails.
    replace
        Whether an earlier report may go.
    progress
        Told after each cell.

    Raises
    ------
    ReportError
        If there is no such notebook or parameter, a value is of another kind than its default, a cell
        fails, or the folder holds something else.
    GraphError
        If the graph can't be reached.
    OSError
        If the folder can't be written.
    KeyboardInterrupt
        On Ctrl-C; nothing is written then.
    """
    target = Path(folder).expanduser().resolve()
    _free(target, replace)
    path = find_notebook(notebook)
    source = read_notebook(path)
    values = fit(parameters or {}, parameters_of(source))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made before the work: a place where nothing can be written is found out at once.
    with beside(target) as near:
        made = make(
            collection,
            source,
            path.stem,
            values,
            options or Options(),
            folder=path.parent,
            progress=progress,
        )
        fresh = near / "report"
        try:
            _write(made, fresh, path.parent)
        except OSError as error:
            raise ReportError(f"{target}: can't be written, and nothing was: {error.strerror}") from error
        _free(target, replace)
        with stopping():  # Ctrl-C comes too late now
            _put(fresh, target, near / "old")
    return Report(target, made.manifest, made.notes)


def _put(fresh: Path, target: Path, old: Path) -> None:
    """Move a report to its place; what was there goes to `old`, and comes back where that fails."""
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def make(
    collection: "Collection",
    notebook: Any,
    name: str,
    parameters: Mapping[str, Any],
    options: Options,
    *,
    folder: Path,
    progress: Progress | None = None,
) -> Made:
    """Run a notebook without outputs and say what it was made from; nothing is written.

    Raises
    ------
    ReportError
        If a parameter is unknown or a cell fails.
    """
    digest = digest_of(notebook)
    title = str(notebook.metadata.get("title") or name)
    defaults = parameters_of(notebook)
    give(notebook, parameters)
    files, marks = collection.files(), marks_of(collection)
    endpoint = getattr(collection.graph.runner, "endpoint", None)
    elsewhere = endpoint if endpoint is not None and endpoint.home is None else None
    execute(
        notebook, user=collection.user, endpoint=elsewhere, options=options, folder=folder, progress=progress
    )
    if (collection.files(), marks_of(collection)) != (files, marks):
        raise ReportError("the collection changed while the report was made: make it again")
    folders = private_folders(files) if options.paths == "names" else ()
    secrets = {told for name, told in read_secrets().items() if name in HIDDEN}
    secrets |= {endpoint.password} if endpoint is not None and endpoint.password else set()
    secrets |= secret_values(os.environ)
    take_out(notebook, secrets, folders)
    tables = collect(notebook)
    notebook.metadata["title"] = title
    settings = collection.settings
    values = parse_values(f"{key}={value}" for key, value in defaults.items()) | dict(parameters)
    seeds = {key: value for key, value in values.items() if "seed" in key.lower()}
    manifest = Manifest(
        notebook={"name": name, "sha256": digest},
        parameters=dict(parameters),
        options={"thumbnails": options.thumbnails, "paths": options.paths},
        settings={
            "max_distance": settings.max_distance,
            "key_frame_distance": settings.key_frame_distance,
        },
        seeds=seeds | {"PYTHONHASHSEED": 0},
        marks=marks,
        versions=versions(),
        inputs=inputs(files, options),
        tables=[
            {"file": table.file, "rows": len(table.cells) - 1, "sha256": table.sha256} for table in tables
        ],
        user=collection.user,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Made(notebook, tables, manifest, on_disk(files, options))


def _free(target: Path, replace: bool) -> None:
    """Hold that nothing is lost when a report comes to stand at `target`."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise ReportError(f"{target}: there is a file of that name: choose another folder")
    if not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file() or not (target / PAGE).is_file():
        raise ReportError(f"{target}: the folder holds something else: choose an empty one, or a new name")
    if not replace:
        raise ReportError(f"{target}: there is a report already: choose another folder, or say --replace")


def _write(made: Made, folder: Path, pictures: Path) -> None:
    (folder / "tables").mkdir(parents=True)
    for table in made.tables:
        (folder / table.file).write_text(table.text, encoding="utf-8", newline="")
    nbformat.write(made.notebook, folder / NOTEBOOK)  # type: ignore[no-untyped-call]
    manifest = made.manifest
    about = (
        f"Made on {manifest.created[:10]} with TagCat {manifest.versions['tagcat']} from "
        f"{len(manifest.inputs):,} files. The tables, the notebook and the manifest lie beside this page."
    )
    page = page_of(made.notebook, made.notebook.metadata["title"], about, pictures)
    (folder / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
    manifest.write(folder / MANIFEST)
