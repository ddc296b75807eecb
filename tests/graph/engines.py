"""Both engines as fixtures: the embedded server, and a real Neo4j where this machine can have one.

Each runs once a session and is shared; tests keep apart by their users' names, as people do. What can't
run says why and how to get it; with TAGCAT_CI=1 that is a failure.
"""

import os
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tagcat_kernel.graph import connect, server
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.runner import close_drivers
from tagcat_kernel.graph.session import Endpoint, Graph
from tests.graph.neo4j_server import Neo4jServer, missing

ENGINES = ("embedded", "neo4j")


@pytest.fixture(scope="session")
def embedded_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The embedded server of a TAGCAT_HOME that lasts for the session."""
    home = tmp_path_factory.mktemp("session-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGCAT_HOME", str(home))
        endpoint = server.ensure_running()
    yield endpoint
    close_drivers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGCAT_HOME", str(home))
        assert server.stop(), "it ran to the end of the session"


@pytest.fixture(scope="session")
def neo4j_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A Neo4j: the one of TAGCAT_TEST_NEO4J_URI and …_PASSWORD, else our own from Maven."""
    uri = os.environ.get("TAGCAT_TEST_NEO4J_URI")
    if uri:
        user = os.environ.get("TAGCAT_TEST_NEO4J_USER", "neo4j")
        yield Endpoint(uri, user, os.environ.get("TAGCAT_TEST_NEO4J_PASSWORD", ""), "neo4j")
        return
    trouble = missing()
    if trouble and os.environ.get("TAGCAT_CI"):
        pytest.fail(trouble)
    if trouble:
        pytest.skip(trouble)
    with Neo4jServer(tmp_path_factory.mktemp("neo4j"), brief=True) as running:
        yield running.endpoint()
        close_drivers()


@pytest.fixture
def neo4j_environment(neo4j_endpoint: Endpoint) -> dict[str, str]:
    """The variables that point a TagCat at the Neo4j."""
    return {
        "TAGCAT_GRAPH_URI": neo4j_endpoint.uri,
        "TAGCAT_GRAPH_USER": neo4j_endpoint.user,
        "TAGCAT_GRAPH_PASSWORD": neo4j_endpoint.password,
        "TAGCAT_GRAPH_DATABASE": neo4j_endpoint.database,
    }


@pytest.fixture(params=ENGINES)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """One engine after the other."""
    return request.getfixturevalue(f"{request.param}_endpoint")  # type: ignore[no-any-return]


@pytest.fixture
def graph(endpoint: Endpoint) -> Graph:
    """A connected graph on each engine."""
    return connect(endpoint)


@pytest.fixture
def user() -> str:
    """A name that no other test has."""
    return f"ada {uuid.uuid4().hex[:10]}"


@pytest.fixture
def collection(graph: Graph, user: str) -> Collection:
    """An empty collection on each engine."""
    return Collection(graph, user)


def snapshot(graph: Graph, user: str) -> dict[str, list[Any]]:
    """Return all nodes and relationships of a user in a form that can be compared with another's.

    What may differ between equal collections is left out: the user's name, when it was made, the token and
    the count of writes on the lock node.
    """

    def own(value: Any) -> Any:
        return re.sub(f"^{re.escape(user)}(?=:|$)", "user", value) if isinstance(value, str) else value

    def read(run: Any) -> dict[str, list[Any]]:
        nodes = run(
            "MATCH (n) WHERE n.user = $user RETURN labels(n) AS labels, properties(n) AS facts",
            {"user": user},
        )
        edges = run(
            "MATCH (a)-[r]->(b) WHERE a.user = $user OR b.user = $user "
            "RETURN a.key AS a, labels(a) AS la, type(r) AS type, properties(r) AS facts, "
            "b.key AS b, labels(b) AS lb",
            {"user": user},
        )
        skipped = ("version", "writes", "made")
        return {
            "nodes": sorted(
                str((row["labels"], sorted((k, own(v)) for k, v in row["facts"].items() if k not in skipped)))
                for row in nodes
            ),
            "edges": sorted(str([own(value) for value in row.values()]) for row in edges),
        }

    return graph.runner.execute(read, write=False)
