"""Where secrets come from, on real stores; a password that changes while we run; and who tells one."""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import secrets
from tagcat_kernel.graph.errors import GraphLoginError
from tagcat_kernel.graph.runner import BoltRunner, close_drivers
from tagcat_kernel.graph.session import Endpoint, Graph, connect
from tagcat_kernel.secrets import SecretsError, read_secrets
from tagcat_kernel.team.keys import Kept, Key
from tagcat_kernel.team.tokens import Verifier
from tests.kernel.aws import aws, moto

__all__ = ["aws", "moto"]
MARKER = "marker-Gr5x0qP2"
JWT_KEY = "marker-a-key-of-a-team-9rTq7zLw0c"
JWT_KEY_AROUND = "marker-another-key-in-the-environment"
TAGCAT = [sys.executable, "-m", "tagcat_kernel.cli"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (secrets.SETTING, *(f"TAGCAT_{name.upper()}" for name in secrets.NAMES)):
        monkeypatch.delenv(name, raising=False)


def write(path: Path, mode: int = 0o600, **held: Any) -> Path:
    path.write_text(json.dumps(held), "utf-8")
    path.chmod(mode)
    return path


def test_a_file_of_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.json", graph_password=MARKER, graph_user="ada", another=[1])
    monkeypatch.setenv(secrets.SETTING, f"file:{path}")
    monkeypatch.setenv("TAGCAT_GRAPH_URI", "bolt://host:7687")
    monkeypatch.setenv("TAGCAT_GRAPH_USER", "somebody")
    assert read_secrets() == {
        "graph_uri": "bolt://host:7687",
        "graph_user": "ada",
        "graph_password": MARKER,
    }
    for mode in (0o640, 0o604, 0o622):
        path.chmod(mode)
        with pytest.raises(SecretsError, match="chmod 600"):
            read_secrets()


@pytest.mark.parametrize("text", ["", "[]", f'"{MARKER}"', f'{{"graph_password": ["{MARKER}"]}}', "\x00"])
def test_a_file_that_holds_no_secrets_is_told_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = write(tmp_path / "s.json")
    path.write_text(text, "utf-8")
    monkeypatch.setenv(secrets.SETTING, f"file:{path}")
    with pytest.raises(GraphLoginError, match="no JSON object with text") as raised:
        connect()
    assert MARKER not in str(raised.value)


@pytest.mark.parametrize("told", ["file", "file:", "aws", "vault:x", "environment:x", MARKER])
def test_a_setting_that_is_none(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(secrets.SETTING, told)
    with pytest.raises(SecretsError, match="write environment, file:/path"):
        read_secrets()


def test_a_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyrings.alt.file import PlaintextKeyring

    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        keyring.set_password("tagcat", "graph_password", MARKER)
        keyring.set_password("another", "graph_user", "eve")
        monkeypatch.setenv(secrets.SETTING, "keyring")
        assert read_secrets() == {"graph_password": MARKER}
        monkeypatch.setenv(secrets.SETTING, "keyring:another")
        assert read_secrets() == {"graph_user": "eve"}
    finally:
        keyring.set_keyring(before)


def test_aws_secrets_manager(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto)
    client = boto3.client("secretsmanager")
    held = {"graph_uri": "neo4j+s://x", "graph_password": MARKER}
    arn = client.create_secret(Name="tagcat/graph", SecretString=json.dumps(held))["ARN"]
    for name in ("tagcat/graph", arn):
        monkeypatch.setenv(secrets.SETTING, f"aws:{name}")
        assert read_secrets() == held
    monkeypatch.setenv(secrets.SETTING, "aws:another")
    with pytest.raises(SecretsError, match=r"gives no 'another': .*ResourceNotFound"):
        read_secrets()


@pytest.fixture
def person(neo4j_endpoint: Endpoint) -> Iterator[tuple[Endpoint, Graph]]:
    """A user of the database itself, whose password may be changed, and a graph that may change it."""
    system = Graph(BoltRunner(replace(neo4j_endpoint, database="system")))
    name = f"p{uuid.uuid4().hex[:10]}"
    change(system, "CREATE USER $name SET PLAINTEXT PASSWORD $word CHANGE NOT REQUIRED", name, MARKER)
    yield replace(neo4j_endpoint, user=name, password=MARKER), system
    change(system, "DROP USER $name", name, "")


def change(system: Graph, text: str, name: str, word: str) -> None:
    system.runner.execute(lambda run: run(text, {"name": name, "word": word}), write=True)


def as_secrets(endpoint: Endpoint) -> dict[str, str]:
    return {
        "graph_uri": endpoint.uri,
        "graph_user": endpoint.user,
        "graph_password": endpoint.password,
        "graph_database": endpoint.database,
    }


def test_a_password_that_changes_asks_for_no_restart(
    person: tuple[Endpoint, Graph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, system = person
    path = write(tmp_path / "s.json", **as_secrets(endpoint))
    monkeypatch.setenv(secrets.SETTING, f"file:{path}")
    graph = connect()
    assert graph.read("schema_version")
    text = "ALTER USER $name SET PLAINTEXT PASSWORD $word CHANGE NOT REQUIRED"
    change(system, text, endpoint.user, f"{MARKER}-2")
    close_drivers()  # as when the server closed the connections
    with pytest.raises(GraphLoginError) as raised:  # the store holds the old one still
        graph.read("schema_version")
    assert MARKER not in str(raised.value) + repr(graph)
    write(path, **as_secrets(replace(endpoint, password=f"{MARKER}-2")))
    assert graph.read("schema_version")
    assert graph.read("schema_version")


def test_no_secret_is_told(person: tuple[Endpoint, Graph], tagcat_home: Path, tmp_path: Path) -> None:
    """Password and key are planted, TagCat works, and everything that it wrote or said is searched.

    A token is said once, to whoever asked for it, and written nowhere.
    """
    endpoint, _ = person
    held = write(tmp_path / "s.json", **as_secrets(endpoint), jwt_key=JWT_KEY)
    environment = os.environ | {secrets.SETTING: f"file:{held}", "TAGCAT_USER": endpoint.user}
    environment["TAGCAT_JWT_KEY"] = JWT_KEY_AROUND  # the store's counts, yet this one lies in sight
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for seed in range(3):
        grey = np.random.default_rng(seed).integers(0, 256, (90, 80), np.uint8)
        Image.fromarray(grey).save(pictures / f"{seed}.png")
    cells = [
        "import os\nfrom tagcat_kernel import Workbench\nwb = Workbench()\nwb.images()",
        "print(os.environ); print(wb.collection.graph.runner.endpoint.password)",
        "from tagcat_kernel.secrets import read_secrets\nread_secrets()",
        "wb.start_ingest(os.environ['PICTURES'])",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    environment["PICTURES"] = str(pictures)
    said = ""
    for command in (
        ["ingest", "--json", str(pictures)],
        ["matches"],
        ["doctor"],
        ["users", "list"],
        ["users", "token", endpoint.user],
        ["users", "invite", endpoint.user],
        ["report", str(tmp_path / "mine.ipynb"), "--out", str(tagcat_home / "report"), "--paths", "full"],
        ["files", "--no-such-option"],
    ):
        done = subprocess.run(
            [*TAGCAT, *command], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == (2 if command[0] == "files" else 0), done.stderr
        said += done.stdout + done.stderr
    held.write_text(held.read_text("utf-8").replace(MARKER, f"{MARKER}-wrong"), "utf-8")
    done = subprocess.run([*TAGCAT, "matches"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "refused user" in done.stderr
    said += done.stdout + done.stderr
    markers = MARKER, JWT_KEY, JWT_KEY_AROUND
    assert not [marker for marker in markers if marker in said]
    (token,) = re.findall(r"^[\w-]+\.[\w-]+\.[\w-]+$", said, re.MULTILINE)
    assert Verifier(Kept(lambda: (Key(None, "HS256", JWT_KEY.encode()),), "a key")).claims(token)
    (code,) = re.findall(r"#([\w-]+\.[\w-]+)", said)
    written = [path for path in tagcat_home.rglob("*") if path.is_file()]
    assert any(path.name == "notebook.ipynb" for path in written)
    for path in written:
        content = path.read_bytes()
        assert not [one for one in (*markers, token, code) if one.encode() in content], path
