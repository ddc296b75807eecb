"""The wheel, installed in an empty venv away from the checkout, works without network.

Long: it installs every dependency once. The network is taken away with a namespace of its own that has
only loopback (`unshare -n`), as root can.
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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `pip` builds it from a clean copy of what git knows."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, source / name)
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


def test_the_wheel_works_away_from_the_checkout_and_without_network(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PYTHONPATH", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    # One namespace for all, so that the server that `run` starts and its visitor share a loopback.
    visit = Path(__file__).with_name("visit.py")
    command = without_network(installed / "python", visit, installed / "tagcat")
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
