"""Persons before jobs at the writer's lock: real processes that begin to wait, write and end when told to."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tagcat_kernel.graph import locks, turns
from tagcat_kernel.graph.session import Endpoint, connect
from tagcat_kernel.graph.turns import turn
from tests.waits import wait_until

WRITER = """
import sys
from pathlib import Path
from tagcat_kernel.graph.turns import turn
print("ready", flush=True)
sys.stdin.readline()
with turn(Path(sys.argv[1]), seconds=60, last=sys.argv[2] == "job"):
    print("writes", flush=True)
    sys.stdin.readline()
print("wrote", flush=True)
"""


class Writer:
    """A process that waits for its turn once it is told to, and writes until it is told to stop."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=with_our_path(),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.lines.extend(line.strip() for line in iter(self._process.stdout.readline, ""))

    def _until(self, line: str) -> None:
        wait_until(lambda: line in self.lines)

    def _go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def begin(self) -> None:
        """Let it wait for its turn."""
        self._until("ready")
        self._go_on()

    @property
    def writes(self) -> bool:
        """Whether it is its turn now."""
        return self.lines[-1:] == ["writes"]

    def end(self) -> None:
        """Let it finish what it writes."""
        self._until("writes")
        self._go_on()
        self._until("wrote")

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def with_our_path() -> dict[str, str]:
    """Return the environment, in which a process finds the tests as well."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[dict[str, Writer]]:
    """Three jobs and three persons, ready."""
    names = [f"{kind} {number}" for kind in ("job", "person") for number in range(3)]
    found = {name: Writer(tmp_path, name.split()[0]) for name in names}
    yield found
    for writer in found.values():
        writer.kill()


def taken(path: Path) -> bool:
    """Tell whether a lock is held for longer than a job's look at it."""
    for _ in range(20):
        if (handle := locks.take(path)) is not None:
            os.close(handle)
            return False
        time.sleep(0.01)
    return True


def test_a_person_waits_for_the_transaction_under_way_alone(
    tmp_path: Path, writers: dict[str, Writer]
) -> None:
    jobs = [writers[f"job {number}"] for number in range(3)]
    one, two, three = (writers[f"person {number}"] for number in range(3))
    under_way = locks.take(tmp_path / "write.lock")
    assert under_way is not None
    for job in jobs:
        job.begin()
    wait_until(lambda: taken(tmp_path / "jobs.lock"))
    assert not taken(tmp_path / "next.lock"), "the job that looks leaves room for persons"
    one.begin()
    wait_until(lambda: taken(tmp_path / "next.lock"))
    os.close(under_way)
    wait_until(lambda: one.writes)
    two.begin()
    wait_until(lambda: taken(tmp_path / "next.lock"))
    one.end()
    wait_until(lambda: two.writes)
    three.begin()
    wait_until(lambda: taken(tmp_path / "next.lock"))
    assert not any("writes" in job.lines for job in jobs), "though all of them were there before"
    # Who is killed while they wait or write is in nobody's way.
    three.kill()
    two.kill()
    wait_until(lambda: any(job.writes for job in jobs))
    assert sum(job.writes for job in jobs) == 1
    next(job for job in jobs if job.writes).kill()
    rest = [job for job in jobs if "writes" not in job.lines]
    assert len(rest) == 2
    for _ in rest:
        wait_until(lambda: any(job.writes for job in rest))
        writing = [job for job in rest if job.writes]
        assert len(writing) == 1
        writing[0].end()
    assert three.lines == ["ready"]


def test_a_job_that_waited_long_is_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many persons write one after the other, it comes to be between two of them."""
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    wrote: list[str] = []

    def write(name: str) -> None:
        with turn(tmp_path, seconds=30, last=name == "job"):
            wrote.append(name)

    under_way = locks.take(tmp_path / "write.lock")
    assert under_way is not None
    threads = []
    for name in ("job", "person"):
        threads.append(threading.Thread(target=write, args=(name,)))
        threads[-1].start()
        wait_until(lambda: taken(tmp_path / "next.lock"))
    os.close(under_way)
    for thread in threads:
        thread.join()
    assert wrote == ["job", "person"]


@pytest.mark.parametrize("last", [False, True], ids=["person", "job"])
@pytest.mark.parametrize("name", ["write.lock", "next.lock"])
def test_who_never_comes_to_be_keeps_nothing(tmp_path: Path, name: str, last: bool) -> None:
    in_the_way = locks.take(tmp_path / name)
    assert in_the_way is not None
    with pytest.raises(TimeoutError, match=name), turn(tmp_path, seconds=0.1, last=last):
        pass
    os.close(in_the_way)
    for _ in range(2):  # an error inside gives everything back as well
        with pytest.raises(ZeroDivisionError), turn(tmp_path, seconds=1, last=last):
            raise ZeroDivisionError


JOB = """
import json, os, sys
from tagcat_kernel.graph.session import Endpoint, connect
from tagcat_kernel.processes import give_way
given = json.load(sys.stdin)
graph = connect(Endpoint(**given["endpoint"]))
os.nice = lambda by: 0  # at locks only: on a busy machine it would get no processor for long
give_way()
for name in given["names"]:
    graph.write("create_user", user=name, version="t", max_distance=8, key_frame_distance=6, made=0.0)
"""


def test_what_jobs_write_waits_for_persons_and_is_all_there(embedded_endpoint: Endpoint, user: str) -> None:
    graph = connect(embedded_endpoint)
    assert embedded_endpoint.home is not None
    home = Path(embedded_endpoint.home)

    def there(name: str) -> bool:
        return bool(graph.read("user", user=name))

    person = locks.take(home / "next.lock")
    assert person is not None
    names = [[f"{user} {job} {number}" for number in range(5)] for job in range(2)]
    jobs = []
    for own in names:
        process = subprocess.Popen(
            [sys.executable, "-c", JOB],
            stdin=subprocess.PIPE,
            text=True,
            env=with_our_path(),
        )
        assert process.stdin is not None
        json.dump({"endpoint": asdict(embedded_endpoint), "names": own}, process.stdin)
        process.stdin.close()
        jobs.append(process)
    wait_until(lambda: taken(home / "jobs.lock"))
    assert not any(there(name) for own in names for name in own)
    os.close(person)
    own = [f"{user} {number}" for number in range(5)]
    for name in own:
        graph.write("create_user", user=name, version="t", max_distance=8, key_frame_distance=6, made=0.0)
    assert [process.wait() for process in jobs] == [0, 0]
    assert all(there(name) for name in [*own, *names[0], *names[1]])
