"""What models say: kept beside each other and beside a person's tags, replaced by the same model only."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import frame_key
from tagcat_kernel.graph.session import Graph
from tests.graph.engines import snapshot
from tests.graph.things import SOURCE, image, near, video


@pytest.fixture
def own(collection: Collection) -> Collection:
    records = [image("/a.jpg", near(1)), image("/b.jpg", near(20)), video("/c.mp4", [near(30), near(44)])]
    collection.store(records[:2], source=SOURCE)
    collection.store(records[2:], source=SOURCE)
    return collection


def key(own: Collection, path: str, second: int | None = None) -> str:
    md5 = own.files()[path].md5
    return f"{own.user}:{md5}" if second is None else frame_key(own.user, md5, 25 * second)


def said(own: Collection) -> list[tuple[str, float | None, str, float, str]]:
    names = ("path", "position", "label", "score", "model")
    return [tuple(row[name] for name in names) for row in own.labelled()]  # type: ignore[misc]


def test_labels_stand_by_path_and_time_the_surest_first(own: Collection) -> None:
    a, c = key(own, "/a.jpg"), key(own, "/c.mp4", 1)
    assert own.label({c: [("dog", 0.5)], a: [("cat", 0.25), ("tabby", 0.75), ("cat", 0.125)]}, "tiny") == 3
    assert said(own) == [
        ("/a.jpg", None, "tabby", 0.75, "tiny"),
        ("/a.jpg", None, "cat", 0.25, "tiny"),
        ("/c.mp4", 1.0, "dog", 0.5, "tiny"),
    ]
    assert [row["kind"] for row in own.labelled()] == ["image", "image", "frame"]


def test_a_model_replaces_what_it_said_itself(own: Collection) -> None:
    a, b = key(own, "/a.jpg"), key(own, "/b.jpg")
    own.label({a: [("cat", 0.5)], b: [("sea", 0.5)]}, "tiny")
    own.label({a: [("dog", 1)]}, "large")
    own.tag([a], "cat")
    own.label({a: [("lion", 0.25)]}, "tiny")
    own.label({a: [("lion", 0.25)]}, "tiny")
    assert said(own) == [
        ("/a.jpg", None, "dog", 1.0, "large"),
        ("/a.jpg", None, "lion", 0.25, "tiny"),
        ("/b.jpg", None, "sea", 0.5, "tiny"),
    ]
    own.unlabel([a], "tiny")
    assert [row[2] for row in said(own)] == ["dog", "sea"]
    assert [row["tag"] for row in own.tagged()] == ["cat"], "a tag is a person's and stays"


def test_what_is_removed_has_no_labels_until_it_is_back(own: Collection) -> None:
    a, c = key(own, "/a.jpg"), key(own, "/c.mp4", 0)
    own.label({a: [("cat", 0.5)], c: [("dog", 0.5)]}, "tiny")
    before = said(own)
    own.remove(["/a.jpg", "/c.mp4"])
    assert said(own) == []
    with pytest.raises(ValueError, match="is no image or moment"):
        own.label({a: [("cat", 0.5)]}, "tiny")
    own.undo()
    assert said(own) == before


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_cannot_be_stored_changes_nothing(own: Collection, graph: Graph, score: float) -> None:
    a = key(own, "/a.jpg")
    before = snapshot(graph, own.user)
    for wrong, model in (
        ({a: [("cat", score)]}, "tiny"),
        ({a: [("ok", 0.5), ("", 0.5)]}, "tiny"),
        ({a: [("ok", 0.5)]}, "a\nb"),
    ):
        with pytest.raises(NotStorableError):
            own.label(wrong, model)
    for stranger in (
        f"{own.user}:{'0' * 32}",
        key(own, "/c.mp4"),
        frame_key(own.user, "0" * 32, 1),
        "else:00",
    ):
        with pytest.raises(ValueError, match="is no image or moment"):
            own.label({a: [("ok", 0.5)], stranger: [("ok", 0.5)]}, "tiny")
    assert snapshot(graph, own.user) == before


def test_another_user_sees_and_changes_nothing(own: Collection, graph: Graph) -> None:
    a = key(own, "/a.jpg")
    own.label({a: [("cat", 0.5)]}, "tiny")
    before = snapshot(graph, own.user)
    other = Collection(graph, f"bob {uuid.uuid4().hex[:8]}")
    assert other.labelled() == []
    with pytest.raises(ValueError, match="is no image or moment"):
        other.label({a: [("dog", 0.5)]}, "tiny")
    with pytest.raises(ValueError, match="is no image or moment"):
        other.unlabel([a], "tiny")
    assert snapshot(graph, own.user) == before


@given(name=st.text(max_size=220), score=st.floats(0, 1))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_label_is_read_back_equal_or_refused(own: Collection, name: str, score: float) -> None:
    a = key(own, "/a.jpg")
    try:
        own.label({a: [(name, score)]}, "tiny")
    except NotStorableError:
        return
    assert said(own) == [("/a.jpg", None, name, score, "tiny")]
