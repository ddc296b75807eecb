"""The page's search by a file: a picture or clip asks where it, or a piece of it, is in the collection.

A file of the person's own device is hashed in their browser (`find_file.py`); one on the machine where
TagCat runs is chosen there and decoded in a worker process, under the limits of all decoding. What is found
stands in a gallery, closest first; a moment of a video opens in the player below it, at its time. The search
runs in a thread: decoding a clip takes a while, and the page must go on answering.
"""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._loop import running_loop, tell
from tagcat_widgets._tables import item, rows
from tagcat_widgets._words import Words, clock
from tagcat_widgets.find_file import FileFinder, Question
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.media_picker import MediaPicker
from tagcat_widgets.player import DAMAGED, Player
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Answers that are shown; the rest is counted and said."""
SPAN = 2.0
"""Seconds between two moments of a video that are still told as one piece."""
PIECES = 6
"""Pieces that are told in words; all are in the gallery."""

_EMPTY = "There is nothing to find anything in yet: this collection is empty."


def find_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return what asks by a file, and what shows where it is.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    if not workbench.counts()["files"]:
        return nothing(workbench, _EMPTY)
    settings = workbench.settings
    finder = FileFinder(key_frame_distance=settings.key_frame_distance)
    picker = MediaPicker(submit="Find this one")
    elsewhere = ipywidgets.ToggleButton(
        description="A file on the machine where TagCat runs …",
        layout={"width": "max-content", "align_self": "flex-start"},
    )
    shown, newest = _Shown(workbench), _Newest()

    def look(search: Callable[[], "pd.DataFrame"], times: Times) -> None:
        def done(table: "pd.DataFrame | None", error: str) -> None:
            finder.busy, finder.error = False, error
            if table is not None:
                shown.show(table, times)
                finder.told = told(table, settings.max_distance)

        finder.busy, finder.error = True, ""
        newest.look(search, done)

    def ask(question: Question) -> None:
        def times(row: Any) -> str:
            seconds = question.positions[row.question]
            like = f"as yours at {clock(seconds)}" if question.kind == "video" else ""
            return " · ".join(filter(None, [like, str(Path(row.path).parent)]))

        finder.asked = ""
        look(lambda: workbench.find(question.hashes), times)

    def ask_server(paths: list[Path]) -> None:
        if len(paths) != 1 or not paths[0].is_file():
            raise ValueError("choose one file, and no folder")
        finder.asked = paths[0].name
        look(lambda: workbench.find(paths[0]), lambda row: str(Path(row.path).parent))

    def unfold(change: Any) -> None:
        picker.layout.display = "" if change["new"] else "none"

    picker.layout.display = "none"
    finder.on_find(ask)
    picker.on_submit(ask_server)
    elsewhere.observe(unfold, "value")
    answers = ipywidgets.HBox(
        [shown.gallery, shown.player], layout={"flex_flow": "row wrap", "grid_gap": "20px"}
    )
    return column(finder, elsewhere, picker, answers)


Times = Callable[[Any], str]
"""Says under an answer, a row of `Workbench.find`, where it lies and what of the question it is like."""


class _Shown:
    """The answers: a gallery, and a player that goes to the closest moment, then to the one selected last."""

    def __init__(self, workbench: "Workbench") -> None:
        self._workbench = workbench
        self._videos: dict[str, Any] = {}
        self.gallery = Gallery(thumbnail=workbench.thumbnail, label="Where it is", height=480)
        self.player = Player(workbench.picture, workbench.video_bytes, height=360)
        self.gallery.layout.display = self.player.layout.display = "none"
        self.gallery.layout.flex, self.player.layout.flex = "3 1 480px", "2 1 340px"
        self.gallery.layout.min_width = self.player.layout.min_width = "0"
        self.gallery.observe(self._select, "selected")

    def show(self, table: "pd.DataFrame", times: Times) -> None:
        self._videos = {row.key: row for row in rows(self._workbench.videos())}
        self.gallery.items = [
            item(row)
            | {"badge": f"distance {row.distance}", "detail": times(row)}
            | {"ranks": {"distance": row.distance}, "facets": {"kind": [_kind(row.position)]}}
            for row in rows(table.head(MOST))
        ]
        self.gallery.layout.display = "" if self.gallery.items else "none"
        moments = [row for row in self.gallery.items if row["time"] is not None]
        self.player.layout.display = "" if moments else "none"
        if moments:
            self._go(moments[0])

    def _select(self, change: Any) -> None:
        fresh = set(change["new"]) - set(change["old"])
        for row in self.gallery.items:
            if row["key"] in fresh and row["time"] is not None:
                self._go(row)
                return

    def _go(self, moment: Any) -> None:
        video = moment["key"].rpartition(":")[0]
        if video in self._videos:  # else another process has removed it meanwhile
            film = self._videos[video]
            note = DAMAGED if film.damaged else ""
            self.player.show(video, film.name, film.duration, moment["time"], note)


class _Newest:
    """Searches in threads, of which the newest one's answer counts."""

    def __init__(self) -> None:
        self._serial = 0

    def look(
        self, search: Callable[[], "pd.DataFrame"], done: Callable[["pd.DataFrame | None", str], None]
    ) -> None:
        """Call `done(answer, "")`, or `done(None, error)`, on the kernel's event loop where there is one."""
        self._serial += 1
        mine = self._serial
        loop = running_loop()

        def heard(table: "pd.DataFrame | None", error: str) -> None:
            if mine == self._serial:  # else another file has been asked for meanwhile
                done(table, error)

        def work() -> None:
            table, error = None, ""
            try:
                table = search()
            except Exception as problem:  # told to the person who asked
                error = str(problem) or type(problem).__name__
            tell(loop, heard, table, error)

        thread = threading.Thread(target=work, name="tagcat find", daemon=True)
        thread.start()
        if loop is None:
            thread.join()


def told(table: "pd.DataFrame", distance: int) -> str:
    """Return in words where something was found: in how many images, and in which pieces of videos.

    Parameters
    ----------
    table
        As `Workbench.find` gives it.
    distance
        Within which was looked, in bits.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("/p/cat.jpg", float("nan")), ("/p/film.mp4", 3.0), ("/p/film.mp4", 2.0)]
    >>> told(pd.DataFrame(rows, columns=["path", "position"]), 8)
    'Found in 1 image and 1 video: film.mp4 0:02.0 to 0:03.0.'
    >>> told(pd.DataFrame([], columns=["path", "position"]), 8)
    'Nothing in the collection is within distance 8 of it.'
    """
    if table.empty:
        return f"Nothing in the collection is within distance {distance} of it."
    moments = table[table["position"].notna()]
    images, videos = len(table) - len(moments), moments["path"].nunique()
    counts = [
        f"{n:,} {noun}{'' if n == 1 else 's'}" for n, noun in ((images, "image"), (videos, "video")) if n
    ]
    found = [
        f"{Path(str(path)).name} {_span(piece)}"
        for path, held in moments.groupby("path", sort=False)
        for piece in pieces(held["position"])
    ]
    rest = f"; and {len(found) - PIECES:,} pieces more" if len(found) > PIECES else ""
    where = f": {'; '.join(found[:PIECES])}{rest}" if found else ""
    more = f" The closest {MOST:,} are shown." if len(table) > MOST else ""
    return f"Found in {' and '.join(counts)}{where}.{more}"


def pieces(positions: Iterable[float]) -> list[tuple[float, float]]:
    """Return the pieces of a video in which moments lie close together, as first and last time.

    Examples
    --------
    >>> pieces([9.0, 1.0, 2.5])
    [(1.0, 2.5), (9.0, 9.0)]
    """
    found: list[tuple[float, float]] = []
    for seconds in sorted(positions):
        if found and seconds - found[-1][1] <= SPAN:
            found[-1] = (found[-1][0], float(seconds))
        else:
            found.append((float(seconds), float(seconds)))
    return found


def _span(piece: tuple[float, float]) -> str:
    first, last = piece
    return clock(first) if first == last else f"{clock(first)} to {clock(last)}"


def _kind(position: float) -> str:
    return "image" if position != position else "moment of a video"  # noqa: PLR0124 - NaN
