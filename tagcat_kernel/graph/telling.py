"""A driver's error in our words: what happened, where, what to do, and never the password."""

import shutil

from tagcat_kernel.graph.errors import (
    GraphBusyError,
    GraphDownError,
    GraphError,
    GraphFullError,
    GraphLoginError,
    GraphTimeoutError,
    GraphVersionError,
    NoDatabaseError,
)
from tagcat_kernel.graph.server import Endpoint

SPARE = 8_000_000
"""Bytes: with less room than this an error of the embedded engine is put down to the full disk."""


def in_our_words(error: Exception, endpoint: Endpoint, patience: float) -> GraphError:
    """Return what to raise for a driver's error; `patience` is how many seconds it was tried again."""
    from neo4j import exceptions as neo4j

    place = endpoint.uri
    code = getattr(error, "code", None) or ""
    # An error of the driver itself has a `message` that says nothing.
    words = error.message if isinstance(error, neo4j.Neo4jError) else None
    told = str(words or error).replace(endpoint.password or "\0", "********")
    found: GraphError
    if isinstance(error, neo4j.AuthError) or "Security" in code:
        advice = (
            f"remove {endpoint.home}/password only if the graph may start empty"
            if endpoint.home
            else "set TAGCAT_GRAPH_USER and TAGCAT_GRAPH_PASSWORD"
        )
        found = GraphLoginError(f"{place} refused user {endpoint.user!r} or the password: {advice}")
    elif "DatabaseNotFound" in code or ("atabase" in told and "not" in told and "exist" in told):
        advice = "create it, or set TAGCAT_GRAPH_DATABASE"
        found = NoDatabaseError(f"{place} has no database {endpoint.database!r}: {advice}")
    elif full := full_disk(endpoint, told):
        found = full
    elif "TransactionTimedOut" in code:
        found = GraphTimeoutError(f"{place}: the answer took longer than it may; nothing was changed")
    elif isinstance(error, neo4j.TransientError):
        found = GraphBusyError(f"{place}: other writers were in the way for {patience:.0f} s: {told}")
    elif isinstance(error, neo4j.UnsupportedServerProduct):
        found = GraphVersionError(
            f"what answers at {place} speaks no Bolt that this driver knows ({told}): TagCat needs Neo4j 5 "
            "or newer; correct TAGCAT_GRAPH_URI, or unset it to use the embedded graph"
        )
    elif isinstance(error, (neo4j.ServiceUnavailable, neo4j.SessionExpired, OSError)):
        advice = (
            "see `tagcat graph status`"
            if endpoint.home
            else "start it, or correct TAGCAT_GRAPH_URI; without it TagCat uses its embedded graph"
        )
        found = GraphDownError(f"no graph answers at {place} ({told}): {advice}")
    elif "apoc." in told and "nknown function" in told:
        advice = "put its jar into the server's plugins folder"
        found = GraphError(f"{place} lacks APOC core ({told}): {advice}")
    else:
        more = f" (more in {endpoint.home}/server.log)" if endpoint.home else ""
        found = GraphError(f"{place}: {code + ': ' if code else ''}{told}{more}")
    return found


def full_disk(endpoint: Endpoint, told: str) -> GraphFullError | None:
    """Return the error to raise where the server's disk is full, None where it is not."""
    if endpoint.home is not None:
        try:
            free = shutil.disk_usage(endpoint.home).free
        except OSError:
            return None
        if free < SPARE or "No space left" in told:
            return GraphFullError(
                f"the disk that holds {endpoint.home} is full ({free / 1e6:.1f} MB are free): make room and "
                "try again; all that was stored before is kept"
            )
    elif "No space left" in told:
        return GraphFullError(f"the disk of the server at {endpoint.uri} is full: make room there: {told}")
    return None
