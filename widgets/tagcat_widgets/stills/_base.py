"""What every still shares: how one is made of a widget, a tile with its picture, and the look."""

from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from tagcat_kernel.plots.rows import address
from tagcat_widgets._items import Item
from tagcat_widgets._words import clock, escaped

MOST = 200
"""Tiles, pairs or rows that one still shows; the rest is counted."""

STYLE = """<style>
.tagcat-still { display: flex; flex-direction: column; gap: 12px; margin: 8px 0; }
.tagcat-still-row { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.tagcat-tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
.tagcat-tile { margin: 0; padding: 8px; border: 1px solid var(--jp-border-color2, #ddd); border-radius: 8px;
  font-size: 12px; overflow-wrap: anywhere; background: var(--jp-layout-color1, #fff); }
.tagcat-tile[data-selected] { outline: 2px solid #1464c8; }
.tagcat-tile img { display: block; width: 100%; height: 110px; object-fit: contain; margin-bottom: 6px;
  background: var(--jp-layout-color2, #eee); border-radius: 4px; }
.tagcat-tile small, .tagcat-still-note { color: var(--jp-ui-font-color2, #666); font-size: 12px; }
.tagcat-tile span:not(:empty) ~ span:not(:empty)::before { content: " · "; }
.tagcat-still-note { margin: 0; }
.tagcat-still-row > div:has(.tagcat-tiles, svg) { flex: 1 1 480px; }
.tagcat-still table { width: 100%; } .tagcat-still td figure { max-width: 260px; }
.tagcat-still svg:not(.main-svg) { display: block; border: 1px solid var(--jp-border-color2, #ddd);
  border-radius: 8px; background: var(--jp-layout-color1, #fff); }
.tagcat-still svg:not(.main-svg) text { fill: var(--jp-ui-font-color1, #222);
  font: 11px system-ui, sans-serif; }
.tagcat-still h4 { margin: 4px 0; }
</style>"""


@singledispatch
def drawn(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    """Return the inside of a still; a kind of widget that nobody registered is named."""
    if type(widget).__module__.startswith("plotly."):  # a FigureWidget; plotly loads where it is used
        return str(widget.to_html(full_html=False, include_plotlyjs=True))
    return note(f"{type(widget).__name__}: shown in the notebook only")


def still(widget: Any, *, thumbnails: bool = False) -> str:
    """Return a widget's state as HTML that stands alone.

    Parameters
    ----------
    widget
        One of ours, or of ipywidgets.
    thumbnails
        Whether pictures may be in it; without, items are their names.

    Examples
    --------
    >>> from tagcat_widgets import Gallery
    >>> page = still(Gallery([{"key": "a", "name": "<b>.jpg", "detail": "4 × 3"}]))
    >>> "&lt;b&gt;.jpg" in page, "<img" in page
    (True, False)
    """
    inside = drawn(widget, thumbnails)
    return f'<div class="tagcat-still">{inside}</div>' if inside else ""


def note(text: str) -> str:
    """Return a line on the still itself; `text` is text."""
    return f'<p class="tagcat-still-note">{escaped(text)}</p>'


def picture(widget: Any, key: str, thumbnails: bool) -> str:
    """Return the address of an item's thumbnail as data; empty where none may be shown, or none is there."""
    jpeg = widget._desk.picture(key) if thumbnails else None
    return address(jpeg) if jpeg else ""


def tile(widget: Any, item: Item, thumbnails: bool) -> str:
    """Return one item: its picture where there is one, its name, what is told of it."""
    address = picture(widget, item["key"], thumbnails)
    shown = f'<img src="{address}" alt="">' if address else ""
    time = "" if item["time"] is None else clock(item["time"])
    # The style puts dots between: a detail that is a folder may be taken out of the page after us.
    parts = [item["badge"], time if time != item["name"] else "", item["detail"]]
    told = "".join(f"<span>{escaped(part)}</span>" for part in parts if part)
    selected = " data-selected" if item["key"] in getattr(widget, "selected", ()) else ""
    return (
        f'<figure class="tagcat-tile"{selected}>{shown}<figcaption>{escaped(item["name"])}'
        f"<br><small>{told}</small></figcaption></figure>"
    )


def tiles(widget: Any, items: Iterable[Item], thumbnails: bool) -> str:
    """Return items as a grid of tiles, and how many more there are."""
    rows = list(items)
    grid = "".join(tile(widget, row, thumbnails) for row in rows[:MOST])
    return f'<div class="tagcat-tiles">{grid}</div>{more(len(rows), "items")}'


def more(number: int, noun: str) -> str:
    """Return how many of `number` things a still left out, empty where it shows all."""
    return note(f"and {number - MOST:,} more {noun}") if number > MOST else ""
