"""What the notebooks put on a page: widgets tied to a workbench.

A notebook tells a story and calls one of these for each picture in it; here lies what ties a slider to a
strip and a button to a job. Tables of the workbench become rows for the widgets. Whatever a file is
called, it reaches a page as text: the HTML made here escapes every word that is not its own.

What goes wrong behind a button or a slider would otherwise be seen by nobody, since there is no cell to
show it. So each of these says it on the page, in the error's own words.
"""

import html
import math
from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets
from IPython.display import HTML

from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.job_progress import JobProgress
from tagcat_widgets.match_review import MatchReview

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.jobs import Job
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pairs, or pictures, that a page is given at once; the rest is counted and said."""

_STYLE = """<style>
.tagcat-cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 4px 0 8px; }
.tagcat-card { flex: 1 1 130px; padding: 14px 18px; border: 1px solid var(--jp-border-color2, #ddd);
  border-radius: 12px; background: var(--jp-layout-color1, #fff); }
.tagcat-card b { display: block; font-size: 26px; font-weight: 650; line-height: 1.2;
  font-variant-numeric: tabular-nums; color: var(--jp-ui-font-color0, #111); }
.tagcat-card span, .tagcat-list { color: var(--jp-ui-font-color2, #666); font-size: 13px; }
.tagcat-say { padding: 12px 16px; border-radius: 10px; background: var(--jp-layout-color1, #fff);
  border: 1px solid var(--jp-border-color2, #ddd); color: var(--jp-ui-font-color1, #222); font-size: 14px; }
.tagcat-list summary { cursor: pointer; color: var(--jp-ui-font-color0, #111); padding: 3px 0; }
.tagcat-list ul { margin: 2px 0 8px; padding-left: 22px; overflow-wrap: anywhere; }
</style>"""


class Choice(Protocol):
    """What holds the files and folders that a person chose: a `MediaPicker`, or any other."""

    @property
    def paths(self) -> Iterable[Any]:
        """The chosen paths."""
        ...


def cards(workbench: "Workbench") -> HTML:
    """Return what is in the collection as cards, and what to do where there is nothing yet.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    counts = workbench.counts()
    words = {"images": "images", "videos": "videos", "frames": "key frames", "matches": "matches"}
    shown = "".join(
        f'<div class="tagcat-card"><b>{counts[name]:,}</b><span>{word}</span></div>'
        for name, word in words.items()
    )
    text = f'{_STYLE}<div class="tagcat-cards">{shown}</div>'
    return HTML(text if counts["files"] else text + _empty())


def say(text: str, *links: tuple[str, str]) -> HTML:
    """Return a sentence for a person, with links `(notebook, words)` after it.

    Examples
    --------
    >>> say("<b>", ("home", "Home")).data[-67:]
    '<div class="tagcat-say">&lt;b&gt; <a href="home.ipynb">Home</a></div>'
    """
    return HTML(_STYLE + _said(text, *links))


def collection(workbench: "Workbench") -> Gallery:
    """Return a gallery of the collection: videos, then images in the order of their paths.

    Plain images (black, flat, gradient) say nothing and come last. At most `MOST` are shown.
    """
    images = workbench.images().sort_values(["plain", "path"], kind="stable")
    rows = [
        {
            "key": row.key,
            "name": row.name,
            "detail": f"{_clock(row.duration)} · {row.frames} key frames",
            "badge": "video",
        }
        for row in _rows(workbench.videos().sort_values("path", kind="stable"))
    ]
    rows += [
        {
            "key": row.key,
            "name": row.name,
            "detail": f"{row.width} × {row.height}" + (f" · {row.files} files" if row.files > 1 else ""),
            "badge": "plain" if row.plain else "",
        }
        for row in _rows(images)
    ]
    return Gallery(
        rows[:MOST],
        thumbnail=workbench.thumbnail,
        empty="Nothing here yet: choose files on the page Ingest.",
        label="The collection",
    )


def ingest_form(workbench: "Workbench", choice: Choice) -> ipywidgets.VBox:
    """Return a button that reads what was chosen, and the bar of the job that does it.

    The job is a process of its own. A page that is loaded again finds the newest one and watches on.
    """
    button = ipywidgets.Button(description="Read these files", button_style="primary", icon="")
    told = ipywidgets.HTML()
    bar = JobProgress(title="Reading files", noun="files")
    current: list[Job] = workbench.jobs()[:1]

    def watch(job: "Job") -> None:
        button.disabled = True
        told.value = ""
        bar.watch(lambda: workbench.job(job.id))

    def begin(_: object) -> None:
        paths = list(choice.paths)
        if not paths:
            told.value = _STYLE + _said("Choose a folder or a file above first.")
            return
        try:
            job = workbench.start_ingest(paths)
        except Exception as error:
            told.value = _STYLE + _said(f"It could not begin: {error}")
            return
        current[:] = [job]
        watch(job)

    def ended(state: str) -> None:
        button.disabled = False
        text = {
            "done": "Everything that can be read is in the collection.",
            "cancelled": "Stopped. What was read is kept; start again to go on.",
            "failed": "The same files again go on where it stopped.",
        }[state]
        links = (("home", "See the collection"), ("03_matching", "See the matches"))
        told.value = _STYLE + _said(text, *links)

    button.on_click(begin)
    bar.on_end(ended)
    bar.on_cancel(lambda: workbench.cancel(current[0].id))
    if current and current[0].state == "running":
        watch(current[0])
    elif current:
        bar.show(current[0])
    return ipywidgets.VBox([button, bar, told])


def key_frame_view(workbench: "Workbench") -> ipywidgets.Widget | HTML:
    """Return a choice of video, a slider for the key-frame distance, and the strip that it gives."""
    videos = workbench.videos().sort_values("path", kind="stable")
    if videos.empty:
        return say("There is no video in this collection yet.", ("01_ingest", "Choose some"))
    start = workbench.settings.key_frame_distance
    choice = ipywidgets.Dropdown(
        options=[(f"{row.name} ({_clock(row.duration)})", row.key) for row in _rows(videos)],
        description="Video",
        layout={"width": "min(100%, 560px)"},
    )
    slider = DistanceSlider(
        start,
        noun="key frames",
        label="key-frame distance",
        caption="How different a moment must be to become a key frame",
        cumulative=False,
    )
    strip = Gallery(arrangement="strip", thumbnail=workbench.thumbnail, label="Key frames")

    def draw(_: object = None) -> None:
        try:
            strip.items = [
                {"key": row.key, "name": _clock(row.position), "time": row.position}
                for row in _rows(workbench.key_frames_at(choice.value, slider.value))
            ]
        except Exception as error:
            strip.items, strip.empty = [], str(error)

    def count(_: object = None) -> None:
        try:
            slider.counts = workbench.key_frame_counts(choice.value, slider.maximum)
        except Exception as error:
            slider.counts, strip.empty = [], str(error)
        draw()

    slider.observe(draw, names="value")
    choice.observe(count, names="value")
    count()
    return ipywidgets.VBox([choice, slider, strip])


def match_view(workbench: "Workbench") -> ipywidgets.Widget | HTML:
    """Return a slider with the number of matches at each distance, and the matches that it gives.

    The pairs are joined at the slider's distance, whatever the graph has stored. A pair that is judged to
    be no match is rejected in the collection, and counted no more.
    """
    if not workbench.counts()["files"]:
        return HTML(_STYLE + _empty())
    slider = DistanceSlider(
        workbench.settings.max_distance,
        caption="How near counts as a match",
    )
    review = MatchReview(thumbnail=workbench.thumbnail, maximum=slider.maximum)
    told = ipywidgets.HTML()
    plain = [_item(row) for row in _rows(workbench.plain())]

    def count() -> None:
        slider.counts = workbench.distance_counts(slider.maximum)

    def draw(_: object = None) -> None:
        try:
            pairs = workbench.pairs(slider.value).sort_values("distance", kind="stable")
            groups = _groups(workbench.groups(slider.value))
        except Exception as error:
            told.value = _STYLE + _said(str(error))
            return
        more = len(pairs) - MOST
        told.value = _STYLE + _said(f"These are the closest {MOST:,} pairs; {more:,} more follow.") * (
            more > 0
        )
        if plain:
            title = f"Plain: black, flat or gradient ({len(plain)})"
            groups.append({"title": title, "items": plain[:MOST]})
        review.empty = f"No two pictures are within distance {slider.value} of each other."
        with review.hold_sync():
            review.pairs = [
                {"a": _side(row, "a"), "b": _side(row, "b"), "distance": row.distance}
                for row in _rows(pairs.head(MOST))
            ]
            review.groups = groups

    def reject(a: str, b: str) -> None:
        workbench.reject(a, b)
        count()

    def undo(a: str, b: str) -> None:
        workbench.unreject(a, b)
        count()

    slider.observe(draw, names="value")
    review.on_reject(reject)
    review.on_undo(undo)
    count()
    draw()
    return ipywidgets.VBox([slider, review, told])


def duplicates(workbench: "Workbench") -> HTML:
    """Return the files of equal bytes, content by content, as a list that unfolds."""
    table = workbench.duplicates()
    if table.empty:
        return say("No two files hold the same bytes.")
    found = []
    for _, group in table.groupby("md5", sort=False):
        paths = [str(path) for path in group["path"]]
        lines = "".join(f"<li>{_text(path)}</li>" for path in paths)
        name = _text(PurePath(paths[0]).name)
        found.append(f"<details><summary>{name}: {len(paths)} files</summary><ul>{lines}</ul></details>")
    rest = f"<p>… and {len(found) - MOST:,} more.</p>" if len(found) > MOST else ""
    return HTML(f'{_STYLE}<div class="tagcat-list">{"".join(found[:MOST])}{rest}</div>')


def _groups(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return groups as MatchReview takes them, until `MOST` pictures are shown."""
    found: list[dict[str, Any]] = []
    left = MOST
    for _, group in table.groupby("group", sort=False):
        if left <= 0:
            break
        rows = [_item(row) for row in _rows(group.head(left))]
        found.append({"title": f"{len(group)} that look alike", "items": rows})
        left -= len(rows)
    return found


def _item(row: Any) -> dict[str, Any]:
    return _picture(row.key, row.path, row.position)


def _side(row: Any, side: str) -> dict[str, Any]:
    return _picture(getattr(row, side), getattr(row, f"{side}_path"), getattr(row, f"{side}_position"))


def _picture(key: str, path: str, position: float) -> dict[str, Any]:
    """Return an image or a moment of a video as the widgets take it; images have the position NaN."""
    place = PurePath(path)
    moment = None if math.isnan(position) else float(position)
    return {"key": key, "name": place.name, "detail": str(place.parent), "time": moment}


def _rows(table: "pd.DataFrame") -> Iterable[Any]:
    return table.itertuples(index=False)


def _clock(seconds: float) -> str:
    """Return seconds as a clock shows them.

    Examples
    --------
    >>> _clock(7.04), _clock(3723.5)
    ('0:07.0', '1:02:03.5')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest // 10:02d}.{rest % 10}"


def _text(value: str) -> str:
    """Return text as HTML that shows it, lone surrogates of a file name replaced."""
    return html.escape(value.encode("utf-8", "replace").decode("utf-8"))


def _said(text: str, *links: tuple[str, str]) -> str:
    more = "".join(f' <a href="{_text(name)}.ipynb">{_text(words)}</a>' for name, words in links)
    return f'<div class="tagcat-say">{_text(text)}{more}</div>'


def _empty() -> str:
    return _said("This collection is empty. Begin with your own pictures:", ("01_ingest", "Ingest"))
