"""The command line as a person and a program use it, on the embedded graph.

Most commands run in this process, by the app that the entry point calls; what hangs on a process of its own
(its streams, its start, its signals) runs in one.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import psutil
import pytest
from PIL import Image
from typer.testing import CliRunner

from tagcat_kernel.cli import app
from tagcat_kernel.cli._app import SECTIONS
from tagcat_kernel.graph.runner import close_drivers
from tagcat_kernel.home import subfolder
from tests.kernel.models import colour_model

TAGCAT = [sys.executable, "-m", "tagcat_kernel.cli"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tagcat_home: Path) -> Iterator[Run]:
    """Run a command in this process."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        given = [str(argument) for argument in arguments]
        with mock.patch.dict(os.environ):  # options are handed on by variables
            done = CliRunner().invoke(app, given, prog_name="tagcat", catch_exceptions=False)
        return subprocess.CompletedProcess(given, done.exit_code, done.stdout, done.stderr)

    yield run
    close_drivers()
    run("graph", "stop")


@pytest.fixture
def started(run: Run) -> Run:
    """Run a command in a process of its own; `run` is there to stop the graph in the end."""

    def started(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [*TAGCAT, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    return started


def photograph(path: Path, seed: int) -> Path:
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    Image.fromarray(small).resize((240, 180), Image.Resampling.BICUBIC).save(path)
    return path


def test_from_a_folder_to_matches_and_back(run: Run, started: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    photograph(folder / "a.png", 1)
    photograph(folder / "a.jpg", 1)
    photograph(folder / "b.png", 2)
    first = json.loads(started("ingest", folder, "--json", "--user", "ada").stdout)
    assert (first["images"], first["matches"], first["failed"]) == (3, 1, [])
    assert set(first) >= {"images", "videos", "frames", "matches", "skipped", "ignored", "failed", "seconds"}
    (match,) = json.loads(run("matches", "--json", "--user", "ada").stdout)
    assert {match["a"], match["b"]} == {str(folder / "a.png"), str(folder / "a.jpg")}
    assert (match["a_position"], match["b_position"]) == (None, None)
    assert 0 <= match["distance"] <= 2
    assert run("matches", "--json", "--user", "eve").stdout.strip() == "[]"
    assert run("matches", "--user", "eve").stdout.strip() == "no matches yet"
    farther = run("matches", "--distance", "64", "--json", "--user", "ada")
    assert len(json.loads(farther.stdout)) == 3, "beyond what is stored they are found"
    assert "stored up to 8 bits; those up to 64 were found now; `tagcat settings" in farther.stderr
    assert run("matches", "--distance", "8", "--user", "ada").stderr == ""
    with mock.patch("tagcat_kernel.cli.collection.MOST", 2):
        refused = run("matches", "--distance", "64", "--user", "ada")
    assert (refused.returncode, "more than 2 pairs lie within 64 bits" in refused.stderr) == (2, True)
    found = json.loads(started("find", folder / "a.jpg", "--json", "--user", "ada").stdout)
    assert {Path(answer["path"]).name for answer in found} == {"a.png", "a.jpg"}
    assert json.loads(run("duplicates", "--json", "--user", "ada").stdout) == []
    again = run("ingest", folder, "--user", "ada")
    assert again.returncode == 0
    assert "3 files unchanged" in again.stdout


def test_a_hostile_name_does_not_steer_the_terminal(started: Run, tmp_path: Path) -> None:
    (tmp_path / "red\x1b[31m\nalert.jpg").write_bytes(b"no picture")
    done = started("ingest", tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "red\\x1b[31m\\nalert.jpg" in done.stderr


@pytest.mark.parametrize("arguments", [["ingest"], ["find"], ["matches", "--distance", "no"], ["graph", "x"]])
def test_wrong_use_ends_with_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr


@pytest.mark.parametrize("command", ["ingest", "find", "run", "export", "import", "remove"])
def test_an_empty_name_is_not_this_folder(run: Run, command: str) -> None:
    done = run(command, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "an empty name: is a variable not set?" in done.stderr


def test_the_help_begins_with_what_a_newcomer_needs_and_cuts_nothing(run: Run) -> None:
    from typer.main import get_command

    told = run("--help").stdout
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(commands)
    listed = re.findall(r"^  ([a-z]+)  ", told, flags=re.MULTILINE)
    assert listed == [name for names in SECTIONS.values() for name in names]
    assert listed[:2] == ["run", "ingest"]
    words = " ".join(told.split())
    for name, command in commands.items():
        assert " ".join(command.get_short_help_str(1000).split()) in words, name
    for group in ("tags", "graph", "users"):
        assert "..." not in run(group, "--help").stdout.split("Commands:")[1]


def test_a_run_on_nothing_serves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    done = run("run", "--no-browser", tmp_path / "nowhere", tmp_path / "broken.jpg")
    assert (done.returncode, done.stdout) == (1, "")
    *failed, last = done.stderr.splitlines()
    assert len(failed) == 2
    assert f"failed: {tmp_path / 'nowhere'}: no such file or folder" in failed
    assert last == "tagcat: nothing was read; `tagcat serve` shows the collection as it is"


def test_lab_says_what_it_cannot_have(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("lab", tmp_path, "--port", port, "--no-browser")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        rf"tagcat: can't listen on 127\.0\.0\.1:{port}: .* in use\. Choose another with --port\.\n",
        done.stderr,
    )
    (tmp_path / "file").touch()
    done = run("lab", tmp_path / "file", "--no-browser")
    assert (done.returncode, done.stderr) == (1, f"tagcat: {tmp_path / 'file'}: File exists\n")


def test_a_report_of_no_notebook_lists_those_there_are(run: Run) -> None:
    done = run("report", "nosuch")
    assert done.returncode == 2
    assert done.stderr.startswith("tagcat: there is no notebook 'nosuch': give a path, or one of collection")
    assert "--out" in run("report", "collection").stderr


def test_limits_are_options_of_what_decodes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = photograph(tmp_path / "a.png", 1)
    monkeypatch.setenv("TAGCAT_MAX_PIXELS", "50000")  # an option outdoes it
    done = run("ingest", picture, "--max-pixels", "40000", "--json")
    assert done.returncode == 1
    (failure,) = json.loads(done.stdout)["failed"]
    assert failure["error"] == "too large: 240 × 180 pixels, limit 40000 (--max-pixels, TAGCAT_MAX_PIXELS)"
    assert (
        run("ingest", picture, "--max-memory", "2G", "--max-seconds", "60", "--max-frames", "9").returncode
        == 0
    )
    photograph(tmp_path / "new.png", 2)
    done = run("find", tmp_path / "new.png", "--max-pixels", "1000")
    assert (done.returncode, "limit 1000" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-pixels", "no"), ("--max-frames", "0"), ("--max-seconds", ""), ("--max-memory", "2X")],
)
def test_a_limit_that_is_none_is_wrong_use(run: Run, option: str, value: str) -> None:
    done = run("ingest", "x.jpg", option, value)
    assert done.returncode == 2
    assert option in done.stderr


def test_a_graph_that_does_not_answer_is_told_in_a_line(
    started: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGCAT_GRAPH_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("TAGCAT_GRAPH_PASSWORD", "marker-of-a-secret")
    with ThreadPoolExecutor(2) as both:  # each tries for some seconds
        done, doctor = both.map(started, ("matches", "doctor"))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "127.0.0.1:9" in done.stderr
    assert "marker" not in done.stderr
    assert doctor.returncode == 1
    assert "✗ graph" in doctor.stdout


def test_graph_status_and_stop(run: Run) -> None:
    assert json.loads(run("graph", "status", "--json").stdout) == {"running": False}
    run("matches")
    status = json.loads(run("graph", "status", "--json").stdout)
    assert status["running"]
    assert not any("password" in name for name in status)
    assert run("graph", "stop").stdout.strip() == "stopped"
    assert run("graph", "stop").stdout.strip() == "it was not running"


def test_ctrl_c_stores_what_is_decoded_and_says_so(run: Run, tmp_path: Path) -> None:
    for seed in range(500):
        photograph(tmp_path / f"{seed:04d}.jpg", seed)
    running = subprocess.Popen(
        [*TAGCAT, "ingest", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with running:
        while running.poll() is None and not psutil.Process(running.pid).children():
            time.sleep(0.05)  # until the decoders are at work
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        told, errors = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "the same command again does the rest" in told
    assert "Traceback" not in errors
    rest = json.loads(run("ingest", tmp_path, "--json").stdout)
    assert rest["images"] + rest["skipped"] == 500
    assert rest["images"] > 0


def test_a_name_that_is_no_text_is_named(started: Run, tmp_path: Path) -> None:
    name = os.fsencode(photograph(tmp_path / "x.png", 1).parent) + b"/caf\xe9.png"
    os.rename(os.fsencode(tmp_path / "x.png"), name)  # noqa: PTH104
    done = started("ingest", tmp_path, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["failed"][0]["path"].endswith("caf\\xe9.png")


def test_tags_removal_undo_and_settings(run: Run, tmp_path: Path) -> None:
    a, b = photograph(tmp_path / "a.png", 1), photograph(tmp_path / "b.jpg", 1)
    run("ingest", tmp_path)
    assert run("tags").stdout.strip() == "no tags yet"
    assert run("tags", "add", "animals").returncode == 0
    assert run("tags", "add", "cats", a, "--parent", "animals", "--colour", "#ff0000").returncode == 0
    listed = json.loads(run("tags", "--json").stdout)
    assert [(tag["name"], tag["parent"], tag["images"]) for tag in listed] == [
        ("animals", None, 0),
        ("cats", "animals", 1),
    ]
    assert run("tags").stdout == "animals\n  cats: 1 image\n"
    assert json.loads(run("tags", "show", "animals", "--json").stdout)[0]["path"] == str(a)
    assert run("tags", "--user", "eve", "delete", "cats").returncode == 2, "eve has no such tag"
    refused = run("tags", "add", "cats", tmp_path / "nowhere.png")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    b.unlink()
    missing = json.loads(run("files", "--missing", "--json").stdout)
    assert [file["path"] for file in missing] == [str(b)]
    assert run("remove").returncode == 2
    removed = json.loads(run("remove", "--missing", a, "--json").stdout)
    assert removed == {"files": 2, "images": 2, "videos": 0}
    assert run("matches").stdout.strip() == "no matches yet"
    assert "removed 2 files" in run("undo").stdout
    assert len(json.loads(run("matches", "--json").stdout)) == 1
    changes = json.loads(run("undo", "--list", "--json").stdout)
    assert [change["undone"] for change in changes] == [True, False, False, False]
    assert json.loads(run("settings", "--json").stdout) == {"max_distance": 8, "key_frame_distance": 6}
    assert run("settings", "--max-distance", "3").returncode == 2
    refused = run("settings", "--key-frame-distance", "12")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "(12) can't be above max_distance (8)" in refused.stderr
    assert "give both, --max-distance and --key-frame-distance" in refused.stderr
    told = run("settings", "--max-distance", 9).stdout
    assert told == (
        "max_distance 9 bits, key_frame_distance 6 bits: 1 match, 0 videos with other key frames.\n"
    )
    done = json.loads(run("settings", "--max-distance", 3, "--key-frame-distance", "3", "--json").stdout)
    assert (done["max_distance"], done["failed"]) == (3, [])
    assert run("collect", "--all").stdout.strip() == "collected 0 nodes"


def test_users(run: Run, tmp_path: Path) -> None:
    photograph(tmp_path / "a.png", 1)
    run("ingest", tmp_path, "--user", "ada")
    assert run("users", "add", "eve").stdout.strip() == "made eve"
    assert run("users", "add", "a:b").returncode == 2
    names = [user["name"] for user in json.loads(run("users", "list", "--json").stdout)]
    assert names == ["ada", "eve"]
    refused = run("users", "remove", "ada")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert run("users", "remove", "nobody", "--yes").returncode == 2
    assert "removed ada" in run("users", "remove", "ada", "--yes").stdout
    assert run("users", "list").stdout.strip() == "eve"
    assert (tmp_path / "a.png").is_file()


def test_a_collection_is_shared(run: Run, tmp_path: Path) -> None:
    pictures = [photograph(tmp_path / f"{number}.png", number) for number in (1, 2)]
    for user in ("bob", "eve"):
        assert run("users", "add", user).returncode == 0
    assert run("ingest", tmp_path, "--user", "ada").returncode == 0
    assert run("tags", "add", "hers", pictures[0], "--user", "ada").returncode == 0
    as_bob = ("--user", "bob", "--of", "ada")
    stranger = run("matches", *as_bob)
    assert (stranger.returncode, stranger.stdout) == (1, "")
    assert stranger.stderr == "tagcat: ada's collection is not shared with bob: ask ada to share it\n"
    assert "there is no user 'carl'" in run("share", "carl", "--user", "ada").stderr
    assert "nothing is shared" in run("shared", "--user", "bob").stdout

    assert run("share", "bob", "--user", "ada").stdout == "bob may read your collection\n"
    for reading in (
        ("duplicates",),
        ("files",),
        ("find", pictures[0]),
        ("cluster", "--k", "1"),
        ("settings",),
        ("tags",),
        ("tags", "show", "hers"),
        ("label", "--json"),
        ("undo", "--list"),
    ):
        hers, his = run(*reading, "--user", "ada"), run(*reading, *as_bob)
        assert (his.returncode, his.stdout.replace("  (by ada)", "")) == (0, hers.stdout), reading
    for change in (
        ("tags", "add", "hers", pictures[1]),
        ("tags", "remove", "hers", pictures[0]),
        ("settings", "--max-distance", "9"),
        ("undo",),
    ):
        refused = run(*change, *as_bob)
        assert refused.returncode == 1, change
        assert refused.stderr == "tagcat: ada's collection is shared with bob for reading only\n"

    assert "read and tag" in run("share", "bob", "--tagging", "--user", "ada").stdout
    made = run("share", "bob", "--tagging", "--json", "--user", "ada").stdout
    assert json.loads(made) == {"user": "bob", "shared": True, "tagging": True}
    assert run("tags", "add", "hers", pictures[1], *as_bob).stdout == "tagged 1 item\n"
    assert "only ada can make one" in run("tags", "add", "his", pictures[1], *as_bob).stderr
    assert "tagged 1 item 'hers'  (by bob)" in run("undo", "--list", "--user", "ada").stdout
    assert run("undo", *as_bob).stdout == "undone: tagged 1 item 'hers'\n"
    assert run("shared", "--user", "ada").stdout == "bob may read and tag your collection\n"
    both = json.loads(run("shared", "--json", "--user", "bob").stdout)
    assert both == {"shares": [], "shared_with_me": [{"owner": "ada", "tagging": True}]}
    assert run("shared", "--user", "bob").stdout == "you may read and tag the collection of ada: --of ada\n"
    ended = run("unshare", "bob", "--json", "--user", "ada")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"user": "bob", "shared": False})
    assert run("matches", *as_bob).stderr == stranger.stderr


def test_export_and_import(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    a, b = photograph(folder / "a.png", 1), photograph(folder / "b.jpg", 1)
    run("ingest", folder, "--user", "ada")
    run("tags", "add", "cats", a, "--user", "ada")
    refused = run("export", tmp_path / "no" / "all.zip", "--user", "ada")
    assert (refused.returncode, refused.stderr) == (
        1,
        f"tagcat: {tmp_path / 'no'} is no folder: make it first\n",
    )
    assert run("import", tmp_path / "no.zip").stderr == (
        f"tagcat: {tmp_path / 'no.zip'}: No such file or directory\n"
    )
    assert run("export", tmp_path / "all.zip", "--user", "ada").returncode == 0
    assert run("export", tmp_path / "all.zip", "--user", "ada").returncode == 1
    b.unlink()
    imported = json.loads(run("import", tmp_path / "all.zip", "--json", "--user", "eve").stdout)
    assert (imported["images"], imported["files"], imported["matches"], imported["tagged"]) == (2, 2, 1, 1)
    assert (
        run("matches", "--json", "--user", "eve").stdout == run("matches", "--json", "--user", "ada").stdout
    )
    missing = json.loads(run("files", "--missing", "--json", "--user", "eve").stdout)
    assert [file["path"] for file in missing] == [str(b)]
    (tmp_path / "all.zip").write_bytes((tmp_path / "all.zip").read_bytes()[:-30])
    refused = run("import", tmp_path / "all.zip", "--user", "bob")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert run("files", "--json", "--user", "bob").stdout.strip() == "[]"


def test_a_model_labels_from_the_command_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    photograph(folder / "a.png", 1)
    photograph(folder / "b.png", 2)
    assert run("ingest", folder).returncode == 0
    assert run("label").stdout.strip() == "no labels yet"
    missing = run("label", "--model", tmp_path / "none.onnx")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith(f"tagcat: {tmp_path / 'none.onnx'}: there is no such model: name keras")
    (tmp_path / "bare.onnx").touch()
    bare = run("label", "--model", tmp_path / "bare.onnx").stderr
    assert bare.startswith(f"tagcat: {tmp_path / 'bare.onnx'}: its card bare.json is not beside it")
    kept = colour_model(subfolder("models")).with_suffix(".json")
    listed_models = run("label", "--model", tmp_path / "none.onnx").stderr
    assert listed_models.endswith(f"; here are colours ({kept})\n")
    model = colour_model(tmp_path)
    done = json.loads(run("label", "--model", model, "--minimum-score", "0", "--json").stdout)
    assert (done["model"], done["items"], done["labels"], done["failed"]) == ("colours", 2, 6, [])
    again = run("label", "--model", model)
    assert again.stdout.strip() == "colours: 0 labels on 0 pictures (2 labelled before)."
    (folder / "a.png").unlink()
    lost = run("label", "--model", model, "--again", "--minimum-score", "0")
    assert lost.returncode == 1
    assert f"failed: {folder / 'a.png'}: is not there any more" in lost.stderr
    listed = run("label", folder / "b.png").stdout.splitlines()
    assert len(listed) == 3
    assert all("(colours)" in line and line.endswith(str(folder / "b.png")) for line in listed)
    off = run("label", "--model", "rekognition", folder / "b.png")
    assert (off.returncode, off.stdout) == (2, "")
    assert "leaves this machine" in off.stderr
    assert "1 picture would be sent to Amazon, for about 0.00 US dollars." in off.stderr
    assert "nothing was sent" in off.stderr
