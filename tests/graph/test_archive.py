"""A collection as an archive: round trips, merges, and refusals that change nothing."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagcat_kernel.edges import edges
from tagcat_kernel.graph import exchange
from tagcat_kernel.graph.archive_file import ArchiveError, read_archive, write_archive
from tagcat_kernel.graph.collection import Collection, Settings
from tagcat_kernel.graph.exchange import Imported, read_collection, write_collection
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.records import KeyFrame
from tests.graph.engines import snapshot
from tests.graph.things import SOURCE, image, md5, near, video


@pytest.fixture
def own(collection: Collection) -> Collection:
    """All that an archive may hold: odd names, copies, a moment, marks, a tree of tags, settings."""
    stills = [
        image(f"/{name}.jpg", near(n)) for n, name in enumerate(["a", "b \"'`", "\u202eé🐈", "x" * 300])
    ]
    clips = [video("/c.mp4", [near(1), near(30)]), video("/empty.mp4", [], duration=None, damaged=True)]
    collection.set_settings(Settings(10, 4))
    collection.store([*stills, image("/copy.jpg", content="/a.jpg"), *clips], source=SOURCE)
    collection.store([image("Macintosh: Chrome/device.jpg", near(5))], source="Macintosh: Chrome")
    moment = f"{collection.user}:{md5('/c.mp4')}:7"
    collection.add_tag("animals", colour="#123456")
    collection.add_tag("cats \u202e", parent="animals")
    keys = [row["key"] for row in [*collection.images(), *collection.videos(), *collection.frames()]]
    collection.tag([*keys, moment], "cats \u202e", {moment: (near(3), 0.28)})
    still = collection.images()[0]["key"]
    collection.label({still: [("cat", 0.5), ("dog", 0.25)], moment: [("cat", 1.0)]}, "tiny \u202e")
    collection.label({still: [("cat", 0.125)]}, "large")
    first = collection.matches()[0]
    collection.reject(first["a"], first["b"])
    # Of three key frames that are none any more, one has a mark, one a label, and one is only there.
    collection.store([video("/former.mp4", [near(2), near(20), near(31), near(50)])], source=SOURCE)
    former = [row["key"] for row in collection.frames(md5("/former.mp4"))]
    collection.reject(former[1], still)
    second = collection.matches()[0]
    collection.confirm_pairs([(second["a"], second["b"]), (former[3], still)])
    collection.label({former[2]: [("cat", 0.5)]}, "tiny \u202e")
    collection.set_key_frames(md5("/former.mp4"), [KeyFrame(0.0, near(2), 0)], 4)
    collection.collect(contents=False)
    return collection


def kept(graph: Graph, own: Collection) -> dict[str, list[str]]:
    """All that is stored but for the history."""
    found = snapshot(graph, own.user)
    return found | {"nodes": [node for node in found["nodes"] if "'Change'" not in node]}


def follows_the_rule(own: Collection) -> bool:
    rule = edges(own.hashes().items, own.settings.max_distance)
    row = own.graph.read("matches", user=own.user)[0]
    return set(zip(row["a"], row["b"], strict=True)) == set(zip(rule.a, rule.b, strict=True))


def test_a_round_trip_is_equal(
    graph: Graph, own: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "BATCH", 3)
    before = kept(graph, own)
    write_archive(tmp_path / "all.zip", read_collection(own), "Linux: tagcat test")
    archive = read_archive(tmp_path / "all.zip")
    assert own.user not in (tmp_path / "all.zip").read_bytes().decode("latin-1")
    other = Collection(graph, f"{own.user}, imported")
    imported = write_collection(other, archive)
    assert (imported.images, imported.videos, imported.files, imported.left) == (5, 3, 9, 0)
    assert (imported.tags, imported.tagged, imported.rejected, imported.confirmed) == (2, 10, 2, 2)
    assert imported.matches == len(own.matches()) + 1
    assert kept(graph, other) == before
    assert kept(graph, own) == before
    assert read_collection(other) == archive
    assert write_collection(other, archive) == Imported()
    assert kept(graph, other) == before


def test_what_is_there_stands(graph: Graph, own: Collection, tmp_path: Path) -> None:
    archive = read_collection(own)
    other = Collection(graph, f"{own.user}, merged")
    other.store([image("/a.jpg", near(40), content="mine"), image("/mine.jpg", near(2))], source=SOURCE)
    other.store([video("/my c.mp4", [near(1), near(25), near(50)], content="/c.mp4")], source=SOURCE)
    other.add_tag("animals", colour="#ffffff")
    imported = write_collection(other, archive)
    assert imported.left == 1
    assert (imported.images, imported.videos, imported.files) == (5, 2, 8)
    assert other.settings == Settings(), "only an empty collection takes the archive's"
    assert other.files()["/a.jpg"].md5 == md5("mine")
    assert other.files()["/copy.jpg"].md5 == md5("/a.jpg")
    assert len(other.frames(md5("/c.mp4"))) == 3, "its key frames stay"
    assert len(other.rejected()) == len(other.confirmed()) == 2
    assert len(other.labelled()) == 5
    assert {tag["name"]: (tag["colour"], tag["parent"]) for tag in other.tags()}["animals"] == (
        "#ffffff",
        None,
    )
    assert follows_the_rule(other)


def test_a_removed_content_comes_back(graph: Graph, own: Collection) -> None:
    archive, before = read_collection(own), kept(graph, own)
    own.remove(["/c.mp4", "/copy.jpg", "/a.jpg"])
    imported = write_collection(own, archive)
    assert (imported.images, imported.videos, imported.files) == (1, 1, 3)
    assert kept(graph, own) == before


def test_an_empty_collection(collection: Collection, tmp_path: Path) -> None:
    write_archive(tmp_path / "none.zip", read_collection(collection), "x")
    assert write_collection(collection, read_archive(tmp_path / "none.zip")) == Imported()
    with pytest.raises(FileExistsError, match="is there already"):
        write_archive(tmp_path / "none.zip", read_collection(collection), "x")
    assert [path.name for path in tmp_path.iterdir()] == ["none.zip"]


# ---- hostile archives: no graph is needed, for nothing of them reaches it -----------------------------

PARTS = {
    "images": [{"md5": "0" * 32, "dhash": "f" * 16, "width": 1, "height": None, "hashed_by": "kernel"}],
    "videos": [
        {"md5": "1" * 32, "duration": 1.5, "fps": None, "width": 1, "height": 1}
        | {"damaged": False, "hashed_by": "device"}
    ],
    "frames": [
        {"video": "1" * 32, "sample": 0, "position": 0.0, "dhash": "0" * 16, "key_frame": True},
        {"video": "1" * 32, "sample": 25, "position": 1.0, "dhash": "0" * 16, "key_frame": False},
    ],
    "files": [
        {"path": "/a.jpg", "kind": "image", "md5": "0" * 32, "bytes": 1, "modified": 1, "source": "x"},
        {"path": "C:\\b.mp4", "kind": "video", "md5": "1" * 32, "bytes": 1, "modified": -1, "source": "x"},
    ],
    "tags": [
        {"name": "a", "colour": "#000000", "parent": None},
        {"name": "b", "colour": "#000000", "parent": "a"},
    ],
    "tagged": [{"tag": "a", "item": "1" * 32 + ":0"}],
    "rejected": [{"a": "0" * 32, "b": "1" * 32 + ":0"}],
    "confirmed": [{"a": "0" * 32, "b": "1" * 32 + ":25"}],
    "labelled": [{"label": "cat", "item": "0" * 32, "score": 0.5, "model": "tiny"}],
}


def packed(path: Path, held: dict[str, Any] | None = None, **manifest: Any) -> Path:
    """An archive of these parts, whose manifest fits them unless something else is said."""
    import hashlib

    whole = {name: "".join(json.dumps(row) + "\n" for row in rows) for name, rows in (held or PARTS).items()}
    told = {
        name: {"rows": text.count("\n"), "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for name, text in whole.items()
    }
    facts = {"format": "tagcat archive", "version": 2, "program": "x", "parts": told}
    facts |= {"settings": {"max_distance": 8, "key_frame_distance": 6}} | manifest
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in whole.items():
            file.writestr(f"{name}.jsonl", text)
        file.writestr("manifest.json", json.dumps(facts))
    return path


def changed(part: str, **facts: Any) -> dict[str, Any]:
    """The parts with another first row in one of them."""
    rows: list[dict[str, Any]] = PARTS[part]  # type: ignore[assignment]
    return PARTS | {part: [rows[0] | facts, *rows[1:]]}


def test_the_example_is_fine(tmp_path: Path) -> None:
    assert read_archive(packed(tmp_path / "a.zip")).parts == PARTS


def test_an_archive_of_version_1_is_read(tmp_path: Path) -> None:
    old = {name: rows for name, rows in PARTS.items() if name != "confirmed"}
    assert read_archive(packed(tmp_path / "a.zip", old, version=1)).parts == PARTS | {"confirmed": []}
    with pytest.raises(ArchiveError, match="not complete"):
        read_archive(packed(tmp_path / "b.zip", version=1))


WRONG: list[dict[str, Any]] = [
    changed("images", md5="eve:" + "0" * 28),
    changed("images", md5="0" * 31),
    changed("images", dhash="0" * 15 + "g"),
    changed("images", width=-1),
    changed("images", width=True),
    changed("images", hashed_by="me"),
    changed("images", hashed_by=["kernel"]),
    changed("images", extra=1),
    changed("videos", duration="1"),
    changed("videos", fps=1e300),
    changed("frames", video="2" * 32),
    changed("frames", sample=0.5),
    changed("frames", key_frame=1),
    changed("files", path="relative.jpg"),
    changed("files", path="/nul\0"),
    changed("files", path="/\udce9"),
    changed("files", path="/" + "x" * 40_000),
    changed("files", kind="video"),
    changed("files", md5="3" * 32),
    changed("files", bytes=2**63),
    changed("files", source="a\nb"),
    changed("tags", name=" a"),
    changed("tags", name="z"),
    changed("tags", colour="red"),
    changed("tags", parent="b"),
    changed("tags", parent="nobody"),
    changed("tagged", tag="nobody"),
    changed("tagged", item="eve:" + "0" * 32),
    changed("tagged", item="4" * 32),
    changed("labelled", item="1" * 32),
    changed("labelled", score=1.5),
    changed("labelled", label="a\nb"),
    changed("rejected", a="1" * 32),
    changed("rejected", b="0" * 32),
    changed("rejected", b="1" * 32 + ":25"),
    changed("confirmed", a="1" * 32),
    changed("confirmed", b="0" * 32),
    PARTS | {"images": PARTS["images"] * 2},
    PARTS | {"files": PARTS["files"][:1]},
    PARTS | {"frames": []},
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_forged_row_is_refused_and_named(tmp_path: Path, number: int) -> None:
    with pytest.raises(
        ArchiveError,
        match=r"a\.zip: (images|videos|frames|files|tags|tagged|rejected|confirmed|labelled)\.jsonl",
    ):
        read_archive(packed(tmp_path / "a.zip", WRONG[number]))


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"version": 3}, "update TagCat"),
        ({"version": "1"}, "update TagCat"),
        ({"format": "zip"}, "not an archive"),
        ({"parts": {}}, "not complete"),
        ({"settings": {"max_distance": 4, "key_frame_distance": 6}}, "settings"),
        ({"settings": {"max_distance": 65, "key_frame_distance": 6}}, "settings"),
        ({"settings": {"max_distance": 8}}, "settings"),
    ],
)
def test_a_manifest_that_can_not_be_is_refused(tmp_path: Path, manifest: dict[str, Any], told: str) -> None:
    with pytest.raises(ArchiveError, match=told):
        read_archive(packed(tmp_path / "a.zip", **manifest))


def test_a_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed(tmp_path / "a.zip"), "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("more.jsonl", b" " * 50_000_000)
    with pytest.raises(ArchiveError, match="would grow to"):
        read_archive(tmp_path / "a.zip")
    lying = bytearray((tmp_path / "a.zip").read_bytes())
    at = lying.rindex(b"PK\x01\x02")  # the last entry of the directory: its size as told there
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (tmp_path / "b.zip").write_bytes(lying)
    with pytest.raises(ArchiveError):
        read_archive(tmp_path / "b.zip")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for number, content in enumerate([b"", b"PK", b"no zip at all" * 99, json.dumps(PARTS).encode()]):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(content)
        with pytest.raises(ArchiveError, match="not an archive of TagCat"):
            read_archive(path)
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "nowhere.zip")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_says_the_same(tmp_path: Path, data: st.DataObject) -> None:
    whole = packed(tmp_path / "a.zip").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    damaged = (
        whole[:at]
        if cut
        else whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    )
    (tmp_path / "b.zip").write_bytes(damaged)
    try:
        assert read_archive(tmp_path / "b.zip").parts == PARTS
    except ArchiveError as error:
        assert "b.zip: " in str(error)
