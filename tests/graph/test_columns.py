"""Columns that are remembered: read again when the graph has others, or shows a commit by half."""

from typing import Any

import pytest

from tagcat_kernel.graph import columns
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.columns import current_hashes, new_version
from tagcat_kernel.graph.fake import FakeRunner
from tagcat_kernel.graph.keys import bits
from tagcat_kernel.graph.session import Graph
from tests.graph.things import BASE, SOURCE, image, md5, near, video


def shown(version: str, number: int) -> list[list[dict[str, Any]]]:
    """What a graph answers to one reading: a version, no images, some frames, and the same version."""
    frames = {
        "keys": [f"ada:01:{sample}" for sample in range(number)],
        "hashes": [bits(BASE)] * number,
        "positions": [0.0] * number,
    }
    return [[{"version": version}], [{"keys": [], "hashes": []}], [frames], [{"version": version}]]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "PAUSES", (0.0, 0.0, 0.0))


def test_a_commit_that_is_seen_by_half_is_read_again() -> None:
    """Neo4j may show the token of a transaction before all its frames."""
    new = new_version(3)
    fake = FakeRunner(*shown(new, 2), *shown(new, 3)[1:])
    found = Graph(fake).reading(lambda unit: current_hashes(unit, "ada", None))
    assert (found.version, len(found.hashes), found.whole) == (new, 3, True)
    assert fake.answers == []


def test_what_stays_another_number_is_taken_as_it_is() -> None:
    new = new_version(3)
    fake = FakeRunner(*shown(new, 2), *shown(new, 2)[1:], *shown(new, 2)[1:])
    found = Graph(fake).reading(lambda unit: current_hashes(unit, "ada", None))
    assert (len(found.hashes), found.whole) == (2, False)
    assert fake.answers == []


def test_a_token_without_a_number_is_believed() -> None:
    fake = FakeRunner(*shown("a token of before", 2))
    found = Graph(fake).reading(lambda unit: current_hashes(unit, "ada", None))
    assert (found.version, len(found.hashes), found.whole) == ("a token of before", 2, True)
    assert fake.answers == []


def test_every_change_counts(graph: Graph, collection: Collection) -> None:
    def told() -> int:
        return int(graph.read("version", user=collection.user)[0]["version"].rpartition(" ")[2])

    assert told() == 0
    collection.store([image("/a.jpg", BASE), video("/b.mp4", [near(1), near(20), 0])], source=SOURCE)
    assert told() == 4
    collection.store([image("/a.jpg", BASE, content="others")], source=SOURCE)
    assert told() == 4
    collection.set_key_frames(md5("/b.mp4"), [], 6)
    collection.store([image("/c.jpg", near(5))], source=SOURCE)
    assert told() == 2 == len(Collection(graph, collection.user).hashes())
    collection.remove(["/a.jpg"])
    assert told() == 1
    collection.undo()
    assert told() == 2


def test_a_query_of_a_person_s_own_is_counted_by_the_next_writer(
    graph: Graph, collection: Collection
) -> None:
    collection.store([image("/a.jpg", BASE), image("/b.jpg", near(2))], source=SOURCE)
    gone = {"key": f"{collection.user}:{md5('/a.jpg')}"}
    graph.runner.execute(lambda run: run("MATCH (n:Image {key: $key}) DETACH DELETE n", gone), write=True)
    other = Collection(graph, collection.user)
    assert len(other.hashes()) == 1
    other.store([image("/c.jpg", near(4))], source=SOURCE)
    assert len(Collection(graph, collection.user).hashes()) == 2
