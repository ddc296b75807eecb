"""What a report was made from, as one JSON file beside it: enough to make it again and compare.

It names every input by its MD5, the settings, the parameters, the versions of what computed, the seeds,
and the SHA-256 of every table and of the notebook's cells. It holds no secret and no address of a graph.
"""

import json
import platform
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any

from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.options import Options

FORMAT = "tagcat report"
VERSION = 1
LIBRARIES = (
    "tagcat",
    "numpy",
    "numba",
    "opencv-python-headless",
    "pillow",
    "av",
    "pandas",
    "scikit-learn",
    "scipy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A report's origin.

    Attributes
    ----------
    notebook
        Its name, and the SHA-256 of its cells without the values that were given.
    parameters
        The values that were given.
    options
        What the report may show.
    settings
        `max_distance` and `key_frame_distance` of the collection, in bits.
    seeds
        What chance began from: the notebook's parameters whose names have "seed" in them, and Python's
        order of sets.
    versions
        Of Python and the libraries that compute.
    marks
        The SHA-256 of what people and models have put on items: tags, labels, verdicts.
    inputs
        Of every file of the collection its MD5, path (or name), size in bytes and kind.
    tables
        Of every table its file, number of rows, and SHA-256.
    """

    notebook: dict[str, str]
    parameters: dict[str, Any]
    options: dict[str, Any]
    settings: dict[str, int]
    seeds: dict[str, Any]
    versions: dict[str, str]
    inputs: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    marks: dict[str, str] = field(default_factory=dict)
    user: str = ""
    created: str = ""
    format: str = field(default=FORMAT)
    version: int = field(default=VERSION)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read one.

        Raises
        ------
        ReportError
            If it is none, of a newer TagCat, or names a table outside the report's folder.
        """
        try:
            told = json.loads(path.read_text("utf-8"))
            if told["format"] != FORMAT:
                raise ValueError(f"its format is {told['format']!r}")
            if told["version"] > VERSION:
                raise ReportError(f"{path}: made by a newer TagCat: install that one")
            manifest = cls(**{name.name: told[name.name] for name in fields(cls) if name.name in told})
            manifest.check()
        except OSError as error:
            raise ReportError(f"{path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReportError(f"{path}: no manifest of a report: {error!r}") from error
        return manifest

    def check(self) -> None:
        """Hold that the parts are what they should be: the file may come from anybody.

        Raises
        ------
        ValueError
            If one is not.
        """
        Options(**self.options)
        for part in (self.notebook, self.parameters, self.settings, self.seeds, self.versions, self.marks):
            if not isinstance(part, dict):
                raise ValueError(f"{part!r:.80} is no object")
        for table in self.tables:
            path = PurePath(table["file"])
            if path.is_absolute() or len(path.parts) != 2 or ".." in path.parts:
                raise ValueError(f"{table['file']!r} is no file of the report")
            if not isinstance(table["sha256"], str):
                raise ValueError("a table's SHA-256 is no text")
        for row in self.inputs:
            if not isinstance(row["md5"], str) or not isinstance(row["path"], str):
                raise ValueError(f"{row!r:.80} is no input")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute, by name.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['av', 'numba']
    """
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
