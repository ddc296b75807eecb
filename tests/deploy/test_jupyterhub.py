"""The real JupyterHub: two accounts of this machine, each with a server and a collection of his own.

Long: two JupyterLabs start. What the hub hands to whom is tried without one in
tests/deploy/test_credentials.py.
"""

import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import requests
import websocket
from PIL import Image

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.runner import BoltRunner
from tagcat_kernel.graph.session import Endpoint, Graph, connect
from tests.deploy.hub import CHECKOUT, CONFIG, Account, Hub, Visitor, accounts, reachable

pytestmark = pytest.mark.soak

LOOK = """
import json, os, pathlib
from tagcat_kernel import Workbench

with Workbench() as wb:
    wb.ingest(str(pathlib.Path.home() / "pictures"), progress=False)
    seen = {"user": wb.user, "images": [pathlib.Path(path).name for path in wb.images()["path"]]}
    seen["other"] = wb.counts()
seen["uid"] = os.getuid()
seen["environment"] = dict(os.environ)
"""
PRY = """
import glob
def tried(path):
    try:
        return pathlib.Path(path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
def listed(path):
    try:
        return os.listdir(path)
    except OSError:
        return None
seen["command lines"] = "".join(map(tried, glob.glob("/proc/[0-9]*/cmdline")))
seen["environments"] = "".join(map(tried, glob.glob("/proc/[0-9]*/environ")))
seen["files"] = "".join(map(tried, @FILES@))
seen["folders"] = [listed(path) for path in @FOLDERS@]
"""


@pytest.fixture(scope="module")
def people() -> Iterator[tuple[str, list[Account]]]:
    if os.geteuid() != 0 or not shutil.which("useradd"):
        pytest.skip("a hub for accounts of this machine needs root and useradd")
    proxy = CONFIG.parent / "node_modules" / ".bin" / "configurable-http-proxy"
    if not proxy.exists():
        pytest.skip(f"no {proxy}: npm ci --prefix deploy/jupyterhub")
    python = Path(sys.executable)
    ways = (CHECKOUT / "pyproject.toml", python, python.resolve())
    shut = [f for way in ways for f in way.resolve().parents if not f.stat().st_mode & 0o001]
    if shut and not os.environ.get("TAGCAT_CI"):
        pytest.skip(f"other accounts can't reach {shut[0]}: run it from a folder that they can")
    with reachable(*ways), accounts("ada", "bob") as made:
        for number, account in enumerate(made[1]):
            pictures = account.home / "pictures"
            pictures.mkdir()
            noise = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
            Image.fromarray(noise).resize((256, 256)).save(pictures / f"of-{account.name}.png")
            for path in (pictures, *pictures.iterdir()):
                os.chown(path, account.uid, account.uid)
        yield made


def pry(files: list[Path], folders: list[Path]) -> str:
    """What a person's kernel tries to see of everybody else on the machine."""
    code = LOOK + PRY.replace("@FILES@", repr([str(path) for path in files]))
    return code.replace("@FOLDERS@", repr([str(path) for path in folders])) + "print(json.dumps(seen))"


def signed_in(hub: Hub, account: Account) -> Visitor:
    visitor = Visitor(hub)
    assert visitor.sign_in(account.name, account.password).status_code == 302
    visitor.ask()
    return visitor


def refused(visitor: Visitor, owner: Account, kernel: str) -> None:
    """Nobody but its owner reaches a server: by page, by file, by call, by websocket."""
    place = f"{visitor.hub.address}/user/{owner.name}"
    for path in ("lab", "api/contents", "api/kernels", f"api/kernels/{kernel}", "voila/files/x.png"):
        answer = visitor.session.get(f"{place}/{path}", timeout=30)
        assert answer.status_code in (403, 404) or "/hub/login" in answer.url, (path, answer.url)
    assert not visitor.session.post(f"{place}/api/kernels", json={}, timeout=30).ok
    with pytest.raises(websocket.WebSocketBadStatusException):
        visitor.channel(owner.name, kernel)


def change(system: Graph, text: str, name: str, word: str) -> None:
    system.runner.execute(lambda run: run(text, {"name": name, "word": word}), write=True)


def walk_through(hub: Hub, people: list[Account], secret: dict[str, list[str]]) -> dict[str, Any]:
    """Let both work, each in his own server, and look at everything that one could see of the other."""
    ada, bob = people
    visitors = {account.name: signed_in(hub, account) for account in people}
    for name, visitor in visitors.items():
        assert visitor.wait(name).endswith(f"/user/{name}/lab/tree/home.ipynb")
    told: dict[str, Any] = {}
    for mine, other in ((ada, bob), (bob, ada)):
        files = [other.home / "pictures" / f"of-{other.name}.png", hub.handed / f"{other.uid}.json"]
        files += [other.home / ".local/share/tagcat/graph/password"]
        files += [hub.folder / "hub" / "cookie-secret", hub.folder / "graphs.json"]
        folders = [other.home, hub.handed, hub.folder / "hub"]
        seen = told[mine.name] = visitors[mine.name].run(mine.name, pry(files, folders))
        assert (seen["user"], seen["uid"]) == (mine.name, mine.uid)
        assert seen["images"] == [f"of-{mine.name}.png"]
        assert seen["files"] == ""
        assert seen["folders"] == [None, None, None]
        assert f"JUPYTERHUB_USER={mine.name}" in seen["environments"], "the search finds what there is"
        assert f"JUPYTERHUB_USER={other.name}" not in seen["environments"]
        for word in (*secret[other.name], *secret["hub"]):
            assert word not in json.dumps(seen)
        for word in secret[mine.name]:  # his own lies in a file alone
            assert word not in json.dumps(seen)
    for mine, other in ((ada, bob), (bob, ada)):
        own = f"{hub.address}/user/{mine.name}/api/kernels"
        kernel = visitors[mine.name].session.get(own, timeout=30).json()[0]["id"]
        refused(visitors[other.name], mine, kernel)
        refused(Visitor(hub), mine, kernel)
        for port in ports_of(mine):  # past the proxy, as an account of the machine could
            answer = requests.get(f"http://127.0.0.1:{port}/user/{mine.name}/api/kernels", timeout=30)
            assert answer.status_code == 403 or "/hub/" in answer.url
    return told


def ports_of(account: Account) -> list[int]:
    """Where an account's own server listens."""
    found = []
    for process in psutil.process_iter(["uids", "cmdline"]):
        if process.info["uids"].real == account.uid and "serve.hub.person" in " ".join(
            process.info["cmdline"] or []
        ):
            found += [c.laddr.port for c in process.net_connections("tcp") if c.status == "LISTEN"]
    assert found
    return found


def test_two_people_with_embedded_graphs(people: tuple[str, list[Account]], tmp_path: Path) -> None:
    group, both = people
    with Hub(tmp_path, group) as hub:
        stranger = Visitor(hub)
        assert stranger.sign_in(both[0].name, both[1].password).status_code == 403
        assert stranger.sign_in("root", "").status_code == 403
        secret = {account.name: [account.password] for account in both} | {"hub": []}
        told = walk_through(hub, both, secret)
        assert "TAGCAT_SECRETS" not in told[both[0].name]["environment"]
        words = [account.home / ".local/share/tagcat/graph/password" for account in both]
        assert [(word.stat().st_uid, word.stat().st_mode & 0o777) for word in words] == [
            (account.uid, 0o600) for account in both
        ]
        log = hub.log.read_text("utf-8", "replace")
    assert not any(account.password in log for account in both)


def test_two_people_with_accounts_of_a_neo4j(
    people: tuple[str, list[Account]], tmp_path: Path, neo4j_endpoint: Endpoint
) -> None:
    group, both = people
    system = Graph(BoltRunner(replace(neo4j_endpoint, database="system")))
    graphs = tmp_path / "graphs.json"
    words = {account.name: f"word-{uuid.uuid4().hex}" for account in both}
    make = "CREATE USER $name SET PLAINTEXT PASSWORD $word CHANGE NOT REQUIRED"
    for name, word in words.items():
        change(system, make, name, word)
    try:
        held = {
            name: {"graph_uri": neo4j_endpoint.uri, "graph_user": name, "graph_password": word}
            for name, word in words.items()
        }
        graphs.touch(mode=0o600)
        graphs.write_text(json.dumps(held), "utf-8")
        with Hub(tmp_path, group, graphs) as hub:
            secret = {name: [word] for name, word in words.items()} | {"hub": [neo4j_endpoint.password]}
            told = walk_through(hub, both, secret)
            log = hub.log.read_text("utf-8", "replace")
        assert hub.left == [], "the hub has taken back what it handed over"
        for account in both:
            own = hub.handed / f"{account.uid}.json"
            assert told[account.name]["environment"]["TAGCAT_SECRETS"] == f"file:{own}"
            counts = Collection(connect(neo4j_endpoint), account.name).counts()
            assert counts["images"] == 1, "it lies in the Neo4j"
            assert words[account.name] not in log
    finally:
        for name in words:
            change(system, "DROP USER $name", name, "")
