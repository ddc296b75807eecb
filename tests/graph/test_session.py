"""Sessions: the seam, the errors in our words, the schema, what survives a lost race."""

import contextlib
import socket
import threading
from dataclasses import replace

import pytest

from tagcat_kernel.graph import session
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphDownError, GraphError, GraphLoginError, NotStorableError
from tagcat_kernel.graph.fake import FakeRunner
from tagcat_kernel.graph.runner import BoltRunner, close_drivers
from tagcat_kernel.graph.session import Endpoint, Graph, connect, endpoint_from_environment


def test_reads_and_writes_go_by_name_with_parameters_only() -> None:
    fake = FakeRunner([{"version": "t"}])
    graph = Graph(fake)
    assert graph.read("version", user="ada") == [{"version": "t"}]
    assert graph.write("set_version", user="ada", version="u") == []
    assert fake.transactions == [False, True]
    assert [one.parameters for one in fake.asked] == [{"user": "ada"}, {"user": "ada", "version": "u"}]
    assert [one.write for one in fake.asked] == [False, True]
    assert all("ada" not in one.text for one in fake.asked)


def test_large_writes_go_in_batches() -> None:
    fake = FakeRunner()
    Graph(fake).transaction(lambda unit: unit.each("drop_image_files", range(12_000), user="ada"))
    assert [len(one.parameters["rows"]) for one in fake.asked] == [5000, 5000, 2000]
    assert len(fake.transactions) == 1


def test_what_a_server_might_raise_comes_out_of_the_fake() -> None:
    fake = FakeRunner([{"version": "t"}], GraphDownError("away"))
    graph = Graph(fake)
    with pytest.raises(GraphDownError, match="away"):
        graph.transaction(lambda unit: [unit.run("version", user="ada"), unit.run("lock", user="ada")])
    assert [one.parameters for one in fake.asked] == [{"user": "ada"}] * 2
    assert fake.transactions == [True]


def test_the_fake_keeps_what_it_was_asked() -> None:
    """The caller may change a list after it was sent; the record must not change with it."""
    fake, rows = FakeRunner(), ["a"]
    Graph(fake).write("drop_image_files", user="ada", rows=rows)
    rows.append("b")
    assert fake.asked[0].parameters["rows"] == ["a"]


def test_a_new_user_is_created_with_the_default_settings() -> None:
    fake = FakeRunner([], [])
    Collection(Graph(fake), "ada")
    assert (
        fake.asked[-1].parameters.items()
        >= {"user": "ada", "max_distance": 8, "key_frame_distance": 6}.items()
    )


def test_no_repr_shows_a_password(endpoint: Endpoint) -> None:
    graph = connect(endpoint)
    for thing in (endpoint, graph, graph.runner, Collection(graph, "repr")):
        assert endpoint.password not in repr(thing)
        assert endpoint.password not in str(thing)


def test_a_server_that_is_down(endpoint: Endpoint) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    with pytest.raises(GraphDownError, match=r"no graph answers at bolt://127.0.0.1") as raised:
        connect(replace(endpoint, uri=f"bolt://127.0.0.1:{port}", home=None))
    assert "TAGCAT_GRAPH_URI" in str(raised.value)
    assert endpoint.password not in str(raised.value)


def test_a_wrong_password(endpoint: Endpoint) -> None:
    wrong = "not-the-password-at-all"
    with pytest.raises(GraphLoginError, match="refused user") as raised:
        connect(replace(endpoint, password=wrong, home=None))
    assert "TAGCAT_GRAPH_PASSWORD" in str(raised.value)
    assert wrong not in str(raised.value)


def test_a_database_that_is_not_there(endpoint: Endpoint) -> None:
    with pytest.raises(GraphError, match=r"has no database 'elsewhere'.*TAGCAT_GRAPH_DATABASE"):
        connect(replace(endpoint, database="elsewhere"))


def test_an_address_that_is_none(endpoint: Endpoint) -> None:
    with pytest.raises(GraphError, match="TAGCAT_GRAPH_URI"):
        connect(replace(endpoint, uri="http://127.0.0.1:7687", home=None))


def test_something_else_on_the_port(endpoint: Endpoint) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()

        def answer() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    connection, _ = stranger.accept()
                    with connection:
                        connection.recv(100)
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(GraphError) as raised:
            connect(replace(endpoint, uri=f"bolt://127.0.0.1:{stranger.getsockname()[1]}", home=None))
        stranger.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert endpoint.password not in str(raised.value)


def test_a_query_that_fails_says_so_in_our_words(graph: Graph) -> None:
    with pytest.raises(GraphError, match="SyntaxError"):
        graph.runner.execute(lambda run: run("THIS IS NO CYPHER", {}), write=False)


def test_text_that_is_no_unicode_is_refused_in_our_words(graph: Graph) -> None:
    with pytest.raises(NotStorableError):
        graph.read("version", user="caf\udce9")


def test_keys_are_unique(graph: Graph, user: str) -> None:
    Collection(graph, user)
    with pytest.raises(GraphError, match="ConstraintValidationFailed"):
        graph.write("create_user", user=user, version="t", max_distance=8, key_frame_distance=6, made=0.0)


def test_a_race_to_a_unique_key_is_run_again(graph: Graph, user: str) -> None:
    """Another writer creates the node between our look and our CREATE: the second look finds it."""
    looks = 0

    def work(unit: session.Unit) -> int:
        nonlocal looks
        looks += 1
        found = unit.run("user", user=user)
        if looks == 1:
            other = threading.Thread(target=create, args=(Graph(BoltRunner(bare)),))
            other.start()
            other.join()
        if not found:
            create_in(unit)
        return len(found)

    def create_in(unit: session.Unit) -> None:
        unit.run("create_user", user=user, version="t", max_distance=8, key_frame_distance=6, made=0.0)

    def create(other: Graph) -> None:
        other.transaction(create_in)

    assert isinstance(graph.runner, BoltRunner)
    bare = replace(
        graph.runner.endpoint, home=None
    )  # past the queue, which would keep the race from happening
    assert Graph(BoltRunner(bare)).transaction(work) == 1
    assert looks == 2


def test_eight_threads_make_one_user(graph: Graph, user: str) -> None:
    together = threading.Barrier(8)
    errors: list[BaseException] = []

    def make() -> None:
        try:
            together.wait()
            Collection(graph, user)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(graph.read("user", user=user)) == 1


def test_what_the_work_raises_passes_through_and_undoes_it(graph: Graph, user: str) -> None:
    def work(unit: session.Unit) -> None:
        unit.run("create_user", user=user, version="t", max_distance=8, key_frame_distance=6, made=0.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        graph.transaction(work)
    assert graph.read("user", user=user) == []


def test_a_closed_driver_is_opened_again(graph: Graph) -> None:
    close_drivers()
    assert graph.read("schema_version")


def test_the_environment_names_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint_from_environment() is None
    monkeypatch.setenv("TAGCAT_GRAPH_URI", "neo4j://host:7687")
    monkeypatch.setenv("TAGCAT_GRAPH_PASSWORD", "hush")
    assert endpoint_from_environment() == Endpoint("neo4j://host:7687", "neo4j", "hush", "neo4j")
    monkeypatch.setenv("TAGCAT_GRAPH_USER", "ada")
    monkeypatch.setenv("TAGCAT_GRAPH_DATABASE", "pictures")
    assert endpoint_from_environment() == Endpoint("neo4j://host:7687", "ada", "hush", "pictures")


def test_apoc_counts_the_bits_of_a_stored_hash(graph: Graph) -> None:
    text = "RETURN apoc.text.hammingDistance($a, $b) AS bits"
    parameters = {"a": f"{0b1011:064b}", "b": f"{0b1110:064b}"}
    assert graph.runner.execute(lambda run: run(text, parameters), write=False) == [{"bits": 2}]
