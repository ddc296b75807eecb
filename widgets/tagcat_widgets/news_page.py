"""What changed in a collection: what came and went since the last visit, and what was done by hand.

What came since (`tagcat_kernel.visits`) stands in a strip of its own, which shares its selection with the
gallery of the whole. What was done by hand is the history that `undo` walks: tags, verdicts, removals.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets

from tagcat_kernel.visits import News, look
from tagcat_widgets._layout import column
from tagcat_widgets._tables import rows
from tagcat_widgets._words import STYLE, escaped, sentence
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.shared_selection import SharedSelection

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

NEWEST = 200
"""Pictures in the strip of what came."""
CHANGES = 6
"""Changes by hand that are told."""


def news(workbench: "Workbench", gallery: Gallery) -> ipywidgets.VBox:
    """Return what changed since the last visit, and the last changes by hand.

    Parameters
    ----------
    workbench
        Whose collection it is; this counts as a visit. Of a collection that is shared each person has visits
        of their own.
    gallery
        The whole collection on the same page, as `collection` gives it: what came is a part of it, and a
        selection made in one shows in the other.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    kinds = {file.md5: file.kind for file in workbench.collection.files().values()}
    told = look(workbench.user, kinds, of=workbench.of)
    came = frozenset(told.came)
    new = [row for row in gallery.items if row["key"].split(":")[1] in came]
    parts: list[ipywidgets.Widget] = []
    if kinds or told.went:
        words = _came_and_went(told, [kinds[md5] for md5 in told.came])
        parts.append(ipywidgets.HTML(STYLE + sentence(words)))
    if new:
        strip = Gallery(
            new[:NEWEST],
            thumbnail=gallery.thumbnail,
            arrangement="strip",
            thumbnail_size=150,
            label="What came since your last visit",
        )
        SharedSelection(gallery, strip)
        parts.append(strip)
    if changes := _by_hand(workbench):
        parts.append(ipywidgets.HTML(STYLE + changes))
    return column(*parts)


def _came_and_went(told: News, kinds: Sequence[str]) -> str:
    if told.since is None:
        return "This is your first visit. From the next one on, this place says what came and what went."
    ago = f"your last visit, {since(told.since)}"
    if not kinds and not told.went:
        return f"Nothing came and nothing went since {ago}."
    images, videos = kinds.count("image"), kinds.count("video")
    counted = [_counted(number, noun) for number, noun in ((images, "image"), (videos, "video")) if number]
    parts = [f"{' and '.join(counted)} came"] if counted else []
    if told.went:
        parts.append(f"{_counted(told.went, 'picture or video', 'pictures and videos')} went")
    return f"Since {ago}: {', '.join(parts)}."


def _by_hand(workbench: "Workbench") -> str:
    changes = workbench.changes()
    lines = [
        f"<li>{escaped(row.told)} <span>· {_maker(row.by, workbench.user)}{since(row.made.timestamp())}"
        f"{' · undone' * row.undone}</span></li>"
        for row in rows(changes.head(CHANGES))
    ]
    if not lines:
        return ""
    return f'<div class="tagcat-list tagcat-changes"><b>Last changes</b><ul>{"".join(lines)}</ul></div>'


def _maker(by: str, reader: str) -> str:
    return "" if by == reader else f"by <bdi>{escaped(by)}</bdi> · "


def since(then: float, now: float | None = None) -> str:
    """Return how long ago a moment (s since 1970) was, in words.

    Examples
    --------
    >>> since(0, 30), since(0, 3600), since(0, 7200), since(0, 2.5 * 86400), since(0, 90 * 86400)
    ('just now', '1 hour ago', '2 hours ago', '2 days ago', '3 months ago')
    """
    passed = max(0.0, (time.time() if now is None else now) - then)
    for length, noun in ((30 * 86400, "month"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if passed >= length:
            return f"{_counted(int(passed // length), noun)} ago"
    return "just now"


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
