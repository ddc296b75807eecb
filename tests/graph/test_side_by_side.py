"""Every query, on both engines, on the same data: the same rows and the same changes."""

from typing import Any

import pytest

from tagcat_kernel.graph import connect
from tagcat_kernel.graph.catalogue import Query, catalogue
from tagcat_kernel.graph.runner import Run
from tagcat_kernel.graph.session import Endpoint, Graph
from tests.graph.examples import EXAMPLES, fill, in_rows, parameters_of, state, writes

# `connect` runs these on a graph without a schema or with an older one: see test_schema.
# `users` tells of all users, and the tests' servers have others.
NO_EXAMPLE = {"schema", "users", *(name for name in catalogue() if name.startswith("migrate_"))}


class _UndoneError(Exception):
    """Carries what a query answered out of its transaction, which is rolled back by it."""


@pytest.fixture(scope="module")
def engines(embedded_endpoint: Endpoint, neo4j_endpoint: Endpoint) -> list[Graph]:
    """Both engines with the example's collection."""
    graphs = [connect(embedded_endpoint), connect(neo4j_endpoint)]
    for graph in graphs:
        fill(graph)
    return graphs


def answer(graph: Graph, query: Query) -> tuple[list[Any], list[str]]:
    """The rows of a query and, where it writes, the lines by which the user's data differ after it."""

    def work(run: Run) -> None:
        before = set(state(run)) if writes(query) else set()
        rows = in_rows(run(query.text, parameters_of(query)))
        after = set(state(run)) if writes(query) else set()
        raise _UndoneError(
            rows, [*(f"- {line}" for line in before - after), *(f"+ {line}" for line in after - before)]
        )

    with pytest.raises(_UndoneError) as undone:
        graph.runner.execute(work, write=True)
    rows, changes = undone.value.args
    return rows, sorted(changes)


def test_every_query_has_an_example() -> None:
    assert set(EXAMPLES) == set(catalogue()) - NO_EXAMPLE


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_both_engines_answer_alike(engines: list[Graph], name: str) -> None:
    query = catalogue()[name]
    (embedded_rows, embedded_changes), (neo4j_rows, neo4j_changes) = (
        answer(graph, query) for graph in engines
    )
    assert embedded_rows == neo4j_rows
    assert embedded_changes == neo4j_changes
    assert embedded_rows or "RETURN" not in query.text, "an example that finds nothing compares nothing"
    assert embedded_changes or not writes(query), "an example that changes nothing compares nothing"


def test_the_collections_are_alike_at_the_end(engines: list[Graph]) -> None:
    """No example left anything behind, and both hold the same."""
    embedded, neo4j = (graph.runner.execute(state, write=False) for graph in engines)
    assert embedded == neo4j
    assert len(embedded) > 80
