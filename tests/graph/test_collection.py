"""What a collection stores and tells, on both engines."""

import math
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagcat_kernel.edges import STAR, Items, edges
from tagcat_kernel.graph import store as storing
from tagcat_kernel.graph.collection import Collection, Settings, StoredFile
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import checked_path, checked_user, content_key, frame_key
from tagcat_kernel.graph.session import Graph, connect
from tagcat_kernel.graph.store import Stored
from tagcat_kernel.records import ImageRecord, VideoRecord
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, telling, video


def put(collection: Collection, *records: ImageRecord | VideoRecord) -> Stored:
    return collection.store(records, source=SOURCE)


def follows_the_rule(collection: Collection) -> bool:
    hashes = collection.hashes()
    rule = edges(Items(hashes.keys, hashes.hashes, hashes.owners), collection.settings.max_distance)
    stored = {(row["a"], row["b"], row["distance"]) for row in collection.matches()}
    return stored == set(zip(rule.a, rule.b, rule.distance.tolist(), strict=True))


def places_are_those_of_the_views(collection: Collection) -> bool:
    rows = [*collection.images(), *collection.frames()]
    return collection.all_places() == {row["key"]: (row["path"], row.get("position")) for row in rows}


def test_a_new_user_is_empty_and_has_the_defaults(collection: Collection) -> None:
    assert collection.settings == Settings(max_distance=8, key_frame_distance=6)
    assert collection.counts() == dict.fromkeys(("images", "videos", "frames", "matches", "files"), 0)
    assert collection.files() == {}
    assert collection.images() == collection.videos() == collection.frames() == collection.matches() == []
    assert len(collection.hashes()) == 0
    assert collection.all_places() == {}
    assert collection.hashes().hashes.dtype == np.uint64


def test_images_match_within_eight_bits(collection: Collection) -> None:
    added = put(collection, image("/a.jpg", BASE), image("/b.jpg", near(8)), image("/c.jpg", near(17)))
    assert added == Stored(images=3, files=3, matches=1)
    rows = collection.matches()
    assert [{row["a_path"], row["b_path"]} for row in rows] == [{"/a.jpg", "/b.jpg"}]
    assert (rows[0]["distance"], rows[0]["a_position"], rows[0]["b_position"]) == (8, None, None)
    assert rows[0]["a"] < rows[0]["b"]


def test_storing_again_changes_nothing(graph: Graph, collection: Collection) -> None:
    records = [image("/a.jpg"), image("/b.jpg", near(2)), video("/c.mp4", [near(1), near(9), near(20)])]
    put(collection, *records)
    before = snapshot(graph, collection.user)
    assert put(collection, *records) == Stored()
    assert put(collection, *reversed(records)) == Stored()
    assert put(Collection(graph, collection.user), *records) == Stored()
    assert put(collection) == Stored()
    assert snapshot(graph, collection.user) == before


def test_frames_match_images_and_other_videos_but_not_their_own(collection: Collection) -> None:
    put(collection, video("/a.mp4", [BASE, near(2)]))
    assert collection.counts()["matches"] == 0
    assert put(collection, video("/b.mp4", [near(1)]), image("/c.jpg", BASE)).matches == 2 + 3
    assert follows_the_rule(collection)
    kinds = {(row["a_position"] is None, row["b_position"] is None) for row in collection.matches()}
    assert (False, False) in kinds
    assert kinds & {(True, False), (False, True)}


def test_plain_hashes_match_nothing(collection: Collection) -> None:
    added = put(collection, image("/black.png", 0), image("/night.png", 1), video("/dark.mp4", [0, 3]))
    assert added == Stored(images=2, videos=1, frames=2, files=3)
    assert all(row["plain"] for row in collection.images() + collection.frames())


def test_a_video_without_frames_and_without_facts(collection: Collection) -> None:
    added = put(
        collection, video("/odd.mp4", [], duration=None, fps=None, width=None, height=None, damaged=True)
    )
    assert added == Stored(videos=1, files=1)
    row = collection.videos()[0]
    assert (row["duration"], row["fps"], row["width"], row["frames"]) == (None, None, None, 0)
    assert row["damaged"] is True
    put(collection, ImageRecord("/odd.png", md5("odd"), 0x1F1F, bytes=1, modified=1))
    assert collection.images()[0]["width"] is None


def test_equal_bytes_are_one_content_with_several_files(collection: Collection) -> None:
    added = put(
        collection,
        image("/z.jpg", content="same"),
        image("/Z.jpg", content="same"),
        image("/é.jpg", content="same"),
    )
    assert added == Stored(images=1, files=3)
    put(collection, image("/later.jpg", content="same"))
    row = collection.images()[0]
    assert (row["path"], row["name"], row["files"]) == ("/Z.jpg", "Z.jpg", 4)
    paths = ["/Z.jpg", "/later.jpg", "/z.jpg", "/é.jpg"]
    assert collection.duplicates() == [{"md5": md5("same"), "paths": paths}]
    assert collection.paths(md5("same")) == paths
    assert list(collection.all_places().values()) == [("/Z.jpg", None)]


def test_the_same_path_twice_in_a_batch_takes_the_last(collection: Collection) -> None:
    assert put(collection, image("/a.jpg", content="old"), image("/a.jpg", content="new")).images == 1
    assert collection.files()["/a.jpg"].md5 == md5("new")


def test_files_tell_what_makes_them_unchanged(collection: Collection) -> None:
    put(collection, image("/a.jpg", modified=1_792_085_686_249_123_457), video("/b.mp4", [BASE]))
    assert collection.files() == {
        "/a.jpg": StoredFile("/a.jpg", 70, 1_792_085_686_249_123_457, md5("/a.jpg"), "image"),
        "/b.mp4": StoredFile("/b.mp4", 900, 1, md5("/b.mp4"), "video"),
    }
    put(collection, image("/a.jpg", modified=5))
    assert collection.files()["/a.jpg"].modified == 5
    assert collection.counts()["images"] == 1


def test_changed_bytes_move_the_file_and_delete_the_old_content(collection: Collection) -> None:
    put(collection, image("/a.jpg", BASE), image("/b.jpg", near(1)))
    assert put(collection, image("/a.jpg", near(30), content="new")) == Stored(images=1, files=1)
    assert [row["path"] for row in collection.images()] == ["/a.jpg", "/b.jpg"]
    assert collection.counts() == {"images": 2, "videos": 0, "frames": 0, "matches": 0, "files": 2}
    assert collection.paths(md5("/a.jpg")) == []
    # The old bytes come back at another path: the content is there again, with its match.
    assert put(collection, image("/back.jpg", BASE, content="/a.jpg")) == Stored(images=1, files=1, matches=1)
    assert follows_the_rule(collection)


def test_a_content_with_another_file_is_not_deleted(collection: Collection) -> None:
    put(collection, image("/a.jpg", content="same"), image("/copy.jpg", content="same"))
    put(collection, image("/a.jpg", near(30), content="new"))
    assert {row["path"]: row["files"] for row in collection.images()} == {"/a.jpg": 1, "/copy.jpg": 1}
    # Both files change places in one batch.
    put(collection, image("/a.jpg", content="same"), image("/copy.jpg", near(30), content="new"))
    assert collection.counts()["images"] == 2
    assert collection.files()["/a.jpg"].md5 == md5("same")


def test_a_deleted_video_goes_with_its_frames_and_comes_back(graph: Graph, collection: Collection) -> None:
    clip = video("/a.mp4", [BASE, near(9), near(20)])
    put(collection, clip, image("/still.jpg", near(1)), video("/b.mp4", [near(10)]))
    before = snapshot(graph, collection.user)
    put(collection, video("/a.mp4", [near(40)], content="recut"))
    assert [row["video"] for row in collection.frames()] == [md5("recut"), md5("/b.mp4")]
    assert len(collection.hashes()) == 3
    assert len(collection.all_places()) == 3
    assert places_are_those_of_the_views(collection)
    assert follows_the_rule(collection)
    added = put(collection, clip)
    assert (added.videos, added.frames) == (1, 3)
    assert added.matches > 0
    now = snapshot(graph, collection.user)
    assert now["edges"] != before["edges"], "the recut clip stays, marked deleted"
    assert follows_the_rule(collection)
    assert collection.counts()["frames"] == 4


def test_a_path_may_become_another_kind_of_file(collection: Collection) -> None:
    put(collection, image("/thing", BASE))
    put(collection, video("/thing", [near(1)], content="film"))
    assert collection.files()["/thing"].kind == "video"
    assert collection.counts() == {"images": 0, "videos": 1, "frames": 1, "matches": 0, "files": 1}
    put(collection, image("/thing", BASE))
    assert collection.counts() == {"images": 1, "videos": 0, "frames": 0, "matches": 0, "files": 1}


def test_the_same_bytes_as_image_and_as_video(collection: Collection) -> None:
    put(collection, image("/a.gif", BASE, content="x"), video("/a.mp4", [BASE], content="x"))
    assert collection.counts() == {"images": 1, "videos": 1, "frames": 1, "matches": 1, "files": 2}
    row = collection.matches()[0]
    assert (row["a_path"], row["b_path"], row["b_position"]) == ("/a.gif", "/a.mp4", 0.0)
    assert sorted(collection.all_places().values()) == [("/a.gif", None), ("/a.mp4", 0.0)]
    assert places_are_those_of_the_views(collection)


def test_the_last_decoding_stands(collection: Collection) -> None:
    put(collection, image("/a.jpg", BASE), image("/b.jpg", near(8)))
    added = put(collection, image("/a2.jpg", near(1), content="/a.jpg"))
    assert (added.images, added.files) == (0, 1)
    assert [row["distance"] for row in collection.matches()] == [7]
    clip = video("/c.mp4", [near(30), near(45)])
    put(collection, clip)
    put(collection, video("/c2.mp4", [near(30), near(44), near(58)], content="/c.mp4", duration=11.0))
    assert [row["sample"] for row in collection.frames()] == [0, 25, 50]
    assert collection.videos()[0]["duration"] == 11.0
    put(collection, clip, video("/c2.mp4", clip_hashes := [near(30)], content="/c.mp4"))
    assert [int(row["dhash"], 16) for row in collection.frames()] == clip_hashes
    assert follows_the_rule(collection)


def test_rows_of_views(collection: Collection, user: str) -> None:
    put(collection, video("/clips/b.mp4", [near(1), near(20)]), image("/pictures/a.jpg", BASE))
    assert collection.images() == [
        {"key": f"{user}:{md5('/pictures/a.jpg')}", "path": "/pictures/a.jpg", "name": "a.jpg", "files": 1}
        | {"width": 640, "height": 480, "bytes": 70, "md5": md5("/pictures/a.jpg")}
        | {"dhash": f"{BASE:016x}", "plain": False}
    ]
    clip = md5("/clips/b.mp4")
    assert collection.videos() == [
        {"key": f"{user}:{clip}", "path": "/clips/b.mp4", "name": "b.mp4", "files": 1, "duration": 10.0}
        | {"fps": 25.0, "width": 640, "height": 360, "bytes": 900, "frames": 2, "damaged": False, "md5": clip}
    ]
    rows = collection.frames(clip)
    assert rows == collection.frames()
    assert rows[1] == (
        {"key": f"{user}:{clip}:25", "video": clip, "path": "/clips/b.mp4", "name": "b.mp4"}
        | {"position": 1.0, "sample": 25, "dhash": f"{near(20):016x}", "plain": False}
    )
    assert collection.frames("0" * 32) == []
    hashes = collection.hashes()
    assert hashes.keys.tolist() == sorted(hashes.keys)
    place = {key: index for index, key in enumerate(hashes.keys)}
    frame, still = place[f"{user}:{clip}:25"], place[f"{user}:{md5('/pictures/a.jpg')}"]
    assert (hashes.owners[frame], hashes.owners[still]) == (clip, "")
    assert (hashes.samples[frame], hashes.samples[still]) == (25, -1)
    assert hashes.positions[frame] == 1.0
    assert math.isnan(hashes.positions[still])
    assert hashes.hashes[frame] == near(20)


def test_a_rejected_pair_is_in_no_view_until_it_is_taken_back(collection: Collection) -> None:
    put(collection, image("/a.jpg", BASE), image("/b.jpg", near(2)), video("/c.mp4", [near(1)]))
    everything = collection.matches()
    assert len(everything) == 3
    for row in everything:
        collection.reject(row["b"], row["a"])
        collection.reject(row["a"], row["b"])
    assert collection.matches() == []
    assert collection.counts()["matches"] == 0
    assert collection.rejected() == {(row["a"], row["b"]) for row in everything}
    for row in everything:
        collection.unreject(row["a"], row["b"])
        collection.unreject(row["b"], row["a"])
    assert collection.matches() == everything
    assert collection.rejected() == set()


def test_reject_refuses_what_is_no_pair(collection: Collection, user: str) -> None:
    put(collection, image("/a.jpg"))
    there, absent = f"{user}:{md5('/a.jpg')}", f"{user}:{md5('/b.jpg')}"
    with pytest.raises(ValueError, match="not both"):
        collection.reject(there, absent)
    with pytest.raises(ValueError, match="with itself"):
        collection.reject(there, there)
    with pytest.raises(ValueError, match="is no image or key frame of"):
        collection.reject(there, f"eve:{md5('/a.jpg')}")
    assert collection.rejected() == set()


@pytest.mark.parametrize("step", [*storing.ORDER[:2], "link", "set_version"])
def test_an_interrupted_transaction_leaves_nothing(
    graph: Graph, collection: Collection, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(collection, image("/a.jpg", BASE), video("/b.mp4", [near(1)]))
    before = snapshot(graph, collection.user)
    run = storing.Unit.run

    def break_off(unit: storing.Unit, name: str, **parameters: Any) -> Any:
        found = run(unit, name, **parameters)
        if name.startswith(step):
            raise KeyboardInterrupt
        return found

    more = [image("/c.jpg", near(2)), image("/a.jpg", near(30), content="new"), video("/d.mp4", [near(3)])]
    with monkeypatch.context() as patch:
        patch.setattr(storing.Unit, "run", break_off)
        with pytest.raises(KeyboardInterrupt):
            put(collection, *more)
    assert snapshot(graph, collection.user) == before
    assert put(collection, *more).videos == 1
    assert follows_the_rule(collection)


def test_a_star_forms_and_dissolves(collection: Collection) -> None:
    same = [image(f"/{number:03}.jpg", BASE) for number in range(STAR + 3)]
    put(collection, *same[:STAR])
    assert collection.counts()["matches"] == STAR * (STAR - 1) // 2
    added = put(collection, *same[STAR:])
    assert collection.counts()["matches"] == STAR + 2
    assert added.matches >= 3
    assert follows_the_rule(collection)
    put(
        collection,
        *(image(f"/{number:03}.jpg", BASE ^ 0xFFFF << 20, content=f"n{number}") for number in range(3)),
    )
    assert collection.counts()["matches"] == STAR * (STAR - 1) // 2 + 3
    assert follows_the_rule(collection)


@pytest.mark.parametrize("engine", ["embedded", "neo4j"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 7), st.booleans()),
            max_size=6,
        ),
        max_size=6,
    )
)
def test_any_history_ends_in_the_rule(
    request: pytest.FixtureRequest, engine: str, batches: list[list[tuple[int, int, bool]]]
) -> None:
    """Paths get contents in any order, as image or video: the edges follow the live hashes alone."""
    graph = connect(request.getfixturevalue(f"{engine}_endpoint"))
    collection = Collection(graph, f"law {uuid.uuid4().hex}")
    drawn = telling(3, 8)
    last: dict[str, tuple[str, str]] = {}
    for batch in batches:
        records: list[ImageRecord | VideoRecord] = []
        for place, content, film in batch:
            path, name = f"/{place}", f"{'film' if film else 'still'} {content}"
            hashes = [drawn[content // 2] ^ (content % 2), drawn[content] ^ 6]
            records.append(
                video(path, hashes, content=name) if film else image(path, hashes[0], content=name)
            )
            last[path] = (md5(name), "video" if film else "image")
        put(collection, *records)
    assert {path: (file.md5, file.kind) for path, file in collection.files().items()} == last
    live = {md5 for md5, _ in last.values()}
    assert set(collection.hashes().md5s) == live
    assert follows_the_rule(collection)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


@pytest.mark.parametrize("engine", ["embedded", "neo4j"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_any_file_name_comes_back_as_it_was(
    request: pytest.FixtureRequest, engine: str, names: list[str]
) -> None:
    graph = connect(request.getfixturevalue(f"{engine}_endpoint"))
    collection = Collection(graph, f"names {uuid.uuid4().hex}")
    odd = [*names, "'; MATCH (n) DETACH DELETE n //", "\\u0060`\"'", "\u202egpj.exe", "x" * 10_000]
    paths = {f"/{name}" for name in odd}
    put(collection, *(image(path) for path in sorted(paths)))
    assert set(collection.files()) == paths
    assert {row["path"] for row in collection.images()} == paths


@pytest.mark.parametrize("path", ["/caf\udce9.jpg", "/nul\0.jpg", ""])
def test_a_path_that_is_no_text_is_refused_before_anything_is_stored(
    collection: Collection, path: str
) -> None:
    with pytest.raises(NotStorableError):
        put(collection, image("/fine.jpg"), ImageRecord(path, md5("x"), BASE, 1, 1, 1, 1))
    assert collection.counts()["files"] == 0


def test_a_record_with_an_error_is_refused(collection: Collection) -> None:
    with pytest.raises(NotStorableError, match="broken"):
        put(collection, image("/fine.jpg"), ImageRecord("/bad.jpg", error="broken"))
    with pytest.raises(NotStorableError, match="no hash"):
        put(collection, ImageRecord("/bad.jpg", md5=md5("x"), bytes=1, modified=1))
    assert collection.counts()["files"] == 0


@pytest.mark.parametrize("name", ["", "a:b", " a", "a\n", "a\0b", "a\x7f", "x" * 201, "\udce9", "\u2028"])
def test_a_name_that_could_confuse_is_no_user(name: str) -> None:
    with pytest.raises(NotStorableError, match="can't be a user's name"):
        checked_user(name)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "DOMAIN\\ada", "ада", "a'b\"`c", "x" * 200, "🐈"])
def test_human_names_are_users(graph: Graph, name: str) -> None:
    own = Collection(graph, name)
    put(own, image("/a.jpg"))
    assert own.counts()["images"] == 1
    assert own.images()[0]["key"] == f"{name}:{md5('/a.jpg')}"


@given(one=st.text(min_size=1, max_size=8), two=st.text(min_size=1, max_size=8), sample=st.integers(0, 99))
def test_keys_of_two_users_never_meet(one: str, two: str, sample: int) -> None:
    try:
        if checked_user(one) == checked_user(two):
            return
    except NotStorableError:
        return
    keys = [{content_key(user, md5("x")), frame_key(user, md5("x"), sample)} for user in (one, two)]
    assert not keys[0] & keys[1]
    assert not any(key.startswith(f"{two}:") for key in keys[0])


def test_a_path_of_ten_thousand_characters_can_be_stored() -> None:
    assert checked_path("/" + "x" * 10_000)
