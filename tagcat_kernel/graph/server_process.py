"""The server's own side: the process that holds the graph's files open, and what it leaves for others.

It takes `server.lock` for as long as it lives, so that two servers never open the same data. It opens
ArcadeDB with its Bolt listener on free ports of the loopback interface, with a random password from a
file of mode 0600, and when it answers it writes `endpoint.json`: its process, its birth and its ports. It
lives until it is told to stop, takes the endpoint away first, and lets open transactions end. These two
files are all that a client and the server ever say to each other outside Bolt, but for a backup (`backup`).
Before it opens the data it makes sure that they are whole and of its version (`data_guard`).
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tagcat_kernel.graph import data_guard, locks
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.home import subfolder
from tagcat_kernel.processes import birth

HOST = "127.0.0.1"
DATABASE = "neo4j"
USER = "root"


def serve() -> None:
    """Run the server in this process until it is told to stop; `python -m tagcat_kernel.graph.server`."""
    import psutil

    folder = subfolder("graph")
    lock = locks.take(folder / "server.lock")
    if lock is None:
        raise SystemExit(f"another server already holds {folder}")
    engine = version("arcadedb")
    try:
        data_guard.check(folder, engine)
    except GraphError as error:
        print(error, file=sys.stderr)  # noqa: T201 - stderr is the log, where the starter reads it
        raise SystemExit(data_guard.EXIT_CODES[type(error)]) from None
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
        root_password=password_of(folder),
        config={
            "host": HOST,
            # Its other mode, "production", hides from the client what is wrong with a query. Ours come
            # over loopback with the password, and a person who writes one in a cell wants to know.
            "mode": "development",
            "http_port": http,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt,
        },
    )
    # From here on a kill leaves files that differ from the last note.
    data_guard.note_open(folder, engine)
    server.start()
    server.create_database(DATABASE)
    data_guard.note_open(folder, engine)
    endpoint = {
        "pid": os.getpid(),
        "born": birth(psutil.Process()),
        "port": bolt,
        "http": http,
        "user": USER,
        "version": engine,
    }
    fresh = folder / f"endpoint.{os.getpid()}"
    fresh.write_text(json.dumps(endpoint), "utf-8")
    fresh.replace(folder / "endpoint.json")
    # In slices: on Windows a wait without end is deaf to signals.
    while not stopping.wait(3600 if sys.platform != "win32" else 1):
        pass
    (folder / "endpoint.json").unlink(missing_ok=True)
    server.stop()
    data_guard.note_closed(folder, engine)
    os.close(lock)


def _free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on now; all are held until the last is known, so they differ."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in held:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in held]


def password_of(folder: Path) -> str:
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


def read_endpoint(folder: Path) -> dict[str, Any] | None:
    """Return what the server wrote: pid, born, port, http, version, user; None if nothing or nonsense."""
    try:
        found = json.loads((folder / "endpoint.json").read_text("utf-8"))
        return {name: found[name] for name in ("pid", "born", "port", "http", "version", "user")}
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
        return None
