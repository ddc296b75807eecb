"""From the workbench's tables to what the widgets take.

Tables hold a row for each image or moment of a video, with `position` NaN for images; widgets take a
dictionary for each picture (see `_items`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tagcat_kernel.plots import picture

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["groups", "item", "picture", "rows", "side"]


def rows(table: "pd.DataFrame") -> Iterable[Any]:
    """Return the rows of a table as named tuples."""
    return table.itertuples(index=False)


def item(row: Any) -> dict[str, Any]:
    """Return the picture of a row with `key`, `path` and `position`."""
    return picture(row.key, row.path, row.position)


def side(row: Any, which: str) -> dict[str, Any]:
    """Return the picture "a" or "b" of a row of matches."""
    return picture(getattr(row, which), getattr(row, f"{which}_path"), getattr(row, f"{which}_position"))


def groups(table: "pd.DataFrame", most: int) -> list[dict[str, Any]]:
    """Return the groups of `Workbench.groups` as `MatchReview` takes them, until `most` pictures are in.

    A group is called by the name of its first picture.
    """
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows(table.head(most)):  # a table of each group would cost more than all else
        found.setdefault(row.group, []).append(item(row))
    return [{"title": pictures[0]["name"], "items": pictures} for pictures in found.values()]
