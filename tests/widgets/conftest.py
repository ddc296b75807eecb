"""A browser by hand: comms that remember what was sent, and messages through the real handler."""

from collections.abc import Iterator
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm


class Browser(BaseComm):
    """The browser's end of a widget's comm."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(*args, **keywords)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ):
        self.sent.append((data or {}, [bytes(buffer) for buffer in buffers or ()]))

    def custom(self, content: object) -> None:
        """Send a custom message, as `model.send` does."""
        self.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def write(self, **state: Any) -> None:
        """Write traits, as `model.save_changes` does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.handle_msg({"content": {"data": data}, "buffers": []})

    def thumbnails(self) -> list[tuple[dict[str, Any], list[bytes]]]:
        """Return the answers with thumbnails so far."""
        customs = (
            (data.get("content"), buffers) for data, buffers in self.sent if data.get("method") == "custom"
        )
        return [(content, buffers) for content, buffers in customs if content["type"] == "thumbnails"]


@pytest.fixture(autouse=True)
def browsers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give every new widget a Browser as its comm."""
    monkeypatch.setattr(comm, "create_comm", Browser)
    yield


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\"'><script>alert(1)</script>",
    "\u202egnp.exe",
    "a" * 10_000,
    "caf\udce9.jpg",
    "\ud83d lone",
    "line\nbreak\x00nul",
)
