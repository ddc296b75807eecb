"""Where nodes stand: each in a cell of its own, groups apart, the same each time, like beside like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.components import components
from tagcat_kernel.layout import GAP, free_cells, lay_out


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, int]]]:
    n = draw(st.integers(1, 40))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, st.integers(0, 64)), max_size=60))
    return n, [(a, b, distance) for a, b, distance in edges if a != b]


def columns(edges: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(edges, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.uint8)


@given(graphs())
def test_every_node_has_a_cell_and_every_group_a_place_of_its_own(graph) -> None:
    n, edges = graph
    i, j, distance = columns(edges)
    cells = lay_out(n, i, j, distance)
    assert cells.shape == (n, 2)
    assert cells.min() == 0
    assert len({tuple(cell) for cell in cells.tolist()}) == n
    assert np.array_equal(cells, lay_out(n, i, j, distance)), "the same again"
    labels = components(n, i, j)
    boxes = [
        (*cells[labels == group].min(axis=0), *(cells[labels == group].max(axis=0) + GAP))
        for group in np.unique(labels)
    ]
    for at, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert other[0] > right or other[2] < left or other[1] > bottom or other[3] < top


def test_two_knots_on_a_bridge_stand_apart() -> None:
    knots = [(a, b, 1) for knot in (range(10), range(10, 20)) for a in knot for b in knot if a < b] + [
        (9, 10, 8)
    ]
    cells = lay_out(20, *columns(knots)).astype(float)
    one, two = cells[:10].mean(axis=0), cells[10:].mean(axis=0)
    spread = max(np.abs(cells[:10] - one).mean(), np.abs(cells[10:] - two).mean())
    assert np.abs(one - two).max() > 2 * spread


def test_a_chain_keeps_its_order() -> None:
    chain = [(a, a + 1, 2) for a in range(29)]
    cells = lay_out(30, *columns(chain))
    steps = np.abs(np.diff(cells[:, 0]))
    assert np.all(np.diff(cells[:, 0]) >= 0) or np.all(np.diff(cells[:, 0]) <= 0)
    assert steps.max() <= 1


def test_nothing_is_laid_out_as_nothing() -> None:
    assert lay_out(0, *columns([])).shape == (0, 2)


@pytest.mark.parametrize("n", [1, 5, 300])
def test_free_cells_come_nearest_first_and_once(n: int) -> None:
    taken = {(0, 0), (2, 1)}
    cells = free_cells(taken, (1, 1))
    found = [next(cells) for _ in range(n)]
    assert len(set(found)) == n
    assert not taken & set(found)
    away = [(x - 1) ** 2 + (y - 1) ** 2 for x, y in found]
    assert away == sorted(away)
