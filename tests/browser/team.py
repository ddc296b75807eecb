"""`tagcat serve --team` in a process of its own, for tests: its members, and what they carry."""

import asyncio
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.browser.serving import Home, Served, set_traps
from tests.browser.traffic import Message, parse

KEY = "the key of a team in a test: 32 bytes or more"
NEWER = "v1.kernel.websocket.jupyter.org"
VERSION = {"version": "1.0.0"}  # of ipywidgets' control messages
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Version": "13",
}


def token(name: str, seconds: float = 3600, key: str = KEY, **claims: object) -> str:
    """Return a token, made by PyJWT itself; it counts from now on, not from a moment ago."""
    now = time.time()
    return jwt.encode({"sub": name, "iat": now, "exp": now + seconds} | claims, key, algorithm="HS256")


@dataclass
class TeamHome(Home):
    """A home whose team has a key."""

    def environment(self) -> dict[str, str]:
        """Return the environment of every process that works here."""
        return super().environment() | {"TAGCAT_JWT_KEY": KEY}

    def add(self, *names: str) -> None:
        """Make members."""
        for verb in ("sign_up", "approve"):
            self.tell(verb, *names)

    def tell(self, verb: str, *names: str, more: str = "") -> str:
        """Do something to members as whoever administers the graph; return what comes of it, a line each."""
        code = (
            "from tagcat_kernel.graph import connect; from tagcat_kernel.team import members; "
            f"[print(members.{verb}(connect(), name{more})) for name in {names!r}]"
        )
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def team_home(folder: Path) -> TeamHome:
    """Make a home in an empty folder, with its traps."""
    home = TeamHome(folder / "tagcat", folder / "person")
    set_traps(home)
    return home


def graph_of(home: Home) -> dict[str, str]:
    """Start the embedded graph of a home if need be; return its uri, user, password and database."""
    code = (
        "import dataclasses, json; from tagcat_kernel.graph.server import ensure_running; "
        "print(json.dumps(dataclasses.asdict(ensure_running()), default=str))"
    )
    asked = subprocess.run(
        [sys.executable, "-P", "-c", code], env=home.environment(), capture_output=True, text=True, check=True
    )
    found = json.loads(asked.stdout)
    return {name: found[name] for name in ("uri", "user", "password", "database")}


@dataclass
class Team(Served):
    """The team's dashboards, and what is asked of them as a member."""

    options: tuple[str, ...] = ("--team",)
    tokens: dict[str, str] = field(default_factory=dict)

    def carry(self, name: str) -> dict[str, str]:
        """Return the header by which a member's program says who it is; none for nobody ("")."""
        if not name:
            return {}
        return {"Authorization": f"Bearer {self.tokens.setdefault(name, token(name))}"}

    def kernel_of(self, name: str, page: str = "home", query: str = "") -> str:
        """Open a page and return the id of its kernel."""
        status, _, text = self.ask(f"/voila/render/{page}.ipynb{query}", **self.carry(name))
        assert status == 200, text
        assert "tc-error" not in text, text
        return re.findall(r'"kernelId": "([^"]+)"', text)[0]


def message(kind: str, content: dict[str, object], channel: str = "shell") -> str:
    """Return a message to a kernel as text, in the older of the two forms."""
    header = {"msg_id": uuid4().hex, "msg_type": kind, "username": "", "session": "s", "version": "5.3"}
    rest = {"parent_header": {}, "metadata": VERSION, "buffers": [], "channel": channel}
    return json.dumps({"header": header, "content": content, **rest})


def packed(kind: str, content: dict[str, object], channel: str = "shell") -> bytes:
    """Return the same in the newer form, which Jupyter's front end chooses."""
    header = {"msg_id": uuid4().hex, "msg_type": kind, "username": "", "session": "s", "version": "5.3"}
    parts = [channel.encode(), *(json.dumps(part).encode() for part in (header, {}, VERSION, content))]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join([*(number.to_bytes(8, "little") for number in (len(offsets), *offsets)), *parts])


async def channels(team: Team, kernel: str, carried: dict[str, str], *protocols: str) -> Any:
    """Open the websocket of a kernel, as a program that carries these headers."""
    place = team.base.replace("http", "ws", 1) + f"/api/kernels/{kernel}/channels?session_id={uuid4()}"
    return await websocket_connect(HTTPRequest(place, headers=carried), subprotocols=list(protocols) or None)


@dataclass
class Forger:
    """A page's websocket in the hands of somebody who sends what no button of that page sends.

    `states` are the page's widgets by their comms, each with `model_name` and `state`; `said` is all that the
    kernel has answered.
    """

    socket: Any
    states: dict[str, Any] = field(default_factory=dict)
    said: str = ""

    @classmethod
    async def open(cls, team: Team, name: str, place: str) -> "Forger":
        """Open a page as a member and list its widgets."""
        page, _, query = place.partition("?")
        kernel = await asyncio.to_thread(team.kernel_of, name, page, f"?{query}" if query else "")
        own = cls(await channels(team, kernel, team.carry(name), NEWER))
        await own.tell("comm_open", "all", {}, target_name="jupyter.widget.control")
        await own.tell("comm_msg", "all", {"method": "request_states"})
        while not own.states:
            own.states = (await own.hear()).content.get("data", {}).get("states", {})
        return own

    def comms(self, *names: str) -> list[str]:
        """Return the comms of the widgets whose state has all of these names."""
        return [comm for comm, widget in self.states.items() if set(names) <= set(widget["state"])]

    async def tell(self, kind: str, comm: str, data: dict[str, object], **more: object) -> None:
        """Send a message about a comm."""
        await self.socket.write_message(packed(kind, {"comm_id": comm, "data": data, **more}), binary=True)

    async def update(self, comm: str, state: dict[str, object]) -> None:
        """Say what the state of a widget is."""
        await self.tell("comm_msg", comm, {"method": "update", "state": state})

    async def custom(self, comm: str, content: dict[str, object]) -> None:
        """Say something to a widget in words of its own."""
        await self.tell("comm_msg", comm, {"method": "custom", "content": content})

    async def hear(self) -> Message:
        """Return the kernel's next message."""
        heard = parse(await asyncio.wait_for(self.socket.read_message(), 60))
        self.said += json.dumps(heard.content)
        return heard

    async def settle(self) -> None:
        """Wait until the kernel has answered all that was sent."""
        await self.socket.write_message(packed("comm_info_request", {}), binary=True)
        while (await self.hear()).kind != "comm_info_reply":
            pass

    async def leave(self) -> None:
        """Close it."""
        await leave(self.socket)


async def ended(socket: Any, seconds: float = 30) -> int | None:
    """Wait until a websocket has been closed by the other side; return its code."""

    async def last() -> int | None:
        while await socket.read_message() is not None:
            pass
        code: int | None = socket.close_code
        socket.close()  # for tornado it is open until both have said so
        return code

    return await asyncio.wait_for(last(), seconds)


async def leave(socket: Any) -> None:
    """Close a websocket."""
    socket.close()
    await ended(socket)
