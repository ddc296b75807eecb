"""The page of what looks alike: a slider with what each distance gives, and the review of it.

The pairs are joined at the slider's distance, whatever the graph has stored. What a person says in the
review is stored in the collection at once, as a change by hand that can be undone: a pair is rejected, a
tag put on, or an item's files leave the collection. No file on the disk is ever touched.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._tables import groups, item, rows, side
from tagcat_widgets._words import STYLE, Words, sentence
from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.match_review import MatchReview

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pairs, or pictures, that a page is given at once; the rest is counted and said."""

_NEAREST = ["distance", "a_path", "b_path", "a_position", "b_position"]
_EMPTY = sentence("This collection is empty. Begin with your own pictures:", ("01_ingest", "Ingest"))


def match_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return a slider with the number of matches at each distance, and the review of what it gives.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    if not workbench.counts()["files"]:
        return Words(_EMPTY)
    slider = DistanceSlider(
        workbench.settings.max_distance,
        caption="How near counts as a match",
        stored=workbench.settings.max_distance,
    )
    review = MatchReview(thumbnail=workbench.thumbnail, maximum=slider.maximum)
    told = ipywidgets.HTML()

    def count() -> None:
        slider.counts = workbench.distance_counts(slider.maximum)

    def draw(_: object = None) -> None:
        try:
            pairs, found, more = _alike(workbench, slider.value)
        except Exception as error:
            told.value = STYLE + sentence(str(error))
            return
        told.value = STYLE + sentence(f"These are the closest {MOST:,} pairs; {more:,} more follow.") * (
            more > 0
        )
        review.empty = f"No two pictures are within distance {slider.value} of each other."
        with review.hold_sync():
            review.pairs, review.groups = pairs, found

    def read_tags() -> None:
        review.tags = [
            {"name": row.name, "count": row.images + row.videos + row.frames}
            for row in rows(workbench.tags())
        ]

    def reject(a: str, b: str) -> None:
        workbench.reject(a, b)
        count()

    def unreject(a: str, b: str) -> None:
        workbench.unreject(a, b)
        count()

    def undoing(then: Callable[[], None]) -> Callable[[], None]:
        """Return what undoes the change that was just made, and calls `then`."""
        number = int(workbench.changes()["number"].iloc[0])

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

    slider.observe(draw, names="value")
    review.on_reject(reject)
    review.on_undo(unreject)
    review.on_keep(keep)
    review.on_tag(tag)
    count()
    slider.chance = workbench.chance(slider.maximum).words()
    draw()
    read_tags()
    return column(slider, review, told)


Rows = list[dict[str, Any]]


def _alike(workbench: "Workbench", distance: int) -> tuple[Rows, Rows, int]:
    """Return the pairs and groups within a distance as the review takes them, and how many pairs more."""
    columns = workbench.collection.hashes()
    hashes = dict(zip(columns.keys, columns.hashes.tolist(), strict=True))

    def hashed(row: dict[str, Any]) -> dict[str, Any]:
        dhash = hashes.get(row["key"])  # another process may have removed it in between
        return row if dhash is None else row | {"dhash": f"{dhash:016x}"}

    table = workbench.pairs(distance).sort_values(_NEAREST, kind="stable")
    pairs = [
        {"a": hashed(side(row, "a")), "b": hashed(side(row, "b")), "distance": row.distance}
        for row in rows(table.head(MOST))
    ]
    found = groups(workbench.groups(distance), MOST)
    flat = [item(row) for row in rows(workbench.plain())]
    if flat:
        found.append({"title": "Plain: black, flat or gradient", "items": flat[:MOST]})
    for group in found:
        group["items"] = [hashed(row) for row in group["items"]]
    return pairs, found, len(table) - MOST
