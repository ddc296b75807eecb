"""The `tagcat` command: one verb each, tables for eyes, `--json` for programs.

Exit codes: 0 done, 1 some files failed (or the graph did not answer), 2 wrong use. What a program reads
goes to stdout, everything else to stderr; bars and colours only where a terminal shows them.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.ingest import IngestReport
    from tagcat_kernel.workbench import Workbench

app = typer.Typer(
    name="tagcat",
    help="Find, group and explore pictures and video frames that look alike. Media stays where it lies.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain lines: boxes break words that a person wants to copy
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
graph_app = typer.Typer(
    help="The embedded graph server of this TAGCAT_HOME.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(graph_app, name="graph")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
User = Annotated[str | None, typer.Option("--user", help="Whose collection (default: TAGCAT_USER or you).")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser where there is one.")]
Distance = Annotated[int | None, typer.Option("--distance", min=0, max=64, help="Largest distance in bits.")]


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders and glob patterns.")],
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Read every new image and video, and store it with its key frames and matches."""
    with _workbench(user) as workbench:
        report = workbench.ingest(*paths, progress=sys.stderr.isatty())
    if as_json:
        _print_json(report.as_dict())
    else:
        print(_told(report))
    _name_failures(report)
    if report.failed or report.cancelled:
        raise typer.Exit(1)


@app.command()
def matches(as_json: AsJson = False, user: User = None, distance: Distance = None) -> None:
    """List the stored pairs that look alike, closest first."""
    columns = ["a_path", "a_position", "b_path", "b_position", "distance"]
    with _workbench(user) as workbench:
        table = workbench.matches(distance)[columns]
    _print_table(table.rename(columns={"a_path": "a", "b_path": "b"}), as_json, "no matches yet")


@app.command()
def duplicates(as_json: AsJson = False, user: User = None) -> None:
    """List the files of equal bytes."""
    with _workbench(user) as workbench:
        groups = workbench.collection.duplicates()
    if as_json:
        _print_json([{"md5": group["md5"], "paths": group["paths"]} for group in groups])
        return
    for group in groups:
        print(group["md5"])
        for path in group["paths"]:
            print(f"    {harmless(path)}")
    if not groups:
        print("no two files hold the same bytes")


@app.command()
def find(
    file: Annotated[str, typer.Argument(help="An image or video; it need not be in the collection.")],
    as_json: AsJson = False,
    user: User = None,
    distance: Distance = None,
) -> None:
    """Say where a picture, or a piece of a clip, is in the collection."""
    with _workbench(user) as workbench:
        table = workbench.find(file, distance)[["path", "position", "distance"]]
    _print_table(table, as_json, "nothing in the collection looks like it")


@app.command()
def cluster(
    k: Annotated[int, typer.Option("--k", min=1, help="Number of clusters.")] = 8,
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Sort the images and frames into clusters of similar hashes, the largest first."""
    with _workbench(user) as workbench:
        table = workbench.cluster(k)[["cluster", "path", "position", "x", "y"]]
    if as_json or table.empty:
        _print_table(table, as_json, "nothing to cluster yet")
        return
    for number, items in table.groupby("cluster"):
        print(f"cluster {number}: {_plural(len(items), 'item')}")
        for path, position in zip(items["path"], items["position"], strict=True):
            print(f"    {_place(path, _json_value(position))}")


@app.command()
def run(
    paths: Annotated[
        list[str] | None, typer.Argument(help="What to read first; none: the demonstration collection.")
    ] = None,
    user: User = None,
    port: Port = 0,
    browser: Browser = True,
) -> None:
    """Read a folder (or the demonstration collection), then serve the dashboards."""
    if not paths:
        from tagcat_kernel.demo import demonstration

        with _clear_errors():
            paths = [str(demonstration())]
    with _workbench(user) as workbench:
        report = workbench.ingest(*paths, progress=sys.stderr.isatty())
        _name_failures(report)
        if report.cancelled:
            print(_told(report))
            raise typer.Exit(1)
        print(_found(workbench.counts()), flush=True)
    _serve(user, port, browser)


@app.command()
def serve(user: User = None, port: Port = 0, browser: Browser = False) -> None:
    """Serve the dashboards on this machine until Ctrl-C."""
    with _workbench(user) as workbench:
        print(_found(workbench.counts()), flush=True)
    _serve(user, port, browser)


@app.command()
def lab(
    folder: Annotated[
        Path | None, typer.Argument(help="Where your copies of the notebooks lie (default: TAGCAT_HOME).")
    ] = None,
    user: User = None,
    port: Port = 0,
    browser: Browser = True,
) -> None:
    """Open the notebooks in JupyterLab, as copies that you may change."""
    from tagcat_kernel.serve import lab as serve_lab

    _choose_user(user)
    raise typer.Exit(serve_lab.start(folder, port=port, open_browser=browser and _has_display()))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, which graph answers, what is missing and what to do."""
    from tagcat_kernel.doctor import examine

    findings = examine()
    if as_json:
        _print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            print(f"{finding.sign} {finding.what}: {finding.told}")
            if finding.advice:
                print(f"    {finding.advice}")
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


@graph_app.command("status")
def graph_status(as_json: AsJson = False) -> None:
    """Say whether the embedded server runs, and where."""
    from tagcat_kernel.graph import server

    with _clear_errors():
        found = server.status()
    if as_json:
        _print_json({"running": found is not None} | ({} if found is None else found.as_dict()))
    elif found is None:
        print("the embedded graph is not running; the next command that needs it starts it")
    else:
        print(f"the embedded graph answers at {found.uri} (process {found.pid})")


@graph_app.command("stop")
def graph_stop() -> None:
    """Stop the embedded server; the next command that needs it starts it again."""
    from tagcat_kernel.graph import server

    with _clear_errors():
        stopped = server.stop()
    print("stopped" if stopped else "it was not running")


def main() -> None:
    """Run the command line; the entry point of `tagcat`."""
    # A name that is no valid text must not end the program while it is being shown.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app()


@contextmanager
def _workbench(user: str | None) -> Iterator["Workbench"]:
    from tagcat_kernel.workbench import Workbench

    _choose_user(user)
    with _clear_errors(), Workbench() as workbench:
        yield workbench


def _choose_user(user: str | None) -> None:
    """Hand `--user` on to everything that this command starts."""
    if user is not None:
        os.environ["TAGCAT_USER"] = user


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn our own errors into one line and an exit code, without a traceback."""
    from tagcat_kernel.graph.session import GraphError
    from tagcat_kernel.records import MediaError

    try:
        yield
    except (ValueError, GraphError, MediaError, OSError) as error:
        print(f"tagcat: {harmless(str(error))}", file=sys.stderr)
        # What can't be stored, such as a user name with a colon, is wrong use, though it is the graph's.
        raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None


def _serve(user: str | None, port: int, browser: bool) -> None:
    from tagcat_kernel.serve import dashboards

    _choose_user(user)
    raise typer.Exit(dashboards.start(port=port, open_browser=browser and _has_display()))


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _plural(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}es" if noun.endswith("ch") else f"{number:,} {noun}s"


def _found(counts: dict[str, int]) -> str:
    parts = (("images", "image"), ("videos", "video"), ("frames", "key frame"), ("matches", "match"))
    return ", ".join(_plural(counts[name], noun) for name, noun in parts)


def _told(report: "IngestReport") -> str:
    counts = {name: getattr(report, name) for name in ("images", "videos", "frames", "matches")}
    rest = [
        f"{_plural(number, 'file')} {what}"
        for number, what in (
            (report.skipped, "unchanged"),
            (report.ignored, "ignored"),
            (len(report.failed), "failed"),
        )
        if number
    ]
    stopped = " Stopped: the same command again does the rest." if report.cancelled else ""
    return f"new: {_found(counts)}" + (f" ({', '.join(rest)})" if rest else "") + f".{stopped}"


def _name_failures(report: "IngestReport") -> None:
    for failure in report.failed:
        print(f"failed: {harmless(failure.path)}: {harmless(failure.error)}", file=sys.stderr)


def _place(path: str, position: float | None) -> str:
    return harmless(path) + ("" if position is None else f" at {position:.2f} s")


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=2))


def _print_table(table: "pd.DataFrame", as_json: bool, empty: str) -> None:
    rows = [
        {str(name): _json_value(value) for name, value in row.items()} for row in table.to_dict("records")
    ]
    if as_json:
        _print_json(rows)
    elif not rows:
        print(empty)
    else:
        for line in _lines(rows):
            print(line)


def _json_value(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN is no JSON


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a line a row: distance first, then each place as path and, in videos, the time."""
    for row in rows:
        places = [
            _place(row[name], row[position])
            for name, position in (("a", "a_position"), ("b", "b_position"), ("path", "position"))
            if name in row
        ]
        yield f"{row['distance']:3d}  " + "  ~  ".join(places)


if __name__ == "__main__":
    main()
