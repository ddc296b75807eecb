"""Makes a report: a notebook is run, and what came out is a folder that can be handed over.

The folder appears whole or not at all: everything is written beside it and moved into place at the end.
In it are `report.html` (one file that needs no network), `notebook.ipynb` (executed), `tables/*.csv` and
`manifest.json`.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.manifest import Manifest, inputs, versions
from tagcat_kernel.reports.notebooks import digest_of, find_notebook, give, parameters_of, read_notebook
from tagcat_kernel.reports.options import Options
from tagcat_kernel.reports.page import page_of
from tagcat_kernel.reports.running import Progress, execute, take_out
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


@dataclass(frozen=True, slots=True)
class Report:
    """A report on disk."""

    folder: Path
    manifest: Manifest

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
        If there is no such notebook or parameter, a cell fails, or the folder holds something else.
    GraphError
        If the graph can't be reached.
    OSError
        If the folder can't be written.
    """
    target = Path(folder).expanduser().resolve()
    _free(target, replace)
    target.parent.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    path = find_notebook(notebook)
    made = make(
        collection,
        read_notebook(path),
        path.stem,
        parameters or {},
        options or Options(),
        folder=path.parent,
        progress=progress,
    )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tagcat-report-") as beside:
        fresh = Path(beside) / "report"
        _write(made, fresh)
        _free(target, replace)
        if target.exists():
            target.rename(Path(beside) / "old")
        fresh.rename(target)
    return Report(target, made.manifest)


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
    files = collection.files()
    endpoint = getattr(collection.graph.runner, "endpoint", None)
    elsewhere = endpoint if endpoint is not None and endpoint.home is None else None
    execute(
        notebook, user=collection.user, endpoint=elsewhere, options=options, folder=folder, progress=progress
    )
    if collection.files() != files:
        raise ReportError("the collection changed while the report was made: make it again")
    folders = {os.path.dirname(path) for path in files} if options.paths == "names" else ()  # noqa: PTH120
    secrets = {told for name, told in read_secrets().items() if name in HIDDEN}
    secrets |= {endpoint.password} if endpoint is not None and endpoint.password else set()
    take_out(notebook, secrets, folders)
    tables = collect(notebook)
    notebook.metadata["title"] = title
    settings = collection.settings
    seeds = {key: parameters.get(key, value) for key, value in defaults.items() if "seed" in key.lower()}
    manifest = Manifest(
        notebook={"name": name, "sha256": digest},
        parameters=dict(parameters),
        options={"thumbnails": options.thumbnails, "paths": options.paths},
        settings={
            "max_distance": settings.max_distance,
            "key_frame_distance": settings.key_frame_distance,
        },
        seeds=seeds | {"PYTHONHASHSEED": 0},
        versions=versions(),
        inputs=inputs(files, options),
        tables=[
            {"file": table.file, "rows": len(table.cells) - 1, "sha256": table.sha256} for table in tables
        ],
        user=collection.user,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Made(notebook, tables, manifest)


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


def _write(made: Made, folder: Path) -> None:
    (folder / "tables").mkdir(parents=True)
    for table in made.tables:
        (folder / table.file).write_text(table.text, encoding="utf-8", newline="")
    nbformat.write(made.notebook, folder / NOTEBOOK)  # type: ignore[no-untyped-call]
    manifest = made.manifest
    about = (
        f"Made on {manifest.created[:10]} with TagCat {manifest.versions['tagcat']} from "
        f"{len(manifest.inputs):,} files. The tables, the notebook and the manifest lie beside this page."
    )
    page = page_of(made.notebook, made.notebook.metadata["title"], about)
    (folder / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
    manifest.write(folder / MANIFEST)
