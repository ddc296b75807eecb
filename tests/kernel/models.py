"""A model in ONNX for tests, made byte by byte: its classes are the mean red, green and blue.

ONNX is a protobuf; the few messages that a model of one node needs are written here by hand, so that no
test needs a package that makes models.
"""

import hashlib
import json
from pathlib import Path

LABELS = ["red", "green", "blue"]


def colour_model(folder: Path, **changes: object) -> Path:
    """Write a model whose three scores are how red, green and blue a picture is (0 to 1), and its card."""
    model = folder / "colours.onnx"
    model.write_bytes(mean_of_channels())
    card = {
        "name": "colours",
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "licence": "MIT",
        "labels": LABELS,
        "side": 16,
        "crop": 16,
        "scale": 1 / 255,
    }
    (folder / "colours.json").write_text(json.dumps(card | changes))
    return model


def mean_of_channels() -> bytes:
    """Return the model GlobalAveragePool: float [batch, 3, height, width] to [batch, 3, 1, 1]."""
    node = _field(1, b"pictures") + _field(2, b"scores") + _field(4, b"GlobalAveragePool")
    graph = (
        _field(1, node)
        + _field(2, b"colours")
        + _field(11, _value(b"pictures", [b"batch", 3, b"height", b"width"]))
        + _field(12, _value(b"scores", [b"batch", 3, 1, 1]))
    )
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _value(name: bytes, sides: list[bytes | int]) -> bytes:
    shape = b"".join(
        _field(1, _number(1, side) if isinstance(side, int) else _field(2, side)) for side in sides
    )
    return _field(1, name) + _field(2, _field(1, _number(1, 1) + _field(2, shape)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    made = b""
    while value > 127:
        made += bytes([value & 127 | 128])
        value >>= 7
    return made + bytes([value])
