"""The schema of a graph: made where it is missing, brought forward where it is older, refused where newer.

`schema.cypher` makes constraints and indexes; each statement does nothing where its own is there already.
The version is a node of the graph, written after the last statement. A later version adds what it needs to
`schema.cypher`, and one file `migrate_1_to_2.cypher` for the data that are there: statements that may run
again, since a process can be killed between two of them. A statement that returns a column `left` is run
until that is 0, so that a large graph is changed in many small transactions. Where the rule of matches
became another, no query can tell what follows: that step is a function here.

Several processes may do all this at once: they do the same, and who is late finds it done.
"""

import time

from tagcat_kernel.edges import STAR
from tagcat_kernel.graph.catalogue import Query, query
from tagcat_kernel.graph.columns import read_hashes
from tagcat_kernel.graph.errors import GraphError, GraphVersionError
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.store import rematch

SCHEMA_VERSION = 4
TRIES = 5


def see_to_schema(graph: Graph) -> None:
    """Give a graph the schema of this program.

    Raises
    ------
    GraphVersionError
        If its schema is newer than this program's.
    GraphError
        If the graph can't do it.
    """
    for attempt in range(TRIES):
        found = graph.read("schema_version")
        stored = found[0]["version"] if found else 0
        if stored > SCHEMA_VERSION:
            raise GraphVersionError(
                f"the graph at {graph.runner.place} was written by a newer TagCat (schema {stored}, this one "
                f"knows {SCHEMA_VERSION}): update TagCat"
            )
        if stored == SCHEMA_VERSION:
            return
        try:
            _run(graph, query("schema"))
            # A graph without a version has no data yet: there is nothing to migrate.
            for version in range(stored, SCHEMA_VERSION) if stored else ():
                _bring_forward(graph, version)
                graph.write("set_schema_version", version=version + 1)
            graph.write("set_schema_version", version=SCHEMA_VERSION)
        except GraphError:
            # Another process makes the same schema at this moment.
            if attempt == TRIES - 1:
                raise
            time.sleep(0.1 * 2**attempt)


def _bring_forward(graph: Graph, version: int) -> None:
    """Make what is stored by one version what the next one would have stored."""
    if version == 2:  # before, the hub of a star had no deputy
        for row in graph.read("users"):
            graph.transaction(lambda unit, user=row["name"]: _match_stars_anew(unit, user))  # type: ignore[misc]
    else:
        _run(graph, query(f"migrate_{version}_to_{version + 1}"))


def _match_stars_anew(unit: Unit, user: str) -> None:
    locked = unit.run("lock", user=user)
    if not locked:  # the user is being removed
        return
    hashes = read_hashes(unit, user)
    if (hashes.table.counts > STAR).any():
        rematch(unit, user, hashes, locked[0]["max_distance"])


def _run(graph: Graph, several: Query) -> None:
    """Run the statements of a file, one transaction each: Neo4j allows no schema and data in one."""
    for statement in several.statements:
        left = 1
        while left:
            rows = graph.runner.execute(lambda run, text=statement: run(text, {}), write=True)  # type: ignore[misc]
            left = rows[0].get("left", 0) if rows else 0
