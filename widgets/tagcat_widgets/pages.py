"""What the notebooks put on a page: widgets tied to a workbench.

A notebook tells a story and calls one of these for each picture in it; here lies what ties a slider to a
strip and a button to a job. Tables of the workbench become rows for the widgets. Whatever a file is
called, it reaches a page as text: the HTML made here escapes every word that is not its own.

What goes wrong behind a button or a slider would otherwise be seen by nobody, since there is no cell to
show it. So each of these says it on the page, in the error's own words.
"""

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._facets import facets
from tagcat_widgets._layout import column
from tagcat_widgets._tables import rows
from tagcat_widgets._words import STYLE, Words, clock, escaped, sentence
from tagcat_widgets.browser_ingest import BrowserIngest
from tagcat_widgets.cluster_page import cluster_view
from tagcat_widgets.find_page import find_view
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.graph_page import graph_view
from tagcat_widgets.job_progress import JobProgress
from tagcat_widgets.key_frame_page import key_frame_view
from tagcat_widgets.label_page import label_view
from tagcat_widgets.match_page import match_view
from tagcat_widgets.media_picker import MediaPicker
from tagcat_widgets.news_page import news
from tagcat_widgets.sharing_page import BEGIN, EMPTY, nothing, owners_only, sharing, workbench
from tagcat_widgets.tag_page import tag_view

if TYPE_CHECKING:
    from tagcat_kernel.jobs import Job
    from tagcat_kernel.workbench import Workbench

__all__ = [
    "cards",
    "cluster_view",
    "collection",
    "device_reading",
    "duplicates",
    "find_view",
    "graph_view",
    "key_frame_view",
    "label_view",
    "match_view",
    "news",
    "picker",
    "reading",
    "sharing",
    "tag_view",
    "workbench",
]

MOST = 2_000
"""Pictures, or files of equal bytes, that a page is given at once; the rest is counted and said."""

MOST_SHOWN = 10_000
"""Items of the collection that a page is given at once."""


def cards(workbench: "Workbench") -> Words:
    """Return what is in the collection as cards, and what to do where there is nothing yet.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    counts = workbench.counts()
    shown = "".join(
        f'<a class="tagcat-card" href="{place}"><b>{counts[name]:,}</b><span>{word}</span></a>'
        for name, word, place in _FIGURES
    )
    text = f'<div class="tagcat-cards">{shown}</div>'
    if not counts["files"]:
        return Words(text + nothing(workbench, EMPTY, BEGIN).text)
    return Words(text + sentence("Next:", *_next(workbench, counts["matches"])))


_FIGURES = (
    ("images", "images", "#What-is-in-it"),
    ("videos", "videos", "02_key_frames.ipynb"),
    ("frames", "key frames", "02_key_frames.ipynb"),
    ("matches", "matches", "03_matching.ipynb"),
)
"""What is counted, in whose words, and where it is looked at."""


def _next(workbench: "Workbench", matches: int) -> list[tuple[str, str]]:
    """Return what is worth doing with a collection as it is now, as links."""
    if matches:
        steps = [("03_matching", "see what looks alike")]
    else:
        steps = [("01_ingest", "read more files")] if workbench.access == "owner" else []
    if workbench.access == "owner" and workbench.tags().empty:
        return [*steps, ("06_tags", "put a first tag on something")]
    return [*steps, ("04_clustering", "see what kinds of pictures there are")]


def collection(workbench: "Workbench") -> Gallery:
    """Return a gallery of the collection: videos, then images in the order of their paths.

    A video is shown by its first key frame that is not plain. Plain images (black, flat, gradient) say
    nothing and come last. At most `MOST_SHOWN` are shown.
    """

    def thumbnail(key: str) -> bytes | None:
        # Of a film on a person's device there is one picture at most, which stands for the whole.
        face = workbench.thumbnail(_face(workbench, key)) if key in films else None
        return face or workbench.thumbnail(key)

    videos = workbench.videos().sort_values("path", kind="stable")
    films = frozenset(videos["key"])
    images = workbench.images().sort_values(["plain", "path"], kind="stable")
    more = facets(workbench)
    shown = [
        {
            "key": row.key,
            "name": row.name,
            "detail": f"{clock(row.duration)} · {row.frames} key frames",
            "badge": "video",
        }
        | _told(more, row.key, "video")
        for row in rows(videos)
    ]
    shown += [
        {
            "key": row.key,
            "name": row.name,
            "detail": f"{row.width} × {row.height}" + (f" · {row.files} files" if row.files > 1 else ""),
            "badge": "plain" if row.plain else "",
        }
        | _told(more, row.key, "plain image" if row.plain else "image")
        for row in rows(images)
    ]
    return Gallery(
        shown[:MOST_SHOWN],
        thumbnail=thumbnail,
        empty="Nothing here yet"
        + (": choose files on the page Ingest." if workbench.access == "owner" else "."),
        label="The collection",
    )


def _told(more: dict[str, dict[str, Any]], key: str, kind: str) -> dict[str, Any]:
    one = more.get(key, {"facets": {}, "ranks": {}})
    return one | {"facets": {"kind": [kind]} | one["facets"]}


def _face(workbench: "Workbench", video: str) -> str:
    """Return the key of the frame that shows a video best: many films begin with black."""
    frames = workbench.frames(video).sort_values(["plain", "position"], kind="stable")
    return video if frames.empty else str(frames["key"].iloc[0])


def picker(workbench: "Workbench") -> MediaPicker | Words:
    """Return what chooses files to read; in another's collection, a line that says who may."""
    return owners_only(workbench, "reads files into this collection") or MediaPicker()


def reading(workbench: "Workbench", picker: MediaPicker | Words) -> ipywidgets.Widget | Words:
    """Return the bar of the job that reads what `picker` is asked to read; nothing where there is none.

    The job is a process of its own. A page that is loaded again finds the newest one and watches on, or
    shows how it ended.
    """
    if isinstance(picker, Words):
        return Words("")
    bar = JobProgress(title="Reading files", noun="files")
    told = ipywidgets.HTML(STYLE + sentence("Nothing is being read just now."))
    again = ipywidgets.Button(description="Go on", tooltip="Read the rest of the same files")
    again.layout.display = "none"
    current: list[Job] = [job for job in workbench.jobs() if job.kind == "ingest"][:1]

    def watch(job: "Job") -> None:
        current[:] = [job]
        told.value = ""
        again.layout.display = "none"
        bar.watch(lambda: workbench.job(job.id))

    def begin(paths: list[Path]) -> None:
        if bar.state == "running":
            raise RuntimeError("other files are being read just now; wait for them or cancel")
        watch(workbench.start_ingest(paths, inside=picker.root))

    def go_on(_: object = None) -> None:
        try:
            watch(workbench.resume(current[0].id))
        except Exception as error:
            told.value = STYLE + sentence(str(error))

    def ended(state: str) -> None:
        again.layout.display = "none" if state == "done" else ""
        links = (("home", "See the collection"), ("03_matching", "See the matches"))
        told.value = STYLE + sentence(_ENDS[state], *links)

    picker.on_submit(begin)
    bar.on_end(ended)
    again.on_click(go_on)
    bar.on_cancel(lambda: workbench.cancel(current[0].id))
    if current and current[0].state == "running":
        watch(current[0])
    elif current:
        told.value = ""
        bar.show(current[0])
        again.layout.display = "none" if current[0].state == "done" else ""
    return column(bar, told, again)


def device_reading(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return what reads files on the person's own device, and where to look at what came of it."""
    if told := owners_only(workbench, "reads files into this collection"):
        return told
    reader = BrowserIngest(workbench)
    told = ipywidgets.HTML()
    stored = 0

    def tell(files: int) -> None:
        nonlocal stored
        stored += files
        links = (("home", "See the collection"), ("03_matching", "See the matches"))
        noun = "file" if stored == 1 else "files"
        told.value = STYLE + sentence(f"{stored:,} {noun} of this device entered the collection.", *links)

    reader.on_stored(tell)
    return column(reader, told)


_ENDS = {
    "done": "Everything that can be read is in the collection now.",
    "cancelled": "Stopped. What was read is kept; Go on reads the rest.",
    "failed": "What was read is kept; Go on reads the rest.",
}


def duplicates(workbench: "Workbench") -> Words:
    """Return the files of equal bytes, content by content, as a list that unfolds."""
    table = workbench.duplicates()
    if table.empty:
        return Words(sentence("No two files hold the same bytes."))
    found = []
    for _, group in table.groupby("md5", sort=False):
        paths = [str(path) for path in group["path"]]
        lines = "".join(f"<li>{escaped(path)}</li>" for path in paths)
        name = escaped(PurePath(paths[0]).name)
        found.append(f"<details><summary>{name}: {len(paths)} files</summary><ul>{lines}</ul></details>")
    rest = f"<p>… and {len(found) - MOST:,} more.</p>" if len(found) > MOST else ""
    return Words(f'<div class="tagcat-list">{"".join(found[:MOST])}{rest}</div>')
