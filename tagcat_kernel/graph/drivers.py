"""One driver of the official library for each endpoint of a process, and the proof that it suits us.

A driver holds a pool of connections and is made for being shared by threads; a forked child gets its own.
The first use asks the server who it is: a Neo4j before 5 would understand some of the queries and fail
in the midst of others.
"""

import atexit
import logging
import os
import re
import threading
from typing import TYPE_CHECKING, Any

from tagcat_kernel.graph.errors import GraphError, GraphVersionError
from tagcat_kernel.graph.server import Endpoint

if TYPE_CHECKING:
    from neo4j import Driver

OLDEST_NEO4J = 5

_drivers: dict[tuple[int, str, str, str], "Driver"] = {}
_suited: set[tuple[int, str, str, str]] = set()
_guard = threading.Lock()


def driver(endpoint: Endpoint) -> "Driver":
    """Return this process's driver for an endpoint.

    Raises
    ------
    GraphError
        If the endpoint's address is none.
    GraphVersionError
        If a Neo4j older than 5 answers there.
    """
    key = (os.getpid(), endpoint.uri, endpoint.user, endpoint.password)
    with _guard:
        found = _drivers.get(key)
        if found is None:
            found = _drivers[key] = _open(endpoint)
    if key not in _suited:
        check_agent(found.get_server_info().agent, endpoint.uri)
        _suited.add(key)
    return found


def _open(endpoint: Endpoint) -> "Driver":
    from neo4j import GraphDatabase

    # We warn of what the server remarks (see `runner`): once is enough.
    logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
    try:
        return GraphDatabase.driver(
            endpoint.uri,
            auth=(endpoint.user, endpoint.password),
            connection_timeout=10.0,
            # Also the wait for a port that takes the connection and says nothing.
            connection_acquisition_timeout=20.0,
            max_transaction_retry_time=0,  # the runner does it: patience differs by the error
            user_agent="tagcat",
        )
    except Exception as error:  # a URI of no known scheme, above all
        raise GraphError(
            f"{endpoint.uri}: {error}; set TAGCAT_GRAPH_URI to an address such as "
            "neo4j://host:7687 or neo4j+s://….databases.neo4j.io"
        ) from error


def check_agent(agent: str | None, place: str) -> None:
    """Refuse a server whose name says that it is too old.

    Raises
    ------
    GraphVersionError
        If it is a Neo4j before 5.

    Examples
    --------
    >>> check_agent("Neo4j/2025.10.1", "bolt://host:7687")
    >>> check_agent("Neo4j/4.4.11", "bolt://host:7687")
    Traceback (most recent call last):
    tagcat_kernel.graph.errors.GraphVersionError: bolt://host:7687 is Neo4j 4.4.11: TagCat needs Neo4j 5 \
or newer; update it, or unset TAGCAT_GRAPH_URI to use the embedded graph
    """
    told = re.match(r"Neo4j/v?((\d+)[\w.+-]*)", agent or "")
    if told and int(told[2]) < OLDEST_NEO4J:
        raise GraphVersionError(
            f"{place} is Neo4j {told[1]}: TagCat needs Neo4j {OLDEST_NEO4J} or newer; update it, or unset "
            "TAGCAT_GRAPH_URI to use the embedded graph"
        )


def forget(endpoint: Endpoint) -> None:
    """Close this process's driver for an endpoint; the next query opens a new one."""
    key = (os.getpid(), endpoint.uri, endpoint.user, endpoint.password)
    with _guard:
        _suited.discard(key)
        found = _drivers.pop(key, None)
    if found is not None:
        found.close()


@atexit.register
def close_drivers() -> None:
    """Close this process's drivers; the next query opens a new one."""
    with _guard:
        for key in [key for key in _drivers if key[0] == os.getpid()]:
            _suited.discard(key)
            _drivers.pop(key).close()


def remarks(summary: Any) -> list[str]:
    """Return what a server warns of after a query, in the summary of its result.

    Chosen here and not by the server, which can choose only since Neo4j 5.7. That a label or a property
    is unknown is left out: in a new graph no node has any yet, so it is no slip in our queries.

    Examples
    --------
    >>> from types import SimpleNamespace as Some
    >>> fine = Some(is_notification=False)
    >>> odd = Some(is_notification=True, raw_severity="WARNING", raw_classification="DEPRECATION",
    ...     status_description="warn: feature deprecated. Use f.")
    >>> remarks(Some(gql_status_objects=[fine, odd]))
    ['feature deprecated. Use f.']
    """
    return [
        re.sub(r"^warn: ", "", status.status_description)
        for status in summary.gql_status_objects
        if status.is_notification
        and status.raw_severity == "WARNING"
        and status.raw_classification != "UNRECOGNIZED"
    ]
