"""A member's page without the browser around it: as much of Voilà's front end as a measurement needs.

Twenty Chromiums would measure themselves on two cores. A page here does over the same HTTP and websocket
what the front end does: it asks for the page, which starts a kernel, joins the kernel's channel, asks for
the states of all widgets, and then sends what a click sends and waits until the kernel is idle again.
"""

import asyncio
import json
import re
import struct
import time
import uuid
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

AsyncHTTPClient.configure(None, max_clients=100)


class Page:
    """One page of one member, opened by `open`."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = uuid.uuid4().hex
        self._idle: dict[str, asyncio.Future[None]] = {}
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._socket: WebSocketClientConnection | None = None
        self.widgets: dict[str, dict[str, Any]] = {}
        self.kernel = ""

    async def open(self, name: str) -> float:
        """Open a page and return the seconds until the states of all its widgets are here."""
        began = time.perf_counter()
        request = HTTPRequest(
            f"{self._base}/voila/render/{name}.ipynb", headers=self._headers, request_timeout=120
        )
        answer = await AsyncHTTPClient().fetch(request)
        found = re.search(r'"kernelId":\s*"([^"]+)"', answer.body.decode("utf-8"))
        if found is None:
            raise RuntimeError(f"{name} has no kernel")
        self.kernel = found[1]
        address = f"{self._base.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels"
        self._socket = await websocket_connect(
            HTTPRequest(f"{address}?session_id={self._session}", headers=self._headers),
            max_message_size=1 << 28,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        comm = uuid.uuid4().hex
        await self._send(
            "comm_open",
            {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}},
            {"version": "1.0.0"},
        )
        await self._told("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        await self.until(lambda: bool(self.widgets))
        return time.perf_counter() - began

    async def until(self, condition: Any, seconds: float = 60.0) -> None:
        """Wait until something is true of the widgets' states."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def model(self, **state: Any) -> str:
        """Return the id of the first widget whose state holds all of this."""
        for key, known in self.widgets.items():
            if all(known.get(name) == value for name, value in state.items()):
                return key
        raise LookupError(f"no widget has {state}")

    async def set(self, model: str, **state: Any) -> float:
        """Change traits as a front end does; return the seconds until the kernel has done all of it."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        return await self._told("comm_msg", {"comm_id": model, "data": data})

    async def tell(self, model: str, **content: Any) -> float:
        """Send a widget a message of its own; return the seconds until the kernel has done all of it."""
        return await self._told(
            "comm_msg", {"comm_id": model, "data": {"method": "custom", "content": content}}
        )

    async def close(self) -> None:
        """Leave the page as a browser does: the kernel is shut down."""
        if self._socket is not None:
            self._socket.close()
        if self._reader is not None:
            self._reader.cancel()

    async def _told(self, kind: str, content: dict[str, Any]) -> float:
        began = time.perf_counter()
        message = await self._send(kind, content)
        async with asyncio.timeout(60):
            await self._idle.setdefault(message, asyncio.get_running_loop().create_future())
        del self._idle[message]
        return time.perf_counter() - began

    async def _send(self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None) -> str:
        assert self._socket is not None
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": kind,
            "username": "",
            "session": self._session,
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        self._idle[message] = asyncio.get_running_loop().create_future()
        sent = {"header": header, "parent_header": {}, "metadata": metadata or {}, "content": content}
        await self._socket.write_message(json.dumps({**sent, "channel": "shell", "buffers": []}))
        return message

    async def _read(self, socket: WebSocketClientConnection) -> None:
        while (told := await socket.read_message()) is not None:
            message = json.loads(told if isinstance(told, str) else _text(told))
            content, parent = message["content"], message["parent_header"].get("msg_id", "")
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                if (waiting := self._idle.get(parent)) and not waiting.done():
                    waiting.set_result(None)
            elif message["msg_type"] == "comm_msg":
                data = content["data"]
                if data.get("method") == "update_states":
                    self.widgets.update({key: one["state"] for key, one in data["states"].items()})
                elif data.get("method") == "update":
                    self.widgets.setdefault(content["comm_id"], {}).update(data["state"])
            self._changed.set()
        raise ConnectionError("the kernel's channel was closed")


def _text(message: bytes) -> bytes:
    """Return the JSON of a message that came with buffers: the first of the parts that it is made of."""
    (count,) = struct.unpack_from(">I", message)
    offsets = struct.unpack_from(f">{count}I", message, 4)
    return message[offsets[0] : offsets[1] if count > 1 else None]
