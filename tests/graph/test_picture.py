"""The picture of a graph: where nodes lie, how much it shows, and that names stay text."""

from xml.etree import ElementTree

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tagcat_kernel.cells.picture import MOST, SIZE, Dot, GraphPicture, Line, layout, picture_of


@settings(deadline=None, max_examples=50)  # scikit-learn loads in the first
@given(
    st.integers(2, 12).flatmap(
        lambda number: st.tuples(
            st.just(number),
            st.lists(st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)), max_size=20),
        )
    )
)
def test_every_node_has_a_place_of_its_own_in_the_picture(graph: tuple[int, list[tuple[int, int]]]) -> None:
    number, pairs = graph
    places = layout(number, pairs)
    assert places.shape == (number, 2)
    assert np.isfinite(places).all()
    assert ((places >= 0) & (places <= SIZE)).all()
    assert len({tuple(place.round(3)) for place in places}) == number
    assert np.array_equal(places, layout(number, pairs)), "the same graph gives the same picture"


def test_what_hangs_together_lies_together() -> None:
    """Two triangles: each is closer together than the two are to one another."""
    places = layout(6, [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    together = max(apart[:3, :3].max(), apart[3:, 3:].max())
    assert together < apart[:3, 3:].min()


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text(min_size=1), st.text())
def test_any_text_is_text_in_the_picture(name: str, label: str, fact: str) -> None:
    one = GraphPicture(
        [Dot("1", label, {"name": name, "key": fact}), Dot("2", label, {})],
        [Line(0, 1, label, {"dist": fact})],
    )
    root = ElementTree.fromstring(one.svg())
    assert {element.tag.partition("}")[2] for element in root.iter()} <= {
        *("svg", "rect", "line", "circle", "text", "title")
    }
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 3


def test_a_large_graph_is_cut_and_says_so() -> None:
    from neo4j.graph import Graph, Node

    nodes = [
        Node(Graph(), str(number), number, ["Image"], {"key": f"u:{number}"}) for number in range(MOST + 7)
    ]
    shown = picture_of([[node] for node in nodes])
    assert len(shown.dots) == MOST
    assert shown.left_out == 7
    assert "7 nodes more are left out" in shown.svg()
    assert "7 nodes more" in repr(shown)
