"""What a person says of a pair, "not a match" or "a match", inside one transaction with the user's lock.

A mark joins two items from the smaller key to the larger; a pair has one at most, and a new one takes the
place of the other. The stored match stays as it is: views leave out a pair that is no match, and the review
asks for none that has a mark. A mark on a moment that is no key frame any more stays on that moment, as a
tag does.
"""

from collections.abc import Iterable
from typing import Literal

from tagcat_kernel.graph.keys import kind_of_item
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit

Pair = tuple[str, str]
Mark = Literal["reject", "confirm"]
"""The marks "not a match" and "a match", by the verb that puts them."""

OTHER: dict[Mark, Mark] = {"reject": "confirm", "confirm": "reject"}
TOLD: dict[Mark, str] = {"reject": "no match", "confirm": "a match"}
VERDICTS: dict[Mark, str] = {"reject": "not a match", "confirm": "a match"}


def marked(unit: Unit, user: str, mark: Mark = "reject") -> set[Pair]:
    """Return the marked pairs (smaller key, larger key) of live images and of moments of live videos."""
    row = unit.columns(f"{mark}ed", user=user)
    return set(zip(row["a"], row["b"], strict=True))


def put_marks(unit: Unit, user: str, pairs: Iterable[Pair], mark: Mark = "reject") -> set[Pair]:
    """Mark pairs, and return those whose items are both there, marked before or now."""
    rows: dict[str, list[Row]] = {}
    for a, b in sorted(set(pairs)):
        rows.setdefault(f"{mark}_{kind_of_item(a)}_{kind_of_item(b)}", []).append({"a": a, "b": b})
    found: list[Row] = []
    for query, some in rows.items():
        found += unit.each(query, some, user=user)
    return {(row["a"], row["b"]) for row in found}


def take_marks(unit: Unit, user: str, pairs: Iterable[Pair], mark: Mark = "reject") -> None:
    """Take the mark off pairs; without one nothing happens."""
    rows: dict[str, list[Row]] = {}
    for a, b in sorted(set(pairs)):
        rows.setdefault(f"un{mark}_{kind_of_item(a)}", []).append({"a": a, "b": b})
    for query, some in rows.items():
        unit.each(query, some, user=user)
