"""What the README shows is what a newcomer can run."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagcat_kernel.graph import server

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")
PAGES = [CHECKOUT / "README.md", CHECKOUT / "docs" / "comparison.md"]
"""What a newcomer reads first."""


@pytest.fixture
def person(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Somebody's home folder, with the pictures, videos and the download that the README names."""
    photographs, videos = drawn / "photographs", drawn / "videos"
    shutil.copytree(photographs, tmp_path / "Pictures")
    shutil.copytree(videos, tmp_path / "Videos")
    (tmp_path / "Downloads").mkdir()
    shutil.copy(photographs / "dahlia, half size.png", tmp_path / "Downloads" / "still.jpg")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    yield tmp_path
    server.stop()


def test_the_notebook_example_runs(person: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    found = names["wb"].find("~/Downloads/still.jpg")
    assert found["position"].isna().any(), "it is among the pictures"
    assert found["position"].notna().any(), "and in the videos"
    assert names["wb"].counts()["videos"] == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_is_there(page: Path) -> None:
    targets = [
        target
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        if not target.startswith("https://")
    ]
    assert targets
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_exist(page: Path) -> None:
    from typer.main import get_command

    from tagcat_kernel.cli import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    told = page.read_text("utf-8")
    named = set(re.findall(r"\btagcat ([a-z]+)\b", told)) - {"tagcat"}
    assert named <= commands | {"kernel"}, "no command is promised that is not there"
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", told)) <= targets


def test_make_says_what_it_waits_for() -> None:
    """An install of a minute in silence looks like one that hangs."""
    said = subprocess.run(
        ["make", "--dry-run", "--always-make", "run"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    steps = said.splitlines()
    install = next(number for number, line in enumerate(steps) if "pip install" in line)
    assert "installing TagCat into .venv" in steps[install - 1]
    assert "installed" in steps[install + 1]
