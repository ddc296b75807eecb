"""The schema: made, made again, brought forward from an older graph, refused when newer."""

import threading
from collections.abc import Iterator

import pytest

from tagcat_kernel.graph import schema
from tagcat_kernel.graph.catalogue import Query, catalogue
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphError, GraphVersionError
from tagcat_kernel.graph.fake import FakeRunner
from tagcat_kernel.graph.session import Endpoint, Graph, connect
from tests.graph.engines import snapshot
from tests.graph.things import SOURCE, image, near

# What a next version might do: a constraint, and a fact for every image, three images a transaction.
MIGRATION = Query(
    "migrate_1_to_2",
    "An example.",
    """
    CREATE INDEX image_md5 IF NOT EXISTS FOR (n:Image) ON (n.md5);
    MATCH (n:Image) WHERE n.trial IS NULL WITH n LIMIT 3 SET n.trial = true RETURN count(n) AS left;
    """,
)


def test_a_schema_newer_than_the_program(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    connect(endpoint)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 0)
    with pytest.raises(GraphVersionError, match=r"newer TagCat.*update TagCat"):
        connect(endpoint)


def test_the_schema_can_be_made_again(
    graph: Graph, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process killed between the constraints and the version leaves the next one to do it all."""
    graph.write("set_schema_version", version=0)
    again = connect(endpoint)
    assert again.read("schema_version") == [{"version": schema.SCHEMA_VERSION}]


@pytest.fixture
def next_version(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A program whose schema is one version on; afterwards the graph has the old version again."""
    now = schema.SCHEMA_VERSION
    files = {"schema": catalogue()["schema"], f"migrate_{now}_to_{now + 1}": MIGRATION}
    with monkeypatch.context() as patch:
        patch.setattr(schema, "SCHEMA_VERSION", now + 1)
        patch.setattr(schema, "query", files.__getitem__)
        yield
    graph.runner.execute(lambda run: run("DROP INDEX image_md5 IF EXISTS", {}), write=True)
    graph.runner.execute(lambda run: run("MATCH (n:Image) REMOVE n.trial", {}), write=True)
    graph.write("set_schema_version", version=now)


def test_an_older_graph_is_brought_forward(
    graph: Graph, endpoint: Endpoint, user: str, next_version: None
) -> None:
    own = Collection(graph, user)
    own.store([image(f"/{number}.jpg", near(number)) for number in range(8)], source=SOURCE)
    before = snapshot(graph, user)
    later = connect(endpoint)
    assert later.read("schema_version") == [{"version": schema.SCHEMA_VERSION}]
    marked = later.runner.execute(
        lambda run: run("MATCH (n:Image {user: $user, trial: true}) RETURN count(n) AS n", {"user": user}),
        write=False,
    )
    assert marked == [{"n": 8}]
    after = snapshot(later, user)
    assert after["edges"] == before["edges"]
    assert [node.replace(", ('trial', True)", "") for node in after["nodes"]] == before["nodes"]
    # Once more, as after a kill before the version was written.
    later.write("set_schema_version", version=schema.SCHEMA_VERSION - 1)
    connect(endpoint)
    assert snapshot(later, user) == after
    assert Collection(later, user).counts()["images"] == 8


def test_several_that_migrate_at_once(
    graph: Graph, endpoint: Endpoint, user: str, next_version: None
) -> None:
    Collection(graph, user).store(
        [image(f"/{number}.jpg", near(number)) for number in range(8)], source=SOURCE
    )
    errors: list[BaseException] = []

    def run() -> None:
        try:
            connect(endpoint)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert graph.read("schema_version") == [{"version": schema.SCHEMA_VERSION}]


def test_a_migration_goes_step_by_step_and_notes_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between two steps must leave the version of the step that was done."""
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 5)
    files = {
        "schema": Query("schema", "", "ONE; TWO;"),
        "migrate_3_to_4": Query("migrate_3_to_4", "", "THREE"),
        "migrate_4_to_5": Query("migrate_4_to_5", "", "FOUR"),
    }
    monkeypatch.setattr(schema, "query", files.__getitem__)
    answers: list = [[{"version": 3}], [], [], [{"left": 2}], [{"left": 0}], [], []]
    fake = FakeRunner(*answers, GraphError("killed"))
    monkeypatch.setattr(schema, "TRIES", 1)
    with pytest.raises(GraphError, match="killed"):
        schema.see_to_schema(Graph(fake))
    done = [one.parameters.get("version") or one.text for one in fake.asked[1:]]
    assert done == ["ONE", "TWO", "THREE", "THREE", 4, "FOUR", 5]


def test_a_new_graph_has_nothing_to_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(schema, "query", {"schema": Query("schema", "", "ONE")}.__getitem__)
    fake = FakeRunner([], [], [], [{"version": 3}])
    schema.see_to_schema(Graph(fake))
    assert [one.parameters.get("version") for one in fake.asked] == [None, None, 3, None]
