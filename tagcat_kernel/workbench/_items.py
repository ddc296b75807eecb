"""What a person may name items by: keys, and rows or whole tables of the workbench's own."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

Items = Any
"""A key, a row or a DataFrame of `images()`, `videos()`, `frames()`, `matches()`…, or a list of such."""


def keys_of(items: Items) -> list[str]:
    """Return the keys that items name, each once; a pair of matches names both, a path passes as it is.

    Raises
    ------
    TypeError
        If something is no item.

    Examples
    --------
    >>> keys_of("ada:01"), keys_of([{"key": "ada:01"}, {"a": "ada:02", "b": "ada:01"}])
    (['ada:01'], ['ada:01', 'ada:02'])
    """
    return list(dict.fromkeys(_keys(items)))


def pairs_of(pairs: Items) -> list[tuple[str, str]]:
    """Return the pairs that rows or a DataFrame of `matches()` name.

    Raises
    ------
    TypeError
        If something is no pair.

    Examples
    --------
    >>> pairs_of([{"a": "ada:01", "b": "ada:02"}, ("ada:01", "ada:03")])
    [('ada:01', 'ada:02'), ('ada:01', 'ada:03')]
    """
    if hasattr(pairs, "columns"):
        _columns(pairs, "a", "b")
        return list(zip(pairs["a"], pairs["b"], strict=True))
    row = _row(pairs)
    if row is not None:
        if "a" not in row or "b" not in row:
            raise TypeError(f"a pair has an a and a b, which this row has not: {sorted(map(str, row))}")
        return [(row["a"], row["b"])]
    if isinstance(pairs, tuple) and len(pairs) == 2 and all(isinstance(key, str) for key in pairs):
        return [pairs]
    if isinstance(pairs, Iterable) and not isinstance(pairs, str | bytes):
        return [pair for one in pairs for pair in pairs_of(one)]
    raise TypeError(f"give rows of matches(), not {type(pairs).__name__}")


def labels_of(rows: Items) -> list[tuple[str, str]]:
    """Return key and label of rows, or of a DataFrame, of `labels()`.

    Raises
    ------
    TypeError
        If something is no such row.

    Examples
    --------
    >>> labels_of({"key": "ada:01", "label": "cat", "score": 0.5})
    [('ada:01', 'cat')]
    """
    if hasattr(rows, "columns"):
        _columns(rows, "key", "label")
        return list(zip(rows["key"], rows["label"], strict=True))
    row = _row(rows)
    if row is not None:
        if "key" not in row or "label" not in row:
            raise TypeError(f"a label has a key and a label, which this row has not: {sorted(map(str, row))}")
        return [(row["key"], row["label"])]
    if isinstance(rows, Iterable) and not isinstance(rows, str | bytes):
        return [pair for one in rows for pair in labels_of(one)]
    raise TypeError(f"give rows of labels(), not {type(rows).__name__}")


def _keys(items: Items) -> Iterable[str]:
    if isinstance(items, str | os.PathLike):
        return [os.fspath(items)]
    if hasattr(items, "columns"):
        if "key" in items.columns:
            return list(items["key"])
        _columns(items, "a", "b")
        return [key for pair in zip(items["a"], items["b"], strict=True) for key in pair]
    row = _row(items)
    if row is not None:
        if "key" in row:
            return [row["key"]]
        if "a" in row and "b" in row:
            return [row["a"], row["b"]]
        raise TypeError(f"an item has a key, which this row has not: {sorted(map(str, row))}")
    if isinstance(items, Iterable) and not isinstance(items, bytes):
        return [key for one in items for key in _keys(one)]
    raise TypeError(f"give keys, rows or tables of the workbench, not {type(items).__name__}")


def _row(value: Any) -> Mapping[Any, Any] | None:
    """Return a dictionary or a row of a DataFrame as a mapping; a column of keys is none."""
    if isinstance(value, Mapping):
        return value
    index = getattr(value, "index", None)
    if callable(index) or index is None or not {"key", "a"} & set(index):
        return None
    return dict(value)


def _columns(table: Any, *names: str) -> None:
    if not set(names) <= set(table.columns):
        raise TypeError(f"this table names no items: it has the columns {', '.join(map(str, table.columns))}")
