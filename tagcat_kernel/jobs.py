"""Long work that outlives the page that began it.

Voilà shuts a kernel down when its page is left, so work inside the kernel would die with the page. A
job is a process of its own (`python -m tagcat_kernel.jobs ID`), detached from whoever starts it. It
lives in a folder under `TAGCAT_HOME/jobs`: `job.json` says what was asked and which process does it,
`state.json` how far it is, `log` what it printed; a file named `cancel` asks it to stop. Any number of
notebooks and dashboards watch by reading `state.json`, which is replaced whole, never written in place.

A process that died without a last word is found out by its process id and start time, and its job is
shown as failed; resuming is starting the same work again, since ingest skips what is done.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagcat_kernel.home import subfolder
from tagcat_kernel.interrupts import stopping
from tagcat_kernel.processes import birth, detach, give_way, lives, reap

if TYPE_CHECKING:
    from tagcat_kernel.graph.collection import Collection

State = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands: `done` of `total` files, a `message` for a person, the `result` at the end.

    `started` is seconds since the epoch; `arguments` are what `start` was given.
    """

    id: str
    kind: str
    user: str
    state: State
    done: int
    total: int | None
    message: str
    result: dict[str, Any] | None
    started: float
    arguments: dict[str, Any]


def start(kind: str, *, user: str, **arguments: Any) -> Job:
    """Start a job of `kind` in a detached process and return at once.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> start("dance", user="ada")
    Traceback (most recent call last):
    ValueError: there is no job of kind 'dance': choose from ingest, label, settings
    """
    import psutil

    if kind not in KINDS:
        raise ValueError(f"there is no job of kind {kind!r}: choose from {', '.join(sorted(KINDS))}")
    started = time.time()
    # The time first, so that the newest job has the greatest name; the rest makes it unique.
    identity = f"{int(started * 1000):013d}-{secrets.token_hex(4)}"
    folder = subfolder("jobs") / identity
    folder.mkdir(mode=0o700)
    _write(folder / "state.json", {"state": "running", "done": 0, "total": None, "message": "starting"})
    order = {"kind": kind, "user": user, "arguments": arguments, "started": started}
    _write(folder / "order.json", order)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tagcat_kernel.jobs", identity],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    with contextlib.suppress(psutil.NoSuchProcess):
        born = birth(psutil.Process(process.pid))
        _write(folder / "process.json", {"pid": process.pid, "born": born})
    detach(process)
    return job(identity, user=user)


def job(identity: str, *, user: str) -> Job:
    """Return the job as it stands now.

    Raises
    ------
    KeyError
        If this user has no such job.

    Examples
    --------
    >>> job("0", user="ada")
    Traceback (most recent call last):
    KeyError: "there is no job '0'"
    """
    folder = _folder(identity)
    try:
        order = json.loads((folder / "order.json").read_text("utf-8"))
    except OSError:
        order = {}
    if order.get("user") != user:
        raise KeyError(f"there is no job {identity!r}")
    # Whether it lives is asked before the state is read: one that ends in between has written its end.
    alive = _alive(folder, order["started"])
    state = json.loads((folder / "state.json").read_text("utf-8"))
    if state["state"] == "running" and not alive:
        state |= {"state": "failed", "message": "it was stopped before its end: start it again to go on"}
    return Job(
        id=identity,
        kind=order["kind"],
        user=user,
        state=state["state"],
        done=state["done"],
        total=state["total"],
        message=state["message"],
        result=state.get("result"),
        started=order["started"],
        arguments=order["arguments"],
    )


def jobs(*, user: str) -> list[Job]:
    """Return all jobs of a user, the newest first.

    Examples
    --------
    >>> jobs(user="nobody-yet")
    []
    """
    found = []
    for folder in sorted(subfolder("jobs").iterdir(), reverse=True):
        with contextlib.suppress(KeyError, OSError, json.JSONDecodeError):
            found.append(job(folder.name, user=user))
    return found


def cancel(identity: str, *, user: str) -> None:
    """Ask a job to stop; it stores what it has decoded, then ends as "cancelled".

    Raises
    ------
    KeyError
        If this user has no such job.

    Examples
    --------
    >>> cancel("0", user="ada")
    Traceback (most recent call last):
    KeyError: "there is no job '0'"
    """
    (subfolder("jobs") / job(identity, user=user).id / "cancel").touch()


def resume(identity: str, *, user: str) -> Job:
    """Start the same work again as a new job; what the first one stored is skipped.

    Raises
    ------
    KeyError
        If this user has no such job.
    """
    before = job(identity, user=user)
    return start(before.kind, user=user, **before.arguments)


def forget(*, user: str) -> None:
    """Remove the records of all jobs of a user.

    Raises
    ------
    ValueError
        If one still runs.
    """
    found = jobs(user=user)
    if running := [job for job in found if job.state == "running"]:
        raise ValueError(f"a job of {user!r} still runs ({running[0].kind}): cancel it first")
    for job in found:
        shutil.rmtree(_folder(job.id), ignore_errors=True)


def _folder(identity: str) -> Path:
    """Return a job's folder; an identity comes from outside, so it must be a plain name."""
    if not identity or not all(character in "0123456789abcdef-" for character in identity):
        raise KeyError(f"there is no job {identity!r}")
    return subfolder("jobs") / identity


def _alive(folder: Path, started: float) -> bool:
    reap()
    try:
        process = json.loads((folder / "process.json").read_text("utf-8"))
    except FileNotFoundError:
        return time.time() - started < 10  # its starter has not written yet, or died in between
    except json.JSONDecodeError:
        return False
    return lives(process["pid"], process["born"])


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file whole, so that a reader never sees half of it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(content), "utf-8")
    fresh.replace(path)


Report = Callable[[int, int, str], None]


def _ingest(
    collection: "Collection",
    report: Report,
    cancelled: Callable[[], bool],
    *,
    paths: Sequence[str],
    inside: str | None = None,
) -> dict[str, Any]:
    from tagcat_kernel.ingest import ingest

    return ingest(collection, paths, inside=inside, progress=report, cancelled=cancelled).as_dict()


def _settings(
    collection: "Collection", report: Report, cancelled: Callable[[], bool], **distances: int | None
) -> dict[str, Any]:
    from tagcat_kernel.settings import change_settings

    return change_settings(collection, progress=report, cancelled=cancelled, **distances).as_dict()


def _label(
    collection: "Collection",
    report: Report,
    cancelled: Callable[[], bool],
    *,
    model: str,
    opening: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    from tagcat_kernel.labelling import label_items, open_model

    return label_items(
        collection, open_model(model, **(opening or {})), progress=report, cancelled=cancelled, **options
    ).as_dict()


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "ingest": _ingest,
    "label": _label,
    "settings": _settings,
}


def run(identity: str) -> None:
    """Do the work of a job in this process; `python -m tagcat_kernel.jobs ID` calls it."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.collection import Collection

    folder = _folder(identity)
    order = json.loads((folder / "order.json").read_text("utf-8"))
    last: dict[str, Any] = {"done": 0, "total": None, "message": "", "written": 0.0}

    def report(done: int, total: int, message: str) -> None:
        now = time.monotonic()
        last.update(done=done, total=total, message=message)
        if now - last["written"] > 0.2 or done == total:  # five times a second is enough for eyes
            last["written"] = now
            _write(folder / "state.json", {"state": "running", **_shown(last)})

    try:
        collection = Collection(connect(), order["user"])
        give_way()  # from here on: a graph's server that had to be started for this must not
        with stopping() as stopped:  # a machine that shuts down is a wish to cancel, too
            result = KINDS[order["kind"]](
                collection,
                report,
                lambda: stopped() or (folder / "cancel").exists(),
                **order["arguments"],
            )
    except Exception as error:
        traceback.print_exc()  # into the job's log
        _write(folder / "state.json", {"state": "failed", **_shown(last), "message": str(error)})
        raise SystemExit(1) from None
    state = "cancelled" if result.get("cancelled") else "done"
    _write(folder / "state.json", {"state": state, **_shown(last), "message": "", "result": result})


def _shown(last: dict[str, Any]) -> dict[str, Any]:
    return {name: last[name] for name in ("done", "total", "message")}


if __name__ == "__main__":
    run(sys.argv[1])
