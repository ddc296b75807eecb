"""A copy of the embedded graph in one file, taken while it runs, and put back later.

The engine itself writes the copy, at one moment between transactions, while others read and write on; it
is asked over its HTTP port, the only thing that port is used for. To the engine's zip a page is added,
`tagcat.json`: what this is, and the versions of the data and of the engine. Restoring reads the file
through before anything is touched: every checksum, every name, both versions. Then the server is stopped,
the data are put beside the old ones and take their place by two renames. The old ones stay in
`databases.before.…` until the person deletes them.
"""

import base64
import json
import os
import shutil
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tagcat_kernel.graph import data_guard, locks, server
from tagcat_kernel.graph.errors import GraphDataError, GraphDownError, GraphError, GraphVersionError
from tagcat_kernel.graph.server_launch import START_SECONDS
from tagcat_kernel.graph.server_process import DATABASE, HOST, USER, password_of, read_endpoint
from tagcat_kernel.home import subfolder

PAGE = "tagcat.json"
FORMAT = "tagcat graph backup"
PATIENCE = 3600.0
"""Seconds that the engine may take to write a copy."""


def backup(path: str | os.PathLike[str]) -> int:
    """Write a copy of the embedded graph, all its users', to a new file; return its size in bytes.

    Parameters
    ----------
    path
        Of a file that does not exist yet.

    Raises
    ------
    GraphError
        If the graph in use is not the embedded one, or the copy can't be written; no file is left then.
    """
    target = Path(path).expanduser().absolute()
    _embedded("backup")
    if target.exists():
        raise GraphError(f"{target} exists already: name another file, or delete that one")
    if not target.parent.is_dir():
        raise GraphError(f"{target.parent} is no folder: make it first")
    server.ensure_running()
    folder = subfolder("graph")
    written = folder / "backups" / DATABASE / Path(_ask_engine(folder)).name
    fresh = target.with_name(f"{target.name}.{os.getpid()}.part")
    page = {"format": FORMAT, "data_version": data_guard.DATA_VERSION, "engine": version("arcadedb")}
    try:
        with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(PAGE, json.dumps(page | {"written": time.time()}))
        shutil.move(written, fresh)
        fresh.replace(target)
    except OSError as error:
        raise GraphError(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        written.unlink(missing_ok=True)
        fresh.unlink(missing_ok=True)
    return target.stat().st_size


def restore(path: str | os.PathLike[str]) -> Path | None:
    """Replace the embedded graph by a copy; return where the data lie that were there before.

    A running server is stopped first. What is connected to it starts it anew, with the copy.

    Parameters
    ----------
    path
        Of a file that `backup` wrote.

    Raises
    ------
    GraphDataError
        If the file is no whole backup. Nothing is touched then.
    GraphVersionError
        If a newer TagCat or engine wrote it. Nothing is touched then.
    GraphError
        If the graph in use is not the embedded one, or the disk does not take the copy.
    """
    source = Path(path).expanduser().absolute()
    _embedded("restore")
    engine = _checked(source)
    folder = subfolder("graph")
    fresh = folder / "databases.new"
    try:
        with locks.held(folder / "start.lock", seconds=2 * START_SECONDS):
            shutil.rmtree(fresh, ignore_errors=True)
            with zipfile.ZipFile(source) as archive:
                for member in archive.infolist():
                    if member.filename != PAGE:
                        archive.extract(member, fresh / DATABASE)
            return _exchange(folder, fresh, engine)
    except TimeoutError as error:
        raise GraphDownError(f"another process is starting the embedded graph: {error}") from None
    except OSError as error:
        raise GraphError(f"{folder}: the copy can't be put there: {error.strerror or error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _exchange(folder: Path, fresh: Path, engine: str) -> Path | None:
    """Stop the server and put the fresh data in the place of the old ones, under the starters' lock."""
    server.stop_locked(folder)
    held = locks.take(folder / "server.lock")
    if held is None:
        raise GraphDownError(f"a server still holds {folder}: `tagcat graph stop`, then try again")
    try:
        # Without a note a start after a kill between these steps looks at what is there, and takes it.
        (folder / "data.json").unlink(missing_ok=True)
        old, data = None, folder / "databases"
        if data.exists():
            old = folder / f"databases.before.{time.strftime('%Y%m%d-%H%M%S')}.{os.getpid()}"
            data.rename(old)
        fresh.rename(data)
        data_guard.note_closed(folder, engine)
        return old
    finally:
        os.close(held)


def _embedded(what: str) -> None:
    uri = os.environ.get("TAGCAT_GRAPH_URI")
    if uri:
        raise GraphError(
            f"{what} is for the embedded graph, and TAGCAT_GRAPH_URI names another server: use that "
            "server's own tools, or `tagcat export`"
        )


def _ask_engine(folder: Path) -> str:
    """Let the engine write its copy; return the name of the file."""
    endpoint = read_endpoint(folder)
    if endpoint is None:
        raise GraphDownError("the embedded graph has just stopped: try again")
    secret = base64.b64encode(f"{USER}:{password_of(folder)}".encode()).decode("ascii")
    request = urllib.request.Request(
        f"http://{HOST}:{endpoint['http']}/api/v1/command/{DATABASE}",
        data=json.dumps({"language": "sql", "command": "BACKUP DATABASE"}).encode(),
        headers={"Authorization": f"Basic {secret}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business here
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            told: dict[str, Any] = json.load(answer)["result"][0]
            return str(told["backupFile"])
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode("utf-8", "replace")
        raise GraphError(f"the engine could not write a copy: {said}") from None
    except (OSError, ValueError, LookupError) as error:
        raise GraphError(f"the engine could not write a copy: {error}") from error


def _checked(source: Path) -> str:
    """Read a backup through; return the version of the engine that wrote it."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if PAGE not in names:
                raise GraphDataError(f"{source} is no backup of a TagCat graph: nothing was touched")
            page = json.loads(archive.read(PAGE))
            if any("/" in name or "\\" in name or name.startswith(".") for name in names):
                raise GraphDataError(f"{source} names files outside the graph: nothing was touched")
            if page.get("format") != FORMAT or "schema.json" not in names or len(set(names)) != len(names):
                raise GraphDataError(f"{source} is no backup of a TagCat graph: nothing was touched")
            if (broken := archive.testzip()) is not None:
                raise GraphDataError(f"{source} is damaged ({broken}): nothing was touched")
            data, engine = int(page["data_version"]), str(page["engine"])
    except FileNotFoundError:
        raise GraphDataError(f"{source}: there is no such file") from None
    except OSError as error:
        raise GraphDataError(f"{source} can't be read: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise GraphDataError(f"{source} is no whole backup ({error}): nothing was touched") from None
    if data != data_guard.DATA_VERSION or data_guard.number(engine) > data_guard.number(version("arcadedb")):
        raise GraphVersionError(
            f"{source} was written by another TagCat (data version {data}, engine {engine}; this one has "
            f"{data_guard.DATA_VERSION} and {version('arcadedb')}): restore it there; nothing was touched"
        )
    return engine
