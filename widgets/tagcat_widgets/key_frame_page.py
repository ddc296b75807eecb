"""The page that shows one video: its key frames at a distance that is tried, and every moment of it.

The time line and the gallery below it show the same key frames and share one selection. What is chosen on
the line is where the player goes; while the film plays, the line shows where it is.
"""

from typing import TYPE_CHECKING

import ipywidgets
import traitlets

from tagcat_widgets._layout import column
from tagcat_widgets._tables import rows
from tagcat_widgets._words import Words, clock
from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.key_frame_strip import KeyFrameStrip
from tagcat_widgets.player import DAMAGED, Player
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench


def key_frame_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return a choice of video, a player, a slider for the key-frame distance, and what it gives.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    videos = workbench.videos().sort_values("path", kind="stable")
    if videos.empty:
        return nothing(workbench, "There is no video in this collection yet.")
    films = {row.key: row for row in rows(videos)}
    choice = ipywidgets.Dropdown(
        options=[(f"{film.name} ({clock(film.duration)})", key) for key, film in films.items()],
        description="Video",
        style={"description_width": "initial"},
        layout={"width": "min(100%, 560px)"},
    )
    slider = DistanceSlider(
        workbench.settings.key_frame_distance,
        noun="key frames",
        label="key-frame distance",
        caption="How different a moment must be to become a key frame",
        cumulative=False,
    )
    player = Player(workbench.picture, workbench.video_bytes)
    line = KeyFrameStrip(thumbnail=workbench.thumbnail)
    gallery = Gallery(arrangement="strip", thumbnail=workbench.thumbnail, label="Key frames")

    def draw(_: object = None) -> None:
        try:
            frames = workbench.key_frames_at(choice.value, slider.value)
            found = [
                {"key": row.key, "name": clock(row.position), "time": row.position} for row in rows(frames)
            ]
        except Exception as error:
            found, gallery.empty, line.empty = [], str(error), str(error)
        with line.hold_sync():
            line.duration = films[choice.value].duration
            line.items = [{"key": row["key"], "time": row["time"]} for row in found]
        gallery.items = found

    def show(_: object = None) -> None:
        line.items = gallery.items = []
        film = films[choice.value]
        player.show(film.key, film.name, film.duration, note=DAMAGED if film.damaged else "")
        try:
            slider.counts = workbench.key_frame_counts(choice.value, slider.maximum)
        except Exception as error:
            slider.counts, gallery.empty, line.empty = [], str(error), str(error)
        draw()

    def follow(change: dict[str, list[str]]) -> None:
        """Go where a frame was selected, on the line or in the gallery."""
        fresh = set(change["new"]) - set(change["old"])
        times = [row["time"] for row in line.items if row["key"] in fresh]
        if times:
            player.position = times[0]

    slider.observe(draw, names="value")
    choice.observe(show, names="value")
    show()
    traitlets.link((player, "position"), (line, "position"))
    selection = SharedSelection(line, gallery)
    selection.observe(follow, "selected")
    return column(choice, player, line, slider, gallery)
