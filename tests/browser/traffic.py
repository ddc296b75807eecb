"""Everything that a page and its server say to each other, message by message."""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message on the kernel's websocket."""

    kind: str
    header: dict[str, Any]
    metadata: dict[str, Any]
    content: dict[str, Any]
    buffers: list[bytes]

    @property
    def custom(self) -> dict[str, Any] | None:
        """What a widget says in words of its own, if that is what this is."""
        data = self.content.get("data", {})
        return data.get("content") if data.get("method") == "custom" else None


def parse(frame: bytes | str) -> Message:
    """Take a frame apart: offsets first, then channel, header, parent, metadata, content and buffers."""
    if isinstance(frame, str):
        row = json.loads(frame)
        return Message(row["header"]["msg_type"], row["header"], row["metadata"], row["content"], [])
    count = int.from_bytes(frame[:8], "little")
    at = [int.from_bytes(frame[8 * k : 8 * k + 8], "little") for k in range(1, count + 1)]
    parts = [frame[start:end] for start, end in pairwise(at)]
    header, _parent, metadata, content = (json.loads(part) for part in parts[1:5])
    return Message(header["msg_type"], header, metadata, content, parts[5:])


@dataclass
class Traffic:
    """Records what a page sends and gets, from the moment it is made."""

    page: Any
    sent: list[bytes | str] = field(default_factory=list)
    got: list[bytes | str] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("websocket", self._socket)
        self.page.context.on("request", self._request)

    # Playwright takes no built-in method as a listener, so each list has one of ours.
    def _socket(self, socket: Any) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._got)

    def _sent(self, frame: bytes | str) -> None:
        self.sent.append(frame)

    def _got(self, frame: bytes | str) -> None:
        self.got.append(frame)

    def _request(self, request: Any) -> None:
        self.requests.append(request)

    def forget(self) -> None:
        """Begin anew."""
        for record in (self.sent, self.got, self.requests):
            record.clear()

    def messages(self) -> list[Message]:
        """Return what was sent."""
        return [parse(frame) for frame in self.sent]

    def bytes(self) -> int:
        """Return the size of all frames and requests in both directions."""
        frames = sum(
            len(frame if isinstance(frame, bytes) else frame.encode()) for frame in self.sent + self.got
        )
        return frames + sum(
            len(request.url) + len(str(request.headers)) + len(request.post_data_buffer or b"")
            for request in self.requests
        )
