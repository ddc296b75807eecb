"""The queries: one .cypher file each, loaded by name, the same text for every engine.

A file opens with comment lines that say what it answers, then its parameters and its rows:

    // The files of a user, as columns.
    // $user string
    // -> paths list of string, bytes list of integer

Nothing here builds query text from input. `schema.cypher` is the one file of several statements, each
ended by a semicolon.
"""

import re
from dataclasses import dataclass
from functools import cache

from tagcat_kernel.home import shipped

COLUMN = re.compile(r"(?:^|, |\n)\s*(\w+) ((?:list of )?(?:string|integer|float|boolean|map))\b")
"""A column's name and type in a comment."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query by its file's name without the ending, its comment and its text without the comment."""

    name: str
    about: str
    text: str

    @property
    def statements(self) -> list[str]:
        """The text's statements: one, but for `schema`."""
        return [part.strip() for part in self.text.split(";") if part.strip()]

    @property
    def columns(self) -> dict[str, str]:
        """The names and types of the query's columns, as its comment tells them after `->`.

        Examples
        --------
        >>> query("frame_hashes").columns
        {'keys': 'list of string', 'hashes': 'list of string', 'positions': 'list of float'}
        """
        rows = self.about.partition("-> ")[2]
        return dict(COLUMN.findall(rows))


@cache
def query(name: str) -> Query:
    """Return a query by its name.

    Raises
    ------
    KeyError
        If there is no such file.

    Examples
    --------
    >>> query("version").about.splitlines()[1]
    '$user string'
    """
    found = catalogue()
    if name not in found:
        raise KeyError(f"there is no query {name!r} in {shipped('cypher')}")
    return found[name]


@cache
def catalogue() -> dict[str, Query]:
    """Return all queries by name, sorted.

    Examples
    --------
    >>> "lock" in catalogue()
    True
    """
    return {
        path.stem: _parse(path.stem, path.read_text("utf-8"))
        for path in sorted(shipped("cypher").glob("*.cypher"))
    }


def _parse(name: str, content: str) -> Query:
    lines = content.splitlines()
    about = [line.removeprefix("//").strip() for line in lines if line.startswith("//")]
    text = [line for line in lines if not line.startswith("//")]
    return Query(name, "\n".join(about), "\n".join(text).strip())
