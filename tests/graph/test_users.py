"""Users are made, listed and removed with all they have; nobody else loses anything."""

import pytest

from tagcat_kernel.graph import users as module
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphError, NotStorableError
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.users import User, add_user, remove_user, users
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, near, video


def fill(own: Collection) -> None:
    own.store([image(f"/{n}.jpg", near(n)) for n in range(8)], source=SOURCE)
    own.store([video("/a.mp4", [BASE, near(9)])], source=SOURCE)
    own.tag([own.images()[0]["key"]], "cats")
    own.remove(["/1.jpg"])


def test_a_user_goes_with_everything(graph: Graph, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    other = f"{user}x"
    for name in (user, other):
        assert add_user(graph, name)
        assert not add_user(graph, name)
        fill(Collection(graph, name))
    before = snapshot(graph, other)
    number = len(snapshot(graph, user)["nodes"])
    seen: list[int] = []
    assert remove_user(graph, user, seen.append) == number
    assert seen == sorted(seen)
    assert len(seen) > 1, "in batches"
    assert snapshot(graph, user) == {"nodes": [], "edges": []}
    assert snapshot(graph, other) == before
    assert user not in {one.name for one in users(graph)}
    assert User(other, False) in users(graph)
    assert Collection(graph, user).counts()["files"] == 0, "the name may be used again"


def test_who_is_leaving_stores_nothing_more_and_is_removed_by_the_same_call(graph: Graph, user: str) -> None:
    own = Collection(graph, user)
    fill(own)
    graph.write("mark_user_leaving", user=user)  # and then a kill
    assert User(user, True) in users(graph)
    for write in (
        lambda: own.store([image("/new.jpg")], source=SOURCE),
        lambda: own.tag([own.images()[0]["key"]], "new"),
        lambda: Collection(graph, user).undo(),
    ):
        with pytest.raises(GraphError, match="being, removed"):
            write()
    remove_user(graph, user)
    with pytest.raises(ValueError, match="there is no user"):
        remove_user(graph, user)


def test_a_name_that_can_not_be_is_refused(graph: Graph) -> None:
    with pytest.raises(NotStorableError):
        add_user(graph, "a:b")
