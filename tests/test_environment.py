"""environment.yml asks conda for what pyproject.toml asks pip for, no more and no less."""

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

CONDA_NAMES = {"neo4j-python-driver": "neo4j"}
NOT_OURS = ("python", "pip", "nodejs")


def test_environment_yml_is_in_step_with_pyproject() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (CHECKOUT / "environment.yml").read_text("utf-8").split("dependencies:")[1].splitlines()
    asked = {line.strip().removeprefix("- ") for line in lines if line.strip() and "pip:" not in line}
    for conda_name, name in CONDA_NAMES.items():
        asked = {line.replace(conda_name, name) for line in asked}
    ours = {line for line in asked if line.split(">=")[0].split("==")[0] not in NOT_OURS}
    assert ours == set(project["dependencies"])
