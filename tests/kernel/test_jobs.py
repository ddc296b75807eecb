"""Jobs: real detached processes that are watched, cancelled, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagcat_kernel import jobs
from tagcat_kernel.processes import birth


def ended(identity: str, user: str = "ada", seconds: float = 30) -> jobs.Job:
    deadline = time.monotonic() + seconds
    while (job := jobs.job(identity, user=user)).state == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph address where nobody answers, so that a job fails without an embedded server."""
    monkeypatch.setenv("TAGCAT_GRAPH_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("TAGCAT_GRAPH_PASSWORD", "marker-of-a-secret")


def test_a_job_that_cannot_work_fails_with_the_reason(unreachable: None, tagcat_home: Path) -> None:
    job = jobs.start("ingest", user="ada", paths=["/nowhere"])
    assert job.state in ("running", "failed")
    failed = ended(job.id, seconds=90)
    assert failed.state == "failed"
    assert "127.0.0.1:9" in failed.message
    everything = b"".join(path.read_bytes() for path in tagcat_home.rglob("*") if path.is_file())
    assert b"marker-of-a-secret" not in everything, "no secret in state or log"


def test_nobody_else_sees_watches_or_cancels_a_job(unreachable: None) -> None:
    job = jobs.start("ingest", user="ada", paths=[])
    assert [mine.id for mine in jobs.jobs(user="ada")] == [job.id]
    assert jobs.jobs(user="eve") == []
    for verb in (jobs.job, jobs.cancel, jobs.resume):
        with pytest.raises(KeyError):
            verb(job.id, user="eve")
    ended(job.id, seconds=90)


@pytest.mark.parametrize("identity", ["", "..", "../../etc", "a/b", "nothing"])
def test_a_forged_identity_is_no_path(identity: str) -> None:
    with pytest.raises(KeyError):
        jobs.job(identity, user="ada")


def test_a_killed_job_is_shown_as_failed(tagcat_home: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    import psutil

    folder = tagcat_home / "jobs" / "1-a"
    folder.mkdir(parents=True)
    order = {"kind": "ingest", "user": "ada", "arguments": {"paths": []}, "started": time.time()}
    (folder / "order.json").write_text(json.dumps(order))
    (folder / "state.json").write_text(
        json.dumps({"state": "running", "done": 3, "total": 9, "message": "c.jpg"})
    )
    born = birth(psutil.Process(sleeper.pid))
    (folder / "process.json").write_text(json.dumps({"pid": sleeper.pid, "born": born}))
    assert jobs.job("1-a", user="ada").state == "running"
    os.kill(sleeper.pid, signal.SIGKILL)  # a zombie until it is waited for: that is dead too
    time.sleep(0.2)
    dead = jobs.job("1-a", user="ada")
    sleeper.wait()
    assert (dead.state, dead.done, dead.total) == ("failed", 3, 9)
    assert jobs.job("1-a", user="ada").state == "failed"
