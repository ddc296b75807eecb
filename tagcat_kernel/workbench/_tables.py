"""Tables of the workbench: rows as DataFrames with exactly the columns that are documented."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PAIR = ["a", "a_path", "a_position", "b", "b_path", "b_position", "distance"]


def table(rows: Sequence[Mapping[str, object]], columns: list[str]) -> "pd.DataFrame":
    """Return rows as a DataFrame with exactly these columns, positions as float even when all are None.

    Examples
    --------
    >>> table([{"key": "u:1", "position": None, "more": 1}], ["key", "position"]).dtypes["position"]
    dtype('float64')
    """
    import pandas as pd

    made = pd.DataFrame(rows, columns=columns)
    for column in ("position", "a_position", "b_position"):
        if column in made:
            made[column] = made[column].astype("float64")
    return made


def ends(a: str, b: str, places: Mapping[str, tuple[str, float | None]]) -> dict[str, object]:
    """Return the columns of a pair that say what it joins; `places` tells path and position (s) by key.

    Examples
    --------
    >>> ends("u:1", "u:2:25", {"u:1": ("/a.jpg", None), "u:2:25": ("/b.mp4", 1.0)})["b_position"]
    1.0
    """
    (a_path, a_position), (b_path, b_position) = places[a], places[b]
    return {
        "a": a,
        "a_path": a_path,
        "a_position": a_position,
        "b": b,
        "b_path": b_path,
        "b_position": b_position,
    }


def md5_in(key: str) -> str:
    """Return the MD5 in a video's key, or the MD5 that it already is.

    Examples
    --------
    >>> md5_in("ada:0123"), md5_in("0123")
    ('0123', '0123')
    """
    return key.split(":")[1] if ":" in key else key
