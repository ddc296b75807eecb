"""The embedded server: one for all who start at once, found again, started again, stopped."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tagcat_kernel.graph import connect, locks, server, server_launch
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import GraphDownError
from tagcat_kernel.graph.runner import close_drivers
from tests.graph.things import BASE, SOURCE, image, near

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tests kill as POSIX does")

# Also the schema and the user are made by all at once.
START = """
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
graph = connect()
assert Collection(graph, "ada").counts()["images"] == 0
print(graph.runner.place)
"""


@pytest.fixture(autouse=True)
def _stopped(tagcat_home: Path) -> Iterator[None]:
    """No server of a test is left behind, whatever became of its files."""
    yield
    close_drivers()
    server.stop()
    for process in psutil.process_iter(["cmdline", "cwd"]):
        of_this_test = process.info["cwd"] == str(tagcat_home / "graph")
        assert not of_this_test, f"{process} is still there"


def endpoint_file(home: Path) -> Path:
    return home / "graph" / "endpoint.json"


def pid(home: Path) -> int:
    return int(json.loads(endpoint_file(home).read_text())["pid"])


def spawn() -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True, env=environment)


def test_eight_processes_that_start_at_once_get_one_server(tagcat_home: Path) -> None:
    processes = [spawn() for _ in range(8)]
    answers = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0] * 8
    assert len(answers) == 1
    found = server.status()
    assert found is not None
    assert answers == {found.uri}
    # Those who started it have ended, and it still answers.
    assert len(connect().read("user", user="ada")) == 1


def test_the_password_is_in_one_private_file_and_nowhere_else(tagcat_home: Path) -> None:
    endpoint = server.ensure_running()
    Collection(connect(), "ada")
    assert len(endpoint.password) > 30
    path = tagcat_home / "graph" / "password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    running = psutil.Process(pid(tagcat_home))
    assert endpoint.password not in " ".join(running.cmdline())
    assert endpoint.password not in " ".join(running.environ().values())
    holders = [
        file.name
        for file in path.parent.rglob("*")
        if file.is_file() and endpoint.password.encode() in file.read_bytes()
    ]
    assert holders == ["password"]


def test_it_listens_on_loopback_only(tagcat_home: Path) -> None:
    server.ensure_running()
    listening = [
        found.laddr
        for found in psutil.Process(pid(tagcat_home)).net_connections("inet")
        if found.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert all(re.fullmatch(r"(::ffff:)?127\.0\.0\.1", address.ip) for address in listening)


def test_it_is_found_again_and_stopped(tagcat_home: Path) -> None:
    assert server.status() is None
    assert server.stop() is False
    first = server.ensure_running()
    assert server.ensure_running() == first
    found = server.status()
    assert found is not None
    assert (found.uri, found.pid, found.folder) == (first.uri, pid(tagcat_home), str(tagcat_home / "graph"))
    assert 10_000_000 < found.memory < 1_000_000_000
    assert first.password not in json.dumps(found.as_dict())
    assert server.stop() is True
    assert server.status() is None
    assert not psutil.pid_exists(found.pid)
    assert not endpoint_file(tagcat_home).exists()


def test_after_kill_nine_everything_acknowledged_is_there(tagcat_home: Path) -> None:
    graph = connect()
    own = Collection(graph, "ada")
    own.store([image("/a.jpg", BASE), image("/b.jpg", near(1))], source=SOURCE)
    before = pid(tagcat_home)
    os.kill(before, signal.SIGKILL)
    # The same graph object goes on: its server is started again under it.
    assert own.counts() == {"images": 2, "videos": 0, "frames": 0, "matches": 1, "files": 2}
    assert pid(tagcat_home) != before
    os.kill(pid(tagcat_home), signal.SIGKILL)
    assert own.store([image("/c.jpg", near(2))], source=SOURCE).matches == 2
    assert Collection(connect(), "ada").counts()["matches"] == 3


def test_a_stale_endpoint_of_a_number_used_again(tagcat_home: Path) -> None:
    """The file names a process that lives, but it is another one by now: ours."""
    folder = tagcat_home / "graph"
    folder.mkdir()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        stale = {
            "pid": os.getpid(),
            "born": 1.0,
            "port": stranger.getsockname()[1],
            "version": "",
            "user": "root",
        }
        endpoint_file(tagcat_home).write_text(json.dumps(stale))
        assert server.status() is None
        assert server.stop() is False, "it must not stop a stranger"
        endpoint_file(tagcat_home).write_text(json.dumps(stale))
        assert server.ensure_running().uri != f"bolt://127.0.0.1:{stale['port']}"
        stranger.settimeout(0.2)
        with pytest.raises(TimeoutError):
            stranger.accept()  # nobody came to tell it a password


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_broken_endpoint_file(tagcat_home: Path, content: str) -> None:
    (tagcat_home / "graph").mkdir()
    endpoint_file(tagcat_home).write_text(content)
    assert server.status() is None
    assert server.stop() is False


def test_a_taken_port_is_no_trouble(tagcat_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first server finds its port taken and ends; the second gets others."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        spoiled = (
            "from tagcat_kernel.graph import server_process\n"
            f"server_process._free_ports = lambda number: [{port}, {port}]\n"
            "server_process.serve()"
        )
        popen, starts = subprocess.Popen, []

        def first_spoiled(command: list[str], **options: object) -> object:
            starts.append(command)
            return popen([sys.executable, "-c", spoiled] if len(starts) == 1 else command, **options)  # type: ignore[call-overload]

        monkeypatch.setattr(server_launch.subprocess, "Popen", first_spoiled)
        endpoint = server.ensure_running()
    assert len(starts) == 2
    assert endpoint.uri.startswith("bolt://127.0.0.1:")


def test_a_server_that_can_not_start_says_why(tagcat_home: Path) -> None:
    folder = tagcat_home / "graph"
    folder.mkdir()
    (folder / "databases").write_text("a file where the engine wants a folder")
    with pytest.raises(GraphDownError) as raised:
        server.ensure_running()
    told = str(raised.value)
    assert "did not start" in told
    assert str(folder / "server.log") in told
    assert len(told.splitlines()) > 2, "the log's end is quoted"
    assert (folder / "password").read_text() not in told


def test_a_second_server_never_opens_the_same_data(tagcat_home: Path) -> None:
    server.ensure_running()
    done = subprocess.run(
        [sys.executable, "-m", "tagcat_kernel.graph.server"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "another server already holds" in done.stderr


def test_a_folder_that_can_not_be_written(tagcat_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tagcat_home / "graph").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(server.os, "open", refuse)
        with pytest.raises(GraphDownError, match=r"can't use .*Permission denied.*TAGCAT_HOME"):
            server.ensure_running()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    hold = (
        "import sys, time; from pathlib import Path; from tagcat_kernel.graph import locks\n"
        f"handle = locks.take(Path({str(path)!r})); print(handle is not None, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    assert locks.take(path) is None
    with pytest.raises(TimeoutError, match="another process held this lock"), locks.held(path, seconds=0.1):
        pass
    holder.kill()
    holder.communicate()
    began = time.monotonic()
    with locks.held(path, seconds=5):
        assert time.monotonic() - began < 5


def test_stop_does_not_wait_for_a_starter_that_takes_no_note(tmp_path, monkeypatch):
    """The starter (a dashboard) lives on and never asks after its child: a zombie is a stopped server."""
    monkeypatch.setenv("TAGCAT_HOME", str(tmp_path))
    program = "import sys; from tagcat_kernel.graph import server; server.ensure_running(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as starter:
        until = time.monotonic() + 60
        while server.status() is None:
            assert time.monotonic() < until
            time.sleep(0.1)
        began = time.monotonic()
        assert server.stop()
        assert time.monotonic() - began < 20
        assert server.status() is None
        starter.kill()
