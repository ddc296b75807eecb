"""Finding, starting and ending the one server of a folder, from the side of those who need it.

An endpoint that lies in the folder proves nothing: its writer may have been killed, and its process
number and its port may be others' by now. So `find` asks the system whether that very process still
lives, and only then the port whether it speaks Bolt. `start` begins a process in a session of its own,
which survives the one that started it, and waits until it is found; where the process ends instead, its
port was probably taken the moment after it was chosen, and the next try gets others.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagcat_kernel.graph.data_guard import EXIT_CODES
from tagcat_kernel.graph.errors import GraphDownError
from tagcat_kernel.graph.server_process import HOST, password_of, read_endpoint
from tagcat_kernel.processes import detach, lives, reap

if TYPE_CHECKING:
    import psutil

START_SECONDS = 60.0
"""How long a server may take to answer; one second is usual, recovery after a kill takes longer."""
STOP_SECONDS = 30.0
ATTEMPTS = 3
"""A port that was free may be taken the moment after: then the server is started again on others."""


def find(folder: Path) -> dict[str, Any] | None:
    """Return the endpoint if its process lives and its port answers."""
    found = read_endpoint(folder)
    # The process first: a stranger on the port of a dead server must never be sent the password.
    return found if found is not None and is_ours(found) and _answers(found["port"]) else None


def is_ours(found: dict[str, Any]) -> bool:
    """Tell whether the process that wrote the endpoint still lives: its number may be another's by now."""
    reap()
    return lives(found["pid"], found["born"])


def _answers(port: int) -> bool:
    """Say hello in Bolt and tell whether Bolt comes back."""
    hello = bytes.fromhex("6060b017" + "00000405" + "00000404" + "00000004" + "00000003")
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(hello)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def start(folder: Path) -> dict[str, Any]:
    """Start the server and wait until it answers; the caller holds `start.lock`."""
    slow = read_endpoint(folder)
    # It lives, so it may only be busy, or be about to die of a kill: time tells.
    if slow is not None and (found := _wait_for(slow, folder)) is not None:
        return found
    (folder / "endpoint.json").unlink(missing_ok=True)
    for _ in range(ATTEMPTS):
        process = _spawn(folder)
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            found = find(folder)
            if found is not None:
                return found
            time.sleep(0.02)
        if process.poll() is None:
            process.kill()
            process.wait()
        for kind, code in EXIT_CODES.items():
            if process.returncode == code:  # it looked at the data and would not open them
                raise kind(_log_end(folder, lines=1))
    raise GraphDownError(
        f"the embedded graph did not start. The end of {folder / 'server.log'} says:\n{_log_end(folder)}"
    )


def end(pid: int) -> None:
    """Tell a server to stop, and wait until it is gone; the caller holds `start.lock`.

    Raises
    ------
    psutil.Error
        If it can't be told, or outlives even a kill.
    """
    import psutil

    process = psutil.Process(pid)
    process.terminate()
    if not _ended(process):
        process.kill()  # what was acknowledged comes back at the next start
        if not _ended(process):
            raise psutil.TimeoutExpired(STOP_SECONDS, pid)


def _ended(process: "psutil.Process") -> bool:
    """Wait until a process is gone; a zombie, whose starter has yet to take note of its end, is.

    Its first thread may be a zombie while others still end and hold the folder's locks: only a zombie of
    one thread is gone, and only such a one can be reaped.
    """
    import psutil

    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        reap()
        try:
            if process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1:
                reap()  # it may have ended just after the last look, and be ours
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _wait_for(slow: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """Return a living server's endpoint once it answers, None as soon as it lives no more."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if (found := find(folder)) is not None:
            return found
        if not is_ours(slow):
            return None
        time.sleep(0.05)
    raise GraphDownError(
        f"the embedded graph (process {slow['pid']}) lives but does not answer: "
        "stop it with `tagcat graph stop`; the next command starts it again"
    )


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    """Start the detached server process; its only argument is no secret."""
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAGCAT_GRAPH_")}
    environment["TAGCAT_HOME"] = str(folder.parent)
    # The package may be a checkout that only the search path of this process knows.
    places = [str(Path(__file__).parents[2]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(place for place in places if place)
    log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "tagcat_kernel.graph.server"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            **options,
        )
    finally:
        os.close(log)
    detach(process)
    return process


def _log_end(folder: Path, lines: int = 12) -> str:
    """Return the last lines of the server's log, without the password should it ever stand there."""
    with contextlib.suppress(OSError):
        text = (folder / "server.log").read_text("utf-8", "replace")
        text = text.replace(password_of(folder), "********")
        return "\n".join(text.strip().splitlines()[-lines:]) or "(nothing)"
    return "(the log can't be read)"
