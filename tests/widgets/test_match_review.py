"""Verdicts are stored by callbacks before they show; what is in question stays in question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from tagcat_widgets import MatchReview


def pair(a: str, b: str, distance: int = 1) -> dict:
    return {"a": {"key": a, "name": a}, "b": {"key": b, "name": b}, "distance": distance}


PAIRS = [pair("a", "b"), pair("b", "c"), pair("c", "d")]


def test_a_rejection_is_stored_then_shown_and_undone() -> None:
    review = MatchReview(PAIRS)
    told: list[tuple[str, str, str]] = []
    review.on_reject(lambda a, b: told.append(("no", a, b)))
    review.on_undo(lambda a, b: told.append(("undo", a, b)))
    review.comm.custom({"type": "reject", "a": "a", "b": "b"})
    review.comm.custom({"type": "reject", "a": "a", "b": "b"})
    review.comm.custom({"type": "reject", "a": "c", "b": "d"})
    assert review.rejected == [["a", "b"], ["c", "d"]]
    review.comm.custom({"type": "undo", "a": "a", "b": "b"})
    review.undo()
    review.undo()
    assert review.rejected == []
    assert told == [("no", "a", "b"), ("no", "c", "d"), ("undo", "a", "b"), ("undo", "c", "d")]


@pytest.mark.parametrize(
    "content",
    [
        {"type": "reject", "a": "a", "b": "d"},
        {"type": "reject", "a": "b", "b": "a"},
        {"type": "reject", "a": ["a"], "b": "b"},
        {"type": "undo", "a": "a", "b": "b"},
        {"type": "dance", "a": "a", "b": "b"},
        "reject",
        None,
    ],
)
def test_forged_verdicts_change_nothing(content: object) -> None:
    review = MatchReview(PAIRS)
    review.on_reject(lambda a, b: pytest.fail("called"))
    review.on_undo(lambda a, b: pytest.fail("called"))
    review.comm.custom(content)
    assert review.rejected == []


def test_a_verdict_that_cannot_be_stored_is_not_shown() -> None:
    review = MatchReview(PAIRS)

    def broken(a: str, b: str) -> None:
        raise OSError("the graph is away")

    review.on_reject(broken)
    review.comm.custom({"type": "reject", "a": "a", "b": "b"})
    assert review.rejected == []
    assert review.error == "This was not stored: the graph is away"
    review._on_reject.clear()
    review.reject("a", "b")
    assert review.error == ""


def test_a_rejected_pair_that_left_the_list_can_be_taken_back() -> None:
    review = MatchReview(PAIRS)
    review.reject("a", "b")
    review.pairs = PAIRS[1:]
    review.undo()
    assert review.rejected == []


def test_a_browser_writes_where_it_is_and_nothing_else() -> None:
    review = MatchReview(PAIRS)
    review.comm.write(index=2, rejected=[["a", "b"]], pairs=[], error="<b>")
    assert (review.index, review.rejected, len(review.pairs), review.error) == (2, [], 3, "")
    review.comm.write(index=99, group_index=5)
    assert (review.index, review.group_index) == (2, 0)
    assert review.pair == review.pairs[2]


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_what_is_in_question_stays_in_question(before: list[str], after: list[str]) -> None:
    review = MatchReview([pair(key, key + "!") for key in before])
    review.index = len(before) // 2
    asked = review.pair
    review.pairs = [pair(key, key + "!") for key in after]
    if asked in review.pairs:
        assert review.pair == asked
    assert (review.pair is None) == (not after)


def test_thumbnails_of_pairs_and_groups_only() -> None:
    groups = [{"title": "Group 1", "items": [{"key": "g"}]}]
    review = MatchReview(PAIRS, groups, thumbnail=lambda key: key.encode())
    review.comm.custom({"type": "thumbnails", "view": "v", "keys": ["a", "g", "stranger"]})
    review._desk.join()
    found = [key for content, _ in review.comm.thumbnails() for key in content["found"]]
    assert sorted(found) == ["a", "g"]


@pytest.mark.parametrize(
    "row", [{}, {"a": {"key": "a"}, "distance": 1}, {"a": {}, "b": {}, "distance": 1}, 3]
)
def test_a_pair_needs_both_and_a_distance(row: object) -> None:
    with pytest.raises(TraitError, match="needs"):
        MatchReview([row])  # type: ignore[list-item]


def test_a_group_needs_a_title_and_items() -> None:
    with pytest.raises(TraitError, match="a group needs"):
        MatchReview([], [{"title": "x"}])
