"""A collection as a report: to hand over, to publish, to run again and compare."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tagcat_kernel.cli._app import AsJson, User, app, clear_errors, open_workbench
from tagcat_kernel.cli._printing import plural, print_json
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.reports.publishing import Published


@app.command()
def report(
    notebook: Annotated[str, typer.Argument(help="A path, or the name of one of TagCat's.")] = "collection",
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="name=value for the notebook; again for more."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A new or empty folder.")] = None,
    *,
    thumbnails: Annotated[bool, typer.Option("--thumbnails", help="Put pictures into it.")] = False,
    paths: Annotated[
        Literal["names", "full"],
        typer.Option("--paths", help="Files by their names alone, or by full paths."),
    ] = "names",
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier report there.")] = False,
    publish: Annotated[
        str | None,
        typer.Option("--publish", help="Upload it, private, to s3://bucket/prefix and print a link."),
    ] = None,
    hours: Annotated[float, typer.Option("--hours", help="How long the link is valid, at most 168.")] = 24.0,
    rerun: Annotated[
        Path | None, typer.Option("--rerun", help="The manifest.json of a report: run it again and compare.")
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="With --rerun: run a notebook not TagCat's.")
    ] = False,
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Run a notebook on the collection and write a report: one page, tables, and where all comes from.

    With --rerun, exit code 0 is "equal", 1 is "it differs", 2 is "it could not be run again".
    """
    if rerun is None:
        from tagcat_kernel.reports.notebooks import find_notebook

        with clear_errors():  # a name that is wrong is told before one that is missing
            find_notebook(notebook)
    if (out is None) == (rerun is None):
        raise typer.BadParameter("say where it goes with --out, or what to compare with --rerun")
    if rerun is not None:
        if parameters or publish or replace or thumbnails or notebook != "collection":
            raise typer.BadParameter("--rerun takes the notebook, its values and options from the manifest")
        _compare(rerun, trust, as_json, user)
        return
    assert out is not None  # noqa: S101 - the check above, for mypy
    with open_workbench(user) as workbench:
        from tagcat_kernel.reports.notebooks import (
            find_notebook,
            parameters_of,
            parse_values,
            read_notebook,
        )

        known = parameters_of(read_notebook(find_notebook(notebook))) if parameters else {}
        values = parse_values(parameters or [], known)
        if publish:
            from tagcat_kernel.reports.publishing import check_place

            check_place(publish, hours)  # before the work, not after it
        with _stopping("nothing was written" + (f", and {out} is as it was" if out.exists() else ""), 1):
            made = workbench.report(
                out,
                notebook,
                values,
                thumbnails=thumbnails,
                paths=paths,
                replace=replace,
                progress=sys.stderr.isatty(),
            )
        _tell(made.notes)
        if not as_json:
            print(f"wrote {harmless(str(made.page))} with {plural(len(made.manifest.tables), 'table')}.")
        published = None
        if publish:
            with _stopping(f"the report is in {out}, but not all of it was uploaded", 1):
                published = _publish(made.folder, publish, hours)
    if as_json:
        told = {"folder": str(made.folder), "page": str(made.page), "tables": made.manifest.tables}
        told["notes"] = made.notes
        print_json(told | ({"published": published.place, "link": published.link} if published else {}))
    elif published:
        print(f"uploaded to {published.place}; for {published.hours:g} hours this link opens the page:")
        print(published.link)


@contextmanager
def _stopping(told: str, code: int) -> Iterator[None]:
    """Let Ctrl-C end the command with a line on what is there, and what is not."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"tagcat: stopped: {harmless(told)}.", file=sys.stderr)
        raise typer.Exit(code) from None


def _tell(notes: list[str]) -> None:
    for note in notes:
        print(f"note: {harmless(note)}.", file=sys.stderr)


def _publish(folder: Path, place: str, hours: float) -> "Published":
    from tagcat_kernel.reports.publishing import publish

    return publish(folder, place, hours=hours)


def _compare(manifest: Path, trust: bool, as_json: bool, user: str | None) -> None:
    """Print whether a second run is equal; as `cmp` does, exit with 1 where not, 2 where it can't be said."""
    try:
        with open_workbench(user) as workbench, _stopping("it was not compared; nothing was changed", 2):
            found = workbench.rerun(manifest, trust=trust, progress=sys.stderr.isatty())
    except typer.Exit:
        raise typer.Exit(2) from None
    _tell(found.notes)
    if as_json:
        print_json(
            {"equal": found.equal, "tables": found.tables, "reasons": found.reasons, "notes": found.notes}
        )
    elif found.equal:
        print("equal")
    else:
        for file, lines in found.tables.items():
            print(f"{harmless(file)} differs:")
            for line in lines:
                print(f"  {harmless(line)}")
        print("why:")
        for reason in found.reasons:
            print(f"  {harmless(reason)}")
    if not found.equal:
        raise typer.Exit(1)
