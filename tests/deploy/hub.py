"""A real JupyterHub with real accounts of this machine, for as long as a test needs them."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import requests
import websocket

CHECKOUT = Path(__file__).parents[2]
CONFIG = CHECKOUT / "deploy" / "jupyterhub" / "jupyterhub_config.py"
PATIENCE = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Account:
    """An account of this machine, with a password and a home folder that is closed to others."""

    name: str
    password: str
    home: Path
    uid: int


@contextmanager
def accounts(*names: str) -> Iterator[tuple[str, list[Account]]]:
    """Make a group and accounts in it; end what they started and remove them afterwards."""
    mark = uuid.uuid4().hex[:8]
    group = f"tagcat{mark}"
    homes = Path(tempfile.mkdtemp(prefix="tagcat-homes-"))
    homes.chmod(0o755)  # pytest's own folder is closed to other accounts
    made = []
    subprocess.run(["groupadd", group], check=True)
    try:
        for name in names:
            account, password = f"{name}{mark}", secrets.token_urlsafe(12)
            home = homes / account
            command = ["useradd", "--create-home", "--home-dir", home, "--groups", group, account]
            subprocess.run(command, check=True)
            subprocess.run(["chpasswd"], input=f"{account}:{password}", text=True, check=True)
            home.chmod(0o700)
            made.append(Account(account, password, home, home.stat().st_uid))
        yield group, made
    finally:
        ours = {account.uid for account in made}
        for process in psutil.process_iter(["uids"]):
            if process.info["uids"] and process.info["uids"].real in ours:
                process.kill()
        for account in made:
            subprocess.run(["userdel", "--force", account.name], check=False, capture_output=True)
        subprocess.run(["groupdel", group], check=False, capture_output=True)
        shutil.rmtree(homes, ignore_errors=True)


@contextmanager
def reachable(*paths: Path) -> Iterator[None]:
    """Let other accounts pass through the folders above paths, not list them, until the end."""
    with ExitStack() as undo:
        for folder in {parent for path in paths for parent in path.resolve().parents}:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
                undo.callback(folder.chmod, mode)
        yield


class Hub:
    """JupyterHub with the project's own configuration, on free ports."""

    def __init__(self, folder: Path, group: str, graphs: Path | None = None) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "hub.log"
        self._open = Path(tempfile.mkdtemp(prefix="tagcat-hub-"))
        self._open.chmod(0o755)  # pytest's own folder is closed to other accounts
        self.handed = self._open / "handed"
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TAGCAT_")
        } | {
            "TAGCAT_HUB_ADDRESS": self.address,
            "TAGCAT_HUB_GROUP": group,
            "TAGCAT_HUB_HOME": str(folder / "hub"),
            "TAGCAT_HUB_GRAPHS": str(graphs or ""),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def __enter__(self) -> Self:
        inner, proxy = free_port(), free_port()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyterhub", f"--config={CONFIG}"),
                    f"--JupyterHub.hub_bind_url=http://127.0.0.1:{inner}",
                    f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
                    f"--OwnServer.handed={self.handed}",
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                if requests.get(f"{self.address}/hub/health", timeout=5).ok:
                    return self
            except requests.RequestException:
                pass
            if self.process.poll() is not None or time.monotonic() > until:
                self.__exit__(None, None, None)
                raise RuntimeError(self.log.read_text("utf-8", "replace"))
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)  # it stops the servers and the proxy, too
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.left = sorted(path.name for path in self.handed.glob("*"))
        shutil.rmtree(self._open)


@dataclass
class Visitor:
    """A browser: cookies, and nothing else that says who sits there."""

    hub: Hub
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, name: str, password: str) -> requests.Response:
        page = f"{self.hub.address}/hub/login"
        self.session.get(page, timeout=30)
        form = {"username": name, "password": password, "_xsrf": self._xsrf("/hub/")}
        return self.session.post(page, data=form, timeout=30, allow_redirects=False)

    def ask(self) -> requests.Response:
        """Ask for a server, or for the page of the one that starts or runs."""
        return self.session.get(f"{self.hub.address}/hub/spawn", timeout=PATIENCE)

    def wait(self, name: str) -> str:
        """Wait until a server shows its first page, and return that page's address."""
        until = time.monotonic() + PATIENCE
        while f"/user/{name}/lab" not in (answer := self.ask()).url and time.monotonic() < until:
            time.sleep(0.5)
        assert answer.status_code == 200, answer.text
        return answer.url

    def run(self, name: str, code: str) -> Any:
        """Run code in a new kernel of a person's server and return the JSON that it printed last."""
        place = f"{self.hub.address}/user/{name}"
        head = {"X-XSRFToken": self._xsrf(f"/user/{name}/")}
        answer = self.session.post(f"{place}/api/kernels", json={}, headers=head, timeout=60)
        assert answer.status_code == 201, answer.text
        channel = self.channel(name, answer.json()["id"])
        message: dict[str, Any] = {
            "channel": "shell",
            "header": {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "s"}
            | {"version": "5.3", "date": ""},
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
        }
        channel.send(json.dumps(message))
        printed = ""
        while True:
            heard = json.loads(channel.recv())
            if heard["parent_header"].get("msg_id") != "1":
                continue
            if heard["msg_type"] == "stream" and heard["content"]["name"] == "stdout":
                printed += heard["content"]["text"]
            elif heard["msg_type"] == "error":
                raise AssertionError("\n".join(heard["content"]["traceback"]))
            elif heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle" and printed:
                channel.close()
                return json.loads(printed.splitlines()[-1])

    def channel(self, name: str, kernel: str) -> websocket.WebSocket:
        """Open the websocket of a kernel."""
        address = f"{self.hub.address}/user/{name}/api/kernels/{kernel}/channels"
        request = requests.Request("GET", address)
        cookies = self.session.prepare_request(request).headers.get("Cookie", "")
        return websocket.create_connection(
            address.replace("http", "ws", 1), timeout=PATIENCE, cookie=cookies, origin=self.hub.address
        )

    def _xsrf(self, path: str) -> str:
        return next(c.value or "" for c in self.session.cookies if c.name == "_xsrf" and c.path == path)
