"""Commands about the embedded graph server."""

from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, clear_errors, group, named
from tagcat_kernel.cli._printing import print_json

graph_app = group("graph", "The embedded graph server of this TAGCAT_HOME.")


@graph_app.command("status")
def graph_status(as_json: AsJson = False) -> None:
    """Say whether the embedded server runs, and where."""
    from tagcat_kernel.graph import server

    with clear_errors():
        found = server.status()
    if as_json:
        print_json({"running": found is not None} | ({} if found is None else found.as_dict()))
    elif found is None:
        print("the embedded graph is not running; the next command that needs it starts it")
    else:
        print(f"the embedded graph answers at {found.uri} (process {found.pid})")


@graph_app.command("stop")
def graph_stop() -> None:
    """Stop the embedded server; the next command that needs it starts it again."""
    from tagcat_kernel.graph import server

    with clear_errors():
        stopped = server.stop()
    print("stopped" if stopped else "it was not running")


@graph_app.command("backup")
def graph_backup(
    path: Annotated[
        str, typer.Argument(help="A new file; other commands may work meanwhile.", callback=named)
    ],
    as_json: AsJson = False,
) -> None:
    """Write a copy of the embedded graph, with all its users, to one file."""
    from tagcat_kernel.graph.backup import backup

    with clear_errors():
        size = backup(path)
    if as_json:
        print_json({"path": path, "bytes": size})
    else:
        print(f"written: {size:,} bytes; `tagcat graph restore` puts it back")


@graph_app.command("restore")
def graph_restore(
    path: Annotated[str, typer.Argument(help="A file that `tagcat graph backup` wrote.", callback=named)],
    as_json: AsJson = False,
) -> None:
    """Replace the embedded graph by a copy; the present data are kept beside it."""
    from tagcat_kernel.graph.backup import restore

    with clear_errors():
        old = restore(path)
    if as_json:
        print_json({"path": path, "before": None if old is None else str(old)})
    elif old is None:
        print("restored")
    else:
        print(f"restored; what was there before lies in {old}: delete it when all is well")
