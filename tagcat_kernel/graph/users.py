"""The users of a graph: for whoever administers it, and for nobody else.

Removing one takes many transactions, for a large collection is too much for one. The first marks the
user as leaving: from then on no lock is given, so nothing more is stored, whoever tries. The last deletes
the User node. A kill in between leaves a user who is leaving, and the same call does the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Graph

BATCH = 500
"""Nodes of one transaction."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of the graph, and how they stand in the team.

    Attributes
    ----------
    name
        The user's name.
    leaving
        The removal has begun and is to be finished.
    state
        "active", "waiting" or "disabled".
    asked
        When they signed up, in seconds since 1970; None: somebody else made them.
    invited_until
        When their invitation ends, in seconds since 1970; None: they have none.
    """

    name: str
    leaving: bool
    state: str = "active"
    asked: float | None = None
    invited_until: float | None = None


def users(graph: Graph) -> list[User]:
    """Return the users in the order of their names.

    Raises
    ------
    GraphError
        If the graph can't answer.
    """
    return sorted((User(**row) for row in graph.read("users")), key=lambda user: user.name)


def add_user(graph: Graph, name: str) -> bool:
    """Make a user, and tell whether the name was new.

    Raises
    ------
    NotStorableError
        If the name can't be a user's.
    GraphError
        If the graph can't do it.
    """
    new = name not in {user.name for user in users(graph)}
    Collection(graph, name)
    return new


def remove_user(graph: Graph, name: str, progress: Callable[[int], None] = lambda _number: None) -> int:
    """Remove a user with all that is stored of them, in batches; return how many nodes went.

    `progress` is called with the number of nodes after each batch.

    Raises
    ------
    ValueError
        If there is no such user.
    GraphError
        If the graph can't do it; what went is gone, and the same call does the rest.
    """
    if not graph.write("mark_user_leaving", user=name):
        raise ValueError(f"there is no user {name!r}")
    number = 0
    while went := graph.write("delete_some_of_user", user=name, limit=BATCH)[0]["number"]:
        number += went
        progress(number)
    graph.write("delete_user", user=name)
    return number + 1
