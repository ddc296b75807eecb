"""A copy of the embedded graph: whole under a writer, put back equal, and refused where it is not whole."""

import json
import threading
import zipfile
from pathlib import Path

import pytest

from tagcat_kernel.edges import edges
from tagcat_kernel.graph import connect, data_guard, server
from tagcat_kernel.graph.backup import PAGE, backup, restore
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphDataError, GraphError, GraphVersionError
from tagcat_kernel.graph.runner import close_drivers
from tests.graph.engines import snapshot
from tests.graph.things import SOURCE, image, near, telling, video


@pytest.fixture(autouse=True)
def stopped(tagcat_home: Path):
    yield
    close_drivers()
    server.stop()


def fill(user: str) -> Collection:
    own = Collection(connect(), user)
    own.store([image(f"/{n}.jpg", near(n)) for n in range(12)], source=SOURCE)
    own.store([video("/film.mp4", telling(3, 20))], source=SOURCE)
    own.tag([f"{user}:{own.files()['/0.jpg'].md5}"], "sea")
    return own


def told(user: str) -> dict[str, list[object]]:
    return snapshot(connect(), user)


def test_what_is_put_back_equals_what_was_copied(tmp_path: Path, tagcat_home: Path) -> None:
    fill("ada")
    fill("bob")
    before = told("ada"), told("bob")
    path = tmp_path / "copy.zip"
    assert backup(path) == path.stat().st_size
    own = Collection(connect(), "ada")
    own.store([image(f"/later {n}.jpg", dhash) for n, dhash in enumerate(telling(9, 50))], source=SOURCE)
    assert (told("ada"), told("bob")) != before
    old = restore(path)
    assert (told("ada"), told("bob")) == before, "the same Graph goes on with the copy"
    assert own.counts()["images"] == 12, "what the process remembers of the later state is void"
    assert old is not None
    assert (old / "neo4j" / "schema.json").is_file(), "nothing that was there is thrown away"
    close_drivers()
    server.stop()
    assert (told("ada"), told("bob")) == before, "and once more after a stop"
    with pytest.raises(GraphError, match="exists already"):
        backup(path)
    assert not list(tmp_path.glob("*.part"))
    assert not list((tagcat_home / "graph" / "backups").rglob("*.zip"))


def test_a_copy_under_a_writer_is_of_one_moment(tmp_path: Path) -> None:
    own = fill("ada")
    ended, acknowledged = threading.Event(), []

    def write() -> None:
        writer = Collection(connect(), "ada")
        for batch in range(1000):
            if ended.is_set():
                return
            hashes = [near(1 + batch % 9) ^ 1 << 40 + n for n in range(5)]
            records = [image(f"/{batch} {n}.jpg", dhash) for n, dhash in enumerate(hashes)]
            writer.store(records, source=SOURCE)
            acknowledged.append(batch)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while len(acknowledged) < 5:
            assert thread.is_alive()
        sure = len(acknowledged)
        backup(tmp_path / "copy.zip")
        begun = len(acknowledged) + 1
    finally:
        ended.set()
        thread.join()
    restore(tmp_path / "copy.zip")
    batches: dict[str, int] = {}
    for path in own.files():
        if " " in path:
            batches[path.split(" ")[0]] = batches.get(path.split(" ")[0], 0) + 1
    assert set(batches.values()) == {5}, "no half transaction"
    assert sure <= len(batches) <= begun
    found = own.matches()
    wanted = edges(own.hashes().items, 8)
    assert [(row["a"], row["b"]) for row in sorted(found, key=lambda row: (row["a"], row["b"]))] == sorted(
        zip(wanted.a, wanted.b, strict=True)
    )


def broken(path: Path, how: str) -> Path:
    """Return a backup that is damaged in some way."""
    bad = path.with_name(f"{how}.zip")
    if how == "cut off":
        bad.write_bytes(path.read_bytes()[:-300])
    elif how == "flipped":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        bad.write_bytes(content)
    elif how == "no zip":
        bad.write_text("nothing")
    else:
        with zipfile.ZipFile(path) as good, zipfile.ZipFile(bad, "w") as out:
            for member in good.infolist():
                content = good.read(member)
                if member.filename == PAGE:
                    page = json.loads(content)
                    page |= {"newer data": {"data_version": 99}, "newer engine": {"engine": "99.1"}}.get(
                        how, {}
                    )
                    content = json.dumps(page).encode()
                if not (how == "foreign" and member.filename == PAGE):
                    out.writestr(member.filename, content)
            if how == "climbing":
                out.writestr("../../stolen", b"x")
    return bad


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("cut off", GraphDataError, "no whole backup"),
        ("flipped", GraphDataError, "nothing was touched"),
        ("no zip", GraphDataError, "no whole backup"),
        ("foreign", GraphDataError, "no backup of a TagCat graph"),
        ("climbing", GraphDataError, "outside the graph"),
        ("newer data", GraphVersionError, "another TagCat"),
        ("newer engine", GraphVersionError, "another TagCat"),
    ],
)
def test_what_is_no_whole_copy_touches_nothing(
    tmp_path: Path, how: str, kind: type[GraphError], words: str
) -> None:
    fill("ada")
    before, status = told("ada"), server.status()
    assert status is not None
    backup(tmp_path / "copy.zip")
    with pytest.raises(kind, match=words):
        restore(broken(tmp_path / "copy.zip", how))
    again = server.status()
    assert again is not None
    assert again.pid == status.pid, "the server was not even stopped"
    assert told("ada") == before


def test_a_missing_file_and_another_server_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GraphDataError, match="there is no such file"):
        restore(tmp_path / "nothing.zip")
    with pytest.raises(GraphError, match="is no folder"):
        backup(tmp_path / "nowhere" / "copy.zip")
    monkeypatch.setenv("TAGCAT_GRAPH_URI", "neo4j://somewhere:7687")
    with pytest.raises(GraphError, match="is for the embedded graph"):
        backup(tmp_path / "copy.zip")


def test_a_copy_goes_to_a_home_of_its_own(
    tmp_path: Path, tagcat_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill("ada")
    before = told("ada")
    backup(tmp_path / "copy.zip")
    close_drivers()
    server.stop()
    monkeypatch.setenv("TAGCAT_HOME", str(tmp_path / "other"))
    assert restore(tmp_path / "copy.zip") is None
    assert told("ada") == before
    assert data_guard.read_note(tmp_path / "other" / "graph") is not None
