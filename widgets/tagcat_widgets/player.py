"""A video to look at: any moment of it as a picture, and small videos as films.

A file of the collection has no address that a browser could open; whatever it shows comes from the kernel,
which knows whose file that is. So the front end (`player.ts`) asks for moments, by the key that a moment
has (`user:md5:k`, at k / 25 s), and the newest wish replaces the one before: the kernel decodes them, under
the limits of all decoding, in every format that it reads. To play, the front end asks for the file's bytes
part by part: `{"type": "part", "view", "key", "at"}`, answered by `{"type": "part", "view", "key", "at",
"size", "container"}` and one buffer, or by a `reason` in words. (A film that lies on the person's own
device is played from there instead.) Only the video that is shown is answered
for, and it is held in memory only until its last part has left.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown
from tagcat_widgets._loop import running_loop, tell
from tagcat_widgets._thumbnails import Source, ThumbnailDesk

PER_SECOND = 25
"""Moments of a second that can be asked for: as many as TagCat samples."""
PART = 2**20
"""Bytes of a video that travel in one message."""
DAMAGED = "This file breaks off or holds errors: what decodes of it is shown, and was compared."
"""The note on a video that is damaged."""

Video = Callable[[str], bytes]
"""Gives a video's file as bytes, by key; raises, in words for a person, where it can't or should not."""


class Player(Front):
    """Shows one video: its moments as pictures, and the whole as a film where the browser can play it.

    Parameters
    ----------
    picture
        Gives a moment as JPEG bytes by its key, or None; called from threads, only for moments of the video
        that is shown.
    video
        Gives the file's bytes by the video's key; without it nothing is played.
    height
        Greatest height of the picture in pixels.
    empty
        What a player without a video says.

    Examples
    --------
    >>> player = Player(lambda key: None)
    >>> player.show("ada:00", "cats.mp4", 12.0)
    >>> player.position = 99.0
    >>> player.position, player.name
    (12.0, 'cats.mp4')
    """

    _esm = bundle("player.js")
    _css = bundle("player.css")
    _from_browser = frozenset({"position"})

    key = traitlets.Unicode("", help="The video's key; empty for none.").tag(sync=True)
    name = traitlets.Unicode("", help="What it is called.").tag(sync=True)
    duration = traitlets.Float(0.0, min=0, help="Its length in seconds.").tag(sync=True)
    position = traitlets.Float(0.0, help="The moment that is shown, in seconds.").tag(sync=True)
    note = traitlets.Unicode("", help="What must be known of it.").tag(sync=True)
    playable = traitlets.Bool(help="Whether the file's bytes can be asked for.").tag(sync=True)
    height = traitlets.Int(400, min=80, help="Greatest height of the picture in px.").tag(sync=True)
    empty = traitlets.Unicode("No video.", help="What it says without a video.").tag(sync=True)

    def __init__(
        self,
        picture: Source,
        video: Video | None = None,
        *,
        height: int = 400,
        empty: str = "No video.",
        **keywords: Any,
    ) -> None:
        self._video = video
        self._lock = threading.Lock()
        self._held: tuple[str, bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk = ThumbnailDesk(picture, lambda: _Moments(self.key, self.duration), self.send)
        super().__init__(height=height, empty=empty, playable=video is not None, **keywords)
        self.on_msg(self._heard)

    def show(self, key: str, name: str, duration: float, position: float = 0.0, note: str = "") -> None:
        """Show another video, or none with an empty key; `duration` and `position` in seconds.

        `note` is what must be known of it, such as `DAMAGED`; it stands above the picture.
        """
        with self.hold_sync():
            self.key, self.name, self.duration, self.note = key, name, duration, note
            self.position = position

    @traitlets.validate("position")
    def _check_position(self, proposal: Any) -> float:
        seconds = float(proposal["value"])
        return min(max(0.0, seconds), self.duration) if seconds == seconds else 0.0  # noqa: PLR0124 - NaN

    @traitlets.validate("name", "note", "empty")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])

    @traitlets.observe("key")
    def _forget(self, _: Any) -> None:
        with self._lock:
            self._held = None

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if self._desk.heard(content) or not isinstance(content, dict) or content.get("type") != "part":
            return
        view, key, at = content.get("view"), content.get("key"), content.get("at")
        if not isinstance(view, str) or key != self.key or not key or type(at) is not int or at < 0:
            return
        self._loop = running_loop()
        # Reading a file may take long, and the kernel must go on answering meanwhile.
        threading.Thread(target=self._give, args=(view, key, at), name="tagcat player", daemon=True).start()

    def _give(self, view: str, key: str, at: int) -> None:
        content: dict[str, Any] = {"type": "part", "view": view, "key": key, "at": at}
        part: list[bytes] = []
        try:
            with self._lock:
                data = self._whole(key)
                part = [data[at : at + PART]]
                content |= {"size": len(data), "container": container(data)}
                self._held = None if at + PART >= len(data) else (key, data)
        except Exception as error:  # told to the person who pressed Play
            content["reason"] = shown(str(error) or type(error).__name__)
        tell(self._loop, self.send, content, part)

    def _whole(self, key: str) -> bytes:
        if self._held is not None and self._held[0] == key:
            return self._held[1]
        if self._video is None:
            raise ValueError("this page shows pictures only")
        data = self._video(key)
        if not container(data):
            raise ValueError("browsers play MP4, WebM and their kin only")
        return data


def container(data: bytes) -> str:
    r"""Return the media type of a film that browsers may play, by its first bytes; else an empty text.

    Examples
    --------
    >>> container(b"\0\0\0\x18ftypmp42"), container(b"\x1a\x45\xdf\xa3"), container(b"<html>")
    ('video/mp4', 'video/webm', '')
    """
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return "video/webm" if data[:4] == b"\x1a\x45\xdf\xa3" else ""


class _Moments:
    """The keys of all moments of a video: a container that need not list them."""

    def __init__(self, video: str, duration: float) -> None:
        self._video = video
        self._last = int(duration * PER_SECOND) + 1

    def __contains__(self, key: object) -> bool:
        video, _, sample = str(key).rpartition(":")
        digits = sample.isascii() and sample.isdigit() and len(sample) < 12
        return bool(video) and video == self._video and digits and int(sample) <= self._last
