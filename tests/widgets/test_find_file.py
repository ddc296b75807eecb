"""What a browser asks with is checked, field by field; what is right reaches the page as numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_widgets import FileFinder
from tagcat_widgets.find_file import MOST, Question

DHASH = "0" * 15 + "f"


def listening() -> tuple[FileFinder, list[Question]]:
    finder, asked = FileFinder(), []
    finder.on_find(asked.append)
    return finder, asked


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(0, 2**64 - 1)), min_size=1, max_size=20))
def test_a_clip_asks_with_its_hashes_and_times(frames: list[tuple[float, int]]) -> None:
    finder, asked = listening()
    rows = [[seconds, f"{dhash:016x}"] for seconds, dhash in frames]
    finder.comm.custom({"type": "find", "kind": "video", "hashes": rows})
    assert asked[0].hashes.dtype == np.uint64
    assert asked[0].hashes.tolist() == [dhash for _, dhash in frames]
    assert asked[0].positions.tolist() == [seconds for seconds, _ in frames]


def test_a_picture_asks_with_one_hash_and_no_time() -> None:
    finder, asked = listening()
    finder.comm.custom({"type": "find", "kind": "image", "hashes": [[None, DHASH]]})
    assert (asked[0].kind, asked[0].hashes.tolist()) == ("image", [15])
    assert math.isnan(asked[0].positions[0])


@pytest.mark.parametrize(
    ("kind", "hashes"),
    [
        ("image", []),
        ("image", [[None, DHASH]] * 2),
        ("image", [[1.0, DHASH]]),
        ("image", [[None, DHASH.upper()]]),
        ("image", [[None, 15]]),
        ("image", [[None, DHASH, 1]]),
        ("image", {"a": 1}),
        ("video", [[None, DHASH]]),
        ("video", [[-1, DHASH]]),
        ("video", [[math.nan, DHASH]]),
        ("video", [[math.inf, DHASH]]),
        ("video", [[True, DHASH]]),
        ("video", [["1", DHASH]]),
        ("video", [[0.0, DHASH]] * (MOST + 1)),
        ("sound", [[None, DHASH]]),
        (None, [[None, DHASH]]),
    ],
)
def test_forged_questions_are_not_asked(kind: object, hashes: object) -> None:
    finder, asked = listening()
    finder.comm.custom({"type": "find", "kind": kind, "hashes": hashes})
    assert asked == []


def test_only_the_message_as_it_is_told_is_taken() -> None:
    finder, asked = listening()
    right = {"type": "find", "kind": "image", "hashes": [[None, DHASH]]}
    for wrong in (None, "find", right | {"path": "/etc/passwd"}, right | {"type": "take"}):
        finder.comm.custom(wrong)
    finder.comm.write(told="<b>", error="<b>", busy=True, key_frame_distance=64)
    assert (asked, finder.told, finder.error, finder.busy) == ([], "", "", False)
    assert finder.key_frame_distance == 6


def test_what_goes_wrong_and_what_comes_too_fast_is_told() -> None:
    finder = FileFinder()
    asked: list[int] = []

    def broken(_: Question) -> None:
        asked.append(1)
        raise OSError("the graph is away")

    finder.on_find(broken)
    for _ in range(30):
        finder.comm.custom({"type": "find", "kind": "image", "hashes": [[None, DHASH]]})
    assert len(asked) == 20
    assert finder.error == "Too many questions at once: wait some seconds."
