"""Items are checked, and every text that comes out can be sent."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from tagcat_widgets._items import LONGEST, item, items, shown

anything = st.text(st.characters(categories=None, codec=None), max_size=700)


@given(anything)
def test_every_text_can_be_sent(text: str) -> None:
    said = shown(text)
    assert len(said) <= LONGEST
    assert json.loads(json.dumps(said, ensure_ascii=False).encode("utf-8")) == said


@given(st.text(max_size=LONGEST))
def test_real_text_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


@given(anything, anything, st.one_of(st.none(), st.floats()))
def test_items_are_complete(name: str, detail: str, time: float | None) -> None:
    row = item({"key": "k", "name": name, "detail": detail, "time": time})
    assert set(row) == {"key", "name", "detail", "badge", "time"}
    assert row["time"] is None or math.isfinite(row["time"])
    json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8")


def test_facets_and_ranks_are_kept_where_they_are_told() -> None:
    row = item({"key": "k", "facets": {"tag": ["sea", "a" * 999]}, "ranks": {"size": 3, "date": math.nan}})
    assert row["facets"]["tag"][0] == "sea"
    assert len(row["facets"]["tag"][1]) == LONGEST
    assert row["ranks"] == {"size": 3.0}
    for wrong in ({"facets": {"tag": "sea"}}, {"facets": "sea"}, {"ranks": [3]}):
        with pytest.raises(TraitError, match=r"facets|ranks"):
            item({"key": "k"} | wrong)


@pytest.mark.parametrize("row", [{}, {"key": 3}, "key", None, {"name": "cat"}])
def test_an_item_needs_a_key(row: object) -> None:
    with pytest.raises(TraitError, match="an item needs a 'key'"):
        item(row)


def test_keys_are_unique() -> None:
    with pytest.raises(TraitError, match="same key"):
        items([{"key": "a"}, {"key": "a"}])
