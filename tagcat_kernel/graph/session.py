"""A graph to talk to: queries by name, transactions of several queries, and the schema they rely on.

`connect` finds the server (the one that `TAGCAT_GRAPH_URI` names, else the embedded one, started where
it does not run) and sees to the schema. A `Graph` holds no state of a collection; any number of them
share the process's one driver.
"""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tagcat_kernel.graph import server
from tagcat_kernel.graph.catalogue import query
from tagcat_kernel.graph.errors import (
    GraphBusyError,
    GraphDataError,
    GraphDownError,
    GraphError,
    GraphFullError,
    GraphLoginError,
    GraphTimeoutError,
    GraphVersionError,
    GraphWarning,
    NoDatabaseError,
    NotSharedError,
    NotStorableError,
    TornReadError,
)
from tagcat_kernel.graph.runner import BoltRunner, Row, Run, Runner
from tagcat_kernel.graph.server import Endpoint
from tagcat_kernel.secrets import SecretsError, read_secrets

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Endpoint",
    "Graph",
    "GraphBusyError",
    "GraphDataError",
    "GraphDownError",
    "GraphError",
    "GraphFullError",
    "GraphLoginError",
    "GraphTimeoutError",
    "GraphVersionError",
    "GraphWarning",
    "NoDatabaseError",
    "NotSharedError",
    "NotStorableError",
    "Unit",
    "connect",
    "endpoint_from_environment",
]

T = TypeVar("T")

BATCH = 5000
"""Rows of one UNWIND: enough to be fast, few enough to keep a message small."""


class Unit:
    """One open transaction: runs queries of the catalogue by their names.

    `by` is the member who works in a collection that is another's (see `sharing`); None: its owner.
    """

    def __init__(self, run: Run, by: str | None = None) -> None:
        self._run = run
        self.by = by

    def run(self, name: str, **parameters: Any) -> list[Row]:
        """Run a query and return its rows.

        Raises
        ------
        NotStorableError
            If a parameter is text that is not valid Unicode.
        TornReadError
            If columns of one row have not one length. A property of what another transaction deletes
            just now is null on Neo4j, and `collect()` leaves nulls out. The runner tries again.
        """
        try:
            rows = self._run(query(name).text, parameters)
        except UnicodeEncodeError as error:
            raise NotStorableError(
                f"{error.object!a}: the graph holds valid Unicode only: rename the file"
            ) from None
        for row in rows:
            if len({len(value) for value in row.values() if isinstance(value, list)}) > 1:
                raise TornReadError(f"{name}: others deleted what it read; try again when less is written")
        return rows

    def columns(self, name: str, **parameters: Any) -> Row:
        """Run a query whose one row holds columns as lists, and return that row."""
        return self.run(name, **parameters)[0]

    def each(self, name: str, rows: Sequence[Any], **parameters: Any) -> list[Row]:
        """Run a query over `rows` as `$rows`, some thousand at a time, and return all its rows."""
        found: list[Row] = []
        for start in range(0, len(rows), BATCH):
            found += self.run(name, rows=list(rows[start : start + BATCH]), **parameters)
        return found


class Graph:
    """A graph that answers.

    Parameters
    ----------
    runner
        Runs units of work; `connect` makes one, a test may give a `fake.FakeRunner`.

    Examples
    --------
    >>> from tagcat_kernel.graph.fake import FakeRunner
    >>> Graph(FakeRunner([{"version": "1"}])).read("version", user="ada")
    [{'version': '1'}]
    """

    def __init__(self, runner: Runner) -> None:
        self.runner = runner

    def __repr__(self) -> str:
        return f"Graph({self.runner.place!r})"

    def read(self, name: str, **parameters: Any) -> list[Row]:
        """Run one query of the catalogue that changes nothing, and return its rows.

        Raises
        ------
        KeyError
            If the catalogue has no such query.
        GraphError
            If the graph can't answer.
        """
        return self.reading(lambda unit: unit.run(name, **parameters))

    def table(self, name: str, **parameters: Any) -> "pd.DataFrame":
        """Run one query of the catalogue that changes nothing, and return its rows as a DataFrame.

        A query whose one row holds lists gives a row for each of their places. The columns and their
        types are those that the query's comment names: string text, integer int64 (float64 with NaN
        where one is null), float float64, boolean bool (object where one is null).

        Raises
        ------
        KeyError
            If the catalogue has no such query.
        GraphError
            If the graph can't answer.

        Examples
        --------
        >>> from tagcat_kernel.graph.fake import FakeRunner
        >>> answer = [{"keys": ["a", "b"], "hashes": ["01", "10"], "positions": [0.0, 1.0]}]
        >>> Graph(FakeRunner(answer)).table("frame_hashes", user="ada")
          keys hashes  positions
        0    a     01        0.0
        1    b     10        1.0
        """
        import pandas as pd

        from tagcat_kernel.graph.tables import columns_of

        return pd.DataFrame(columns_of(query(name), self.read(name, **parameters)))

    def write(self, name: str, **parameters: Any) -> list[Row]:
        """Run one query of the catalogue in a transaction of its own, and return its rows.

        Raises
        ------
        KeyError
            If the catalogue has no such query.
        GraphError
            If the graph can't do it; nothing is changed then.
        """
        return self.transaction(lambda unit: unit.run(name, **parameters))

    def reading(self, work: Callable[[Unit], T]) -> T:
        """Call `work` with a `Unit` whose queries change nothing; it may be called more than once."""
        return self.runner.execute(lambda run: work(Unit(run)), write=False)

    def transaction(self, work: Callable[[Unit], T]) -> T:
        """Call `work` with a `Unit`: all that it writes is kept, or nothing where it raises.

        It may be called again after a lost race, so it must start from what it reads each time.

        Raises
        ------
        GraphError
            If the graph can't do it; what `work` raises passes through.
        """
        return self.runner.execute(lambda run: work(Unit(run)), write=True)


def endpoint_from_environment() -> Endpoint | None:
    """Return the server that `TAGCAT_GRAPH_URI` names, or the store of secrets; None where neither does.

    Raises
    ------
    GraphLoginError
        If the store of secrets does not give them.

    Examples
    --------
    >>> endpoint_from_environment() is None
    True
    """
    try:
        secrets = read_secrets()
    except SecretsError as error:
        raise GraphLoginError(str(error)) from None
    if "graph_uri" not in secrets:
        return None
    return Endpoint(
        uri=secrets["graph_uri"],
        user=secrets.get("graph_user", "neo4j"),
        password=secrets.get("graph_password", ""),
        database=secrets.get("graph_database", "neo4j"),
    )


def seconds_from_environment() -> float | None:
    """Return the limit that `TAGCAT_GRAPH_SECONDS` sets for a unit of work, None where it is not set.

    Raises
    ------
    GraphError
        If it is no number of seconds.

    Examples
    --------
    >>> seconds_from_environment() is None
    True
    """
    told = os.environ.get("TAGCAT_GRAPH_SECONDS")
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise GraphError(f"TAGCAT_GRAPH_SECONDS is {told!a}: set it to a number of seconds, such as 60")
    return seconds


def connect(endpoint: Endpoint | None = None, *, seconds: float | None = None) -> Graph:
    """Return the graph at `endpoint`, with its schema in place.

    Parameters
    ----------
    endpoint
        A server; default: the one of `TAGCAT_GRAPH_URI`, `…_USER`, `…_PASSWORD` and `…_DATABASE`, else
        the embedded one, which is started where it does not run.
    seconds
        How long each unit of work may take, its retries included; default: `TAGCAT_GRAPH_SECONDS`, else
        as long as it needs.

    Raises
    ------
    GraphDownError
        If nothing answers there.
    GraphLoginError
        If it refuses the user or the password.
    GraphVersionError
        If it is a Neo4j before 5, or its schema or data are newer than this program.
    NoDatabaseError
        If it has no such database.
    """
    from tagcat_kernel.graph.schema import see_to_schema

    limit = seconds_from_environment() if seconds is None else seconds
    chosen = endpoint or endpoint_from_environment()
    renew = endpoint_from_environment if endpoint is None and chosen else None
    graph = Graph(BoltRunner(chosen or server.ensure_running(), seconds=limit, renew=renew))
    see_to_schema(graph)
    return graph
