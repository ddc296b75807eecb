"""Stills of the widgets of pictures and what is said of them: tiles, pairs, tags, jobs, a histogram."""

from typing import Any

from tagcat_widgets._words import clock, escaped
from tagcat_widgets.browser_ingest import BrowserIngest
from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.find_file import FileFinder
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.job_progress import JobProgress
from tagcat_widgets.key_frame_strip import KeyFrameStrip
from tagcat_widgets.match_review import MatchReview
from tagcat_widgets.media_picker import MediaPicker
from tagcat_widgets.path_list import PathList
from tagcat_widgets.player import Player
from tagcat_widgets.save_file import SaveFile
from tagcat_widgets.stills._base import MOST, drawn, more, note, tile, tiles
from tagcat_widgets.tag_editor import TagEditor


@drawn.register(Gallery)
@drawn.register(KeyFrameStrip)
def _(widget: Any, thumbnails: bool) -> str:
    return tiles(widget, widget.items, thumbnails) if widget.items else note(widget.empty)


@drawn.register(Player)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    if not widget.key:
        return note(widget.empty)
    return note(f"{widget.name}, {clock(widget.duration)}, at {clock(widget.position)}")


@drawn.register(MatchReview)
def _(widget: Any, thumbnails: bool) -> str:
    pairs, groups = widget.pairs, widget.groups
    if widget.mode == "groups" and groups:
        parts = [
            f"<h4>{escaped(group['title'])}</h4>{tiles(widget, group['items'], thumbnails)}"
            for group in groups[:MOST]
        ]
        return "".join(parts) + more(len(groups), "groups")
    if not pairs:
        return note(widget.empty)
    rejected = {tuple(pair) for pair in widget.rejected}
    rows = [
        f"<tr><td>{tile(widget, pair['a'], thumbnails)}</td><td>{tile(widget, pair['b'], thumbnails)}</td>"
        f"<td>{pair['distance']}{_verdict(pair, rejected)}</td></tr>"
        for pair in pairs[:MOST]
    ]
    head = "<tr><th>Picture</th><th>looks like</th><th>Hamming distance</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>{more(len(pairs), 'pairs')}"


def _verdict(pair: Any, rejected: set[tuple[str, ...]]) -> str:
    return " · not a match" if (pair["a"]["key"], pair["b"]["key"]) in rejected else ""


@drawn.register(TagEditor)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    if not widget.tags:
        return note(widget.empty)
    rows = [
        f"<tr><td>{escaped(tag['name'])}</td><td>{escaped(tag['parent'] or '')}</td>"
        f"<td>{tag['count']:,}</td></tr>"
        for tag in widget.tags
    ]
    return f"<table><tr><th>Tag</th><th>below</th><th>items</th></tr>{''.join(rows)}</table>"


@drawn.register(JobProgress)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    of = "" if widget.total is None else f" of {widget.total:,}"
    counts = "".join(f", {number:,} {noun}" for noun, number in widget.counts)
    told = [note(f"{widget.title}: {widget.state}, {widget.done:,}{of} {widget.noun}{counts}")]
    told += [note(f"{row['path']}: {row['error']}") for row in widget.failures]
    return "".join(told)


@drawn.register(PathList)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return "".join(note(row["name"]) for row in widget.rows) or note(widget.empty)


@drawn.register(SaveFile)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return ""  # a button


@drawn.register(MediaPicker)
@drawn.register(BrowserIngest)
@drawn.register(FileFinder)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return note("Files are chosen in the notebook or on the dashboard.")


WIDTH, HEIGHT, FOOT = 640, 160, 18


@drawn.register(DistanceSlider)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    counts = list(widget.counts)[: widget.maximum + 1]
    chosen = (
        sum(counts[: widget.value + 1]) if widget.cumulative else sum(counts[widget.value : widget.value + 1])
    )
    chance = widget.chance[widget.value] if widget.value < len(widget.chance) else ""
    told = f"{widget.label} {widget.value}: {chosen:,} {widget.noun}"
    told += f", {chance} expected to be chance" if chance else ""
    if not counts:
        return note(told)
    width, most = WIDTH / len(counts), max(*counts, 1)
    bars = []
    for distance, count in enumerate(counts):
        height = (HEIGHT - FOOT) * count / most
        x, y = distance * width, HEIGHT - FOOT - height
        faint = "" if distance <= widget.value else ' opacity="0.35"'
        bars.append(
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{height:.1f}" fill="#1464c8"'
            f"{faint}><title>{distance}: {count:,}</title></rect>"
            f'<text x="{x + width / 2:.1f}" y="{HEIGHT - 4}" text-anchor="middle">{distance}</text>'
        )
    label = escaped(f"{widget.noun} by {widget.label}")
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{label}">'
    caption = f"<h4>{escaped(widget.caption)}</h4>" if widget.caption else ""
    return f"{caption}{svg}{''.join(bars)}</svg>{note(told)}"
