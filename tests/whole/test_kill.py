"""`kill -9` of an ingest at random moments, then the same command again: the graph is the same.

Each trial has a home of its own, so that decoding, caching and storing all lie under the axe. The
moments are drawn with a fixed seed over the time that an uninterrupted run takes.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

TAGCAT = [sys.executable, "-m", "tagcat_kernel.cli"]
# What the graph holds of a user, whole: read back through the same Collection that views use.
DUMP = """
import dataclasses, json, os
from tagcat_kernel import Workbench
with Workbench() as wb:
    of = wb.collection
    print(json.dumps({
        "counts": of.counts(),
        "files": sorted(map(str, of.files().values())),
        "images": sorted(of.images(), key=str),
        "videos": sorted(of.videos(), key=str),
        "frames": sorted(of.frames(), key=str),
        "matches": sorted(of.matches(), key=str),
    }, default=str))
"""


class Trial:
    """One home, one user and one graph, in which `tagcat ingest` is killed and run again."""

    def __init__(self, home: Path, user: str, engine: dict[str, str]) -> None:
        self.environment = os.environ | engine | {"TAGCAT_HOME": str(home), "TAGCAT_USER": user}
        self.home = home

    def start(self, folders: list[Path]) -> subprocess.Popen[bytes]:
        command = [*TAGCAT, "ingest", "--json", *map(str, folders)]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def dump(self) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", DUMP], env=self.environment, capture_output=True, text=True, check=True
        )
        told = done.stdout.replace(f"{self.environment['TAGCAT_USER']}:", "user:")
        return json.loads(told)  # type: ignore[no-any-return]

    def stop(self) -> None:
        subprocess.run([*TAGCAT, "graph", "stop"], env=self.environment, capture_output=True, check=False)


@pytest.fixture
def folders(media: Path, tmp_path: Path) -> list[Path]:
    """Forty images, three videos and some hostile files: seconds of work."""
    chosen = tmp_path / "chosen"
    for name, pattern, most in (("images", "tex__*", 40), ("videos", "psd__*", 3), ("bad", "tm__*", 8)):
        (chosen / name).mkdir(parents=True)
        for path in sorted((media / name).glob(pattern))[:most]:
            (chosen / name / path.name).symlink_to(path)
    return [chosen]


def kill_and_resume(
    trials: int, seed: int, engine: dict[str, str], folders: list[Path], tmp_path: Path
) -> None:
    moments = random.Random(seed)
    whole = Trial(tmp_path / "whole", f"whole{seed}", engine)
    try:
        began = time.monotonic()
        assert whole.start(folders).wait() == 1, "the hostile files fail"
        seconds = time.monotonic() - began
        expected = whole.dump()
    finally:
        whole.stop()
    assert expected["counts"]["images"] > 10
    assert expected["counts"]["videos"] == 3
    killed = 0
    for number in range(trials):
        trial = Trial(tmp_path / f"trial{number}", f"trial{seed}x{number}", engine)
        try:
            running = trial.start(folders)
            time.sleep(moments.uniform(0.1, 0.95) * seconds)
            if running.poll() is None:
                running.send_signal(signal.SIGKILL)
                killed += 1
            running.wait()
            assert trial.start(folders).wait() == 1
            assert trial.dump() == expected, f"trial {number} of seed {seed}"
        finally:
            trial.stop()
    assert killed >= trials // 2, "the axe must fall while the ingest runs"


def test_three_kills_on_the_embedded_engine(folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(3, 1, {}, folders, tmp_path)


def test_three_kills_on_neo4j(neo4j_environment: dict[str, str], folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(3, 2, neo4j_environment, folders, tmp_path)


@pytest.mark.soak
def test_ten_kills_on_the_embedded_engine(folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(10, 3, {}, folders, tmp_path)


@pytest.mark.soak
def test_ten_kills_on_neo4j(neo4j_environment: dict[str, str], folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(10, 4, neo4j_environment, folders, tmp_path)
