"""Two users with the same files: each sees, changes and loses only their own."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tagcat_kernel.graph.catalogue import catalogue
from tagcat_kernel.graph.collection import Collection, Moved, Settings
from tagcat_kernel.graph.errors import GraphError, NotSharedError
from tagcat_kernel.graph.keys import label_key, tag_key
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.sharing import SharedGraph, share, unshare
from tagcat_kernel.graph.store import Stored
from tagcat_kernel.graph.views import Views
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, video

RECORDS = [
    image("/pictures/a.jpg", BASE),
    image("/pictures/a copy.jpg", BASE, content="/pictures/a.jpg"),
    image("/pictures/b.jpg", near(3)),
    video("/clips/a.mp4", [near(1), near(8)]),
    video("/clips/b.mp4", [near(2)]),
]


@pytest.fixture
def ada(graph: Graph, user: str) -> Collection:
    collection = Collection(graph, user)
    collection.store(RECORDS, source=SOURCE)
    first = collection.matches()[0]
    collection.reject(first["a"], first["b"])
    second = collection.matches()[0]
    collection.confirm_pairs([(second["a"], second["b"])])
    collection.store([image("/pictures/gone.jpg", near(50))], source=SOURCE)
    collection.remove(["/pictures/gone.jpg"])
    collection.add_tag("hidden")
    collection.add_tag("cats", parent="hidden")
    collection.tag([collection.images()[0]["key"], collection.videos()[0]["key"], first["a"]], "cats")
    moment = f"{collection.user}:{md5('/clips/a.mp4')}:7"
    collection.tag([moment], "cats", {moment: (BASE, 0.28)})
    collection.tag([moment], "night")
    collection.label({collection.images()[0]["key"]: [("cat", 0.5)], moment: [("cat", 0.25)]}, "tiny")
    return collection


@pytest.fixture
def eve(graph: Graph, user: str) -> Collection:
    """The other user, whose name begins with the first one's."""
    collection = Collection(graph, f"{user}x")
    collection.store([image("/secret/eve.jpg", BASE)], source=SOURCE)
    return collection


def test_the_same_files_make_two_separate_graphs(graph: Graph, ada: Collection, eve: Collection) -> None:
    before = snapshot(graph, ada.user)
    eve.store(RECORDS, source=SOURCE)
    assert snapshot(graph, ada.user) == before
    assert ada.counts() == {"images": 2, "videos": 2, "frames": 3, "matches": 8, "files": 5}
    assert eve.counts() == {"images": 3, "videos": 2, "frames": 3, "matches": 14, "files": 6}
    assert not any("secret" in str(answer) for answer in everything(ada))
    eve.store([image("/pictures/a.jpg", near(40), content="new bytes")], source=SOURCE)
    eve.store([video("/clips/a.mp4", [], content="new clip")], source=SOURCE)
    assert snapshot(graph, ada.user) == before, "the other's deletions are theirs"


def everything(collection: Collection) -> list[Any]:
    """What every call that reads returns."""
    hashes = collection.hashes()
    return [
        collection.files(),
        collection.images(),
        collection.videos(),
        collection.frames(),
        collection.matches(),
        collection.rejected(),
        collection.confirmed(),
        collection.duplicates(),
        collection.counts(),
        collection.components().keys.tolist(),
        [collection.neighbourhood(key).keys.tolist() for key in hashes.keys],
        hashes.keys.tolist(),
        collection.tags(),
        collection.tagged(),
        collection.labelled(),
        collection.history(),
        collection.places([row["key"] for row in collection.tagged()]),
        collection.all_places(),
    ]


# Every public call, tried as eve on what is ada's: what it must return or raise.
TRIALS: dict[str, Callable[[Collection, Collection], object]] = {
    "add_tag": lambda eve, _: eve.add_tag("cats") is None and [tag["name"] for tag in eve.tags()] == ["cats"],
    "all_places": lambda eve, _: list(eve.all_places().values()) == [("/secret/eve.jpg", None)],
    "collect": lambda eve, _: eve.collect(everything=True) == 0,
    "colour_tag": lambda eve, _: refuses(eve.colour_tag, "cats", "#000000"),
    "delete_tag": lambda eve, _: refuses(lambda a, _b: eve.delete_tag(a), "cats", ""),
    "history": lambda eve, _: eve.history() == [],
    "label": lambda eve, ada: refuses(lambda a, _b: eve.label({a: [("cat", 0.5)]}, "tiny"), *ends(ada)),
    "labelled": lambda eve, _: eve.labelled() == [],
    "unlabel": lambda eve, ada: refuses(lambda a, _b: eve.unlabel([a], "tiny"), *ends(ada)),
    "match": lambda eve, _: eve.match() == 0,
    "merge_tags": lambda eve, _: refuses(eve.merge_tags, "cats", "hidden"),
    "move_tag": lambda eve, _: refuses(eve.move_tag, "cats", "hidden"),
    "move": lambda eve, ada: (
        eve.move([Moved(file, f"/x{file.path}", 1, 1) for file in ada.files().values()], source=SOURCE) == 0
    ),
    "places": lambda eve, ada: eve.places([*ends(ada), *(row["key"] for row in ada.tagged())]) == {},
    "reject_pairs": lambda eve, ada: refuses(lambda a, b: eve.reject_pairs([(a, b)]), *ends(ada)),
    "remove": lambda eve, _: refuses(lambda a, _b: eve.remove([a]), "/pictures/a.jpg", ""),
    "rename_tag": lambda eve, _: refuses(eve.rename_tag, "cats", "dogs"),
    "set_key_frames": lambda eve, _: eve.set_key_frames(md5("/clips/a.mp4"), [], 6) == Stored(),
    "set_settings": lambda eve, _: eve.set_settings(Settings(20, 3)) == 0,
    "tag": lambda eve, ada: refuses(lambda a, _b: eve.tag([a], "cats"), *ends(ada)) and eve.tags() == [],
    "tagged": lambda eve, _: eve.tagged() == [],
    "tags": lambda eve, _: eve.tags() == [],
    "tags_together": lambda eve, _: eve.tags_together() == [],
    "undo": lambda eve, _: (
        refuses(lambda _a, _b: eve.undo(), "", "") and refuses(lambda _a, _b: eve.undo(1), "", "")
    ),
    "unconfirm_pairs": lambda eve, ada: refuses(lambda a, b: eve.unconfirm_pairs([(a, b)]), *ends(ada)),
    "unreject_pairs": lambda eve, ada: refuses(lambda a, b: eve.unreject_pairs([(a, b)]), *ends(ada)),
    "untag": lambda eve, ada: refuses(lambda a, _b: eve.untag([a]), *ends(ada)),
    "components": lambda eve, _: len(eve.components().keys) == 0,
    "confirm_pairs": lambda eve, ada: refuses(lambda a, b: eve.confirm_pairs([(a, b)]), *ends(ada)),
    "confirmed": lambda eve, _: eve.confirmed() == set(),
    "counts": lambda eve, _: (
        eve.counts() == {"images": 1, "videos": 0, "frames": 0, "matches": 0, "files": 1}
    ),
    "duplicates": lambda eve, _: eve.duplicates() == [],
    "files": lambda eve, _: list(eve.files()) == ["/secret/eve.jpg"],
    "frames": lambda eve, _: eve.frames() == eve.frames(md5("/clips/a.mp4")) == [],
    "hashes": lambda eve, _: len(eve.hashes()) == 1,
    "images": lambda eve, _: [row["path"] for row in eve.images()] == ["/secret/eve.jpg"],
    "kinds": lambda eve, _: eve.kinds([md5("/pictures/a.jpg"), md5("/clips/a.mp4")]) == {},
    "matches": lambda eve, _: eve.matches() == [],
    "neighbourhood": lambda eve, ada: refuses(lambda a, _: eve.neighbourhood(a), *ends(ada)),
    "paths": lambda eve, _: eve.paths(md5("/pictures/a.jpg")) == eve.paths(md5("/clips/a.mp4")) == [],
    "reject": lambda eve, ada: (
        refuses(eve.reject, *ends(ada)) and refuses(eve.reject, mine(eve), ends(ada)[0])
    ),
    "rejected": lambda eve, _: eve.rejected() == set(),
    "settings": lambda eve, _: eve.settings.max_distance == 8,
    "store": lambda eve, _: (
        eve.store([image("/pictures/a.jpg", near(50), content="x")], source=SOURCE).files == 1
    ),
    "unreject": lambda eve, ada: refuses(eve.unreject, *ends(ada)),
    "videos": lambda eve, _: eve.videos() == [],
}


def ends(ada: Collection) -> tuple[str, str]:
    row = ada.matches()[0]
    return row["a"], row["b"]


def mine(eve: Collection) -> str:
    return str(eve.images()[0]["key"])


def refuses(call: Callable[[str, str], object], a: str, b: str) -> bool:
    told = "is no image|there is no (tag|such file|change)|there is nothing to undo"
    with pytest.raises(ValueError, match=told):
        call(a, b)
    return True


def test_every_public_call_has_a_trial() -> None:
    public = [name for name, _ in inspect.getmembers(Collection) if not name.startswith("_")]
    assert sorted(TRIALS) == sorted(public)


@pytest.mark.parametrize("call", sorted(TRIALS))
def test_no_call_reaches_the_other_user(graph: Graph, ada: Collection, eve: Collection, call: str) -> None:
    before, answers = snapshot(graph, ada.user), everything(ada)
    assert TRIALS[call](eve, ada)
    assert snapshot(graph, ada.user) == before
    assert everything(ada) == answers


NOT_OF_A_USER = {"schema", "schema_version", "set_schema_version", "users"}


@pytest.mark.soak_on_neo4j
def test_no_query_reaches_the_other_user(graph: Graph, ada: Collection, eve: Collection) -> None:
    """Every query file, with eve as the user and all of ada's keys as its other parameters."""
    before = snapshot(graph, ada.user)
    keys = [row["key"] for kind in ("images", "videos", "frames") for row in getattr(ada, kind)()]
    keys += [row["key"] for row in ada.tagged()]
    files = [f"{ada.user}:{tail}" for tail in file_tails(graph, ada.user)]
    tags = {
        "tag": tag_key(ada.user, "cats"),
        "parent": tag_key(ada.user, "hidden"),
        "called": "x",
        "into": tag_key(ada.user, "hidden"),
    }
    tags |= {
        "colour": "#000000",
        "number": 1,
        "limit": 9,
        "made": 0.0,
        "what": "x",
        "told": "x",
        "undo": "[]",
        "model": "tiny",
        "by": "",
        "tagging": True,
        "state": "disabled",
        "tokens_from": 1.0,
        "asked": None,
        "digest": "d",
        "ends": 1.0,
    }
    pair = ends(ada)
    pairs = [pair, (mine(eve), pair[0]), (pair[0], mine(eve))]
    for name in sorted(set(catalogue()) - NOT_OF_A_USER):
        for number, (a, b) in enumerate(pairs):
            extra = {"key": a, "a": a, "b": b, "max_distance": 8, "key_frame_distance": 6, "version": "t"}
            if name in ("create_tag", "create_change", "set_tag"):  # a new node needs a key that is free
                extra["key"] = f"{eve.user}:{name}{number}"
            # Her own collection is hers to share, also with ada; that would be seen at ada's node.
            extra["member"] = eve.user if name == "share" else ada.user
            extra |= tags | ({"tag": extra["key"]} if name == "create_tag" else {})
            rows = rows_for(name, f"{eve.user}:{name}{number}:", keys, files)
            try:
                answer = str(graph.write(name, user=eve.user, rows=rows, **extra))
            except GraphError as error:
                assert name in ("create_user", "create_invitation"), error  # there is one already
                continue
            assert not any(text in answer for text in (ada.user + ":", "/pictures", "/clips")), name
        assert snapshot(graph, ada.user) == before, name


def rows_for(name: str, fresh: str, keys: list[str], files: list[str]) -> list[Any]:
    """Rows that a query takes, aimed at another user's nodes; new nodes get `fresh` keys."""
    facts = {"dhash": "0" * 64, "width": 1, "height": 1, "deleted": True, "pos": 0.5, "damaged": True}
    facts |= {"duration": 1.0, "fps": 1.0, "dist": 1, "path": "/x", "name": "x", "bytes": 1, "modified": 1}
    facts |= {"source": "x", "md5": "0", "hashed_by": "kernel", "score": 0.5, "model": "tiny"}
    if name.startswith("label_"):
        labels = {label_key(key.split(":")[0], "cat") for key in keys}
        return [facts | {"key": key, "label": label} for key in keys for label in labels]
    if name.startswith(
        ("known_", "drop_", "neighbours_", "places_", "tag_", "untag_", "unlabel_", "collect_")
    ):
        return [*keys, *files]
    if name == "create_frames":
        return [
            {"video": key, "keys": [f"{fresh}{number}"], "positions": [0.5], "hashes": ["0" * 64]}
            for number, key in enumerate(keys)
        ]
    if name.startswith("link_"):
        return [{"a": a, "b": keys, "dist": [1] * len(keys)} for a in keys]
    if name.startswith("create_"):
        return [
            facts | {"key": f"{fresh}{number}", "video": key, "content": key}
            for number, key in enumerate(keys)
        ]
    return [facts | {"key": a, "other": b, "a": a, "b": b} for a in keys for b in keys]


def file_tails(graph: Graph, user: str) -> list[str]:
    text = "MATCH (f:ImageFile|VideoFile {user: $user}) RETURN f.key AS key"
    rows = graph.runner.execute(lambda run: run(text, {"user": user}), write=False)
    assert len(rows) == 5
    return [row["key"].split(":")[1] for row in rows]


# What a member asks of a collection that is shared with him; the same calls as above, on what is there.
ASKED: dict[str, Callable[[Collection], object]] = {
    "add_tag": lambda own: own.add_tag("new"),
    "collect": lambda own: own.collect(everything=True),
    "colour_tag": lambda own: own.colour_tag("cats", "#000000"),
    "components": lambda own: own.components().keys.tolist(),
    "confirm_pairs": lambda own: own.confirm_pairs([ends(own)]),
    "confirmed": lambda own: own.confirmed(),
    "counts": lambda own: own.counts(),
    "delete_tag": lambda own: own.delete_tag("cats"),
    "duplicates": lambda own: own.duplicates(),
    "all_places": lambda own: own.all_places(),
    "files": lambda own: own.files(),
    "frames": lambda own: own.frames(),
    "hashes": lambda own: own.hashes().keys.tolist(),
    "history": lambda own: own.history(),
    "images": lambda own: own.images(),
    "kinds": lambda own: own.kinds([md5("/pictures/a.jpg"), md5("/clips/a.mp4")]),
    "label": lambda own: own.label({mine(own): [("dog", 0.5)]}, "other"),
    "labelled": lambda own: own.labelled(),
    "match": lambda own: own.match(),
    "matches": lambda own: own.matches(),
    "merge_tags": lambda own: own.merge_tags("cats", "hidden"),
    "move": lambda own: own.move([Moved(next(iter(own.files().values())), "/moved", 1, 1)], source=SOURCE),
    "move_tag": lambda own: own.move_tag("cats", None),
    "neighbourhood": lambda own: own.neighbourhood(mine(own)).keys.tolist(),
    "paths": lambda own: own.paths(md5("/pictures/a.jpg")),
    "places": lambda own: own.places(row["key"] for row in own.tagged()),
    "reject": lambda own: own.reject(*ends(own)),
    "reject_pairs": lambda own: own.reject_pairs([ends(own)]),
    "rejected": lambda own: own.rejected(),
    "remove": lambda own: own.remove(["/pictures/a.jpg"]),
    "rename_tag": lambda own: own.rename_tag("cats", "dogs"),
    "set_key_frames": lambda own: own.set_key_frames(md5("/clips/a.mp4"), [], 6),
    "set_settings": lambda own: own.set_settings(Settings(20, 3)),
    "settings": lambda own: own.settings,
    "store": lambda own: own.store([image("/pictures/new.jpg", near(50))], source=SOURCE),
    "tag": lambda own: own.tag([mine(own)], "hidden"),
    "tagged": lambda own: own.tagged(),
    "tags": lambda own: own.tags(),
    "tags_together": lambda own: own.tags_together(),
    "unconfirm_pairs": lambda own: own.unconfirm_pairs(own.confirmed()),
    "undo": lambda own: own.undo(),
    "unlabel": lambda own: own.unlabel([mine(own)], "tiny"),
    "unreject": lambda own: own.unreject(*next(iter(own.rejected()))),
    "unreject_pairs": lambda own: own.unreject_pairs(own.rejected()),
    "untag": lambda own: own.untag([mine(own)], "cats"),
    "videos": lambda own: own.videos(),
}
READS = {"components", "confirmed", "counts", "duplicates", "files", "frames", "hashes", "history", "images"}
READS |= {
    "all_places",
    "kinds",
    "labelled",
    "matches",
    "neighbourhood",
    "paths",
    "places",
    "rejected",
    "settings",
}
READS |= {"tagged", "tags", "tags_together", "videos"}
TAGS = {"tag", "untag"}
IDLE = {"match"}
"""What locks and reads, and would be refused if it found something to write."""


def test_every_public_call_is_asked_as_a_member() -> None:
    assert sorted(ASKED) == sorted(TRIALS)


def test_a_member_gets_what_is_shared_and_no_more(graph: Graph, ada: Collection, eve: Collection) -> None:
    def asked(name: str) -> str | None:
        """What a call tells her, None where it is refused; it changes nothing then."""
        before = snapshot(graph, ada.user)
        try:
            told = repr(ASKED[name](hers))
        except NotSharedError as error:
            assert snapshot(graph, ada.user) == before, name
            assert str(error).startswith(f"{ada.user}'s collection is "), name
            return None
        return told

    hers = Collection.__new__(Collection)  # as if it had been opened while it was shared
    Views.__init__(hers, SharedGraph(graph.runner, ada.user, eve.user), ada.user)
    with pytest.raises(NotSharedError, match="is not shared with"):
        Collection(hers.graph, ada.user)
    assert [name for name in ASKED if asked(name) is not None] == []
    before = snapshot(graph, ada.user)
    with pytest.raises(NotSharedError):
        eve.graph = SharedGraph(graph.runner, eve.user, ada.user)
        eve.images()
    eve.graph = graph

    share(graph, ada.user, eve.user)
    shared = snapshot(graph, ada.user)
    assert shared != before
    for name, call in ASKED.items():
        told = asked(name)
        assert (told is not None) == (name in READS), name
        assert told is None or told == repr(call(ada)), name
    with pytest.raises(NotSharedError, match=f"shared with {eve.user} for reading only"):
        hers.tag([mine(ada)], "hidden")
    assert snapshot(graph, ada.user) == shared

    share(graph, ada.user, eve.user, tagging=True)
    shared = snapshot(graph, ada.user)
    for name in sorted(set(ASKED) - TAGS - {"undo"}):
        assert (asked(name) is not None) == (name in READS | IDLE), name
    assert snapshot(graph, ada.user) == shared
    tagged = ada.tagged()
    with pytest.raises(ValueError, match="has no tag 'a word of hers', and only"):
        hers.tag([mine(ada)], "a word of hers")
    with pytest.raises(ValueError, match="there is nothing to undo"):
        hers.undo()
    assert [asked("tag"), asked("untag")] == ["1", "1"]
    assert ada.tagged() != tagged
    assert [change.by for change in ada.history()][:3] == [eve.user, eve.user, None]
    hers.undo()
    hers.undo()
    assert ada.tagged() == tagged

    unshare(graph, ada.user, eve.user)
    assert [name for name in ASKED if asked(name) is not None] == []
