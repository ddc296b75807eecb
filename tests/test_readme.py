"""What the README shows is what a newcomer can run."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagcat_kernel.graph import server

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")


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


def test_every_link_and_picture_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (CHECKOUT / target).exists()] == []


def test_the_commands_exist() -> None:
    from typer.main import get_command

    from tagcat_kernel.cli import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"\btagcat ([a-z]+)\b", README)) - {"tagcat"}
    assert named <= commands | {"kernel"}, "no command is promised that is not there"
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets
