"""A share holds for each query of each transaction, ends at once, and leaves with its users."""

import threading
from collections.abc import Callable

import pytest

from tagcat_kernel.graph import history
from tagcat_kernel.graph.archive_file import read_archive, write_archive
from tagcat_kernel.graph.catalogue import catalogue
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotSharedError, NotStorableError
from tagcat_kernel.graph.exchange import read_collection, write_collection
from tagcat_kernel.graph.session import Graph, Unit
from tagcat_kernel.graph.sharing import (
    READING,
    TAGGING,
    Share,
    SharedGraph,
    share,
    shared_with,
    shares,
    unshare,
)
from tagcat_kernel.graph.store import lock
from tagcat_kernel.graph.users import remove_user
from tagcat_kernel.team import members
from tests.graph.engines import snapshot
from tests.graph.examples import writes
from tests.graph.things import BASE, SOURCE, image, near, video

OWNERS = {
    *("schema", "schema_version", "set_schema_version", "migrate_1_to_2", "migrate_3_to_4"),
    *("member", "set_member", "invitation", "create_invitation", "delete_invitation"),
    *("users", "create_user", "mark_user_leaving", "delete_some_of_user", "delete_user"),
    *("share", "unshare", "shares", "shared_with_me", "share_check"),
    *("known_image_files", "known_video_files", "deleted_contents", "idle_frames"),
    *("create_image_files", "create_video_files", "create_images", "create_videos", "create_frames"),
    *("drop_image_files", "drop_video_files", "set_images", "set_videos", "set_frames"),
    *("collect_images", "collect_videos", "collect_frames", "set_settings", "set_version"),
    *(
        f"{verb}_{a}_{b}"
        for verb in ("link", "reject", "confirm")
        for a in ("image", "frame")
        for b in ("image", "frame")
    ),
    *(f"{verb}_{a}" for verb in ("unlink", "unreject", "unconfirm") for a in ("image", "frame")),
    *("create_tag", "set_tag", "delete_tag", "put_tag_under", "free_tag", "share_tag"),
    *("create_labels", "label_images", "label_frames", "unlabel_images", "unlabel_frames"),
}
"""What no member runs; a new query is put here, or into `READING` or `TAGGING` by whoever writes it."""


@pytest.fixture
def bob(graph: Graph, collection: Collection) -> str:
    """Another user of the graph, with whom nothing is shared yet; the collection has something."""
    collection.store([image(f"/{n}.jpg", near(n)) for n in range(4)], source=SOURCE)
    collection.store([video("/a.mp4", [BASE, near(9)])], source=SOURCE)
    collection.add_tag("cats")
    return Collection(graph, f"{collection.user}, bob").user


def seen_by(bob: str, collection: Collection) -> Collection:
    return Collection(SharedGraph(collection.graph.runner, collection.user, bob), collection.user)


def test_somebody_has_said_of_each_query_who_may_run_it() -> None:
    assert not READING & TAGGING
    assert not (READING | TAGGING) & OWNERS
    assert set(catalogue()) == READING | TAGGING | OWNERS
    assert not [name for name in READING if writes(catalogue()[name])]


def test_a_share_is_made_and_changed_and_ended(graph: Graph, collection: Collection, bob: str) -> None:
    user = collection.user
    before = snapshot(graph, user)
    assert shares(graph, user) == shared_with(graph, bob) == []
    share(graph, user, bob)
    share(graph, user, bob, tagging=True)
    assert shares(graph, user) == [Share(bob, True)]
    assert shared_with(graph, bob) == [Share(user, True)]
    assert shares(graph, bob) == shared_with(graph, user) == [], "one way only"
    share(graph, user, bob)
    assert shares(graph, user) == [Share(bob, False)]
    unshare(graph, user, bob)
    assert snapshot(graph, user) == before
    with pytest.raises(ValueError, match="is not shared with"):
        unshare(graph, user, bob)


def test_what_can_not_be_shared_is_said(graph: Graph, collection: Collection, bob: str) -> None:
    for name, reason in ((f"{bob}y", "there is no user"), (collection.user, "has this collection already")):
        with pytest.raises(ValueError, match=reason):
            share(graph, collection.user, name)
    with pytest.raises(NotStorableError):
        share(graph, collection.user, "a:b")
    graph.write("mark_user_leaving", user=bob)
    with pytest.raises(ValueError, match="there is no user"):
        share(graph, collection.user, bob)
    assert shares(graph, collection.user) == []


def test_a_share_ends_between_two_queries_of_one_transaction(
    graph: Graph, collection: Collection, bob: str
) -> None:
    share(graph, collection.user, bob, tagging=True)
    hers = SharedGraph(graph.runner, collection.user, bob)
    heard: list[int] = []

    def work(unit: Unit) -> None:
        heard.append(unit.run("count_images", user=collection.user)[0]["number"])
        if shares(graph, collection.user):
            unshare(graph, collection.user, bob)
        heard.append(unit.run("count_images", user=collection.user)[0]["number"])

    with pytest.raises(NotSharedError, match="is not shared with"):
        hers.reading(work)
    assert heard == [4]


def test_a_share_ends_between_two_transactions_of_one_call(
    graph: Graph, collection: Collection, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(graph, collection.user, bob)
    hers = seen_by(bob, collection)
    assert hers.matches() == collection.matches()
    hashes = Collection.hashes

    def ended(own: Collection) -> object:
        unshare(graph, collection.user, bob)
        return hashes(own)

    monkeypatch.setattr(Collection, "hashes", ended)
    with pytest.raises(NotSharedError):  # also where the process remembers the hashes
        hers.matches()


def test_who_tags_is_done_before_the_share_ends_or_not_at_all(
    graph: Graph, collection: Collection, bob: str
) -> None:
    """The end of a share waits for the owner's lock, which a member who tags holds to the end."""
    share(graph, collection.user, bob, tagging=True)
    hers = SharedGraph(graph.runner, collection.user, bob)
    ending = threading.Thread(target=unshare, args=(graph, collection.user, bob))
    key = collection.images()[0]["key"]
    tag = graph.read("tags", user=collection.user)[0]["name"]

    def work(unit: Unit) -> None:
        lock(unit, collection.user)
        if not ending.is_alive():
            ending.start()
        ending.join(0.2)
        assert ending.is_alive(), "it waits"
        assert unit.run("count_images", user=collection.user)
        history.note(
            unit, collection.user, "tag", f"tagged {key} {tag}", [{"do": "put", "tag": tag, "keys": []}]
        )

    hers.transaction(work)
    ending.join()
    assert [change.by for change in collection.history()][:1] == [bob]
    with pytest.raises(NotSharedError):
        hers.transaction(work)


def test_it_is_about_this_collection_alone(graph: Graph, collection: Collection, bob: str) -> None:
    share(graph, collection.user, bob, tagging=True)
    hers = SharedGraph(graph.runner, collection.user, bob)
    eve = Collection(graph, f"{collection.user}, eve").user
    for asked in (eve, bob, None):
        with pytest.raises(NotSharedError, match="for reading and tagging only"):
            hers.read("images", user=asked)
    for name in ("users", "shares", "share_check", "delete_user"):
        with pytest.raises(NotSharedError):
            hers.write(name, user=collection.user, member=bob)
    for name in ("forget_changes", "set_change_undone", "change"):
        with pytest.raises(NotSharedError):
            hers.write(name, user=collection.user, number=1, by="")


def test_an_undo_is_of_ones_own_changes(graph: Graph, collection: Collection, bob: str) -> None:
    share(graph, collection.user, bob, tagging=True)
    hers = seen_by(bob, collection)
    first, second = (row["key"] for row in collection.images()[:2])
    collection.tag([first], "cats")
    hers.tag([second], "cats")
    collection.untag([first], "cats")
    mine, his = (change.number for change in collection.history()[:2])
    assert {change.number: change.by for change in collection.history()}[his] == bob
    with pytest.raises(ValueError, match="undoes his own"):
        hers.undo(mine)
    assert collection.undo().number == mine, "the owner's own newest, though"
    hers.tag([first], "cats")  # nothing new: no change
    assert hers.undo().number == his
    hers.tag([second], "cats")
    assert collection.undo(collection.history()[0].number).told == "tagged 1 item 'cats'", "the owner's right"
    assert [row["key"] for row in collection.tagged()] == [first]


def test_nobodys_changes_push_anothers_out(
    graph: Graph, collection: Collection, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "HISTORY", 3)
    share(graph, collection.user, bob, tagging=True)
    hers = seen_by(bob, collection)
    collection.remove(["/0.jpg"])
    key = collection.images()[0]["key"]
    for _ in range(4):
        hers.tag([key], "cats")
        hers.untag([key], "cats")
    by = [change.by for change in collection.history()]
    assert by.count(bob) == 3
    assert "remove" in [change.what for change in collection.history()]
    assert not collection.collect(), "what was removed may still come back"
    collection.undo()
    assert len(collection.images()) == 4


@pytest.mark.parametrize("leaves", ["owner", "member"])
def test_who_leaves_takes_the_shares_along(
    graph: Graph, collection: Collection, bob: str, leaves: str
) -> None:
    user = collection.user
    share(graph, user, bob, tagging=True)
    share(graph, bob, user)
    hers = seen_by(bob, collection)
    gone, stays = (user, bob) if leaves == "owner" else (bob, user)
    graph.write("mark_user_leaving", user=gone)  # it begins, and a kill comes between
    with pytest.raises(NotSharedError):
        hers.images()
    assert shares(graph, stays) == shared_with(graph, stays) == []
    remove_user(graph, gone)
    Collection(graph, gone)  # the name may be used again, by somebody else
    for one in (user, bob):
        assert shares(graph, one) == shared_with(graph, one) == []
    with pytest.raises(NotSharedError):
        hers.images()


@pytest.mark.parametrize("who", ["owner", "member"])
def test_who_may_not_come_in_has_no_part_in_a_share(
    graph: Graph, collection: Collection, bob: str, who: str
) -> None:
    """Also for a program that never passed the door, and in the midst of a transaction."""
    user = collection.user
    share(graph, user, bob, tagging=True)
    hers, his = seen_by(bob, collection), SharedGraph(graph.runner, user, bob)
    out = user if who == "owner" else bob
    before = snapshot(graph, user)

    def disabled_meanwhile(unit: Unit) -> None:
        assert unit.run("images", user=user)
        members.disable(graph, out)
        unit.run("images", user=user)

    with pytest.raises(NotSharedError, match="is not shared with"):
        his.reading(disabled_meanwhile)
    attempts: list[Callable[[], object]] = [
        hers.images,
        lambda: hers.tag([collection.images()[0]["key"]], "cats"),
        hers.undo,
        his.access,
    ]
    for attempt in attempts:
        with pytest.raises(NotSharedError, match="is not shared with"):
            attempt()
    assert shared_with(graph, bob) == ([] if who == "owner" else [Share(user, True)])
    assert shares(graph, user) == [Share(bob, True)], "it is the owner's to end"
    members.enable(graph, out)
    assert len(hers.images()) == 4
    if who == "member":
        assert snapshot(graph, user) == before
        members.invite(graph, new := f"{user}, new", 60)
        share(graph, user, new)
        with pytest.raises(NotSharedError):
            SharedGraph(graph.runner, user, new).read("images", user=user)
        members.approve(graph, new)
        assert SharedGraph(graph.runner, user, new).read("images", user=user)


def test_an_archive_carries_no_share(
    graph: Graph, collection: Collection, bob: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("archive") / "ada.zip"
    share(graph, collection.user, bob)
    write_archive(path, read_collection(collection), SOURCE)
    assert bob.encode() not in path.read_bytes()
    away = Collection(graph, f"{collection.user}, away")
    write_collection(away, read_archive(path), lambda *_told: None)
    assert len(away.images()) == 4
    assert shares(graph, away.user) == []
    write_collection(collection, read_archive(path), lambda *_told: None)
    assert shares(graph, collection.user) == [Share(bob, False)], "and takes none away"


def test_a_member_makes_no_user(graph: Graph, collection: Collection) -> None:
    stranger, nobody = f"{collection.user}, stranger", f"{collection.user}, nobody"
    attempts: list[Callable[[], object]] = [
        lambda: Collection(SharedGraph(graph.runner, collection.user, stranger), collection.user),
        lambda: Collection(SharedGraph(graph.runner, nobody, collection.user), nobody),
    ]
    for attempt in attempts:
        with pytest.raises(NotSharedError, match="is not shared with"):
            attempt()
    assert not {stranger, nobody} & {row["name"] for row in graph.read("users")}
