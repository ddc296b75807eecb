"""Data that are damaged, full, read-only or of another version: said with what to do, and not touched."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tagcat_kernel.graph import connect, server
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphDataError, GraphError, GraphVersionError
from tagcat_kernel.graph.runner import close_drivers
from tests.graph.things import SOURCE, image, telling

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def graph(tagcat_home: Path):
    """The folder of a server that has stored something and was stopped."""
    own = Collection(connect(), "ada")
    own.store([image(f"/{n}.jpg", dhash) for n, dhash in enumerate(telling(1, 40))], source=SOURCE)
    close_drivers()
    server.stop()
    yield tagcat_home / "graph"
    close_drivers()
    server.stop()


def digest(folder: Path) -> str:
    files = sorted(path for path in (folder / "databases").rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()


def refused(folder: Path, kind: type[GraphError], *words: str) -> None:
    """Hold that a start ends in an error with these words, and touches no data."""
    before = digest(folder)
    with pytest.raises(kind) as caught:
        connect()
    for word in words:
        assert word in str(caught.value)
    assert digest(folder) == before
    assert server.status() is None


def bucket(folder: Path) -> Path:
    return next((folder / "databases" / "neo4j").glob("Image_0.*.bucket"))


def test_a_file_that_is_gone_or_cut_off_or_changed(graph: Path) -> None:
    path = bucket(graph)
    content = path.read_bytes()
    path.unlink()
    refused(graph, GraphDataError, path.name, "it is gone", "restore a backup")
    path.write_bytes(content[: len(content) // 2])
    refused(graph, GraphDataError, path.name, "bytes and had")
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    refused(graph, GraphDataError, path.name, "not those that were written")
    path.write_bytes(content)
    assert Collection(connect(), "ada").counts()["images"] == 40, (
        "the same bytes are well, whatever their time"
    )


def test_the_schema_is_gone(graph: Path) -> None:
    for name in ("schema.json", "schema.prev.json"):
        (graph / "databases" / "neo4j" / name).unlink()
    refused(graph, GraphDataError, "schema.json")


def test_a_file_that_goes_after_a_kill(graph: Path) -> None:
    connect()
    status = server.status()
    assert status is not None
    close_drivers()
    os.kill(status.pid, signal.SIGKILL)
    path = bucket(graph)
    content = path.read_bytes()
    path.unlink()
    refused(graph, GraphDataError, path.name, "it is gone")
    path.write_bytes(content)
    assert Collection(connect(), "ada").counts()["images"] == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data_version": 2}, ("a newer TagCat", "update TagCat")),
        ({"engine": "99.1.1"}, ("a newer TagCat", "update TagCat")),
        ({"data_version": 0}, ("an older TagCat", "tagcat export")),
    ],
    ids=["newer data", "newer engine", "older data"],
)
def test_data_of_another_version(graph: Path, change: dict[str, Any], words: tuple[str, ...]) -> None:
    note = graph / "data.json"
    note.write_text(json.dumps(json.loads(note.read_text("utf-8")) | change), "utf-8")
    refused(graph, GraphVersionError, *words)


def test_a_note_that_cannot_be_read(graph: Path) -> None:
    (graph / "data.json").write_text("{", "utf-8")
    refused(graph, GraphDataError, "data.json")


def test_data_from_before_notes_were_kept_are_taken(graph: Path) -> None:
    (graph / "data.json").unlink()
    assert Collection(connect(), "ada").counts()["images"] == 40


def test_a_full_disk_and_a_read_only_folder(tmp_path: Path) -> None:
    """On a small tmpfs in a mount namespace of its own; CI is root, elsewhere a user namespace may do."""
    namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    tried = subprocess.run(
        [*namespace, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if shutil.which("unshare") is None or tried.returncode:
        pytest.skip(f"no mount namespace to be had: run as root, with util-linux ({tried.stderr.strip()})")
    script = Path(__file__).with_name("on_a_small_disk.py")
    done = subprocess.run(
        [*namespace, sys.executable, str(script), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    kind, words = told["store on a full disk"]
    assert kind == "GraphFullError"
    assert "make room" in words
    assert told["counts after room was made"] == ["", str(told["acknowledged"])], "nothing half, nothing lost"
    assert told["store after room was made"][0] == ""
    assert told["all there"]
    kind, words = told["start on a full disk"]
    assert kind == "GraphFullError"
    assert "the graph was not touched" in words
    assert told["untouched by a start on a full disk"]
    kind, words = told["start in a read-only folder"]
    assert kind == "GraphDownError"
    assert "make the folder writable" in words
    assert told["untouched by a start in a read-only folder"]
    assert told["start when all is well"] == ["", str(told["acknowledged at the end"])]
