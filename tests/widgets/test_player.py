"""A player answers for the video that it shows only, part by part, and says why where it can't."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_widgets import Player
from tagcat_widgets.player import PART

from .conftest import HOSTILE

FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 9000  # 2.2 MB


def parts(player: Player, count: int) -> list[tuple[dict[str, Any], list[bytes]]]:
    """Wait for so many answers about parts, and return them."""
    for _ in range(500):
        found = [
            (data["content"], buffers)
            for data, buffers in player.comm.sent
            if data.get("method") == "custom" and data["content"]["type"] == "part"
        ]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError(f"only {len(found)} of {count} parts came")


def test_a_film_comes_part_by_part_and_is_read_once() -> None:
    read: list[str] = []
    player = Player(lambda _: None, lambda key: (read.append(key), FILM)[1])
    player.show("ada:00", "cats.mp4", 10.0)
    whole = b""
    while len(whole) < len(FILM):
        player.comm.custom({"type": "part", "view": "v", "key": "ada:00", "at": len(whole)})
        content, buffers = parts(player, len(whole) // PART + 1)[-1]
        assert content["size"] == len(FILM)
        assert content["container"] == "video/mp4"
        assert len(buffers[0]) <= PART
        whole += buffers[0]
    assert whole == FILM
    assert read == ["ada:00"]
    player.comm.custom({"type": "part", "view": "v", "key": "ada:00", "at": 0})
    parts(player, 4)
    assert read == ["ada:00"] * 2, "what has left is held no longer"


def test_only_the_video_that_is_shown_is_answered_for() -> None:
    asked: list[str] = []

    def picture(key: str) -> bytes:
        asked.append(key)
        return b"JPEG"

    player = Player(picture, lambda _: FILM)
    wishes = [
        "ada:00:0",
        "ada:00:250",
        "ada:00:999",
        "eve:00:0",
        "ada:00",
        "ada:00:-1",
        "ada:00:١",
        ":0",
        "0",
    ]
    player.comm.custom({"type": "thumbnails", "view": "v", "keys": wishes})
    player.show("ada:00", "cats.mp4", 10.0)
    player.comm.custom({"type": "thumbnails", "view": "v", "keys": wishes})
    player._desk.join()
    assert sorted(asked) == ["ada:00:0", "ada:00:250"]
    for wish in (
        {"key": "eve:00", "at": 0},
        {"key": "", "at": 0},
        {"key": "ada:00", "at": -1},
        {"key": "ada:00", "at": True},
        {"key": "ada:00", "at": "0"},
        {"key": ["ada:00"], "at": 0},
    ):
        player.comm.custom({"type": "part", "view": "v"} | wish)
    player.comm.custom({"type": "part", "view": "last", "key": "ada:00", "at": 0})
    assert [content["view"] for content, _ in parts(player, 1)] == ["last"]


@pytest.mark.parametrize(
    ("video", "reason"),
    [(None, "pictures only"), (lambda _: b"<html>", "MP4, WebM"), (lambda key: {}[key], "ada:00")],
)
def test_why_it_does_not_play_is_said(video: Any, reason: str) -> None:
    player = Player(lambda _: None, video)
    assert player.playable == (video is not None)
    player.show("ada:00", "cats.avi", 10.0)
    player.comm.custom({"type": "part", "view": "v", "key": "ada:00", "at": 0})
    content, buffers = parts(player, 1)[0]
    assert reason in content["reason"]
    assert buffers == []


@given(st.floats())
def test_the_position_is_in_the_video(seconds: float) -> None:
    player = Player(lambda _: None)
    player.show("ada:00", "cats.mp4", 10.0)
    player.position = seconds
    assert 0 <= player.position <= 10


def test_a_browser_writes_nothing_but_the_position() -> None:
    player = Player(lambda _: None)
    player.show("ada:00", "cats.mp4", 10.0)
    player.comm.write(key="eve:00", name="mine", duration=1e9, playable=True, position=4.5)
    assert (player.key, player.name, player.duration, player.playable) == ("ada:00", "cats.mp4", 10.0, False)
    assert player.position == 4.5


def test_hostile_names_can_be_sent() -> None:
    player = Player(lambda _: None)
    for name in HOSTILE:
        player.show("ada:00", name, 1.0)
        player.empty = name
        json.dumps([player.name, player.empty], ensure_ascii=False).encode("utf-8")
