"""The embedded graph: one detached local server for each TAGCAT_HOME, started by whoever needs it first.

`ensure_running` looks for the server of the folder and otherwise starts one, under a lock, so that eight
processes that start at once get one server. `status` and `stop` look without starting. How a server is
found and started is told in `server_launch`; what the server does, in `server_process`. That process is
`python -m tagcat_kernel.graph.server`, the name under which a list of processes shows it.
"""

import errno
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagcat_kernel.graph import locks
from tagcat_kernel.graph.errors import GraphDownError, GraphError, GraphFullError
from tagcat_kernel.graph.server_launch import START_SECONDS, end, find, is_ours, start
from tagcat_kernel.graph.server_process import DATABASE, HOST, USER, password_of, read_endpoint, serve
from tagcat_kernel.home import subfolder


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
    GraphDataError, GraphVersionError
        If the data are damaged, or of another version; they were not touched then.
    GraphFullError
        If the disk is full.
    """
    folder = Path(
        os.environ.get("TAGCAT_HOME") or "the data folder"
    )  # for the message, should even this fail
    try:
        folder = subfolder("graph")
        password = password_of(folder)
        found = find(folder)
        if found is None:
            with locks.held(folder / "start.lock", seconds=2 * START_SECONDS):
                found = find(folder) or start(folder)  # another process may have been quicker
    except TimeoutError as error:
        raise GraphDownError(
            f"another process is starting the embedded graph for too long: {error}"
        ) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise GraphFullError(
                f"the disk that holds {folder} is full: make room, and try again; the graph was not touched"
            ) from error
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
    found = find(folder)
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
    folder = subfolder("graph")
    try:
        with locks.held(folder / "start.lock", seconds=2 * START_SECONDS):
            return stop_locked(folder)
    except OSError as error:  # TimeoutError is an OSError
        raise GraphError(f"the embedded graph in {folder} can't be stopped: {error}") from error


def stop_locked(folder: Path) -> bool:
    """Do what `stop` does, for who holds the starters' lock already."""
    import psutil

    try:
        found = read_endpoint(folder)
        ours = found is not None and is_ours(found)
        if found is not None and ours:
            end(found["pid"])
        (folder / "endpoint.json").unlink(missing_ok=True)
        return ours
    except psutil.NoSuchProcess:
        return True
    except psutil.Error as error:
        raise GraphError(f"the embedded graph in {folder} can't be stopped: {error}") from error


if __name__ == "__main__":
    serve()
