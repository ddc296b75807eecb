"""The search by a file: what is found is told with its times, and the player goes there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagcat_widgets import FileFinder, pages
from tagcat_widgets.find_page import told

NAN = float("nan")
EVIL = "<img src=x onerror=alert(1)>.jpg"


class Bench:
    """As much of a workbench as the search uses."""

    access = "owner"

    def __init__(self) -> None:
        self.settings = SimpleNamespace(max_distance=8, key_frame_distance=5)
        self.asked: list[Any] = []
        self.fails: Exception | None = None

    def counts(self) -> dict[str, int]:
        return {"files": 3}

    def videos(self) -> pd.DataFrame:
        return pd.DataFrame(
            [("u:9", "film.mp4", 61.0, False)], columns=["key", "name", "duration", "damaged"]
        )

    def thumbnail(self, key: str) -> bytes:
        return key.encode()

    def picture(self, key: str) -> bytes:
        return key.encode()

    def video_bytes(self, video: str) -> bytes:
        return video.encode()

    def find(self, asked: Any) -> pd.DataFrame:
        self.asked.append(asked)
        if self.fails:
            raise self.fails
        rows = [
            ("u:1", f"/p/{EVIL}", NAN, 0, 1),
            ("u:9:50", "/q/film.mp4", 2.0, 3, 0),
            ("u:9:75", "/q/film.mp4", 3.0, 5, 1),
        ]
        table = pd.DataFrame(rows, columns=["key", "path", "position", "distance", "question"])
        return table if isinstance(asked, np.ndarray) else table.drop(columns="question")


@pytest.fixture
def bench() -> Any:
    return Bench()


def parts(view: Any) -> tuple[Any, Any, Any, Any, Any]:
    finder, elsewhere, picker, answers = view.children
    return finder, elsewhere, picker, *answers.children


def ask(finder: FileFinder) -> None:
    hashes = [[0.0, "0" * 16], [1.5, "f" * 16]]
    finder.heard({"type": "find", "kind": "video", "hashes": hashes})


def test_a_clip_is_found_with_its_times_and_the_player_jumps(bench: Any) -> None:
    finder, _, _, gallery, player = parts(pages.find_view(bench))
    assert finder.key_frame_distance == 5
    assert gallery.layout.display == player.layout.display == "none"
    ask(finder)
    assert bench.asked[0].tolist() == [0, 2**64 - 1]
    assert finder.told == "Found in 1 image and 1 video: film.mp4 0:02.0 to 0:03.0."
    assert [row["badge"] for row in gallery.items] == ["distance 0", "distance 3", "distance 5"]
    assert gallery.items[0]["detail"] == "as yours at 0:01.5 · /p"
    assert (player.key, player.position, player.name) == ("u:9", 2.0, "film.mp4"), "the closest moment"
    gallery.selected = ["u:9:75"]
    assert player.position == 3.0
    gallery.selected = ["u:9:75", "u:1"]
    assert player.position == 3.0, "a picture is no moment"


def test_a_file_of_the_server_is_found_and_a_folder_is_none(bench: Any, tmp_path: Path) -> None:
    finder, elsewhere, picker, gallery, _ = parts(pages.find_view(bench))
    assert picker.layout.display == "none"
    elsewhere.value = True
    assert picker.layout.display == ""
    picker.root = tmp_path.resolve()
    picker.add(tmp_path)
    picker._submitted()
    assert "choose one file" in picker.error
    picker.clear()
    (tmp_path / "cat.jpg").write_bytes(b"")
    picker.add(tmp_path / "cat.jpg")
    picker._submitted()
    assert bench.asked == [tmp_path.resolve() / "cat.jpg"]
    assert (finder.asked, gallery.items[1]["detail"]) == ("cat.jpg", "/q")
    ask(finder)
    assert finder.asked == ""


def test_what_fails_is_told_and_what_was_found_stays(bench: Any) -> None:
    finder, _, _, gallery, _ = parts(pages.find_view(bench))
    ask(finder)
    bench.fails = OSError("the graph is away")
    ask(finder)
    assert (finder.error, finder.busy, len(gallery.items)) == ("the graph is away", False, 3)


def test_nothing_found_and_nothing_to_find_in(bench: Any) -> None:
    finder, _, _, gallery, player = parts(pages.find_view(bench))
    bench.find = lambda asked: Bench().find(asked).head(0)
    ask(finder)
    assert finder.told == "Nothing in the collection is within distance 8 of it."
    assert gallery.layout.display == player.layout.display == "none"
    bench.counts = lambda: {"files": 0}
    empty: Any = pages.find_view(bench)
    assert "01_ingest.ipynb" in empty.text


def test_many_pieces_are_counted() -> None:
    table = pd.DataFrame({"path": ["/p/film.mp4"] * 9, "position": [10.0 * n for n in range(9)]})
    said = told(table, 8)
    assert said.count("film.mp4") == 6
    assert said.endswith("; and 3 pieces more.")
