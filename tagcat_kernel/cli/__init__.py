"""The `tagcat` command: one verb each, tables for eyes, `--json` for programs.

Exit codes: 0 done, 1 some files failed (or the graph did not answer), 2 wrong use. What a program reads
goes to stdout, everything else to stderr; bars and colours only where a terminal shows them.

Each module here holds the commands of one concern and adds them to the app of `_app` when it is imported.
"""

import sys

from tagcat_kernel.cli import (
    archive,
    checks,
    collection,
    graph,
    hand,
    label,
    pages,
    report,
    sharing,
    tags,
    users,
)
from tagcat_kernel.cli._app import app

__all__ = [
    "app",
    "archive",
    "checks",
    "collection",
    "graph",
    "hand",
    "label",
    "main",
    "pages",
    "report",
    "sharing",
    "tags",
    "users",
]


def main() -> None:
    """Run the command line; the entry point of `tagcat`."""
    # A name that is no valid text must not end the program while it is being shown.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app()
