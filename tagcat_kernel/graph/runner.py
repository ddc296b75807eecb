"""Who runs a query: the official driver against a server, or in unit tests a fake.

A runner takes a unit of work and calls it inside one managed transaction; the unit may be called again
after a transient error (a lost race, a leader change), so it must compute everything anew each time.
What the driver raises leaves here as one of our errors (`telling`), what the server remarks on a query
as a `GraphWarning`. A runner may have a limit of seconds for all that it runs (`limits`).
"""

import random
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tagcat_kernel.graph import server
from tagcat_kernel.graph.drivers import close_drivers, driver, forget, remarks
from tagcat_kernel.graph.errors import (
    GraphBusyError,
    GraphDownError,
    GraphLoginError,
    GraphTimeoutError,
    GraphWarning,
    TornReadError,
)
from tagcat_kernel.graph.limits import Limit, OverTimeError, within
from tagcat_kernel.graph.server import Endpoint
from tagcat_kernel.graph.telling import in_our_words
from tagcat_kernel.graph.turns import turn
from tagcat_kernel.processes import gives_way

if TYPE_CHECKING:
    from neo4j import ManagedTransaction

__all__ = ["BoltRunner", "Row", "Run", "Runner", "close_drivers"]

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
    seconds
        How long a unit of work may take, its retries included; None: as long as it needs.
    renew
        Asked for the endpoint again when the server refuses the password; None: it can't be another.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        seconds: float | None = None,
        renew: Callable[[], Endpoint | None] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.seconds = seconds
        self._renew = renew

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

        def unit(transaction: "ManagedTransaction") -> T:
            def run(text: str, parameters: dict[str, Any]) -> list[Row]:
                # Query text comes from the catalogue's files only.
                result = transaction.run(text, parameters)
                # The values are plain; `record.data()` would walk through each of a million to see that.
                rows = [dict(record) for record in result]
                for remark in remarks(result.consume()):
                    warnings.warn(f"{self.place}: {remark}", GraphWarning, stacklevel=2)
                return rows

            return work(run)

        return self.transact(unit, write=write)

    def transact(self, work: "Callable[[ManagedTransaction], T]", *, write: bool) -> T:
        """Call `work` with the driver's own transaction, for whoever needs more than rows.

        Raises
        ------
        GraphError
            One of its subclasses where the cause is known; what `work` raises passes through, and
            nothing is written then.
        """
        with self._queue(write):
            if self.seconds is None:
                return self._revived(work, write, None)
            try:
                return within(self.seconds, lambda limit: self._revived(work, write, limit))
            except OverTimeError as error:
                unsure = write and not error.stopped
                raise GraphTimeoutError(
                    f"{self.place}: no answer within {self.seconds:g} s: "
                    + (
                        "whether it was written is not known, look before you repeat it"
                        if unsure
                        else "nothing was changed; ask for less, or allow it more time"
                    )
                ) from None

    def _revived(self, work: "Callable[[ManagedTransaction], T]", write: bool, limit: Limit | None) -> T:
        """Call `work` in a transaction; where the embedded server is gone, start it and try again."""
        if self.endpoint.home is None or Path(self.endpoint.home) != server.folder_of_home():
            tried = self.endpoint
            try:
                return self._execute(work, write, DOWN_SECONDS, limit)
            except GraphLoginError:
                # The password may have been changed since it was read: no restart is asked for that.
                renewed = self._renew() if self._renew else None
                if renewed is None or renewed == tried:
                    raise
                forget(tried)
                self.endpoint = renewed
                return self._execute(work, write, DOWN_SECONDS, limit)
        try:
            return self._execute(work, write, 0.0, limit)
        except GraphDownError:
            # The embedded server died or was stopped. Whatever it acknowledged is there after a
            # restart, and units of work can be repeated.
            self.endpoint = server.ensure_running()
            return self._execute(work, write, DOWN_SECONDS, limit)

    @contextmanager
    def _queue(self, write: bool) -> Iterator[None]:
        """Let the writers of the embedded server go one after the other, persons before jobs.

        Its transactions fail where they met another; without the queue a long one would lose to short
        ones for ever. What keeps the data right is the lock node, with or without the queue.
        """
        if not write or self.endpoint.home is None:
            yield
            return
        folder = Path(self.endpoint.home)
        with ExitStack() as stack:
            try:
                stack.enter_context(turn(folder, seconds=10 * RETRY_SECONDS, last=gives_way()))
            except TimeoutError as error:
                raise GraphBusyError(
                    f"another process writes to the embedded graph without end: {error}"
                ) from None
            except OSError as error:
                path = error.filename or folder
                raise GraphDownError(f"{path}: {error.strerror}: make the folder writable") from error
            yield

    def _execute(
        self,
        work: "Callable[[ManagedTransaction], T]",
        write: bool,
        down_seconds: float,
        limit: Limit | None,
    ) -> T:
        from neo4j import unit_of_work
        from neo4j.exceptions import ConstraintError, DriverError, Neo4jError

        @unit_of_work(timeout=self.seconds)
        def unit(transaction: "ManagedTransaction") -> T:
            if limit is not None:
                limit.begin()
            found = work(transaction)
            if limit is not None:
                limit.begin_last_step()  # the commit comes next
            return found

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
                    raise in_our_words(error, self.endpoint, RETRY_SECONDS) from error
            except TornReadError:
                if time.monotonic() - began > RETRY_SECONDS:
                    raise
            except (Neo4jError, DriverError, OSError) as error:
                if time.monotonic() - began > _patience(error, down_seconds):
                    raise in_our_words(error, self.endpoint, RETRY_SECONDS) from error
            # Longer each time, and never in step with the other writer.
            tries += 1
            time.sleep(random.uniform(0.5, 1.0) * min(0.02 * 2**tries, 1.0))  # noqa: S311 - no secret


def _patience(error: Exception, down_seconds: float) -> float:
    """Return for how many seconds an error of this kind is worth another try."""
    from neo4j import exceptions as neo4j

    if isinstance(error, neo4j.TransientError) or _vanished(error):
        return RETRY_SECONDS
    # A pooled connection of before a restart, a cluster that elects a leader: soon over, or not at all.
    if isinstance(error, (neo4j.ServiceUnavailable, neo4j.SessionExpired, OSError)):
        return down_seconds
    return down_seconds if getattr(error, "is_retryable", bool)() else -1.0


def _vanished(error: Exception) -> bool:
    """Tell whether another transaction deleted what this one was about to read: it is not there next time."""
    from neo4j.exceptions import Neo4jError

    return isinstance(error, Neo4jError) and error.code == "Neo.ClientError.Statement.EntityNotFound"
