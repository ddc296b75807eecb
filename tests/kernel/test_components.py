"""Connected components against paint that spreads."""

from collections.abc import Iterator

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tagcat_kernel import components as module
from tagcat_kernel.components import components


def slow_components(n: int, pairs: Iterator[tuple[int, int]]) -> list[int]:
    """Paint each pair's two colours as one, again and again."""
    colour = list(range(n))
    for i, j in pairs:
        one, two = sorted((colour[i], colour[j]))
        colour = [one if each == two else each for each in colour]
    seen = sorted(set(colour))
    return [seen.index(each) for each in colour]


@given(st.integers(1, 40), st.data())
@settings(max_examples=300, deadline=None)
def test_components(n: int, data: st.DataObject) -> None:
    ends = st.integers(0, n - 1)
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=50))
    i, j = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    for few in (module.NUMPY_PAIRS, -1):  # in numpy, and in scipy
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "NUMPY_PAIRS", few)
            found = components(n, i, j)
        assert found.dtype == np.int64
        assert found.tolist() == slow_components(n, iter(pairs))


def test_components_of_nothing_and_of_a_long_chain() -> None:
    none = np.empty(0, np.int64)
    assert components(0, none, none).tolist() == []
    assert components(3, none, none).tolist() == [0, 1, 2]
    shuffled = np.random.default_rng(8).permutation(20_000)
    assert not components(20_000, shuffled[:-1], shuffled[1:]).any()
