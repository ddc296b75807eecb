"""A strip holds key frames by their times, shares its selection, and answers for what it shows only."""

import json
import math

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from tagcat_widgets import Gallery, KeyFrameStrip, SharedSelection

from .conftest import HOSTILE

FRAMES = [{"key": "b", "time": 2.0}, {"key": "a", "time": 0.5}]


def test_a_click_reaches_python_and_the_gallery() -> None:
    strip, gallery = KeyFrameStrip(FRAMES, duration=9.0), Gallery(FRAMES)
    SharedSelection(strip, gallery)
    strip.comm.write(selected=["b", "b", "forged"], position=2.0)
    assert (strip.selected, gallery.selected, strip.position) == (["b"], ["b"], 2.0)
    gallery.comm.write(selected=["a"])
    assert strip.selected == ["a"]


def test_frames_stand_in_the_order_of_their_times() -> None:
    assert [row["key"] for row in KeyFrameStrip(FRAMES).items] == ["a", "b"]


def test_a_browser_writes_nothing_else() -> None:
    strip = KeyFrameStrip(FRAMES, duration=9.0)
    strip.comm.write(items=[{"key": "stranger", "time": 0}], duration=1e9, empty="<b>", label="x")
    assert [row["key"] for row in strip.items] == ["a", "b"]
    assert (strip.duration, strip.empty) == (9.0, "No key frames.")


def test_only_its_own_thumbnails_are_answered() -> None:
    asked: list[str] = []

    def thumbnail(key: str) -> bytes:
        asked.append(key)
        return b"JPEG"

    strip = KeyFrameStrip(FRAMES, thumbnail=thumbnail)
    strip.comm.custom({"type": "thumbnails", "view": "v", "keys": ["a", "stranger", "b"]})
    strip._desk.join()
    assert sorted(asked) == ["a", "b"]


@given(st.floats())
def test_the_position_is_on_the_line(seconds: float) -> None:
    strip = KeyFrameStrip(FRAMES, duration=1.0)
    strip.position = seconds
    assert 0 <= strip.position <= 2, "the last frame makes the line longer"


def test_hostile_names_can_be_sent() -> None:
    strip = KeyFrameStrip([{"key": str(n), "name": name, "time": n} for n, name in enumerate(HOSTILE)])
    strip.empty = strip.label = HOSTILE[4]
    json.dumps([strip.items, strip.empty, strip.label], ensure_ascii=False).encode("utf-8")


def test_wrong_use_is_refused() -> None:
    for time in (None, math.nan):
        with pytest.raises(traitlets.TraitError, match="needs a time"):
            KeyFrameStrip([{"key": "a", "time": time}])
    with pytest.raises(traitlets.TraitError, match="same key"):
        KeyFrameStrip([{"key": "a", "time": 0}, {"key": "a", "time": 1}])
