"""Commands about sharing: who may look at a collection, and whose one may look at."""

from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, User, app, open_workbench
from tagcat_kernel.cli._printing import print_json, rows_of
from tagcat_kernel.walk import harmless

Name = Annotated[str, typer.Argument(help="Another user of this graph.")]


@app.command()
def share(
    name: Name,
    tagging: Annotated[
        bool, typer.Option("--tagging", help="Who may also put your tags on, and take them off.")
    ] = False,
    as_json: AsJson = False,
    user: User = None,
) -> None:
    """Let another user look at your collection: all that is in it, and the pictures and films themselves."""
    with open_workbench(user) as workbench:
        workbench.share(name, tagging)
    if as_json:
        print_json({"user": name, "shared": True, "tagging": tagging})
        return
    print(f"{harmless(name)} may {_may(tagging)} your collection")


@app.command()
def unshare(name: Name, as_json: AsJson = False, user: User = None) -> None:
    """Take a share back; it ends at once."""
    with open_workbench(user) as workbench:
        workbench.unshare(name)
    if as_json:
        print_json({"user": name, "shared": False})
        return
    print(f"{harmless(name)} sees nothing of your collection any more")


@app.command()
def shared(as_json: AsJson = False, user: User = None) -> None:
    """List who may look at your collection, and whose collections you may look at."""
    with open_workbench(user) as workbench:
        mine, theirs = rows_of(workbench.shares()), rows_of(workbench.shared_with_me())
    if as_json:
        print_json({"shares": mine, "shared_with_me": theirs})
        return
    for row in mine:
        print(f"{harmless(row['user'])} may {_may(row['tagging'])} your collection")
    for row in theirs:
        name = harmless(row["owner"])
        print(f"you may {_may(row['tagging'])} the collection of {name}: --of {name}")
    if not mine and not theirs:
        print("nothing is shared: `tagcat share NAME` lets another user look at your collection")


def _may(tagging: bool) -> str:
    return "read and tag" if tagging else "read"
