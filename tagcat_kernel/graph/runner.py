"""Who runs a query: the official driver against a server, or in unit tests a fake.

A runner takes a unit of work and calls it inside one managed transaction; the unit may be called again
after a transient error (a lost race, a leader change), so it must compute everything anew each time.
One driver serves each endpoint of a process. What the driver raises leaves here as one of our errors.
"""

import atexit
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tagcat_kernel.graph import locks, server
from tagcat_kernel.graph.errors import GraphBusyError, GraphDownError, GraphError, GraphLoginError
from tagcat_kernel.graph.server import Endpoint

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

T = TypeVar("T")
Row = dict[str, Any]
Run = Callable[[str, dict[str, Any]], list[Row]]
"""Runs one query text with its parameters inside the open transaction."""

RETRY_SECONDS = 120.0
"""How long a transaction that loses races is tried again: the longest transactions take some seconds."""
DOWN_SECONDS = 3.0
"""How long a server that somebody else runs may be away: a restart, a cluster that elects a leader."""
RACES = 8
"""How often a transaction is tried again that another one beat to a unique key."""


class Runner(Protocol):
    """The seam: `Graph` asks only this, so that a test can put a recording in its place."""

    @property
    def place(self) -> str:
        """The address, for messages."""

    def execute(self, work: Callable[[Run], T], *, write: bool) -> T:
        """Call `work` in one managed transaction and return what it returned."""


class BoltRunner:
    """Runs on a server that speaks Bolt: the embedded one, Neo4j 5 or AuraDB.

    Parameters
    ----------
    endpoint
        The server; with `endpoint.home` it is the embedded one, which is started again if it died.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @property
    def place(self) -> str:
        """The address, for messages."""
        return self.endpoint.uri

    def __repr__(self) -> str:
        return f"BoltRunner({self.endpoint.uri!r})"

    def execute(self, work: Callable[[Run], T], *, write: bool) -> T:
        """Call `work` in one managed transaction and return what it returned.

        Raises
        ------
        GraphError
            One of its subclasses where the cause is known.
        """
        with self._queue(write):
            if self.endpoint.home is None or Path(self.endpoint.home) != server.folder_of_home():
                return self._execute(work, write, DOWN_SECONDS)
            try:
                return self._execute(work, write, 0.0)
            except GraphDownError:
                # The embedded server died or was stopped. Whatever it acknowledged is there after a
                # restart, and units of work can be repeated.
                self.endpoint = server.ensure_running()
                return self._execute(work, write, DOWN_SECONDS)

    @contextmanager
    def _queue(self, write: bool) -> Iterator[None]:
        """Let the writers of the embedded server go one after the other.

        Its transactions fail where they met another; without the queue a long one would lose to short
        ones for ever. What keeps the data right is the lock node, with or without the queue.
        """
        if not write or self.endpoint.home is None:
            yield
            return
        path = Path(self.endpoint.home) / "write.lock"
        with ExitStack() as stack:
            try:
                stack.enter_context(locks.held(path, seconds=10 * RETRY_SECONDS))
            except TimeoutError as error:
                raise GraphBusyError(
                    f"another process writes to the embedded graph without end: {error}"
                ) from None
            except OSError as error:
                raise GraphDownError(f"{path}: {error.strerror}: make the folder writable") from error
            yield

    def _execute(self, work: Callable[[Run], T], write: bool, down_seconds: float) -> T:
        from neo4j.exceptions import ConstraintError, DriverError, Neo4jError

        def unit(transaction: "ManagedTransaction") -> T:
            def run(text: str, parameters: dict[str, Any]) -> list[Row]:
                # Query text comes from the catalogue's files only.
                return [record.data() for record in transaction.run(text, parameters)]

            return work(run)

        began = time.monotonic()
        races = tries = 0
        while True:
            try:
                with driver(self.endpoint).session(database=self.endpoint.database) as session:
                    return session.execute_write(unit) if write else session.execute_read(unit)
            except ConstraintError as error:
                # Another writer created the same node between our look and our CREATE.
                races += 1
                if races == RACES:
                    raise _ours(error, self.endpoint) from error
            except (Neo4jError, DriverError, OSError) as error:
                if time.monotonic() - began > _patience(error, down_seconds):
                    raise _ours(error, self.endpoint) from error
            # Longer each time, and never in step with the other writer.
            tries += 1
            time.sleep(random.uniform(0.5, 1.0) * min(0.02 * 2**tries, 1.0))  # noqa: S311 - no secret


def _patience(error: Exception, down_seconds: float) -> float:
    """Return for how many seconds an error of this kind is worth another try."""
    from neo4j import exceptions as neo4j

    if isinstance(error, neo4j.TransientError):
        return RETRY_SECONDS
    # A pooled connection of before a restart, a cluster that elects a leader: soon over, or not at all.
    if isinstance(error, (neo4j.ServiceUnavailable, neo4j.SessionExpired, OSError)):
        return down_seconds
    return down_seconds if getattr(error, "is_retryable", bool)() else -1.0


_drivers: dict[tuple[int, str, str, str], "Driver"] = {}
_guard = threading.Lock()


def driver(endpoint: Endpoint) -> "Driver":
    """Return this process's driver for an endpoint; a forked child gets its own."""
    from neo4j import GraphDatabase

    key = (os.getpid(), endpoint.uri, endpoint.user, endpoint.password)
    with _guard:
        found = _drivers.get(key)
        if found is None:
            try:
                found = GraphDatabase.driver(
                    endpoint.uri,
                    auth=(endpoint.user, endpoint.password),
                    connection_timeout=10.0,
                    # Also the wait for a port that takes the connection and says nothing.
                    connection_acquisition_timeout=20.0,
                    max_transaction_retry_time=0,  # `_execute` does it: patience differs by the error
                    # Hints about plans are for us, and we have read them.
                    notifications_min_severity="OFF",
                    user_agent="tagcat",
                )
            except Exception as error:  # a URI of no known scheme, above all
                raise GraphError(
                    f"{endpoint.uri}: {error}; set TAGCAT_GRAPH_URI to an address such as "
                    "neo4j://host:7687 or neo4j+s://….databases.neo4j.io"
                ) from error
            _drivers[key] = found
    return found


@atexit.register
def close_drivers() -> None:
    """Close this process's drivers; the next query opens a new one."""
    with _guard:
        for key in [key for key in _drivers if key[0] == os.getpid()]:
            _drivers.pop(key).close()


def _ours(error: Exception, endpoint: Endpoint) -> GraphError:
    """Say a driver's error in our words; never with the password."""
    from neo4j import exceptions as neo4j

    place = endpoint.uri
    code = getattr(error, "code", None) or ""
    told = str(getattr(error, "message", None) or error).replace(endpoint.password or "\0", "********")
    if isinstance(error, neo4j.AuthError) or "Security" in code:
        return GraphLoginError(
            f"{place} refused user {endpoint.user!r} or the password: "
            + (
                f"remove {endpoint.home}/password only if the graph may start empty"
                if endpoint.home
                else "set TAGCAT_GRAPH_USER and TAGCAT_GRAPH_PASSWORD"
            )
        )
    if "DatabaseNotFound" in code or ("atabase" in told and "not" in told and "exist" in told):
        return GraphError(
            f"{place} has no database {endpoint.database!r}: create it, or set TAGCAT_GRAPH_DATABASE"
        )
    if isinstance(error, neo4j.TransientError):
        return GraphBusyError(f"{place}: other writers were in the way for {RETRY_SECONDS:.0f} s: {told}")
    if isinstance(error, (neo4j.ServiceUnavailable, neo4j.SessionExpired, OSError)):
        advice = (
            "see `tagcat graph status`"
            if endpoint.home
            else "start it, or correct TAGCAT_GRAPH_URI; without it TagCat uses its embedded graph"
        )
        return GraphDownError(f"no graph answers at {place} ({told}): {advice}")
    more = f" (more in {endpoint.home}/server.log)" if endpoint.home else ""
    return GraphError(f"{place}: {code + ': ' if code else ''}{told}{more}")
