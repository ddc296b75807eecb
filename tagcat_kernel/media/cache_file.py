"""A file of tables that may vanish, break or be locked at any moment, and stops nobody who asks it.

It is SQLite in WAL mode, so several processes read and write it at once, and rows commit whole. It holds
only what can be worked out again; so a file that was deleted or replaced is opened anew, one of another
version is begun anew, a damaged one is moved aside and begun anew. Where even that fails (full disk,
read-only folder, a lock that lasts), questions are answered with None and what was to be written is lost.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class CacheFile:
    """The tables in a file; safe to use from several threads and processes at once.

    Parameters
    ----------
    path
        Where the file lies or will lie.
    tables
        The columns of each table, as SQL.
    version
        Of what the tables hold; a file of another version is emptied.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tables = {"sizes": "name TEXT PRIMARY KEY, size INTEGER"}
    ...     file = CacheFile(Path(folder) / "some.sqlite", tables, version=1)
    ...     file.do("INSERT INTO sizes VALUES (?, ?)", "a", 3)
    ...     file.one("SELECT size FROM sizes WHERE name = ?", "a")
    ...     file.close()
    (3,)
    """

    def __init__(self, path: Path, tables: Mapping[str, str], version: int) -> None:
        self.path = path
        self.tables = tables
        self.version = version
        self._lock = threading.RLock()
        self._open: tuple[sqlite3.Connection, tuple[int, int]] | None = None

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        with self._lock:
            if self._open:
                with contextlib.suppress(sqlite3.Error):
                    self._open[0].close()
                self._open = None

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if there is none or the file fails."""

        def ask(connection: sqlite3.Connection) -> tuple[Any, ...] | None:
            row: tuple[Any, ...] | None = connection.execute(query, values).fetchone()
            return row

        return self._with_connection(ask)

    def do(self, query: str, *values: object) -> None:
        """Write in one transaction; where the file fails, nothing is kept and nothing is said."""

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute(query, values)

        self._with_connection(write)

    def _with_connection(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do the work; begin a damaged file anew and try once more. A file that fails answers nothing."""
        with self._lock:
            for _ in range(2):
                try:
                    return work(self._connection())
                except (sqlite3.OperationalError, OSError):
                    # Locked for long, disk full, read-only, folder deleted: go on without the file.
                    self.close()
                    if self.path.exists():
                        return None
                except sqlite3.DatabaseError:
                    self.close()
                    self._move_aside()
            return None

    def _connection(self) -> sqlite3.Connection:
        """Return the connection, a new one if the file was deleted or replaced meanwhile."""
        if self._open:
            try:
                facts = self.path.stat()
                if (facts.st_dev, facts.st_ino) == self._open[1]:
                    return self._open[0]
            except FileNotFoundError:
                pass
            self.close()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=20, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare(connection)
            facts = self.path.stat()
        except BaseException:
            connection.close()
            raise
        self._open = (connection, (facts.st_dev, facts.st_ino))
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == self.version:
            return
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            # Two processes may come here together: the second sees the first one's version.
            if connection.execute("PRAGMA user_version").fetchone()[0] == self.version:
                return
            for table, columns in self.tables.items():
                connection.execute(f"DROP TABLE IF EXISTS {table}")
                connection.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")
            connection.execute(f"PRAGMA user_version = {self.version}")

    def _move_aside(self) -> None:
        """Rename a damaged file, unless another process has done so already."""
        with contextlib.suppress(OSError, sqlite3.Error):
            try:
                trial = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20)
                try:
                    if trial.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
                        return
                finally:
                    trial.close()
            except sqlite3.DatabaseError:
                pass
            self.path.replace(self.path.with_suffix(".damaged"))
            for ending in ("-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
