"""Commands about the users of this graph, for whoever administers it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from tagcat_kernel.cli._app import AsJson, clear_errors, group
from tagcat_kernel.cli._printing import plural, print_json
from tagcat_kernel.walk import harmless

users_app = group("users", "The users of this graph; each sees their own collection only.")

Name = Annotated[str, typer.Argument(help="The user's name.")]


@users_app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users, and who may come in."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import users

    with clear_errors():
        found = users(connect())
    if as_json:
        print_json([asdict(user) for user in found])
        return
    for user in found:
        invited = "" if user.invited_until is None else f", invited until {_day(user.invited_until)}"
        state = "is being removed: remove again" if user.leaving else user.state + invited
        print(harmless(user.name) + ("" if state == "active" else f" ({state})"))
    if not found:
        print("no users yet: the first one who stores something is made")


@users_app.command("add")
def add(name: Name, as_json: AsJson = False) -> None:
    """Make a user."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import add_user

    with clear_errors():
        new = add_user(connect(), name)
    if as_json:
        print_json({"name": name, "added": new})
        return
    print(f"made {harmless(name)}" if new else f"{harmless(name)} is there already")


@users_app.command("key")
def key(as_json: AsJson = False) -> None:
    """Make a key for a team's tokens; it is shown once and stored nowhere."""
    import secrets

    made = secrets.token_urlsafe(32)
    if as_json:
        print_json({"jwt_key": made})
        return
    print(made)
    print(
        "store it as jwt_key where TAGCAT_SECRETS says, or as TAGCAT_JWT_KEY; who has it comes in as anybody",
        file=sys.stderr,
    )


@users_app.command("token")
def token(
    name: Name,
    days: Annotated[float, typer.Option("--days", help="How long it is valid.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Print a token for a member to sign in with; it is shown once and stored nowhere."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.team.members import member
    from tagcat_kernel.team.tokens import verifier

    with clear_errors():
        seconds = _seconds(days)
        own = member(connect(), name)
        if own is None:
            raise ValueError(f"there is no user {name!r}: tagcat users add makes them")
        if own.leaving or own.state != "active":
            raise ValueError(
                f"{name!r} is {'being removed' if own.leaving else own.state}: no token lets them in"
            )
        signed = verifier().issue(name, seconds, since=own.tokens_from)
    if as_json:
        print_json({"name": name, "token": signed, "days": days})
    else:
        print(signed)


@users_app.command("invite")
def invite(
    name: Name,
    days: Annotated[float, typer.Option("--days", help="How long it is valid.")] = 7.0,
    address: Annotated[
        str | None, typer.Option("--address", help="The team's server, such as https://cats.example.org.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a link that lets somebody in once; it is shown once and stored nowhere."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.team import members
    from tagcat_kernel.team.tokens import verifier

    with clear_errors():
        seconds = _seconds(days)
        if address is not None:
            members.link(address, "")
        if not verifier().issues:
            raise ValueError("this team's tokens are signed by its issuer: add the user instead")
        code = members.invite(connect(), name, seconds)
        link = f"/invitation#{code}" if address is None else members.link(address, code)
    if as_json:
        print_json({"name": name, "link": link, "days": days})
        return
    print(link)
    if address is None:
        print("put the server's address before it, or give --address", file=sys.stderr)


@users_app.command("approve")
def approve(name: Name, as_json: AsJson = False) -> None:
    """Let a user in who waits."""
    _change("approve", name, as_json, "active")


@users_app.command("enable")
def enable(name: Name, as_json: AsJson = False) -> None:
    """Let a disabled user in again, with a new token."""
    _change("enable", name, as_json, "active")


@users_app.command("disable")
def disable(name: Name, as_json: AsJson = False) -> None:
    """Let a user in no more; what is stored of them stays."""
    _change("disable", name, as_json, "disabled")


def _change(verb: str, name: str, as_json: bool, state: str) -> None:
    from tagcat_kernel.graph import connect
    from tagcat_kernel.team import members

    with clear_errors():
        changed = getattr(members, verb)(connect(), name)
    if as_json:
        print_json({"name": name, "state": state, "changed": changed})
    else:
        print(f"{harmless(name)} is {state}" + ("" if changed else " already"))


def _seconds(days: float) -> float:
    if not 0 < days <= 3650:
        raise ValueError(f"--days must be above 0 and at most 3650, not {days:g}")
    return days * 86_400


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


@users_app.command("remove")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; there is no undo.")] = False,
    as_json: AsJson = False,
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
            typer.confirm(f"Remove {harmless(name)} and all that is stored of them?", abort=True, err=True)
        jobs.forget(user=name)
        SentThumbnails(name).clear()
        forget(name)
        number = remove_user(graph, name)
    if as_json:
        print_json({"name": name, "removed": number})
        return
    print(f"removed {harmless(name)}: {plural(number, 'node')}")
