"""The page of what looks alike: a slider with what each distance gives, and the review of it.

The pairs are joined at the slider's distance, whatever the graph has stored. What a person says in the
review is stored in the collection at once, as a change by hand that can be undone: a pair is a match or
none, a tag put on, or an item's files leave the collection. No file on the disk is ever touched. A pair
that has its verdict does not wait for one on another day.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._tables import groups, item, rows, side
from tagcat_widgets._words import STYLE, Words, sentence
from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.match_review import MatchReview
from tagcat_widgets.sharing_page import BEGIN, EMPTY, nothing

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pairs, or pictures, that a page is given at once; the rest is counted and said."""

_NEAREST = ["distance", "a_path", "b_path", "a_position", "b_position"]


def match_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return a slider with the number of matches at each distance, and the review of what it gives.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    if not workbench.counts()["files"]:
        return nothing(workbench, EMPTY, BEGIN)
    slider = DistanceSlider(
        workbench.settings.max_distance,
        caption="How near counts as a match",
        stored=workbench.settings.max_distance,
    )
    review = MatchReview(thumbnail=workbench.thumbnail, maximum=slider.maximum, access=workbench.access)
    told = ipywidgets.HTML()

    def count() -> None:
        slider.counts = workbench.distance_counts(slider.maximum)

    def draw(_: object = None) -> None:
        try:
            pairs, judged, found, more = _alike(workbench, slider.value)
        except Exception as error:
            told.value = STYLE + sentence(str(error))
            return
        told.value = STYLE + sentence(
            f"These are the closest {MOST:,} pairs that wait for a verdict; {more:,} more follow."
        ) * (more > 0)
        review.empty = f"No two pictures are within distance {slider.value} of each other."
        with review.hold_sync():
            review.rejected, review.confirmed = [], []  # the lists know them now
            review.pairs, review.judged, review.groups = pairs, judged, found

    slider.observe(draw, names="value")
    _keep_what_is_said(workbench, review, count, draw)
    count()
    slider.chance = workbench.chance(slider.maximum).words()
    draw()
    return column(slider, review, told)


def _keep_what_is_said(
    workbench: "Workbench", review: MatchReview, count: Callable[[], None], draw: Callable[[], None]
) -> None:
    """Store each verdict of a review; `count` and `draw` renew what the slider and the review show."""

    def read_tags() -> None:
        review.tags = [
            {"name": row.name, "count": row.images + row.videos + row.frames}
            for row in rows(workbench.tags())
        ]

    def reject(a: str, b: str) -> None:
        workbench.reject(a, b)
        count()

    def confirm(a: str, b: str) -> None:
        workbench.confirm(a, b)
        count()  # it may have been no match before

    def take_back(a: str, b: str) -> None:
        if workbench.unreject(a, b):
            count()
        else:
            workbench.unconfirm(a, b)

    def undoing(then: Callable[[], None]) -> Callable[[], None]:
        """Return what undoes the change that was just made, and calls `then`."""
        changes = workbench.changes()
        number = int(changes["number"][changes["by"] == workbench.user].iloc[0])

        def undo() -> None:
            workbench.undo(number)
            then()

        return undo

    def keep(_: str, removed: list[str]) -> Callable[[], None]:
        workbench.remove(removed)
        undo = undoing(again)
        count()
        return undo

    def again() -> None:
        count()
        draw()

    def tag(keys: list[str], name: str) -> Callable[[], None] | None:
        put = workbench.tag(keys, name)
        undo = undoing(read_tags) if put else None
        read_tags()
        return undo

    review.on_reject(reject)
    review.on_match(confirm)
    review.on_undo(take_back)
    review.on_keep(keep)
    review.on_tag(tag)
    read_tags()


Rows = list[dict[str, Any]]


def _alike(workbench: "Workbench", distance: int) -> tuple[Rows, Rows, Rows, int]:
    """Return the pairs that wait, those that are judged, the groups, and how many pairs more wait."""
    columns = workbench.collection.hashes()
    hashes = dict(zip(columns.keys, columns.hashes.tolist(), strict=True))

    def hashed(row: dict[str, Any]) -> dict[str, Any]:
        dhash = hashes.get(row["key"])  # another process may have removed it in between
        return row if dhash is None else row | {"dhash": f"{dhash:016x}"}

    def pair(row: Any) -> dict[str, Any]:
        return {"a": hashed(side(row, "a")), "b": hashed(side(row, "b")), "distance": row.distance}

    said = workbench.verdicts()
    confirmed = said[said["verdict"] == "a match"]
    known = set(zip(confirmed["a"], confirmed["b"], strict=True))
    table = workbench.pairs(distance).sort_values(_NEAREST, kind="stable")
    table = table[[pair not in known for pair in zip(table["a"], table["b"], strict=True)]]
    pairs = [pair(row) for row in rows(table.head(MOST))]
    before = said[said["distance"] <= distance].sort_values(_NEAREST, kind="stable")
    judged = [pair(row) | {"verdict": row.verdict} for row in rows(before.head(MOST))]
    found = groups(workbench.groups(distance), MOST)
    flat = [item(row) for row in rows(workbench.plain())]
    if flat:
        found.append({"title": "Plain: black, flat or gradient", "items": flat[:MOST]})
    for group in found:
        group["items"] = [hashed(row) for row in group["items"]]
    return pairs, judged, found, len(table) - MOST
