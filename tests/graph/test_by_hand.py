"""Removing files, undoing changes, collecting what is gone, and other settings."""

import pytest

from tagcat_kernel.edges import Items, edges
from tagcat_kernel.graph import collecting, history
from tagcat_kernel.graph.collection import Collection, Settings
from tagcat_kernel.graph.errors import SettingsChangedError
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.records import KeyFrame
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, video


@pytest.fixture
def own(collection: Collection) -> Collection:
    """Two like images, one of them with two files, and two clips that match them."""
    collection.store(
        [
            image("/a.jpg", BASE),
            image("/copy of a.jpg", BASE, content="/a.jpg"),
            image("/b.jpg", near(3)),
            video("/c.mp4", [near(1), near(30)]),
            video("/d.mp4", [near(2)]),
        ],
        source=SOURCE,
    )
    return collection


def follows_the_rule(own: Collection) -> bool:
    hashes = own.hashes()
    rule = edges(Items(hashes.keys, hashes.hashes, hashes.owners), own.settings.max_distance)
    row = own.graph.read("matches", user=own.user)[0]
    stored = set(zip(row["a"], row["b"], row["distances"], strict=True))
    return stored == set(zip(rule.a, rule.b, rule.distance.tolist(), strict=True))


def kept(graph: Graph, own: Collection) -> dict[str, list[str]]:
    """All that is stored but for the history and the lock."""
    found = snapshot(graph, own.user)
    return found | {"nodes": [n for n in found["nodes"] if "'Change'" not in n and "'User'" not in n]}


def views(own: Collection) -> list[object]:
    return [
        own.files(),
        own.images(),
        own.videos(),
        own.frames(),
        own.matches(),
        own.tagged(),
        own.rejected(),
        own.confirmed(),
    ]


def test_a_content_goes_with_its_last_file(own: Collection) -> None:
    removed = own.remove(["/a.jpg"])
    assert (removed.files, removed.images, removed.videos) == (1, 0, 0)
    assert own.counts()["images"] == 2
    removed = own.remove(["/copy of a.jpg", "/c.mp4"])
    assert (removed.files, removed.images, removed.videos) == (2, 1, 1)
    assert own.counts() == {"images": 1, "videos": 1, "frames": 1, "matches": 1, "files": 2}
    assert follows_the_rule(own)


def test_a_removal_of_what_is_not_there_changes_nothing(graph: Graph, own: Collection) -> None:
    before = kept(graph, own)
    with pytest.raises(ValueError, match=r"/nowhere\.jpg: there is no such file"):
        own.remove(["/a.jpg", "/nowhere.jpg"])
    assert kept(graph, own) == before
    assert own.history() == []


def test_an_undo_brings_all_back(graph: Graph, own: Collection) -> None:
    own.tag([own.images()[0]["key"], own.videos()[0]["key"], own.frames()[0]["key"]], "best")
    first = own.matches()[0]
    own.reject(first["a"], first["b"])
    own.confirm_pairs([(row["a"], row["b"]) for row in own.matches()])
    before, seen = kept(graph, own), views(own)
    own.remove(list(own.files()))
    assert own.counts() == dict.fromkeys(("images", "videos", "frames", "matches", "files"), 0)
    assert own.tagged() == []
    again = Collection(graph, own.user)  # as after a restart
    undone = again.undo()
    assert undone.skipped == []
    assert set(undone.videos) == {md5("/c.mp4"), md5("/d.mp4")}
    assert kept(graph, own) == before
    assert views(own) == seen
    assert follows_the_rule(own)


def test_key_frames_that_were_none_stay_none_after_an_undo(own: Collection) -> None:
    own.store([video("/c.mp4", [near(1)])], source=SOURCE)
    frames = own.frames()
    own.remove(["/c.mp4"])
    own.undo()
    assert own.frames() == frames


def test_an_undo_brings_back_what_ended_otherwise_since(own: Collection) -> None:
    own.store([video("/copy.mp4", [near(1), near(30)], content="/c.mp4")], source=SOURCE)
    keys = [frame["key"] for frame in own.frames()]
    own.remove(["/copy.mp4"])
    own.store([image("/c.mp4", near(1))], source=SOURCE)  # its path has other bytes now: the video ends
    assert len(own.frames()) == len(keys) - 2
    assert own.undo().skipped == []
    assert [frame["key"] for frame in own.frames()] == keys


def test_changes_are_undone_one_after_the_other(graph: Graph, own: Collection) -> None:
    states = [kept(graph, own)]
    images = [row["key"] for row in own.images()]
    first = own.matches()[0]
    for change in (
        lambda: own.tag(images, "cats"),
        lambda: own.add_tag("animals"),
        lambda: own.move_tag("cats", "animals"),
        lambda: own.rename_tag("cats", "felines"),
        lambda: own.colour_tag("felines", "#010203"),
        lambda: own.confirm_pairs([(first["a"], first["b"])]),
        lambda: own.reject(first["a"], first["b"]),
        lambda: own.untag(images[:1], "felines"),
        lambda: own.remove(["/b.jpg", "/d.mp4"]),
        lambda: own.delete_tag("animals"),
        lambda: own.merge_tags("felines", own.tag(images[:1], "x") and "x"),
    ):
        change()
        states.append(kept(graph, own))
    assert len(own.history()) == 12
    own.undo()  # the merge, and then the tag that was put on in the same breath
    own.undo()
    for state in reversed(states[:-1]):
        assert kept(graph, own) == state
        if state is not states[0]:
            assert own.undo().skipped == []
    with pytest.raises(ValueError, match="nothing to undo"):
        own.undo()
    with pytest.raises(ValueError, match="undone already"):
        own.undo(1)
    with pytest.raises(ValueError, match="no change 99"):
        own.undo(99)


def test_what_came_after_a_change_stays_and_is_said(own: Collection) -> None:
    a, b = (row["key"] for row in own.images())
    own.add_tag("cats")
    own.colour_tag("cats", "#000001")
    own.tag([a], "cats")
    own.colour_tag("cats", "#000002")
    assert "another colour" in own.undo(2).skipped[0]
    assert own.tags()[0]["colour"] == "#000002"
    own.tag([b], "cats")
    own.untag([a], "cats")
    assert own.undo(3).skipped == [], "it is off already"
    assert [row["key"] for row in own.tagged()] == [b]
    assert "holds items" in own.undo(1).skipped[0]
    own.remove(["/b.jpg"])
    own.store([image("/b.jpg", near(40), content="other")], source=SOURCE)
    assert "/b.jpg: it was stored again" in own.undo().skipped[0]
    assert own.files()["/b.jpg"].md5 == md5("other")
    own.delete_tag("cats")
    own.add_tag("cats")
    assert "a tag 'cats' already" in own.undo(own.history()[1].number).skipped[0]
    assert follows_the_rule(own)


def test_the_history_is_bounded(own: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "HISTORY", 3)
    for number in range(5):
        own.add_tag(f"{number}")
    assert [change.number for change in own.history()] == [5, 4, 3]
    with pytest.raises(ValueError, match="no change 2"):
        own.undo(2)


def test_collecting_takes_what_no_undo_brings_back(
    graph: Graph, own: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "BATCH", 2)
    own.store([image("/b.jpg", near(40), content="other"), video("/d.mp4", [near(41)])], source=SOURCE)
    own.remove(["/c.mp4"])
    assert own.collect() == 1, "the old content of b.jpg; c.mp4 may come back"
    assert own.undo().skipped == []
    assert len(own.frames()) == 3
    own.remove(["/c.mp4"])
    own.add_tag("later")
    assert own.collect(everything=True) == 3
    assert own.collect(everything=True) == 0
    assert [change.what for change in own.history()] == ["tags"]
    clip = f"{own.user}:{md5('/c.mp4')}"
    nodes = snapshot(graph, own.user)["nodes"]
    assert not any(md5("/c.mp4") in node for node in nodes), clip
    assert own.store([video("/c.mp4", [near(1), near(30)])], source=SOURCE).frames == 2
    assert follows_the_rule(own)


def test_what_is_collected_can_not_be_undone(own: Collection) -> None:
    own.remove(["/b.jpg", "/a.jpg"])
    row = own.graph.read("deleted_contents", user=own.user)[0]
    own.graph.write("collect_images", user=own.user, rows=row["keys"])
    undone = own.undo()
    assert undone.skipped == ["/b.jpg: what it held is gone for good; ingest it again"]
    assert "/a.jpg" in own.files()
    assert "/b.jpg" not in own.files()


def test_a_change_of_max_distance_makes_the_matches_follow(own: Collection) -> None:
    seen = own.matches()
    for distance in (0, 33, 2, 8):
        number = own.set_settings(Settings(distance, 0))
        assert own.settings == Settings(distance, 0)
        assert number == len(own.matches()) == own.counts()["matches"]
        assert follows_the_rule(own)
    assert own.matches() == seen
    assert own.match() == len(seen)


def test_matching_again_repairs(own: Collection) -> None:
    seen = own.matches()
    key = seen[0]["a"]
    query = "unlink_frame" if key.count(":") == 2 else "unlink_image"
    own.graph.write(query, user=own.user, rows=[{"key": key, "other": seen[0]["b"]}])
    assert len(own.matches()) == len(seen) - 1
    assert own.match() == len(seen)
    assert own.matches() == seen


def test_a_pair_has_one_verdict_and_it_can_be_changed(own: Collection) -> None:
    pair = (own.matches()[0]["a"], own.matches()[0]["b"])
    assert own.confirm_pairs([pair[::-1], pair]) == 1
    assert own.confirm_pairs([pair]) == 0
    assert (own.confirmed(), own.rejected()) == ({pair}, set())
    assert pair in [(row["a"], row["b"]) for row in own.matches()], "views show it as before"
    own.reject(*pair)
    assert (own.confirmed(), own.rejected()) == (set(), {pair})
    assert own.undo().skipped == []
    assert (own.confirmed(), own.rejected()) == ({pair}, set())
    own.set_settings(Settings(0, 0))
    own.set_settings(Settings(8, 6))
    assert own.confirmed() == {pair}, "the edges were computed again, the verdict is a person's"
    taken = own.history()[0].number + 1
    assert own.unconfirm_pairs([pair]) == 1
    own.reject(*pair)
    assert own.undo(taken).skipped == ["1 pairs were marked as no match since"]
    assert (own.confirmed(), own.rejected()) == (set(), {pair})
    with pytest.raises(ValueError, match="are not both images or moments"):
        own.confirm_pairs([(pair[0], f"{own.user}:{md5('nowhere')}")])
    assert (own.confirmed(), own.rejected()) == (set(), {pair})


@pytest.mark.parametrize("wrong", [Settings(4, 6), Settings(65, 6), Settings(8, -1)])
def test_settings_that_can_not_be_are_refused(own: Collection, wrong: Settings) -> None:
    with pytest.raises(ValueError, match=r"key_frame_distance|max_distance"):
        own.set_settings(wrong)
    assert own.settings == Settings()


def test_other_key_frames_keep_what_is_said_of_the_old_ones(own: Collection) -> None:
    clip = md5("/c.mp4")
    old = own.frames(clip)
    own.tag([old[1]["key"]], "goal")
    own.confirm_pairs([(old[1]["key"], own.frames(md5("/d.mp4"))[0]["key"])])
    mark = tuple(sorted([old[1]["key"], own.images()[0]["key"]]))
    own.reject(*mark)
    new = [KeyFrame(0.0, near(1), 0), KeyFrame(0.4, near(4), 10)]
    with pytest.raises(SettingsChangedError, match="became 6"):
        own.set_key_frames(clip, new, 3)
    own.set_settings(Settings(8, 3))
    added = own.set_key_frames(clip, new, 3)
    assert (added.frames, added.videos, added.files) == (1, 0, 0)
    assert [row["sample"] for row in own.frames(clip)] == [0, 10]
    assert [(row["key"], row["key_frame"]) for row in own.tagged()] == [(old[1]["key"], False)]
    assert own.rejected() == {mark}
    own.unreject(*mark)
    assert own.rejected() == set()
    own.undo()
    assert own.rejected() == {mark}
    assert len(own.confirmed()) == 1
    assert follows_the_rule(own)
    with pytest.raises(SettingsChangedError):
        own.store([video("/e.mp4", [BASE])], source=SOURCE, key_frame_distance=6)
    own.remove(["/c.mp4"])
    assert own.set_key_frames(clip, new, 3).frames == 0, "what is gone stays gone"
    assert own.frames(clip) == []
    assert own.rejected() == set()
