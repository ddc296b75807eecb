"""`kill -9` of the writer or of the embedded server, then the same ingest again: the graph is the same.

At every boundary: `axe` counts what an ingest does to the graph, and kills at each moment of it in turn,
between transactions and between the queries of one. What was acknowledged must be there at once, no
content may be there by half, and after the same ingest again the graph must be the uninterrupted one.

At random moments (`make soak`): the real command, in a home of its own, so that decoding and caching lie
under the axe as well.
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


def axe(
    folder: Path, home: Path, engine: dict[str, str], *, victim: str, choose: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the uninterrupted trial and the others."""
    environment = os.environ | engine | {"TAGCAT_HOME": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    asked = json.dumps({"folder": str(folder), "victim": victim, "choose": choose})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.whole.axe"],
            input=asked,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        whole, *trials = [json.loads(line) for line in done.stdout.splitlines()]
    finally:
        subprocess.run([*TAGCAT, "graph", "stop"], env=environment, capture_output=True, check=False)
    return whole, trials


def survives(whole: dict[str, Any], trials: list[dict[str, Any]], *, dies: bool) -> None:
    expected = whole["after"]
    kinds = [label for label, _ in expected["nodes"].values()]
    assert (kinds.count("Image"), kinds.count("Video")) == (IMAGES, VIDEOS)
    assert sum(edge[0] == "MATCH" for edge in expected["edges"]) > 10
    assert whole["left"] == expected, "the second ingest of what is there changes nothing"
    assert len(whole["acknowledged"]) == IMAGES + VIDEOS
    for trial in trials:
        told = trial["at"]
        assert trial["exit"] == (-signal.SIGKILL if dies else 0), told
        if dies:
            assert trial["moments"][-1] == told
        nothing_acknowledged_is_lost(trial)
        nothing_is_there_by_half(trial["left"], expected, told)
        assert trial["after"] == expected, told


def nothing_acknowledged_is_lost(trial: dict[str, Any]) -> None:
    there = {facts.get("path") for _, facts in trial["left"]["nodes"].values()}
    assert not set(trial["acknowledged"]) - there, trial["at"]


def nothing_is_there_by_half(left: dict[str, Any], expected: dict[str, Any], told: str) -> None:
    """What is left is a part of the whole: some contents with all of their files, frames and matches."""
    nodes = left["nodes"]
    assert nodes.items() <= expected["nodes"].items(), told
    of_these = [edge for edge in expected["edges"] if edge[1] in nodes and edge[2] in nodes]
    assert left["edges"] == of_these, told
    for kind, a, b, _ in expected["edges"]:
        if kind == "SET":  # a file and its content come together
            assert (a in nodes) == (b in nodes), told
        if kind == "SOURCE":  # so do a video and each of its frames
            assert (a in nodes) == (b in nodes), told


IMAGES, VIDEOS = 10, 3


@pytest.fixture
def few_files(media: Path, tmp_path: Path) -> Path:
    """Images and videos of which many match, in three batches and three transactions of videos."""
    folder = tmp_path / "few"
    folder.mkdir()
    videos = [media / "videos" / f"perception__{name}" for name in ("v1.m4v", "v2.m4v", "v2s.mov")]
    for path in [*sorted((media / "images").glob("cloth__*"))[:IMAGES], *videos]:
        (folder / path.name).symlink_to(path)
    return folder


def test_the_writer_dies_at_three_boundaries(few_files: Path, tmp_path: Path) -> None:
    whole, trials = axe(few_files, tmp_path / "home", {}, victim="writer", choose="few")
    survives(whole, trials, dies=True)
    assert len(trials) == 3


def test_the_writer_dies_at_three_boundaries_on_neo4j(
    neo4j_environment: dict[str, str], few_files: Path, tmp_path: Path
) -> None:
    whole, trials = axe(few_files, tmp_path / "home", neo4j_environment, victim="writer", choose="few")
    survives(whole, trials, dies=True)
    assert len(trials) == 3


def test_the_embedded_server_dies_at_three_boundaries(few_files: Path, tmp_path: Path) -> None:
    """The ingest goes on by itself: it starts the server again, and tells no error."""
    whole, trials = axe(few_files, tmp_path / "home", {}, victim="server", choose="few")
    survives(whole, trials, dies=False)
    assert len(trials) == 3


@pytest.mark.soak
def test_the_writer_dies_at_every_query(few_files: Path, tmp_path: Path) -> None:
    whole, trials = axe(few_files, tmp_path / "home", {}, victim="writer", choose="all")
    survives(whole, trials, dies=True)
    assert len(trials) == len(whole["moments"]) > 60


@pytest.mark.soak
def test_the_writer_dies_at_every_query_on_neo4j(
    neo4j_environment: dict[str, str], few_files: Path, tmp_path: Path
) -> None:
    whole, trials = axe(few_files, tmp_path / "home", neo4j_environment, victim="writer", choose="all")
    survives(whole, trials, dies=True)
    assert len(trials) == len(whole["moments"]) > 60


@pytest.mark.soak
def test_the_embedded_server_dies_at_every_boundary(few_files: Path, tmp_path: Path) -> None:
    whole, trials = axe(few_files, tmp_path / "home", {}, victim="server", choose="boundaries")
    survives(whole, trials, dies=False)
    assert len(trials) > 20


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


@pytest.mark.soak
def test_five_kills_on_the_embedded_engine(folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(5, 3, {}, folders, tmp_path)


@pytest.mark.soak
def test_three_kills_on_neo4j(neo4j_environment: dict[str, str], folders: list[Path], tmp_path: Path) -> None:
    kill_and_resume(3, 4, neo4j_environment, folders, tmp_path)
