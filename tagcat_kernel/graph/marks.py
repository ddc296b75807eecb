"""The mark "not a match" inside one transaction that holds the user's lock.

It joins two items from the smaller key to the larger. The stored match stays; views leave the pair out.
A mark on a moment that is no key frame any more stays on that moment, as a tag does.
"""

from collections.abc import Iterable

from tagcat_kernel.graph.keys import kind_of_item
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit

Pair = tuple[str, str]


def marked(unit: Unit, user: str) -> set[Pair]:
    """Return the marked pairs (smaller key, larger key) of live images and of moments of live videos."""
    row = unit.columns("rejected", user=user)
    return set(zip(row["a"], row["b"], strict=True))


def put_marks(unit: Unit, user: str, pairs: Iterable[Pair]) -> set[Pair]:
    """Mark pairs, and return those whose items are both there, marked before or now."""
    rows: dict[str, list[Row]] = {}
    for a, b in sorted(set(pairs)):
        rows.setdefault(f"reject_{kind_of_item(a)}_{kind_of_item(b)}", []).append({"a": a, "b": b})
    found: list[Row] = []
    for query, some in rows.items():
        found += unit.each(query, some, user=user)
    return {(row["a"], row["b"]) for row in found}


def take_marks(unit: Unit, user: str, pairs: Iterable[Pair]) -> None:
    """Take the mark off pairs; without one nothing happens."""
    rows: dict[str, list[Row]] = {}
    for a, b in sorted(set(pairs)):
        rows.setdefault(f"unreject_{kind_of_item(a)}", []).append({"a": a, "b": b})
    for query, some in rows.items():
        unit.each(query, some, user=user)
