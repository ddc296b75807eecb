"""Commands that correct a collection: files that go, what was lost for good, undo."""

import sys
from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, Of, User, app, named, open_workbench
from tagcat_kernel.cli._printing import plural, print_json, rows_of
from tagcat_kernel.walk import harmless


@app.command()
def files(
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only those that are not there.")] = False,
) -> None:
    """List the files of the collection, and which of them are missing."""
    with open_workbench(user, of) as workbench:
        table = workbench.files()
    rows = rows_of(table[table["missing"]] if missing else table)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(("missing  " if row["missing"] else "         ") + harmless(row["path"]))
    if not rows:
        print("no file is missing" if missing else "no files yet")


@app.command()
def remove(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Stored files, or folders of such.", callback=named)
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="All files that are not there.")] = False,
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Take files out of the collection; nothing on the disk is touched, and `tagcat undo` undoes it."""
    if not paths and not missing:
        raise typer.BadParameter("name files, or give --missing")
    with open_workbench(user) as workbench:
        asked = list(paths or [])
        if missing:
            table = workbench.files()
            asked += table["path"][table["missing"]].tolist()
        removed = workbench.remove(asked)
    if as_json:
        print_json({"files": removed.files, "images": removed.images, "videos": removed.videos})
    else:
        parts = ", ".join(plural(getattr(removed, kind), kind[:-1]) for kind in ("files", "images", "videos"))
        print(f"removed: {parts}. `tagcat undo` brings them back.")


@app.command()
def undo(
    number: Annotated[int | None, typer.Argument(help="Which change; default: your last.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only list the last changes.")] = False,
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
) -> None:
    """Undo the last change to tags, "not a match" marks or removed files."""
    with open_workbench(user, of) as workbench:
        if list_only:
            rows = rows_of(workbench.changes())
            if as_json:
                print_json(rows)
            for row in rows if not as_json else []:
                by = f"  (by {harmless(row['by'])})" if row["by"] != workbench.user else ""
                undone_by_now = "  (undone)" if row["undone"] else ""
                print(f"{row['number']:5d}  {harmless(row['told'])}{by}{undone_by_now}")
            return
        undone = workbench.undo(number)
    if as_json:
        print_json({"number": undone.number, "told": undone.told, "skipped": undone.skipped})
    else:
        print(f"undone: {harmless(undone.told)}")
        for line in undone.skipped:
            print(f"left as it is: {harmless(line)}", file=sys.stderr)


@app.command()
def settings(
    max_distance: Annotated[
        int | None,
        typer.Option("--max-distance", min=0, max=64, help="Largest distance of a match, in bits."),
    ] = None,
    key_frame_distance: Annotated[
        int | None, typer.Option("--key-frame-distance", min=0, max=64, help="What a key frame must exceed.")
    ] = None,
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
) -> None:
    """Show the settings, or change them; stored matches and key frames follow, tags and marks stay."""
    with open_workbench(user, of) as workbench:
        if max_distance is None and key_frame_distance is None:
            now = workbench.settings
            both = {"max_distance": now.max_distance, "key_frame_distance": now.key_frame_distance}
            if as_json:
                print_json(both)
            else:
                print("\n".join(f"{name}: {distance} bits" for name, distance in both.items()))
            return
        try:
            report = workbench.set(
                max_distance=max_distance,
                key_frame_distance=key_frame_distance,
                progress=sys.stderr.isatty(),
            )
        except ValueError as error:
            raise ValueError(f"{error}; give both, --max-distance and --key-frame-distance") from None
    if as_json:
        print_json(report.as_dict())
    else:
        changed = f"{plural(report.videos, 'video')} with other key frames"
        stopped = " Stopped: the same command again does the rest." if report.cancelled else ""
        are = f"max_distance {report.max_distance} bits, key_frame_distance {report.key_frame_distance} bits"
        print(f"{are}: {plural(report.matches, 'match')}, {changed}.{stopped}")
    for failure in report.failed:
        print(f"failed: {harmless(failure.path)}: {harmless(failure.error)}", file=sys.stderr)
    if report.failed or report.cancelled:
        raise typer.Exit(1)


@app.command()
def collect(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what `tagcat undo` could still bring back.")
    ] = False,
    user: User = None,
) -> None:
    """Remove for good what was removed and no undo can bring back."""
    with open_workbench(user) as workbench:
        number = workbench.collect(everything=everything)
    print(f"collected {plural(number, 'node')}")
