"""The members of a team, as the graph knows them: one state for all servers that share it.

A member is a user, with a state on the User node: `active` (so is every user of before), `waiting` (invited
or signed up, and not in yet) or `disabled`. `tokens_from` is the time before which no token counts: it is
set when a user is made, so that a name that is given again does not wake old tokens, and when one is
disabled.

An invitation is one link that works once. The graph holds a digest of its code only, and its end. Opening
it takes the user's lock, compares, deletes it and wakes the member in one transaction: of two who open it
at once, the second finds none. The code begins with the name, so that every query is about one user.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from tagcat_kernel.graph.collection import make_user
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import checked_user
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.team.tokens import RefusedError

State = Literal["active", "waiting", "disabled"]

LONGEST_CODE = 2000
"""Characters: a name of 200 characters makes 1,067, the secret 43."""
MOST_WAITING = 100
"""People who signed up and wait; more would be no queue but an attack."""

_SPENT = "this invitation was used, has ended, or never was one: ask for a new one"


@dataclass(frozen=True, slots=True)
class Member:
    """How a user stands in the team.

    Attributes
    ----------
    state
        "active", "waiting" or "disabled".
    leaving
        The user is being removed.
    tokens_from
        Seconds since 1970; tokens that were issued before are refused.
    asked
        When they signed up, in seconds since 1970; None: somebody else made them.
    """

    state: State
    leaving: bool = False
    tokens_from: float = 0.0
    asked: float | None = None


def member(graph: Graph, name: str) -> Member | None:
    """Return how a user stands in the team; None where there is no such user.

    Raises
    ------
    GraphError
        If the graph can't answer.

    Examples
    --------
    >>> from tagcat_kernel.graph.fake import FakeRunner
    >>> row = {"state": "disabled", "leaving": False, "tokens_from": 7.0, "asked": None}
    >>> member(Graph(FakeRunner([row])), "ada").state
    'disabled'
    """
    return graph.reading(lambda unit: _member(unit, name))


def invite(graph: Graph, name: str, seconds: float) -> str:
    """Make the invitation of a user and return its code, which is stored nowhere.

    A new name makes a user who waits. An earlier invitation of the same user works no more.

    Parameters
    ----------
    graph
        From `tagcat_kernel.graph.connect`.
    name
        The user's name.
    seconds
        How long it holds, from now.

    Raises
    ------
    NotStorableError
        If the name can't be a user's.
    ValueError
        If the user is disabled or is being removed.
    GraphError
        If the graph can't do it.
    """
    code = f"{_written(checked_user(name))}.{secrets.token_urlsafe(32)}"

    def work(unit: Unit) -> None:
        now = time.time()
        if make_user(unit, name):
            _set(unit, name, Member("waiting", tokens_from=now))
        if _changed(unit, name).state == "disabled":
            raise ValueError(f"{name!r} is disabled: enable them first")
        unit.run("delete_invitation", user=name)
        unit.run("create_invitation", user=name, digest=_digest(code), ends=now + seconds)

    graph.transaction(work)
    return code


def link(address: str, code: str) -> str:
    """Return the link that opens an invitation.

    The code stands behind the `#`, which a browser sends to nobody: it is in no log of a server or proxy.

    Parameters
    ----------
    address
        The team's server, as its members reach it.
    code
        From `invite`.

    Raises
    ------
    ValueError
        If the address is not one of a server.

    Examples
    --------
    >>> link("https://cats.example.org/", "YWRh.x")
    'https://cats.example.org/invitation#YWRh.x'
    """
    scheme, _, rest = address.partition("://")
    if scheme not in ("http", "https") or not rest or any(sign in address for sign in "#? \n"):
        raise ValueError(f"{address!r} is no address: write the server's, such as https://cats.example.org")
    return f"{address.rstrip('/')}/invitation#{code}"


def redeem(graph: Graph, code: str) -> tuple[str, Member]:
    """Spend an invitation: its user becomes active; return their name and how they stand now.

    A wrong code is found out before anything is written.

    Raises
    ------
    RefusedError
        If it was used, has ended, never was one, or its user is disabled or gone.
    GraphError
        If the graph can't do it; the invitation is as it was then.
    """
    name = _read_name(code)
    _check_invitation(graph.read("invitation", user=name), name, code)

    def work(unit: Unit) -> Member:
        if not unit.run("lock", user=name):
            raise RefusedError(_SPENT)
        _check_invitation(unit.run("invitation", user=name), name, code)
        own = _member(unit, name)
        if own is None or own.state == "disabled":
            raise RefusedError("this member was disabled: ask the administrator", name)
        unit.run("delete_invitation", user=name)
        new = Member("active", tokens_from=own.tokens_from)
        _set(unit, name, new)
        return new

    return name, graph.transaction(work)


def _check_invitation(found: list[Row], name: str, code: str) -> None:
    if not found or not hmac.compare_digest(found[0]["digest"], _digest(code)):
        raise RefusedError(_SPENT)
    if found[0]["ends"] <= time.time():
        raise RefusedError("this invitation has ended: ask for a new one", name)


def sign_up(graph: Graph, name: str) -> bool:
    """Make a user who waits for approval; tell whether the name was free.

    Raises
    ------
    RefusedError
        If the name can't be a user's, or too many wait already.
    GraphError
        If the graph can't do it.
    """
    try:
        checked_user(name)
    except NotStorableError as error:
        raise RefusedError(str(error)) from None

    def work(unit: Unit) -> bool:
        waiting = [row for row in unit.run("users") if row["state"] == "waiting" and row["asked"] is not None]
        if len(waiting) >= MOST_WAITING:
            raise RefusedError("too many people wait for approval already: ask the administrator")
        if not make_user(unit, name):
            return False
        now = time.time()
        _set(unit, name, Member("waiting", tokens_from=now, asked=now))
        return True

    return graph.transaction(work)


def approve(graph: Graph, name: str) -> bool:
    """Let a user in who waits; tell whether that changed anything.

    Raises
    ------
    ValueError
        If there is no such user, or they are disabled.
    GraphError
        If the graph can't do it.
    """
    return _let_in(graph, name, "disabled", "is disabled, and does not wait: enable them instead")


def enable(graph: Graph, name: str) -> bool:
    """Let a user in again who was disabled; tell whether that changed anything.

    Tokens of before the user was disabled stay refused: give a new one, or an invitation.

    Raises
    ------
    ValueError
        If there is no such user, or they wait.
    GraphError
        If the graph can't do it.
    """
    return _let_in(graph, name, "waiting", "waits, and is not disabled: approve them instead")


def disable(graph: Graph, name: str) -> bool:
    """Let a user in no more: tokens and invitation are void; tell whether that changed anything.

    What is stored of them stays.

    Raises
    ------
    ValueError
        If there is no such user.
    GraphError
        If the graph can't do it.
    """

    def work(unit: Unit) -> bool:
        own = _changed(unit, name)
        unit.run("delete_invitation", user=name)
        if own.state == "disabled":
            return False
        _set(unit, name, Member("disabled", tokens_from=time.time()))
        return True

    return graph.transaction(work)


def _let_in(graph: Graph, name: str, other: State, why: str) -> bool:
    """Make a member active; who is in the `other` state needs another verb, and the error says which."""

    def work(unit: Unit) -> bool:
        own = _changed(unit, name)
        if own.state == other:
            raise ValueError(f"{name!r} {why}")
        if own.state == "active":
            return False
        _set(unit, name, Member("active", tokens_from=own.tokens_from))
        return True

    return graph.transaction(work)


def _changed(unit: Unit, name: str) -> Member:
    """Return a member who is about to be changed, with their lock taken."""
    locked = unit.run("lock", user=name)
    own = _member(unit, name)
    if own is None:
        raise ValueError(f"there is no user {name!r}")
    if not locked:
        raise ValueError(f"{name!r} is being removed")
    return own


def _member(unit: Unit, name: str) -> Member | None:
    found = unit.run("member", user=name)
    return Member(**found[0]) if found else None


def _set(unit: Unit, name: str, own: Member) -> None:
    unit.run("set_member", user=name, state=own.state, tokens_from=own.tokens_from, asked=own.asked)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _written(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).rstrip(b"=").decode()


def _read_name(code: str) -> str:
    """Return the name in the code of an invitation."""
    written = code.partition(".")[0]
    try:
        if len(code) > LONGEST_CODE or not code.isascii():
            raise ValueError
        return checked_user(
            base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True).decode()
        )
    except ValueError:
        raise RefusedError(_SPENT) from None
