"""The rows of a review, checked: pairs with their distance, groups, and the tags that can be put on.

A list that is exchanged for another keeps its place: what was in question stays in question.
"""

from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypedDict

from traitlets import TraitError

from tagcat_widgets._items import Item, item, items, shown

VERDICTS = ("a match", "not a match")


class Pair(TypedDict):
    """Two pictures and the Hamming distance of their hashes, in bits; where it was judged, the verdict."""

    a: Item
    b: Item
    distance: int
    verdict: NotRequired[str]


class Group(TypedDict):
    """Pictures that belong together."""

    title: str
    items: list[Item]


class Word(TypedDict):
    """A tag that is offered, and how many items hold it."""

    name: str
    count: int


def pair(row: object) -> Pair:
    """Return a pair, checked; TraitError where it lacks something."""
    if not isinstance(row, Mapping) or not {"a", "b", "distance"} <= row.keys():
        raise TraitError(f"a pair needs 'a', 'b' and 'distance': {row!r:.200}")
    return Pair(a=item(row["a"]), b=item(row["b"]), distance=int(row["distance"]))


def judged(row: object) -> Pair:
    """Return a pair that was judged, checked; TraitError where it lacks something."""
    if not isinstance(row, Mapping) or row.get("verdict") not in VERDICTS:
        raise TraitError(f"a judged pair needs a 'verdict', one of {', '.join(VERDICTS)}: {row!r:.200}")
    return Pair(**pair(row), verdict=row["verdict"])


def group(row: object) -> Group:
    """Return a group, checked; TraitError where it lacks something."""
    if not isinstance(row, Mapping) or not {"title", "items"} <= row.keys():
        raise TraitError(f"a group needs 'title' and 'items': {row!r:.200}")
    return Group(title=shown(row["title"]), items=items(row["items"]))


def word(row: object) -> Word:
    """Return a tag that is offered, checked; TraitError where it has no name."""
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not row["name"]:
        raise TraitError(f"a tag needs a 'name': {row!r:.200}")
    return Word(name=shown(row["name"]), count=int(row.get("count") or 0))


def pair_keys(row: Pair) -> tuple[str, ...]:
    """Return the keys that tell which pair it is."""
    return row["a"]["key"], row["b"]["key"]


def group_keys(row: Group) -> tuple[str, ...]:
    """Return the key that tells which group it is: that of its first item."""
    return tuple(member["key"] for member in row["items"][:1])


def place(before: Any, after: Any, index: int, keys: Callable[[Any], tuple[str, ...]]) -> int:
    """Return where the row that was at `index` is now, else the nearest place.

    Examples
    --------
    >>> place(["a", "b"], ["x", "a", "b"], 1, tuple), place(["a", "b"], ["x"], 1, tuple)
    (2, 0)
    """
    if isinstance(before, list) and index < len(before):
        wanted = keys(before[index])
        for at, row in enumerate(after):
            if keys(row) == wanted:
                return at
    return max(0, min(index, len(after) - 1))
