"""How answers are printed: JSON for programs, one line a thing for eyes."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.ingest import IngestReport


def plural(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}es" if noun.endswith("ch") else f"{number:,} {noun}s"


def found(counts: dict[str, int]) -> str:
    parts = (("images", "image"), ("videos", "video"), ("frames", "key frame"), ("matches", "match"))
    return ", ".join(plural(counts[name], noun) for name, noun in parts)


def told(report: "IngestReport") -> str:
    counts = {name: getattr(report, name) for name in ("images", "videos", "frames", "matches")}
    rest = [
        f"{plural(number, 'file')} {what}"
        for number, what in (
            (report.skipped, "unchanged"),
            (report.moved, "moved"),
            (report.ignored, "ignored"),
            (len(report.failed), "failed"),
        )
        if number
    ]
    stopped = " Stopped: the same command again does the rest." if report.cancelled else ""
    return f"new: {found(counts)}" + (f" ({', '.join(rest)})" if rest else "") + f".{stopped}"


def name_failures(report: "IngestReport") -> None:
    for failure in report.failed:
        print(f"failed: {harmless(failure.path)}: {harmless(failure.error)}", file=sys.stderr)


def place(path: str, position: float | None) -> str:
    return harmless(path) + ("" if position is None else f" at {position:.2f} s")


def print_json(content: Any) -> None:
    print(json.dumps(content, indent=2))


def rows_of(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return a table's rows with values that JSON has."""
    return [{str(name): json_value(value) for name, value in row.items()} for row in table.to_dict("records")]


def print_table(table: "pd.DataFrame", as_json: bool, empty: str) -> None:
    rows = [{str(name): json_value(value) for name, value in row.items()} for row in table.to_dict("records")]
    if as_json:
        print_json(rows)
    elif not rows:
        print(empty)
    else:
        for line in lines(rows):
            print(line)


def json_value(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN is no JSON


def lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a line a row: distance, each place as path and, in videos, the time, how it lies."""
    for row in rows:
        places = [
            place(row[name], row[position])
            for name, position in (("a", "a_position"), ("b", "b_position"), ("path", "position"))
            if name in row
        ]
        way = row.get("orientation", "as is")
        yield f"{row['distance']:3d}  " + "  ~  ".join(places) + (f"  ({way})" if way != "as is" else "")
