"""What is installed, which graph answers, what is missing and what to do about it.

Each finding is "fine", "missing" (an extra that a default install does without) or "broken" (TagCat
can't work until it is mended). Nothing is changed by looking, but that an embedded graph may start, and
a new user be known to it.
"""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from tagcat_kernel.home import home, shipped, user_name

LIBRARIES = (
    *("numpy", "numba", "opencv-python-headless", "pillow", "av"),
    *("arcadedb", "neo4j", "pandas"),
    *("jupyterlab", "voila", "ipykernel", "ipywidgets", "anywidget", "ipyfilechooser", "scikit-learn"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: `what` was looked at, what is `told` of it, and what to do (`advice`)."""

    what: str
    state: Literal["fine", "missing", "broken"]
    told: str
    advice: str = ""

    @property
    def sign(self) -> str:
        """A mark for the start of the line."""
        return {"fine": "✓", "missing": "–", "broken": "✗"}[self.state]

    def as_dict(self) -> dict[str, str]:
        """Return the finding as a JSON object."""
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything and return what was found, worst news included.

    Examples
    --------
    >>> finding = Finding("graph", "fine", "answers")
    >>> finding.sign, finding.as_dict()["state"]
    ('✓', 'fine')
    """
    return [
        finding for look in (_system, _libraries, _widgets, _folders, _graph, _extras) for finding in look()
    ]


def _system() -> Iterator[Finding]:
    yield Finding(
        "python", "fine", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    yield Finding("user", "fine", user_name())


def _libraries() -> Iterator[Finding]:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        advice = "install TagCat again: pip install --force-reinstall tagcat"
        yield Finding("libraries", "broken", f"missing: {', '.join(missing)}", advice)
    else:
        yield Finding("libraries", "fine", ", ".join(found))


def _widgets() -> Iterator[Finding]:
    from importlib.util import find_spec

    spec = find_spec("tagcat_widgets")
    places = list(spec.submodule_search_locations or []) if spec else []
    bundles = [place for place in places if os.path.isdir(os.path.join(place, "static"))]  # noqa: PTH112, PTH118
    if bundles:
        yield Finding("front end", "fine", "built")
    else:
        yield Finding(
            "front end", "broken", "not built", "run `pip install .` in the checkout, or `make setup`"
        )


def _folders() -> Iterator[Finding]:
    yield from _try("notebooks and queries", lambda: f"{shipped('notebooks')}, {shipped('cypher')}")

    def room() -> str:
        folder = home()
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} is not writable")
        return f"{folder} ({shutil.disk_usage(folder).free / 1e9:.1f} GB free)"

    yield from _try("TAGCAT_HOME", room, "set TAGCAT_HOME to a folder that you may write to")


def _graph() -> Iterator[Finding]:
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.collection import Collection

    named = os.environ.get("TAGCAT_GRAPH_URI")

    def ask() -> str:
        counts = Collection(connect(), user_name()).counts()
        kind = f"the graph at {named}" if named else "the embedded graph"
        return f"{kind} answers: " + ", ".join(f"{number} {name}" for name, number in counts.items())

    yield from _try("graph", ask)


def _extras() -> Iterator[Finding]:
    from importlib.util import find_spec

    if find_spec("pillow_heif"):
        yield Finding("HEIC pictures", "fine", "pillow-heif is installed")
    else:
        yield Finding("HEIC pictures", "missing", "not read", "pip install 'tagcat[heif]'")


def _try(what: str, look: Callable[[], str], advice: str = "") -> Iterator[Finding]:
    try:
        yield Finding(what, "fine", look())
    except Exception as error:  # whatever is broken is what the doctor is here to tell
        yield Finding(what, "broken", str(error), advice)
