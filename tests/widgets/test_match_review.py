"""Verdicts are stored by callbacks before they show; what is in question stays in question."""

from collections.abc import Callable

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
        {"type": "match", "a": "a", "b": "d"},
        {"type": "match", "a": "a"},
        {"type": "keep", "kept": "a", "removed": ["d"]},
        {"type": "keep", "kept": "a", "removed": ["a"]},
        {"type": "keep", "kept": "a", "removed": "b"},
        {"type": "keep", "kept": "a", "removed": [1]},
        {"type": "tag", "keys": ["stranger"], "name": "x"},
        {"type": "tag", "keys": ["a"], "name": " "},
        {"type": "tag", "keys": ["a"], "name": "x" * 201},
        {"type": "undo"},
        {"type": "undo", "what": 1},
        {"type": "dance", "a": "a", "b": "b"},
        "reject",
        None,
    ],
)
def test_forged_verdicts_change_nothing(content: object) -> None:
    review = MatchReview(PAIRS)
    review.on_reject(lambda a, b: pytest.fail("called"))
    review.on_undo(lambda a, b: pytest.fail("called"))
    review.on_match(lambda a, b: pytest.fail("called"))
    review.on_keep(lambda kept, removed: pytest.fail("called"))
    review.on_tag(lambda keys, name: pytest.fail("called"))
    review.comm.custom(content)
    assert (review.rejected, review.confirmed, review.removed, review.told) == ([], [], [], "")


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


def test_a_match_is_told_and_replaces_the_other_verdict() -> None:
    review = MatchReview(PAIRS)
    told: list[tuple[str, ...]] = []
    review.on_match(lambda a, b: told.append(("yes", a, b)))
    review.on_undo(lambda a, b: told.append(("undo", a, b)))
    review.comm.custom({"type": "reject", "a": "a", "b": "b"})
    review.comm.custom({"type": "match", "a": "a", "b": "b"})
    review.comm.custom({"type": "match", "a": "a", "b": "b"})
    assert (review.rejected, review.confirmed) == ([], [["a", "b"]])
    assert told == [("yes", "a", "b")], "who stores it takes the other verdict off"
    review.comm.custom({"type": "undo"})
    assert (review.confirmed, review.undoable) == ([], False)
    assert told[1:] == [("undo", "a", "b")]
    review.match("b", "c")
    review.reject("b", "c")
    assert (review.rejected, review.confirmed) == ([["b", "c"]], [])


def test_an_earlier_verdict_can_be_changed_and_taken_back() -> None:
    review = MatchReview(PAIRS, judged=[pair("x", "y") | {"verdict": "a match"}])
    told: list[tuple[str, ...]] = []
    review.on_match(lambda a, b: told.append(("yes", a, b)))
    review.on_reject(lambda a, b: told.append(("no", a, b)))
    review.on_undo(lambda a, b: told.append(("undo", a, b)))
    review.comm.custom({"type": "match", "a": "x", "b": "y"})
    assert told == [], "it is one"
    review.comm.custom({"type": "undo", "a": "x", "b": "y"})
    assert (told, review.taken, review.verdict("x", "y")) == ([("undo", "x", "y")], [["x", "y"]], "")
    assert review.told == "undone: x and y: a match"
    review.comm.custom({"type": "undo", "a": "x", "b": "y"})
    review.comm.custom({"type": "reject", "a": "x", "b": "y"})
    assert (told[1:], review.verdict("x", "y")) == ([("no", "x", "y")], "not a match")
    review.judged = [pair("x", "y") | {"verdict": "not a match"}]
    assert review.taken == []
    with pytest.raises(TraitError, match="needs a 'verdict'"):
        review.judged = [pair("x", "y")]


def test_who_is_not_kept_leaves_and_comes_back() -> None:
    review = MatchReview(PAIRS)
    told: list[object] = []

    def take_out(kept: str, removed: list[str]) -> Callable[[], object]:
        told.append((kept, removed))
        return lambda: told.append("back")

    review.on_keep(take_out)
    review.comm.custom({"type": "keep", "kept": "b", "removed": ["a"]})
    review.comm.custom({"type": "keep", "kept": "b", "removed": ["a"]})
    assert (told, review.removed) == ([("b", ["a"])], ["a"])
    assert review.told == "a left the collection; its file stays where it is"
    assert review.undoable
    review.comm.custom({"type": "undo"})
    assert (told, review.removed) == ([("b", ["a"]), "back"], [])
    assert review.told == "undone: a left the collection; its file stays where it is"


def test_a_moment_never_leaves_its_video() -> None:
    film = {"key": "f", "name": "film.mp4", "time": 2.0}
    review = MatchReview([{"a": {"key": "a"}, "b": film, "distance": 1}])
    review.on_keep(lambda kept, removed: pytest.fail("called"))
    review.keep("a", ["f"])
    assert review.error == "film.mp4: a moment can't leave without its video"
    assert review.removed == []


def test_a_tag_is_put_on_what_is_shown_and_taken_off_again() -> None:
    review = MatchReview(PAIRS, tags=[{"name": "harbour", "count": 2}])
    told: list[object] = []

    def put(keys: list[str], name: str) -> Callable[[], object]:
        told.append((keys, name))
        return lambda: told.append("off")

    review.on_tag(put)
    review.comm.custom({"type": "tag", "keys": ["a", "b", "stranger", "a"], "name": " harbour "})
    assert told == [(["a", "b"], "harbour")]
    review.undo()
    assert told[1:] == ["off"]
    assert review.told == "undone: harbour: put on a and b"


def test_what_was_done_is_undone_backwards() -> None:
    review = MatchReview(PAIRS)
    review.reject("a", "b")
    review.keep("c", ["d"])
    review.match("b", "c")
    for left in (2, 1, 0):
        assert review.undoable
        review.undo()
        assert len(review.rejected) + len(review.confirmed) + len(review.removed) == left
    assert not review.undoable
    review.undo()


def test_in_a_group_any_two_can_be_judged_and_all_but_one_leave() -> None:
    review = MatchReview([], [{"title": "g", "items": [{"key": key} for key in "abcd"]}])
    review.comm.custom({"type": "reject", "a": "d", "b": "a"})
    assert review.rejected == [["d", "a"]]
    review.comm.custom({"type": "keep", "kept": "c", "removed": ["a", "b", "d"]})
    assert review.removed == ["a", "b", "d"]


def test_a_rejected_pair_that_left_the_list_can_be_taken_back() -> None:
    review = MatchReview(PAIRS)
    review.reject("a", "b")
    review.pairs = PAIRS[1:]
    review.undo()
    assert review.rejected == []


def test_a_browser_writes_where_it_is_and_nothing_else() -> None:
    review = MatchReview(PAIRS)
    review.comm.write(index=2, rejected=[["a", "b"]], pairs=[], error="<b>", removed=["a"], told="<b>")
    assert (review.index, review.rejected, len(review.pairs), review.error) == (2, [], 3, "")
    assert (review.removed, review.told) == ([], "")
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


@pytest.mark.parametrize("tag", [{}, {"name": ""}, {"name": 3}, "harbour"])
def test_a_tag_that_is_offered_needs_a_name(tag: object) -> None:
    with pytest.raises(TraitError, match="a tag needs a 'name'"):
        MatchReview(tags=[tag])


@pytest.mark.parametrize("dhash", ["", "0" * 15, "G" * 16, 5])
def test_a_dhash_is_16_hex_digits(dhash: object) -> None:
    with pytest.raises(TraitError, match="16 hex digits"):
        MatchReview([{"a": {"key": "a", "dhash": dhash}, "b": {"key": "b"}, "distance": 1}])


def test_a_group_needs_a_title_and_items() -> None:
    with pytest.raises(TraitError, match="a group needs"):
        MatchReview([], [{"title": "x"}])
