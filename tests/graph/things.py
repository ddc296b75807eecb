"""Records for tests of the graph: small, and without any file behind them."""

import hashlib
import random
from collections.abc import Sequence

from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord

SOURCE = "Linux: tagcat test"
BASE = 0xFF00FF00FF00FF00


def near(bits: int) -> int:
    """A hash at distance `bits` from BASE."""
    return BASE ^ ((1 << bits) - 1)


def md5(name: str) -> str:
    return hashlib.md5(name.encode()).hexdigest()


def image(path: str, dhash: int = BASE, *, content: str | None = None, modified: int = 1) -> ImageRecord:
    """An image file; files of one `content` have the same bytes."""
    name = md5(content or path)
    return ImageRecord(path, name, dhash, width=640, height=480, bytes=70, modified=modified)


def video(path: str, hashes: Sequence[int], *, content: str | None = None, **facts: object) -> VideoRecord:
    """A video whose key frames lie a second apart."""
    frames = tuple(KeyFrame(position=float(k), dhash=dhash, sample=25 * k) for k, dhash in enumerate(hashes))
    known = {"duration": 10.0, "fps": 25.0, "width": 640, "height": 360, "bytes": 900, "modified": 1} | facts
    return VideoRecord(path, md5(content or path), frames=frames, **known)  # type: ignore[arg-type]


def telling(seed: int, number: int) -> list[int]:
    """Different hashes that are not plain."""
    draw = random.Random(seed)
    return [draw.getrandbits(64) & ~0x1F | 0x1F for _ in range(number)]
