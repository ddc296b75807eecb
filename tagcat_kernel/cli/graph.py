"""Commands about the embedded graph server."""

from tagcat_kernel.cli._app import AsJson, clear_errors, group
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
