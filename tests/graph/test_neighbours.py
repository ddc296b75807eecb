"""Neighbourhoods and groups of stored matches against plain walks over `matches()`."""

import pytest

from tagcat_kernel.edges import STAR
from tagcat_kernel.graph.collection import Collection
from tests.graph.things import BASE, SOURCE, image, near, telling, video


@pytest.fixture
def chain(collection: Collection) -> Collection:
    """Images and frames, each six bits from the next; and a pair apart."""
    stills = [image(f"/{step}.jpg", near(6 * step)) for step in range(0, 6, 2)]
    clips = [video(f"/{step}.mp4", [near(6 * step)]) for step in range(1, 6, 2)]
    far = telling(3, 1)[0]
    apart = [image("/apart.jpg", far), video("/apart.mp4", [far ^ 1, 0])]
    collection.store([*stills, *clips, *apart], source=SOURCE)
    return collection


def key_at(collection: Collection, path: str) -> str:
    rows = [*collection.images(), *collection.frames()]
    return next(str(row["key"]) for row in rows if row["path"] == path)


def walked(collection: Collection, start: str, hops: int, max_distance: int) -> dict[str, int]:
    """Items by the number of hops, by a plain walk."""
    pairs = [(row["a"], row["b"]) for row in collection.matches() if row["distance"] <= max_distance]
    reached = {start: 0}
    for hop in range(1, hops + 1):
        ring = [key for key, at in reached.items() if at == hop - 1]
        for a, b in [*pairs, *((b, a) for a, b in pairs)]:
            if a in ring:
                reached.setdefault(b, hop)
    return reached


@pytest.mark.parametrize("hops", [1, 2, 3, 9])
@pytest.mark.parametrize("max_distance", [8, 5, 0])
def test_it_is_what_a_plain_walk_reaches(chain: Collection, hops: int, max_distance: int) -> None:
    for start in (key_at(chain, "/0.jpg"), key_at(chain, "/3.mp4"), key_at(chain, "/apart.jpg")):
        found = chain.neighbourhood(start, hops, max_distance)
        assert dict(zip(found.keys, found.hops.tolist(), strict=True)) == walked(
            chain, start, hops, max_distance
        )
        assert found.keys[0] == start
        assert found.hops.tolist() == sorted(found.hops.tolist())
        assert found.complete
        reached = dict(zip(found.keys, found.hops.tolist(), strict=True))
        edges = {(row["a"], row["b"], row["distance"]) for row in chain.matches()}
        inner = {
            edge
            for edge in edges
            if edge[2] <= max_distance and min(reached.get(edge[0], 99), reached.get(edge[1], 99)) < hops
        }
        told = list(zip(found.edges.a, found.edges.b, found.edges.distance.tolist(), strict=True))
        assert told == sorted(inner)


def test_the_chain_is_long_enough_to_tell_hops_apart(chain: Collection) -> None:
    assert walked(chain, key_at(chain, "/0.jpg"), 9, 8)[key_at(chain, "/5.mp4")] == 5


def test_a_rejected_pair_leads_nowhere(chain: Collection) -> None:
    one, two, three = (key_at(chain, path) for path in ("/1.mp4", "/2.jpg", "/3.mp4"))
    assert len(chain.components().keys) == 8
    assert chain.components().group.tolist() == [0] * 6 + [1] * 2
    chain.reject(three, two)
    assert three not in chain.neighbourhood(one, 9).keys
    assert two not in chain.neighbourhood(three, 9).keys
    assert sorted(chain.components().group.tolist()) == [0] * 3 + [1] * 3 + [2] * 2
    chain.unreject(two, three)
    assert three in chain.neighbourhood(one, 9).keys


def test_an_item_without_matches_is_alone(collection: Collection) -> None:
    collection.store([image("/a.jpg", BASE)], source=SOURCE)
    found = collection.neighbourhood(key_at(collection, "/a.jpg"))
    assert (found.hops.tolist(), len(found.edges), found.complete) == ([0], 0, True)
    assert len(collection.components().keys) == 0


def test_a_star_is_one_group_and_a_limit_cuts_it(collection: Collection) -> None:
    size = STAR + 20
    collection.store([image(f"/{number}.jpg", BASE) for number in range(size)], source=SOURCE)
    assert collection.counts()["matches"] == size - 1
    assert collection.components().group.tolist() == [0] * size
    spoke = collection.hashes().keys[-1]
    assert sorted(collection.neighbourhood(spoke, 2).keys) == collection.hashes().keys.tolist()
    few = collection.neighbourhood(spoke, 2, limit=10)
    assert (len(few.keys), len(few.edges), few.complete) == (10, 9, False)


def test_what_is_no_item_is_refused(chain: Collection) -> None:
    clip = str(chain.videos()[0]["key"])
    for key in ("", "x", f"{chain.user}:nothing", f"{chain.user}:nothing:0", clip, f"{clip}:x"):
        with pytest.raises(ValueError, match="is no image or key frame of"):
            chain.neighbourhood(key)
    with pytest.raises(ValueError, match="at least 1"):
        chain.neighbourhood(key_at(chain, "/0.jpg"), 0)
    gone = key_at(chain, "/0.jpg")
    chain.store([image("/0.jpg", 0, content="plain now")], source=SOURCE)
    with pytest.raises(ValueError, match="is no image or key frame of"):
        chain.neighbourhood(gone)
