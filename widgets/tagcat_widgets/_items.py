"""What widgets are told about an item, checked and made safe to send.

An item is a dictionary: `key` (of the graph), `name` and `detail` (text for a person), and where there
is one a `badge` (a short word on the picture), a `time` (seconds in a video), a `dhash` (16 hex digits),
`facets` to filter by ("tag", "label" … with the item's values) and `ranks` to sort by ("date", "size" … with
a number). File names are bytes to the system: what is not text in them is replaced here, since a message to
the browser must be UTF-8, and an endless name is cut. The browser shows all of it as text, never as HTML.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from traitlets import TraitError

LONGEST = 500
"""Characters of a name that are shown; file systems allow 255 bytes, other sources anything."""
_DHASH = re.compile(r"[0-9a-f]{16}")


class Item(TypedDict):
    """One picture as the front ends know it."""

    key: str
    name: str
    detail: str
    badge: str
    time: float | None
    dhash: NotRequired[str]
    facets: NotRequired[dict[str, list[str]]]
    ranks: NotRequired[dict[str, float]]


def shown(text: object) -> str:
    r"""Return `text` as it can be sent and shown: no lone surrogates, at most `LONGEST` characters.

    Examples
    --------
    >>> shown("caf\udce9.jpg")
    'caf�.jpg'
    >>> len(shown("a" * 10_000))
    500
    """
    clean = str(text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def item(row: object) -> Item:
    """Return one item, checked; what is missing is empty.

    Raises
    ------
    TraitError
        If `row` is no mapping, has no text as its `key`, or a `dhash`, `facets` or `ranks` that are none.

    Examples
    --------
    >>> item({"key": "ada:00", "name": "cat.jpg"})
    {'key': 'ada:00', 'name': 'cat.jpg', 'detail': '', 'badge': '', 'time': None}
    >>> item({"name": "cat.jpg"})
    Traceback (most recent call last):
    traitlets.traitlets.TraitError: an item needs a 'key' that is text: {'name': 'cat.jpg'}
    """
    if not isinstance(row, Mapping) or not isinstance(row.get("key"), str):
        raise TraitError(f"an item needs a 'key' that is text: {row!r:.200}")
    time = row.get("time")
    seconds = None if time is None or not math.isfinite(time) else float(time)
    found = Item(
        key=row["key"],
        name=shown(row.get("name") or ""),
        detail=shown(row.get("detail") or ""),
        badge=shown(row.get("badge") or ""),
        time=seconds,
    )
    if (dhash := row.get("dhash")) is not None:
        if not isinstance(dhash, str) or not _DHASH.fullmatch(dhash):
            raise TraitError(f"a 'dhash' is 16 hex digits, not {dhash!r:.200}")
        found["dhash"] = dhash
    if facets := row.get("facets"):
        found["facets"] = _facets(facets)
    if ranks := row.get("ranks"):
        found["ranks"] = _ranks(ranks)
    return found


def _facets(facets: object) -> dict[str, list[str]]:
    if not isinstance(facets, Mapping) or any(isinstance(values, str) for values in facets.values()):
        raise TraitError(f"'facets' has lists of values by name, not {facets!r:.200}")
    return {shown(name): [shown(value) for value in values] for name, values in facets.items()}


def _ranks(ranks: object) -> dict[str, float]:
    if not isinstance(ranks, Mapping):
        raise TraitError(f"'ranks' has numbers by name, not {ranks!r:.200}")
    return {shown(name): float(value) for name, value in ranks.items() if math.isfinite(value)}


def items(rows: Iterable[Any]) -> list[Item]:
    """Return items, checked.

    Raises
    ------
    TraitError
        If two items have one key, since a selection could not tell them apart.

    Examples
    --------
    >>> [row["name"] for row in items([{"key": "a", "name": "1"}, {"key": "b", "name": "2"}])]
    ['1', '2']
    """
    found = [item(row) for row in rows]
    if len({row["key"] for row in found}) != len(found):
        raise TraitError("two items have the same key: give each picture once")
    return found
