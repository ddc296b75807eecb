"""The embedded graph: one detached local server for each TAGCAT_HOME, started by whoever needs it first.

`ensure_running` looks for `endpoint.json`, checks that its process still is the one that wrote it and
that its port answers, and otherwise starts a server, under a lock, so that eight processes that start at
once get one server. The server is `python -m tagcat_kernel.graph.server`: it takes `server.lock` for as
long as it lives, reads its random password from a file of mode 0600, opens ArcadeDB with its Bolt
listener on free ports of the loopback interface, and writes `endpoint.json` when it answers. It runs in
a session of its own and survives the process that started it.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tagcat_kernel.graph import locks
from tagcat_kernel.graph.errors import GraphDownError, GraphError
from tagcat_kernel.home import subfolder

HOST = "127.0.0.1"
DATABASE = "neo4j"
USER = "root"
START_SECONDS = 60.0
"""How long a server may take to answer; one second is usual, recovery after a kill takes longer."""
STOP_SECONDS = 30.0
ATTEMPTS = 3
"""A port that was free may be taken the moment after: then the server is started again on others."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a graph answers; the password is left out of its representation.

    Examples
    --------
    >>> Endpoint("bolt://127.0.0.1:7687", "root", "hush", "neo4j")
    Endpoint(uri='bolt://127.0.0.1:7687', user='root', database='neo4j')
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    home: str | None = field(default=None, repr=False)
    """The folder of the embedded server; None for a server that somebody else runs."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The running server: address, process id, engine version, folder and resident memory in bytes."""

    uri: str
    pid: int
    version: str
    folder: str
    memory: int

    def as_dict(self) -> dict[str, Any]:
        """Return the status as a JSON object.

        Examples
        --------
        >>> ServerStatus("bolt://127.0.0.1:1", 7, "26.11", "/data/graph", 0).as_dict()["pid"]
        7
        """
        return asdict(self)


def ensure_running() -> Endpoint:
    """Return where the embedded graph answers; start its server where none runs.

    Returns
    -------
    Endpoint
        With the password, which no message shows.

    Raises
    ------
    GraphDownError
        If the server does not come up; the message quotes the end of its log.
    """
    folder = Path(
        os.environ.get("TAGCAT_HOME") or "the data folder"
    )  # for the message, should even this fail
    try:
        folder = subfolder("graph")
        password = _password(folder)
        found = _running(folder)
        if found is None:
            with locks.held(folder / "start.lock", seconds=2 * START_SECONDS):
                found = _running(folder) or _start(folder)  # another process may have been quicker
    except TimeoutError as error:
        raise GraphDownError(
            f"another process is starting the embedded graph for too long: {error}"
        ) from None
    except OSError as error:
        raise GraphDownError(
            f"the embedded graph can't use {folder}: {error.strerror or error}; "
            "make the folder writable, or set TAGCAT_HOME to one that is"
        ) from error
    return Endpoint(f"bolt://{HOST}:{found['port']}", USER, password, DATABASE, str(folder))


def folder_of_home() -> Path:
    """Return the folder of the embedded server that belongs to the present TAGCAT_HOME.

    Examples
    --------
    >>> folder_of_home().name
    'graph'
    """
    return subfolder("graph")


def status() -> ServerStatus | None:
    """Return what is known of the running server, None where none runs; nothing is started.

    Examples
    --------
    >>> status() is None
    True
    """
    import psutil

    folder = subfolder("graph")
    found = _running(folder)
    if found is None:
        return None
    try:
        memory = psutil.Process(found["pid"]).memory_info().rss
    except psutil.Error:  # it ended while we looked
        return None
    uri = f"bolt://{HOST}:{found['port']}"
    return ServerStatus(uri, found["pid"], found["version"], str(folder), memory)


def stop() -> bool:
    """Stop the server after its open transactions' end, and tell whether one ran.

    Raises
    ------
    GraphError
        If it can't be stopped.

    Examples
    --------
    >>> stop()
    False
    """
    import psutil

    folder = subfolder("graph")
    found = None
    try:
        with locks.held(folder / "start.lock", seconds=2 * START_SECONDS):
            found = _read(folder)
            ours = found is not None and _is_ours(found)
            if found is not None and ours:
                process = psutil.Process(found["pid"])
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except psutil.TimeoutExpired:
                    process.kill()  # what was acknowledged comes back at the next start
                    process.wait(STOP_SECONDS)
                _reap(found["pid"])
            (folder / "endpoint.json").unlink(missing_ok=True)
            return ours
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError) as error:  # TimeoutError is an OSError
        raise GraphError(f"the embedded graph in {folder} can't be stopped: {error}") from error


# ---- the side of those who need a server ------------------------------------------------------------

_children: list[subprocess.Popen[bytes]] = []
"""Servers that this process started: polled, so that a finished one is no zombie here."""


def _password(folder: Path) -> str:
    """Return the server's password; the first caller makes it up.

    The file appears whole under its name by a hard link, which fails where another was quicker.
    """
    path = folder / "password"
    if not path.exists():
        fresh = folder / f"password.{os.getpid()}.{threading.get_ident()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links; the race is a few microseconds then
            if not path.exists():
                fresh.replace(path)
        fresh.unlink(missing_ok=True)
    return path.read_text("utf-8").strip()


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / "endpoint.json").read_text("utf-8"))
        return {name: found[name] for name in ("pid", "born", "port", "version", "user")}
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
        return None


def _is_ours(found: dict[str, Any]) -> bool:
    """Tell whether the process that wrote the endpoint still lives: its number may be another's by now."""
    import psutil

    for child in _children:
        child.poll()
    try:
        process = psutil.Process(found["pid"])
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and abs(process.create_time() - found["born"]) < 1.0
    except psutil.Error:
        return False


def _running(folder: Path) -> dict[str, Any] | None:
    """Return the endpoint if its process lives and its port answers."""
    found = _read(folder)
    # The process first: a stranger on the port of a dead server must never be sent the password.
    return found if found is not None and _is_ours(found) and _answers(found["port"]) else None


def _answers(port: int) -> bool:
    """Say hello in Bolt and tell whether Bolt comes back."""
    hello = bytes.fromhex("6060b017" + "00000405" + "00000404" + "00000004" + "00000003")
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(hello)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def _start(folder: Path) -> dict[str, Any]:
    """Start the server and wait until it answers; the caller holds `start.lock`."""
    slow = _read(folder)
    if slow is not None and _is_ours(slow):  # it lives, so it may only be busy: give it time
        return _wait_for(slow, folder)
    (folder / "endpoint.json").unlink(missing_ok=True)
    for _ in range(ATTEMPTS):
        process = _spawn(folder)
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            found = _running(folder)
            if found is not None:
                return found
            time.sleep(0.02)
        if process.poll() is None:
            process.kill()
            process.wait()
    raise GraphDownError(
        f"the embedded graph did not start. The end of {folder / 'server.log'} says:\n{_log_end(folder)}"
    )


def _wait_for(slow: dict[str, Any], folder: Path) -> dict[str, Any]:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if (found := _running(folder)) is not None:
            return found
        time.sleep(0.2)
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
    _children.append(process)
    return process


def _reap(pid: int) -> None:
    for child in _children:
        if child.pid == pid:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)


def _log_end(folder: Path, lines: int = 12) -> str:
    """Return the last lines of the server's log, without the password should it ever stand there."""
    with contextlib.suppress(OSError):
        text = (folder / "server.log").read_text("utf-8", "replace")
        text = text.replace(_password(folder), "********")
        return "\n".join(text.strip().splitlines()[-lines:]) or "(nothing)"
    return "(the log can't be read)"


# ---- the server's own side --------------------------------------------------------------------------


def serve() -> None:
    """Run the server in this process until it is told to stop; `python -m tagcat_kernel.graph.server`."""
    import psutil

    folder = subfolder("graph")
    lock = locks.take(folder / "server.lock")
    if lock is None:
        raise SystemExit(f"another server already holds {folder}")
    os.environ["ARCADEDB_LOG_DIR"] = str(folder / "log")  # read when the library loads
    import arcadedb

    stopping = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # a closing terminal must not take the graph along
            handler = signal.SIG_IGN if name == "SIGHUP" else lambda *_: stopping.set()
            signal.signal(getattr(signal, name), handler)

    bolt, http = _free_ports(2)
    server = arcadedb.ArcadeDBServer(
        root_path=str(folder),
        root_password=_password(folder),
        config={
            "host": HOST,
            "mode": "production",
            "http_port": http,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt,
        },
    )
    server.start()
    server.create_database(DATABASE)
    endpoint = {
        "pid": os.getpid(),
        "born": psutil.Process().create_time(),
        "port": bolt,
        "user": USER,
        "version": version("arcadedb"),
    }
    fresh = folder / f"endpoint.{os.getpid()}"
    fresh.write_text(json.dumps(endpoint), "utf-8")
    fresh.replace(folder / "endpoint.json")
    # In slices: on Windows a wait without end is deaf to signals.
    while not stopping.wait(3600 if sys.platform != "win32" else 1):
        pass
    (folder / "endpoint.json").unlink(missing_ok=True)
    server.stop()
    os.close(lock)


def _free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on now; all are held until the last is known, so they differ."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in held:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in held]


if __name__ == "__main__":
    serve()
