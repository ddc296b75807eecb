"""Matching inside the database gives what the kernel's join gives, on both engines."""

import random

import pytest

from tagcat_kernel import Workbench
from tagcat_kernel.edges import edges
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.fake import FakeRunner
from tagcat_kernel.graph.in_database import match_in_database
from tagcat_kernel.graph.session import Graph
from tests.graph.things import BASE, SOURCE, image, near, telling, video


def two_thousand() -> list:
    """Images and frames around a hundred centres: near pairs of every kind, plain ones, deleted ones."""
    draw = random.Random(5)
    centres = telling(7, 100)

    def drawn() -> int:
        value = draw.choice(centres)
        for _ in range(draw.randrange(7)):
            value ^= 1 << draw.randrange(64)
        return value

    stills = [image(f"/{number}.jpg", drawn()) for number in range(990)]
    plain = [image(f"/plain {number}.jpg", 2**number - 1) for number in (0, 1, 4, 60, 64)]
    edge = [image(f"/edge {number}.jpg", 2**number - 1) for number in (5, 6, 58, 59)]
    clips = [video(f"/{number}.mp4", [drawn() for _ in range(100)]) for number in range(10)]
    return [*stills, *plain, *edge, image("/was here.jpg", BASE), *clips]


def test_the_database_finds_the_kernel_s_pairs(graph: Graph, user: str) -> None:
    own = Collection(graph, user)
    records = two_thousand()
    own.store(records, source=SOURCE)
    own.store([image("/was here.jpg", BASE ^ 2**40, content="other bytes")], source=SOURCE)
    hashes = own.hashes()
    assert len(hashes) == 2000
    found = match_in_database(graph, user, 8)
    joined = edges(hashes.items, 8)
    assert [found.a.tolist(), found.b.tolist(), found.distance.tolist()] == [
        joined.a.tolist(),
        joined.b.tolist(),
        joined.distance.tolist(),
    ]
    frames = [(a.count(":"), b.count(":")) for a, b in zip(found.a, found.b, strict=True)]
    assert set(frames) == {(1, 1), (1, 2), (2, 1), (2, 2)}, "pairs of all kinds were compared"
    stored = graph.reading(lambda unit: unit.columns("matches", user=user))
    assert sorted(zip(stored["a"], stored["b"], strict=True)) == list(zip(found.a, found.b, strict=True))


def test_the_workbench_offers_it(graph: Graph, user: str) -> None:
    own = Collection(graph, user)
    own.store([image(f"/{number}.jpg", near(number)) for number in range(4)], source=SOURCE)
    first = own.matches()[0]
    own.reject(first["a"], first["b"])
    with Workbench(user=user, graph=graph) as workbench:
        assert len(workbench.pairs(2)) == 4
        assert workbench.pairs(2, engine="graph").equals(workbench.pairs(2))
        with pytest.raises(ValueError, match="engine must be"):
            workbench.pairs(2, engine="moon")


@pytest.mark.parametrize("distance", [-1, 65])
def test_a_distance_that_is_none(distance: int) -> None:
    fake = FakeRunner()
    with pytest.raises(ValueError, match="0 to 64"):
        match_in_database(Graph(fake), "ada", distance)
    assert fake.asked == []
