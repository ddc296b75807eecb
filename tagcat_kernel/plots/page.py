"""The frame of a stand-alone file: its templates, and what they may do."""

from pathlib import Path
from typing import Any

POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What a browser lets such a file do: show what is in it, and ask nobody for more."""


def environment(*more: Path) -> Any:
    """Return Jinja's environment for our templates, in which every word is escaped; `more` holds others."""
    from jinja2 import Environment, FileSystemLoader

    made = Environment(loader=FileSystemLoader([Path(__file__).parent / "templates", *more]), autoescape=True)
    made.globals["policy"] = POLICY
    return made
