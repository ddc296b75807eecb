"""Rows of a query as typed columns, ready for a DataFrame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.graph.catalogue import Query
from tagcat_kernel.graph.runner import Row

NUMBERS = {"integer": np.int64, "float": np.float64, "boolean": np.bool_}
LIST = "list of "


def columns_of(query: Query, rows: Sequence[Row]) -> dict[str, npt.NDArray[Any]]:
    """Return a query's rows as its columns, each with the type that the query's comment names.

    A query all of whose columns are lists returns one row that holds them: they are the columns. A null
    makes integers float64 (NaN) and booleans object.

    Raises
    ------
    ValueError
        If lists of one row differ in length.

    Examples
    --------
    >>> from tagcat_kernel.graph.catalogue import query
    >>> row = {"key": "k", "md5": "0f", "duration": 2, "fps": None, "width": 3, "height": 4, "damaged": True}
    >>> columns_of(query("videos"), [row])["duration"]
    array([2.])
    """
    kinds = query.columns
    if kinds and all(kind.startswith(LIST) for kind in kinds.values()):
        values = {name: rows[0][name] if rows else [] for name in kinds}
        if len({len(column) for column in values.values()}) > 1:
            raise ValueError(f"the columns of {query.name} differ in length")
    else:
        values = {name: [row[name] for row in rows] for name in kinds}
    return {name: _typed(column, kinds[name].removeprefix(LIST)) for name, column in values.items()}


def _typed(values: list[Any], kind: str) -> npt.NDArray[Any]:
    number = NUMBERS.get(kind)
    if number is not None and None in values:
        number = None if kind == "boolean" else np.float64
    if number is not None:
        return np.array(values, dtype=number)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
