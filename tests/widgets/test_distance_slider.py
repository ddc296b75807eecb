"""The slider's value stays in its range, and its count is what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from tagcat_widgets import DistanceSlider


@given(st.integers(-5, 80), st.integers(0, 64), st.lists(st.integers(0, 1000), max_size=20))
def test_value_and_counts(value: int, maximum: int, counts: list[int]) -> None:
    slider = DistanceSlider(value, maximum=maximum, counts=counts)
    assert 0 <= slider.value <= maximum
    expected = sum(counts[: slider.value + 1]) if slider.value < len(counts) else None
    assert slider.count == expected
    slider.cumulative = False
    assert slider.count == (counts[slider.value] if slider.value < len(counts) else None)
    slider.maximum = maximum // 2
    assert slider.value <= maximum // 2


def test_a_drag_reaches_python_and_nothing_else_does() -> None:
    slider = DistanceSlider(8)
    seen: list[int] = []
    slider.observe(lambda change: seen.append(change["new"]), "value")
    slider.comm.write(value=9)
    slider.comm.write(value=1_000)
    slider.comm.write(maximum=64, counts=[1])
    assert seen == [9, 16]
    assert (slider.maximum, slider.counts) == (16, [])


def test_negative_counts_are_refused() -> None:
    with pytest.raises(TraitError):
        DistanceSlider(counts=[1, -1])


@given(st.lists(st.integers(0, 1000), max_size=20), st.integers(0, 16), st.integers(0, 64))
def test_what_is_gained_or_lost_against_the_stored_distance(
    counts: list[int], value: int, stored: int
) -> None:
    slider = DistanceSlider(value, counts=counts)
    assert slider.change is None, "nothing to compare with"
    slider.stored = stored
    if max(value, stored) >= len(counts):
        assert slider.change is None
    else:
        sign = 1 if value > stored else -1
        assert slider.change == sign * sum(counts[min(value, stored) + 1 : max(value, stored) + 1])


def test_what_is_chance_is_text_that_a_browser_can_not_change() -> None:
    slider = DistanceSlider(8, chance=["fewer than 3", "about 12"], stored=8)
    slider.comm.write(chance=["none at all"], stored=0)
    assert (slider.chance, slider.stored) == (["fewer than 3", "about 12"], 8)
