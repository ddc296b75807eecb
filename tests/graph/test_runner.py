"""The runner against real servers, and against what may pose as one: versions, limits, remarks."""

import shutil
import threading
import time
import warnings
from collections import namedtuple
from dataclasses import replace
from typing import Any

import pytest

from tagcat_kernel.graph import telling
from tagcat_kernel.graph.drivers import check_agent
from tagcat_kernel.graph.errors import (
    GraphDownError,
    GraphError,
    GraphFullError,
    GraphTimeoutError,
    GraphVersionError,
    GraphWarning,
    TornReadError,
)
from tagcat_kernel.graph.limits import GivenUpError, Limit, OverTimeError, within
from tagcat_kernel.graph.runner import BoltRunner
from tagcat_kernel.graph.session import Endpoint, Graph, Unit, connect, seconds_from_environment
from tests.graph.other_servers import know_no_version, listening, old_neo4j, say_nothing, speak_http

NOWHERE = Endpoint("bolt://127.0.0.1:1", "neo4j", "hush-hush", "neo4j")
SLOW = "UNWIND range(1, 4000) AS a UNWIND range(1, 4000) AS b WITH a * b % 1009 AS c RETURN sum(c) AS s"


def test_a_neo4j_that_is_too_old() -> None:
    with listening(old_neo4j) as uri, pytest.raises(GraphVersionError) as raised:
        connect(replace(NOWHERE, uri=uri))
    assert "Neo4j 4.4.11" in str(raised.value)
    assert "Neo4j 5 or newer" in str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("pose", [know_no_version, speak_http])
def test_what_speaks_no_bolt_of_ours(pose: Any) -> None:
    with listening(pose) as uri, pytest.raises(GraphError, match="TAGCAT_GRAPH_URI") as raised:
        connect(replace(NOWHERE, uri=uri))
    assert isinstance(raised.value, (GraphVersionError, GraphDownError))
    assert "hush" not in str(raised.value)


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told() -> None:
    began = time.monotonic()
    with listening(say_nothing) as uri, pytest.raises(GraphTimeoutError, match=r"no answer within 0\.5 s"):
        connect(replace(NOWHERE, uri=uri), seconds=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("agent", ["Neo4j/5.26.5", "Neo4j/5.26-aura", "Neo4j/2025.10.1", "Memgraph", None])
def test_servers_that_may_suit(agent: str | None) -> None:
    check_agent(agent, "bolt://host")


@pytest.mark.parametrize("agent", ["Neo4j/4.4.11", "Neo4j/3.5.0-enterprise", "Neo4j/v4.0.0 compatible"])
def test_servers_that_do_not(agent: str) -> None:
    with pytest.raises(GraphVersionError, match="Neo4j 5 or newer"):
        check_agent(agent, "bolt://host")


def test_a_question_that_takes_too_long(endpoint: Endpoint) -> None:
    runner = BoltRunner(endpoint, seconds=0.5)
    began = time.monotonic()
    with pytest.raises(GraphTimeoutError, match="nothing was changed"):
        runner.execute(lambda run: run(SLOW, {}), write=False)
    assert time.monotonic() - began < 5
    # The same process goes on with other questions.
    assert connect(endpoint).read("schema_version")


def test_what_was_given_up_is_not_written(endpoint: Endpoint, graph: Graph, user: str) -> None:
    """The transaction creates a user and then takes too long: the user must not appear afterwards."""
    ended = threading.Event()
    new = {"user": user, "version": "t", "max_distance": 8, "key_frame_distance": 6, "made": 0.0}

    def work(unit: Any) -> None:
        unit.run("create_user", **new)
        time.sleep(1.0)
        ended.set()

    slow = Graph(BoltRunner(replace(endpoint, home=None), seconds=0.4))
    with pytest.raises(GraphTimeoutError, match="nothing was changed"):
        slow.transaction(work)
    assert ended.wait(30)
    time.sleep(0.3)
    assert graph.read("user", user=user) == []
    # And in time it is written.
    Graph(BoltRunner(endpoint, seconds=30)).write("create_user", **new)
    assert graph.read("user", user=user)


def test_the_limit_of_the_environment(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    monkeypatch.setenv("TAGCAT_GRAPH_SECONDS", "45")
    runner = connect(endpoint).runner
    assert isinstance(runner, BoltRunner)
    assert runner.seconds == 45
    runner = connect(endpoint, seconds=7).runner
    assert isinstance(runner, BoltRunner)
    assert runner.seconds == 7
    for wrong in ("soon", "0", "-1", "inf", "nan"):
        monkeypatch.setenv("TAGCAT_GRAPH_SECONDS", wrong)
        with pytest.raises(GraphError, match="TAGCAT_GRAPH_SECONDS"):
            seconds_from_environment()


def test_a_remark_of_the_server_is_a_warning(neo4j_endpoint: Endpoint) -> None:
    graph = connect(neo4j_endpoint)
    with pytest.warns(GraphWarning, match=r"deprecated") as caught:
        graph.runner.execute(lambda run: run("MATCH (s:Schema) RETURN id(s) AS id", {}), write=False)
    assert len(caught) == 1


def test_a_name_that_nothing_has_yet_is_no_remark(endpoint: Endpoint) -> None:
    """In a new graph no Frame has a `pos`: our own queries must not warn of that."""
    graph = connect(endpoint)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = graph.runner.execute(
            lambda run: run("MATCH (n:NobodyIsThis) RETURN n.nothing AS x", {}), write=False
        )
    assert rows == []


def test_a_full_disk_is_told_as_such(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    home = Endpoint("bolt://127.0.0.1:1", "root", "hush-hush", "neo4j", home=str(tmp_path))
    error = OSError("the write failed; password hush-hush")
    assert not isinstance(telling.in_our_words(error, home, 1.0), GraphFullError)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 100, 0))
    told = telling.in_our_words(error, home, 1.0)
    assert isinstance(told, GraphFullError)
    assert "make room" in str(told)
    assert "hush" not in str(told)
    elsewhere = telling.in_our_words(OSError("No space left on device"), NOWHERE, 1.0)
    assert isinstance(elsewhere, GraphFullError)


def test_within_hands_on_what_the_work_raises() -> None:
    def work(limit: Limit) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        within(5, work)


def test_within_waits_for_a_last_step_that_has_begun() -> None:
    def work(limit: Limit) -> str:
        limit.begin()
        limit.begin_last_step()
        time.sleep(0.2)
        return "done"

    assert within(0.05, work) == "done"
    with pytest.raises(OverTimeError) as raised:
        within(0.05, work, last_step=0.05)
    assert not raised.value.stopped


def test_work_that_was_given_up_begins_no_step() -> None:
    refused: list[str] = []
    ended = threading.Event()

    def work(limit: Limit) -> None:
        time.sleep(0.2)
        for name, step in (("again", limit.begin), ("last", limit.begin_last_step)):
            try:
                step()
            except GivenUpError:
                refused.append(name)
        ended.set()

    with pytest.raises(OverTimeError) as raised:
        within(0.05, work)
    assert raised.value.stopped
    assert ended.wait(5)
    assert refused == ["again", "last"]


def test_what_vanishes_while_it_is_read_is_read_again(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ArcadeDB says EntityNotFound to a reader whose record another transaction has just deleted."""
    from neo4j.exceptions import Neo4jError

    gone = Neo4jError._hydrate_neo4j(
        code="Neo.ClientError.Statement.EntityNotFound", message="Record #14:77 not found"
    )
    tries = []

    def work(run: Any) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise gone
        return run("RETURN 1 AS one", {})

    assert BoltRunner(endpoint).execute(work, write=False) == [{"one": 1}]
    monkeypatch.setattr("tagcat_kernel.graph.runner.RETRY_SECONDS", 0.05)
    with pytest.raises(GraphError, match="Record #14:77 not found"):
        BoltRunner(endpoint).execute(lambda run: (_ for _ in ()).throw(gone), write=False)


def test_columns_of_unequal_length_are_read_again(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neo4j says null for a property of what another transaction deletes just now."""
    lengths = iter([0, 2, 1, 0, 0, 0])

    def torn(_: str, __: Any) -> Any:
        return [{"a": ["x"], "b": ["y"] * next(lengths)}]

    def work(_: Any) -> Any:
        return Unit(torn).columns("rejected", user="ada")

    assert BoltRunner(endpoint).execute(work, write=False) == {"a": ["x"], "b": ["y"]}
    monkeypatch.setattr("tagcat_kernel.graph.runner.RETRY_SECONDS", 0.01)
    with pytest.raises(TornReadError, match="rejected: others deleted what it read"):
        BoltRunner(endpoint).execute(work, write=False)
