"""A collection as a report: to hand over, to publish, to run again and compare."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tagcat_kernel.cli._app import AsJson, User, app, open_workbench
from tagcat_kernel.cli._printing import plural, print_json
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.reports.publishing import Published
    from tagcat_kernel.workbench import Workbench


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
    """Run a notebook on the collection and write a report: one page, tables, and where all comes from."""
    if (out is None) == (rerun is None):
        raise typer.BadParameter("say where it goes with --out, or what to compare with --rerun")
    with open_workbench(user) as workbench:
        if rerun is not None:
            _compare(workbench, rerun, trust, as_json)
            return
        assert out is not None  # noqa: S101 - the check above, for mypy
        from tagcat_kernel.reports.notebooks import parse_values

        made = workbench.report(
            out,
            notebook,
            parse_values(parameters or []),
            thumbnails=thumbnails,
            paths=paths,
            replace=replace,
            progress=sys.stderr.isatty(),
        )
        published = _publish(made.folder, publish, hours) if publish else None
    tables = made.manifest.tables
    if as_json:
        told = {"folder": str(made.folder), "page": str(made.page), "tables": tables}
        print_json(told | ({"published": published.place, "link": published.link} if published else {}))
        return
    print(f"wrote {harmless(str(made.page))} with {plural(len(tables), 'table')}.")
    if published:
        print(f"uploaded to {published.place}; for {published.hours:g} hours this link opens the page:")
        print(published.link)


def _publish(folder: Path, place: str, hours: float) -> "Published":
    from tagcat_kernel.reports.publishing import publish

    return publish(folder, place, hours=hours)


def _compare(workbench: "Workbench", manifest: Path, trust: bool, as_json: bool) -> None:
    """Print whether a second run is equal; exit code 1 where it is not."""
    from tagcat_kernel.reports.rerunning import rerun

    found = rerun(workbench.collection, manifest, trust=trust)
    if as_json:
        print_json({"equal": found.equal, "tables": found.tables, "reasons": found.reasons})
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
