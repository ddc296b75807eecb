"""The tables of a report: taken out of the outputs, written as CSV, and compared with an earlier run's.

A table has the number of its place and the heading above it as its name. It is compared as a set of rows
that may come several times: a row that moved is no difference of what the table says, but it is said.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tagcat_kernel.reports.capture import TABLE

MOST = 20
"""Rows that a difference names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report: `file` is its name below the report's folder, `text` the CSV in it."""

    file: str
    text: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of the CSV as UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def cells(self) -> list[list[str]]:
        """The header and the rows, as texts."""
        return list(csv.reader(io.StringIO(self.text)))


def collect(notebook: Any) -> list[Table]:
    """Take the tables out of the outputs of an executed notebook, in their order."""
    found: list[Table] = []
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+\s+(.+?)\s*#*$", cell.source, re.MULTILINE)
            heading = headings[-1] if headings else heading
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).pop(TABLE, None)
            if text is not None:
                found.append(Table(f"tables/{len(found) + 1:02d}-{_slug(heading)}.csv", text))
    return found


def _slug(heading: str) -> str:
    """Return a heading as a part of a file's name."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "table"


def differences(before: Table, now: Table) -> list[str]:
    r"""Return in which rows two runs of a table differ, as lines for a person; empty where they are equal.

    Examples
    --------
    >>> old, new = Table("t.csv", "name,bits\na,1\nb,2\n"), Table("t.csv", "name,bits\nb,2\nc,3\n")
    >>> differences(old, new)
    ['gone: row 1: a, 1', 'new: row 2: c, 3']
    """
    if before.text == now.text:
        return []
    old, new = before.cells, now.cells
    if old[:1] != new[:1]:
        return [f"the columns were {', '.join(*old[:1])}; they are {', '.join(*new[:1])}"]
    gone, more = _missing(old[1:], new[1:]), _missing(new[1:], old[1:])
    if not gone and not more:
        return ["the same rows in another order"]
    return _lines("gone", gone) + _lines("new", more)


def _missing(rows: list[list[str]], there: list[list[str]]) -> list[tuple[int, list[str]]]:
    """Return the rows, with their numbers from 1, that `there` has not or not so often."""
    left = Counter(map(tuple, there))
    missing = []
    for number, row in enumerate(rows, start=1):
        left[tuple(row)] -= 1
        if left[tuple(row)] < 0:
            missing.append((number, row))
    return missing


def listed(names: Sequence[str]) -> str:
    """Return names for a person; beyond `MOST` they are counted.

    Examples
    --------
    >>> listed(["a.jpg", "b.jpg"])
    'a.jpg, b.jpg'
    """
    left = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + left


def _lines(word: str, rows: list[tuple[int, list[str]]]) -> list[str]:
    lines = [f"{word}: row {number}: {', '.join(row)}" for number, row in rows[:MOST]]
    return [*lines, f"{word}: {len(rows) - MOST:,} more rows"] if len(rows) > MOST else lines
