"""What a browser may claim of a file, and that everything else is an error."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tagcat_kernel.device_records import LATEST, ClaimError, record_of
from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord

SOURCE = "Macintosh: Chrome"
FILE = {"path": "a/b.jpg", "md5": "0f" * 16, "bytes": 70, "modified": 1_700_000_000_123}
IMAGE = FILE | {"kind": "image", "dhash": "ff00ff00ff00ff01", "width": 4, "height": 3}
VIDEO = FILE | {
    "kind": "video",
    "width": 4,
    "height": 3,
    "duration": 2.0,
    "fps": 29.97,
    "frames": [[0, 0, "0" * 16], [25, 0.967633, "f" * 16]],
}


def test_an_image_is_a_record() -> None:
    assert record_of(IMAGE, SOURCE) == ImageRecord(
        path="Macintosh: Chrome/a/b.jpg",
        md5="0f" * 16,
        dhash=0xFF00FF00FF00FF01,
        width=4,
        height=3,
        bytes=70,
        modified=1_700_000_000_123_000_000,
        hashed_by="device",
    )


def test_a_video_is_a_record() -> None:
    record = record_of(VIDEO | {"damaged": True, "approximate": True, "was": "0" * 32}, SOURCE)
    assert isinstance(record, VideoRecord)
    assert record.frames == (KeyFrame(0.0, 0, 0), KeyFrame(0.967633, 2**64 - 1, 25))
    assert (record.duration, record.fps, record.damaged) == (2.0, 29.97, True)
    assert record.hashed_by == "approximate"


WRONG: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (IMAGE, {"kind": "frame"}, "kind"),
    (IMAGE, {"kind": ["image"]}, "kind"),
    (IMAGE, {"md5": "0F" * 16}, "32 hex digits"),
    (IMAGE, {"md5": "0f" * 16 + "\n"}, "32 hex digits"),
    (IMAGE, {"md5": int("1" * 32)}, "32 hex digits"),
    (IMAGE, {"dhash": "0x" + "0" * 14}, "16 hex digits"),
    (IMAGE, {"dhash": "٣" * 16}, "16 hex digits"),
    (IMAGE, {"bytes": 0}, "bytes"),
    (IMAGE, {"bytes": True}, "bytes"),
    (IMAGE, {"bytes": 70.0}, "bytes"),
    (IMAGE, {"bytes": "70"}, "bytes"),
    (IMAGE, {"modified": LATEST + 1}, "modified"),
    (IMAGE, {"modified": None}, "modified"),
    (IMAGE, {"width": 0}, "width"),
    (IMAGE, {"width": 1 << 20, "height": 1 << 20}, "pixels"),
    (IMAGE, {"path": "/etc/passwd"}, "path"),
    (IMAGE, {"path": "a/../../b"}, "path"),
    (IMAGE, {"path": "a//b"}, "path"),
    (IMAGE, {"path": "./b"}, "path"),
    (IMAGE, {"path": ""}, "path"),
    (IMAGE, {"path": "a\0b"}, "path"),
    (IMAGE, {"path": "\ud83d"}, "Unicode"),
    (IMAGE, {"path": "a" * 1001}, "path"),
    (IMAGE, {"was": "x"}, "was"),
    (IMAGE, {"approximate": 1}, "approximate"),
    (IMAGE, {"damaged": True}, "more than it may"),
    (IMAGE, {"exif": "48.2 N"}, "more than it may"),
    (IMAGE, {"frames": []}, "more than it may"),
    (VIDEO, {"dhash": "0" * 16}, "more than it may"),
    (VIDEO, {"duration": float("nan")}, "duration"),
    (VIDEO, {"duration": -1}, "duration"),
    (VIDEO, {"fps": float("inf")}, "fps"),
    (VIDEO, {"frames": []}, "frames"),
    (VIDEO, {"frames": {"0": 0}}, "frames"),
    (VIDEO, {"frames": [[1, 0, "0" * 16]]}, "sample"),
    (VIDEO, {"frames": [[0, 0, "0" * 16], [0, 0, "0" * 16]]}, "sample"),
    (VIDEO, {"frames": [[0, 0, "0" * 16], [5, 0.5, "0" * 16]]}, "position"),
    (VIDEO, {"frames": [[0, 0, "0" * 16], [5, 0.1, "0" * 16], [6, 0.05, "0" * 16]]}, "position"),
    (VIDEO, {"frames": [[0, 0, 0]]}, "16 hex digits"),
    (VIDEO, {"frames": [[0, 0]]}, "key frame"),
]


@pytest.mark.parametrize(("claim", "forged", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_a_forged_field_is_named(claim: dict[str, Any], forged: dict[str, Any], said: str) -> None:
    with pytest.raises(ClaimError, match=said):
        record_of(claim | forged, SOURCE)


@pytest.mark.parametrize("claim", [IMAGE, VIDEO], ids=["image", "video"])
def test_nothing_may_be_missing(claim: dict[str, Any]) -> None:
    for name in claim:
        with pytest.raises(ClaimError):
            record_of({key: value for key, value in claim.items() if key != name}, SOURCE)


ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=40),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(ANYTHING)
def test_anything_at_all_is_a_record_or_an_error(claim: object) -> None:
    with pytest.raises(ClaimError):
        record_of(claim, SOURCE)


@settings(deadline=None)
@given(some.sampled_from([IMAGE, VIDEO]), some.data())
def test_a_claim_with_one_field_of_anything(claim: dict[str, Any], data: some.DataObject) -> None:
    """Whatever a field holds: an error, or a record that is as complete and bounded as any."""
    name = data.draw(some.sampled_from([*sorted(claim), "was", "damaged", "approximate", "more"]))
    forged = claim | {name: data.draw(ANYTHING)}
    try:
        record = record_of(forged, SOURCE)
    except ClaimError as error:
        json.dumps(str(error))
        return
    assert record.path.startswith(f"{SOURCE}/")
    assert record.md5 is not None and len(record.md5) == 32
    assert record.modified is not None and abs(record.modified) < 1 << 63
    assert record.hashed_by in ("device", "approximate")
