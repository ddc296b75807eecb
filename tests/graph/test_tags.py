"""Tags: names, colours, a tree of them, on many items at once, and the undo of each change."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.tagging import COLOURS
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, near, video


@pytest.fixture
def own(collection: Collection) -> Collection:
    """Three images and a clip of two key frames."""
    stills = [image(f"/{number}.jpg", near(20 + number)) for number in range(3)]
    collection.store([*stills, video("/clip.mp4", [BASE, near(10)])], source=SOURCE)
    return collection


def keys(own: Collection) -> list[str]:
    rows = [*own.images(), *own.videos(), *own.frames()]
    return [str(row["key"]) for row in rows]


def told(own: Collection) -> dict[str, tuple[str | None, int]]:
    """Parent and number of items of each tag."""
    return {tag["name"]: (tag["parent"], tag["images"] + tag["videos"] + tag["frames"]) for tag in own.tags()}


def test_many_items_of_all_kinds_at_once(own: Collection) -> None:
    everything = keys(own)
    assert own.tag(everything, "seen") == 6
    assert own.tag(everything, "seen") == 0
    (tag,) = own.tags()
    assert (tag["images"], tag["videos"], tag["frames"], tag["parent"]) == (3, 1, 2, None)
    assert tag["colour"] in COLOURS
    rows = own.tagged()
    assert [row["key"] for row in rows] == everything
    assert [row["kind"] for row in rows] == ["image"] * 3 + ["video"] + ["frame"] * 2
    assert [row["position"] for row in rows] == [None] * 4 + [0.0, 1.0]
    assert [row["key_frame"] for row in rows] == [False] * 4 + [True] * 2
    assert own.untag(everything[:2], "seen") == 2
    assert own.untag(everything, None) == 4
    assert own.tagged() == []
    assert told(own) == {"seen": (None, 0)}, "a tag without items stays"


def test_a_moment_that_is_no_key_frame_can_be_tagged(own: Collection) -> None:
    before = own.hashes().keys.tolist(), own.counts()
    moment = f"{own.videos()[0]['key']}:12"
    with pytest.raises(ValueError, match="is no image, video or moment"):
        own.tag([moment], "goal")
    assert own.tags() == [], "nothing is kept of what failed"
    assert own.tag([moment], "goal", {moment: (near(2), 0.48)}) == 1
    (row,) = own.tagged()
    assert (row["key"], row["position"], row["key_frame"], row["path"]) == (moment, 0.48, False, "/clip.mp4")
    assert (own.hashes().keys.tolist(), own.counts()) == before, "it takes no part in matching"
    assert own.places([moment]) == {moment: ("/clip.mp4", 0.48)}
    # It becomes a key frame, and none again: the tag stays.
    own.store([video("/clip.mp4", [BASE, near(10)])], source=SOURCE)
    assert [row["key"] for row in own.tagged()] == [moment]


def test_a_tag_stays_on_a_frame_that_is_chosen_no_more(own: Collection) -> None:
    last = own.frames()[1]["key"]
    own.tag([last], "goal")
    own.store([video("/clip.mp4", [BASE])], source=SOURCE)
    assert [(row["key"], row["key_frame"]) for row in own.tagged()] == [(last, False)]
    assert own.collect() == 0, "what holds a tag is not collected"
    own.untag([last])
    assert own.collect() == 1
    assert own.places([last]) == {}


def test_a_tree_of_tags(own: Collection) -> None:
    own.add_tag("animals", colour="#ABCDEF")
    own.add_tag("cats", parent="animals")
    own.add_tag("tigers", parent="cats")
    assert {tag["name"]: tag["colour"] for tag in own.tags()}["animals"] == "#abcdef"
    for below in ("animals", "cats", "tigers"):
        with pytest.raises(ValueError, match="can't lie under"):
            own.move_tag("animals", below)
    own.rename_tag("cats", "felines")
    assert told(own) == {"animals": (None, 0), "felines": ("animals", 0), "tigers": ("felines", 0)}
    own.delete_tag("felines")
    assert told(own) == {"animals": (None, 0), "tigers": ("animals", 0)}
    own.move_tag("tigers", None)
    own.colour_tag("tigers", "#ff8800")
    assert {tag["name"]: tag["colour"] for tag in own.tags()}["tigers"] == "#ff8800"


def test_merging_keeps_items_and_the_tags_below(own: Collection) -> None:
    one, two, three = keys(own)[:3]
    own.tag([one, two], "kitty")
    own.tag([two, three], "cat")
    own.add_tag("kitten", parent="kitty")
    own.merge_tags("kitty", "cat")
    assert told(own) == {"cat": (None, 3), "kitten": ("cat", 0)}
    own.undo()
    assert told(own) == {"cat": (None, 2), "kitty": (None, 2), "kitten": ("kitty", 0)}
    # Into one that lies below it: that one takes its place.
    own.move_tag("cat", "kitten")
    own.merge_tags("kitty", "cat")
    assert told(own) == {"cat": (None, 3), "kitten": ("cat", 0)}


def test_what_can_not_be_is_refused_and_nothing_changes(graph: Graph, own: Collection) -> None:
    own.add_tag("a")
    own.add_tag("b")
    before = snapshot(graph, own.user)
    for call in (
        lambda: own.add_tag("a"),
        lambda: own.add_tag("c", parent="no"),
        lambda: own.add_tag("c", colour="red"),
        lambda: own.rename_tag("a", "b"),
        lambda: own.rename_tag("no", "c"),
        lambda: own.rename_tag("a", " "),
        lambda: own.merge_tags("a", "a"),
        lambda: own.merge_tags("a", "no"),
        lambda: own.delete_tag("no"),
        lambda: own.colour_tag("a", "#12345"),
        lambda: own.untag(keys(own), "no"),
        lambda: own.tag(["eve:1"], "a"),
        lambda: own.tag([f"{own.user}:nothing", *keys(own)], "a"),
        lambda: own.tag([f"{own.user}:nothing:x"], "a"),
    ):
        with pytest.raises(ValueError):
            call()
    now = snapshot(graph, own.user)
    assert now["edges"] == before["edges"]
    assert [node for node in now["nodes"] if "locked" not in node] == [
        node for node in before["nodes"] if "locked" not in node
    ]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_any_name_comes_back_equal_or_is_refused(own: Collection, names: list[str]) -> None:
    known = {tag["name"] for tag in own.tags()}  # of the examples before
    odd = ["' OR 1=1 //", "\\u0060`\"'", "\u202egpj", "a/b:c", "🐈", "NULL", "a" * 200]
    for name in [*names, *odd]:
        try:
            own.tag(keys(own)[:1], name)
            known.add(name)
        except NotStorableError as error:
            assert "can't be a tag's name" in str(error)
    assert {tag["name"] for tag in own.tags()} == known
    assert {row["tag"] for row in own.tagged()} == known
    assert met(own) == pairs_of(own)


def pairs_of(own: Collection) -> Counter[tuple[str, str]]:
    """Which two tags stand on the same items, counted from the list of all tags on all items."""
    held: dict[str, set[str]] = {}
    for row in own.tagged():
        held.setdefault(row["key"], set()).add(row["tag"])
    return Counter(pair for tags in held.values() for pair in combinations(sorted(tags), 2))


def met(own: Collection) -> Counter[tuple[str, str]]:
    return Counter({(row["a"], row["b"]): row["items"] for row in own.tags_together()})


def test_tags_meet_on_what_is_there(own: Collection) -> None:
    assert own.tags_together() == []
    everything = keys(own)
    clip, moment = own.videos()[0]["key"], f"{own.videos()[0]['key']}:12"
    own.tag(everything, "sea")
    own.tag([everything[0], clip], "dusk")
    own.tag([moment], "sea", {moment: (near(2), 0.48)})
    own.tag([moment, *everything[:3]], "calm")
    rows = [(row["a"], row["b"], row["items"]) for row in own.tags_together()]
    assert rows == [("calm", "sea", 4), ("dusk", "sea", 2), ("calm", "dusk", 1)]
    assert met(own) == pairs_of(own)
    own.remove(["/0.jpg"])
    assert met(own) == {("calm", "sea"): 3, ("dusk", "sea"): 1} == pairs_of(own)
    own.remove(["/clip.mp4"])
    assert met(own) == {("calm", "sea"): 2} == pairs_of(own), "a video takes its moments along"


@pytest.mark.parametrize("name", ["", " a", "a\n", "a\0b", "x" * 201, "\udce9", "x" * 10_000])
def test_a_name_that_can_not_be_shown_is_refused(own: Collection, name: str) -> None:
    with pytest.raises(NotStorableError, match="can't be a tag's name"):
        own.tag(keys(own), name)
    assert own.tags() == []
