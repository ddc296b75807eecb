"""Commands about the users of this graph, for whoever administers it."""

import sys
from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, clear_errors, group
from tagcat_kernel.cli._printing import plural, print_json
from tagcat_kernel.walk import harmless

users_app = group("users", "The users of this graph; each sees their own collection only.")

Name = Annotated[str, typer.Argument(help="The user's name.")]


@users_app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import users

    with clear_errors():
        found = users(connect())
    if as_json:
        print_json([{"name": user.name, "leaving": user.leaving} for user in found])
        return
    for user in found:
        print(harmless(user.name) + (" (is being removed: remove again)" if user.leaving else ""))
    if not found:
        print("no users yet: the first one who stores something is made")


@users_app.command("add")
def add(name: Name) -> None:
    """Make a user."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import add_user

    with clear_errors():
        new = add_user(connect(), name)
    print(f"made {harmless(name)}" if new else f"{harmless(name)} is there already")


@users_app.command("remove")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; there is no undo.")] = False,
) -> None:
    """Remove a user with all that is stored of them; no file on the disk is touched, and there is no undo."""
    from tagcat_kernel import jobs
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import remove_user, users
    from tagcat_kernel.media.sent import SentThumbnails
    from tagcat_kernel.visits import forget

    with clear_errors():
        graph = connect()
        if name not in {user.name for user in users(graph)}:
            raise ValueError(f"there is no user {name!r}")
        if not yes:
            if not sys.stdin.isatty():
                raise ValueError("this can't be undone: give --yes")
            typer.confirm(f"Remove {harmless(name)} and all that is stored of them?", abort=True)
        jobs.forget(user=name)
        SentThumbnails(name).clear()
        forget(name)
        number = remove_user(graph, name)
    print(f"removed {harmless(name)}: {plural(number, 'node')}")
