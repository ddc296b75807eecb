"""The wheel, installed in an empty venv away from the checkout, works without network.

Once with the newest versions of all that it needs, once with those of the container's lock files, installed
by the Containerfile's own commands. Long: each installs every dependency. The network is taken away with a
namespace of its own that has only loopback (`unshare -n`), as root can.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of what git knows."""
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, source / name)
    return source


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `pip` builds it."""
    built = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(built), str(source)]
    subprocess.run(command, check=True)
    return next(built.glob("tagcat-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an empty venv that holds the wheel."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", str(wheel)], check=True)
    return folder / "bin"


def without_network(*command: str | Path) -> list[str]:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("taking the network away needs root and unshare: apt install util-linux, run as root")
    return ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *map(str, command)]


@pytest.fixture(scope="module")
def contained(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder that the first stage of the Containerfile makes, by its own commands in its order."""
    folder = tmp_path_factory.mktemp("container")
    recipe = (CHECKOUT / "deploy" / "Containerfile").read_text("utf-8").replace("\\\n", "")
    stage = recipe.partition("\nFROM ")[2].partition("\nFROM ")[0]
    (variables,) = re.findall(r"^ENV (.*)$", stage, re.M)
    commands = re.findall(r"^RUN (.*)$", stage, re.M)
    assert len(commands) == 3, "venvs, what is locked, the wheel"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= dict(pair.split("=") for pair in variables.split())
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in commands:
        there = command.replace("/opt/", f"{folder}/opt/").replace("/dist", f"{folder}/dist")
        done = subprocess.run(
            ["sh", "-ec", there], cwd=source, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return folder / "opt" / "tagcat" / "bin"


@pytest.mark.parametrize("way", ["installed", "contained"])
def test_the_wheel_works_away_from_the_checkout_and_without_network(
    way: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs: Path = request.getfixturevalue(way)
    monkeypatch.chdir(tmp_path)
    for name in ("PYTHONPATH", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    # One namespace for all, so that the server that `run` starts and its visitor share a loopback.
    visit = Path(__file__).with_name("visit.py")
    command = without_network(programs / "python", visit, programs / "tagcat")
    told = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    seen = json.loads(told.stdout.splitlines()[-1])
    assert re.fullmatch(r"\d+ images, 2 videos, \d+ key frames, \d+ matches", seen["found"])
    assert seen["status"] == 200
    assert seen["page"] is True, "home says what it is"
    assert seen["doctor"] == 0
    assert seen["network"] is False


def test_the_network_is_really_gone() -> None:
    """The check of the check: a namespace without routes reaches nobody."""
    program = "import socket; socket.create_connection(('192.0.2.1', 80), 3)"
    done = subprocess.run(without_network(sys.executable, "-c", program), capture_output=True, check=False)
    assert done.returncode != 0
