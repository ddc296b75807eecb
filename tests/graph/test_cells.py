"""A person's own query: a reading cell changes nothing on either engine, whatever it says."""

import pytest

from tagcat_kernel.graph.cells import CellError, parameters_in, run_cell, writing_word
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.graph.runner import BoltRunner
from tagcat_kernel.graph.session import Graph
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, near

WRITES = [
    "CREATE (n:Image {key: $user + ':x', user: $user}) RETURN n",
    "create (:Image {key: $user + ':x', user: $user})",
    "MATCH (n:Image {user: $user}) SET n.width = 1",
    "MATCH (n:Image {user: $user})SET n.width=1 RETURN n",
    "MATCH (n:Image {user: $user}) REMOVE n.width",
    "MATCH (n:Image {user: $user}) DETACH DELETE n",
    "MATCH (n:Image {user: $user}) DETACH/* aside */DELETE n",
    "MATCH (a:Image {user: $user}), (b:Image {user: $user}) WHERE a.key < b.key MERGE (a)-[:NOT_MATCH]->(b)",
    "MATCH (n:Image {user: $user}) FOREACH (x IN [1] | SET n.width = x)",
    "MATCH (n:Image {user: $user}) CALL { WITH n SET n.width = 1 } RETURN n",
    "CALL apoc.merge.node(['Image'], {key: $user + ':y', user: $user}) YIELD node RETURN node",
    "CALL apoc . merge . node(['Image'], {key: $user + ':y', user: $user}) YIELD node RETURN node",
    "CALL `apoc`.`merge`.`node`(['Image'], {key: $user + ':y', user: $user}) YIELD node RETURN node",
    "CREATE CONSTRAINT cell_made IF NOT EXISTS FOR (n:CellMade) REQUIRE n.key IS UNIQUE",
    "DROP CONSTRAINT image_key IF EXISTS",
    "PROFILE MATCH (n:Image {user: $user}) SET n.width = 1",
    "RETURN 'it''s \\' // */' AS x UNION CREATE (n:Image {key: $user + ':z', user: $user}) RETURN 1 AS x",
]


@pytest.fixture
def runner(graph: Graph, user: str) -> BoltRunner:
    own = Collection(graph, user)
    own.store([image("/a.jpg", BASE), image("/b.jpg", near(2))], source=SOURCE)
    assert isinstance(graph.runner, BoltRunner)
    return graph.runner


@pytest.mark.parametrize("text", WRITES)
def test_a_reading_cell_changes_nothing(graph: Graph, runner: BoltRunner, user: str, text: str) -> None:
    before = snapshot(graph, user)
    names = {row["name"] for row in schema_names(runner)}
    with pytest.raises(CellError, match="--write"):
        run_cell(runner, text, {"user": user})
    assert snapshot(graph, user) == before
    assert {row["name"] for row in schema_names(runner)} == names


@pytest.mark.parametrize(
    "text", [text for text in WRITES if "CONSTRAINT" not in text and "UNION" not in text]
)
def test_the_engine_s_own_account_holds_it_back_too(
    graph: Graph, runner: BoltRunner, user: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at the text is the first of three guards: without it the other two still hold."""
    monkeypatch.setattr("tagcat_kernel.graph.cells.writing_word", lambda text: None)
    before = snapshot(graph, user)
    with pytest.raises(GraphError):
        run_cell(runner, text, {"user": user})
    assert snapshot(graph, user) == before


def schema_names(runner: BoltRunner) -> list[dict[str, str]]:
    return runner.execute(lambda run: run("SHOW CONSTRAINTS YIELD name RETURN name", {}), write=False)


def test_a_reading_cell_reads(runner: BoltRunner, user: str) -> None:
    text = "MATCH (n:Image {user: $user})-[m:MATCH]->(o) RETURN n, m, o.key AS other, m.dist AS bits"
    answer = run_cell(runner, text, {"user": user})
    assert answer.columns == ["n", "m", "other", "bits"]
    assert [row["bits"] for row in answer.data] == [2]
    assert answer.changes == {}
    assert answer.rows[0][0].labels == {"Image"}
    for plan in ("EXPLAIN", "PROFILE"):
        run_cell(runner, f"{plan} {text}", {"user": user})
    for call in ("CALL db.labels() YIELD label RETURN label", "CALL { RETURN 1 AS one } RETURN one"):
        assert run_cell(runner, call, {}).rows


def test_a_writing_cell_writes(graph: Graph, runner: BoltRunner, user: str) -> None:
    answer = run_cell(
        runner,
        "MATCH (n:Image {user: $user}) SET n.width = 7 RETURN n.width AS w",
        {"user": user},
        write=True,
    )
    assert [row["w"] for row in answer.data] == [7, 7]
    assert answer.changes["properties_set"] == 2
    found = graph.read("known_images", user=user, rows=[f"{user}:{image('/a.jpg').md5}"])
    assert found[0]["width"] == 7


def test_an_error_of_a_query_is_told_in_the_engine_s_words(runner: BoltRunner) -> None:
    with pytest.raises(GraphError, match=r"(?i)syntax"):
        run_cell(runner, "MATCH (n RETURN n", {})
    with pytest.raises(GraphError, match=r"(?i)m.*not defined"):
        run_cell(runner, "MATCH (n) RETURN m", {})


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:Set) RETURN n.set",
        "MATCH (f:ImageFile)-[:SET]->(c) RETURN f",
        "MATCH (f)-[:BELONGS|SET]->(c) RETURN f",
        "MATCH (n:`Create`) RETURN n",
        "MATCH (n) WHERE n.name = 'CREATE' OR n.name = \"it's SET\" RETURN n",
        "MATCH (n {start: 1}) RETURN n // SET",
        "MATCH (n) RETURN n /* DELETE\n n */",
        "MATCH (n) WHERE n.created = $set RETURN n.offset AS created",
        "CALL db.labels() YIELD label RETURN label",
        "SHOW INDEXES",
    ],
)
def test_words_that_write_nothing(text: str) -> None:
    assert writing_word(text) is None


def test_parameters_are_found_where_they_are_meant() -> None:
    text = "RETURN $a, $`b c`, '$d', \"$e\", $a // $f\n, $g /* $h */, n.`$i`"
    assert parameters_in(text) == ["a", "b c", "g"]
