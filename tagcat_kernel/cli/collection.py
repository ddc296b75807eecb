"""Commands that fill a collection and ask it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tagcat_kernel.cli._app import (
    AsJson,
    Distance,
    Of,
    Orientations,
    User,
    app,
    named,
    open_workbench,
    with_limits,
)
from tagcat_kernel.cli._printing import (
    json_value,
    name_failures,
    place,
    plural,
    print_json,
    print_table,
    told,
)
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST = 2_000_000
"""Pairs that are found for one answer; a table of them takes about 2 GB."""


@app.command()
@with_limits
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders and glob patterns.", callback=named)],
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Read every new image and video, and store it with its key frames and matches."""
    with open_workbench(user) as workbench:
        report = workbench.ingest(*paths, progress=sys.stderr.isatty())
    if as_json:
        print_json(report.as_dict())
    else:
        print(told(report))
    name_failures(report)
    if report.failed or report.cancelled:
        raise typer.Exit(1)


@app.command()
def matches(
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
    distance: Distance = None,
    orientations: Orientations = "as is",
) -> None:
    """List the pairs that look alike, closest first.

    They are stored up to the distance of `tagcat settings`; beyond it, and with all orientations, they are
    found now.
    """
    columns = ["a_path", "a_position", "b_path", "b_position", "distance"]
    with open_workbench(user, of) as workbench:
        stored = workbench.settings.max_distance
        reach = stored if distance is None else distance
        if orientations == "all":
            found = workbench.pairs(reach, orientations="all", progress=sys.stderr.isatty())
            table = found[[*columns, "orientation"]]
        elif reach <= stored:
            table = workbench.matches(reach)[columns]
        else:
            _check_number(workbench, reach)
            table = workbench.pairs(reach)[columns]
            raised = "" if of else f"; `tagcat settings --max-distance {reach}` stores them"
            print(
                f"matches are stored up to {stored} bits; those up to {reach} were found now{raised}",
                file=sys.stderr,
            )
    print_table(table.rename(columns={"a_path": "a", "b_path": "b"}), as_json, "no matches yet")


def _check_number(workbench: "Workbench", reach: int) -> None:
    """Refuse a distance at which nearly every pair is chance, before a table of them fills the memory."""
    from tagcat_kernel.hamming import radius_join

    number = 0
    for piece in radius_join(workbench.collection.hashes().hashes, reach, chunks=100_000):
        number += len(piece.i)
        if number > MOST:
            raise ValueError(
                f"more than {MOST:,} pairs lie within {reach} bits, nearly all by chance: choose fewer bits"
            )


@app.command()
def duplicates(as_json: AsJson = False, user: User = None, of: Of = None) -> None:
    """List the files of equal bytes."""
    with open_workbench(user, of) as workbench:
        groups = workbench.collection.duplicates()
    if as_json:
        print_json([{"md5": group["md5"], "paths": group["paths"]} for group in groups])
        return
    for group in groups:
        print(group["md5"])
        for path in group["paths"]:
            print(f"    {harmless(path)}")
    if not groups:
        print("no two files hold the same bytes")


@app.command()
@with_limits
def find(
    file: Annotated[
        str, typer.Argument(help="An image or video; it need not be in the collection.", callback=named)
    ],
    *,
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
    distance: Distance = None,
    orientations: Orientations = "as is",
) -> None:
    """Say where a picture, or a piece of a clip, is in the collection."""
    columns = ["path", "position", "distance"] + ["orientation"] * (orientations == "all")
    with open_workbench(user, of) as workbench:
        table = workbench.find(file, distance, orientations=orientations)[columns]
    print_table(table, as_json, "nothing in the collection looks like it")


@app.command()
def cluster(
    k: Annotated[int, typer.Option("--k", min=1, help="Number of clusters.")] = 8,
    as_json: AsJson = False,
    user: User = None,
    of: Of = None,
) -> None:
    """Sort the images and frames into clusters of similar hashes, the largest first."""
    with open_workbench(user, of) as workbench:
        table = workbench.cluster(k)[["cluster", "path", "position", "x", "y"]]
    if as_json or table.empty:
        print_table(table, as_json, "nothing to cluster yet")
        return
    for number, items in table.groupby("cluster"):
        print(f"cluster {number}: {plural(len(items), 'item')}")
        for path, position in zip(items["path"], items["position"], strict=True):
            print(f"    {place(path, json_value(position))}")
