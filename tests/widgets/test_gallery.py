"""A gallery's selection is shared, and names what it shows only."""

import json

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from tagcat_widgets import Gallery

from .conftest import HOSTILE


def test_a_click_reaches_python() -> None:
    gallery = Gallery([{"key": "a"}, {"key": "b"}])
    seen: list[list[str]] = []
    gallery.observe(lambda change: seen.append(change["new"]), "selected")
    gallery.comm.write(selected=["b"])
    gallery.comm.write(selected=["b", "a", "a", "forged"])
    assert seen == [["b"], ["b", "a"]]


def test_a_browser_writes_nothing_but_what_is_a_persons_choice() -> None:
    gallery = Gallery([{"key": "a"}])
    gallery.comm.write(items=[{"key": "stranger"}], height=9_000, empty="<b>", _esm="alert(1)")
    assert [row["key"] for row in gallery.items] == ["a"]
    assert gallery.height == 520
    assert "alert(1)" not in str(gallery._esm)


def test_sorting_and_filters_reach_python_and_no_nonsense() -> None:
    gallery = Gallery([{"key": "a"}])
    gallery.comm.write(sort="name", descending=True, search="cat", filters={"tag": ""})
    told = (gallery.sort, gallery.descending, gallery.search, gallery.filters)
    assert told == ("name", True, "cat", {"tag": ""})
    for wrong in ({"filters": {"tag": 3}}, {"filters": ["tag"]}, {"sort": 3}, {"descending": "yes"}):
        gallery.comm.write(**wrong)
    assert (gallery.sort, gallery.descending, gallery.search, gallery.filters) == told


def test_what_goes_is_no_longer_selected() -> None:
    gallery = Gallery([{"key": "a"}, {"key": "b"}])
    gallery.selected = ["a", "b"]
    gallery.items = [{"key": "b"}, {"key": "c"}]
    assert gallery.selected == ["b"]


@given(st.lists(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_the_selection_is_always_among_the_items(selected: list[str], left: set[str]) -> None:
    gallery = Gallery([{"key": key} for key in "abcdef"])
    gallery.selected = selected
    assert gallery.selected == list(dict.fromkeys(selected))
    gallery.items = [{"key": key} for key in sorted(left)]
    assert gallery.selected == [key for key in dict.fromkeys(selected) if key in left]


def test_hostile_names_can_be_sent() -> None:
    gallery = Gallery([{"key": str(n), "name": name, "badge": name} for n, name in enumerate(HOSTILE)])
    gallery.empty = HOSTILE[4]
    json.dumps([gallery.items, gallery.empty], ensure_ascii=False).encode("utf-8")


def test_wrong_use_is_refused() -> None:
    with pytest.raises(traitlets.TraitError, match="same key"):
        Gallery([{"key": "a"}, {"key": "a"}])
    with pytest.raises(traitlets.TraitError):
        Gallery(arrangement="heap")  # type: ignore[arg-type]


def test_a_letter_reaches_python_only_if_it_was_asked_for() -> None:
    gallery = Gallery([{"key": "a"}], shortcuts="t")
    heard: list[str] = []
    gallery.on_key(heard.append)
    for pressed in ("t", "x", "", "tt", 7, None, ["t"]):
        gallery._heard(gallery, {"pressed": pressed}, [])
    assert heard == ["t"]
