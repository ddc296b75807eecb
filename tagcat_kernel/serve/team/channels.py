"""The websocket between a page and its kernel: widgets' messages pass, and only while its member may stay.

Whoever can send a kernel any message can run any code as the server's account. So a message is read before
it is passed on, and passes only where all of this holds: it goes to the channel "shell" (requests to debug,
answers to a prompt and requests to end a kernel go elsewhere); its type is one of `ALLOWED`; and one that
opens a comm opens `jupyter.widget.control`, by which the front end asks for the widgets that there are.
(The target `jupyter.widget` would let a page make any widget class that is registered.) What can't be read
is dropped as well. Every drop is logged, without its content.

A websocket lives for hours after it was opened, so being known then is not enough: `Watch` asks the door
about every open one again, and closes it within seconds of its token's end or its member's.
"""

import asyncio
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.escape import json_decode
from tornado.ioloop import PeriodicCallback

from tagcat_kernel.serve.team.identity import Asked
from tagcat_kernel.team.tokens import RefusedError

ALLOWED = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"})
TARGETS = frozenset({"jupyter.widget.control"})
INTERVAL = 2.0
"""Seconds between two looks at who is connected."""

MOST_PARTS = 10_000
"""Parts of a message: its head and its buffers, one for each thumbnail that a browser made, say."""

GONE = 4401
"""The close code of a websocket whose member may no longer stay."""


class WidgetMessages(ZMQChannelsWebsocketConnection):
    """Jupyter Server's way from a websocket to a kernel, narrowed to widgets' messages."""

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass a message on, or drop it."""
        try:
            refusal = _refusal(*self._read(incoming_msg))
        except Exception:  # whatever it is, no front end sent it
            refusal = "it can't be read"
        if refusal:
            self.log.warning("dropped a message: %s", refusal)
            return
        super().handle_incoming_message(incoming_msg)

    def _read(self, message: Any) -> tuple[str, str, dict[str, Any]]:
        """Return the channel, type and content of a message, in the same way as they are read later."""
        newer = self.subprotocol == "v1.kernel.websocket.jupyter.org"
        if isinstance(message, bytes):
            # Jupyter Server believes the number of parts that stands in front, and would count to it.
            parts = int.from_bytes(message[:8], "little") if newer else int.from_bytes(message[:4])
            if not 0 < parts <= MOST_PARTS:
                raise ValueError(parts)
        if newer:
            channel, texts = deserialize_msg_from_ws_v1(message)
            header, content = self.session.unpack(texts[0]), self.session.unpack(texts[3])
        else:
            found = (
                deserialize_binary_message(message) if isinstance(message, bytes) else json_decode(message)
            )
            channel, header, content = found["channel"], found["header"], found["content"]
        return channel, header["msg_type"], content


def _refusal(channel: str, kind: str, content: dict[str, Any]) -> str:
    """Return why a message may not pass, "" where it may.

    Examples
    --------
    >>> _refusal("shell", "comm_msg", {"comm_id": "1", "data": {}})
    ''
    >>> _refusal("shell", "execute_request", {"code": "1"})
    "type 'execute_request'"
    """
    if channel != "shell":
        return f"channel {channel!r}"
    if kind not in ALLOWED:
        return f"type {kind!r}"
    if kind == "comm_open" and content["target_name"] not in TARGETS:
        return f"comm target {content['target_name']!r}"
    return ""


class Watch:
    """Looks again and again at who is connected, and closes what may not stay."""

    def __init__(self, door: Asked) -> None:
        self._door = door
        self._open: set[Any] = set()  # websocket handlers, with `tagcat_token` and `close`
        self._round = PeriodicCallback(self.look, INTERVAL * 1000)

    def begin(self) -> None:
        """Look from now on, on the running event loop."""
        self._round.start()

    def add(self, websocket: Any) -> None:
        """Watch a websocket that has been opened."""
        self._open.add(websocket)

    def remove(self, websocket: Any) -> None:
        """Let go of one that has been closed."""
        self._open.discard(websocket)

    def close(self, token: str, reason: str) -> None:
        """Close every websocket that was opened with a token."""
        for one in [one for one in self._open if one.tagcat_token == token]:
            one.close(GONE, reason[:40])  # at most 123 bytes

    async def look(self) -> None:
        """Ask about every token once, and close the websockets of those that are refused."""
        for token, address in {(one.tagcat_token, one.tagcat_address) for one in self._open}:
            try:
                await asyncio.to_thread(self._door.who, token, address)
            except RefusedError as refused:
                self.close(token, str(refused))
            except Exception as error:  # the graph is away: no page can read anything, and this may pass
                for one in self._open:
                    one.log.warning("could not ask whether members may stay: %s", type(error).__name__)
                    break
