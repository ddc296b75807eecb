"""A selection made in one widget shows in the others, whatever part of the collection each shows."""

from hypothesis import given
from hypothesis import strategies as st

from tagcat_widgets import ClusterMap, Gallery, SharedSelection


def test_a_map_and_the_gallery_of_one_cluster() -> None:
    points = [{"key": key, "x": 0.0, "y": 0.0, "cluster": 0} for key in "abc"]
    drawn, gallery = ClusterMap(points), Gallery([{"key": "b"}])
    shared = SharedSelection(drawn, gallery)
    drawn.comm.write(selected=["a", "b"])
    assert gallery.selected == ["b"]
    gallery.comm.write(selected=[])
    assert drawn.selected == ["a"]
    gallery.items = [{"key": "a"}, {"key": "c"}]
    assert gallery.selected == ["a"], "what comes into view is selected already"
    gallery.items = []
    assert drawn.selected == shared.selected == ["a"], "what is no longer shown was not taken out"
    shared.selected = ["c"]
    assert drawn.selected == ["c"]


def test_who_joins_late_brings_and_takes() -> None:
    one, two = Gallery([{"key": "a"}, {"key": "b"}]), Gallery([{"key": "a"}, {"key": "b"}])
    one.selected = ["a"]
    two.selected = ["b"]
    shared = SharedSelection(one)
    shared.join(two)
    assert one.selected == two.selected == ["a", "b"]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.booleans(), st.lists(st.sampled_from("abcdef"), max_size=4)),
        max_size=8,
    )
)
def test_all_widgets_agree_on_what_they_show(steps: list[tuple[int, bool, list[str]]]) -> None:
    galleries = [Gallery([{"key": key} for key in part]) for part in ("abcdef", "abc", "cde")]
    shared = SharedSelection(*galleries)
    for which, items, keys in steps:
        if items:
            before = list(shared.selected)
            galleries[which].items = [{"key": key} for key in dict.fromkeys(keys)]
            assert shared.selected == before
        else:
            galleries[which].selected = keys
        for gallery in galleries:
            shown = {row["key"] for row in gallery.items}
            assert gallery.selected == [key for key in shared.selected if key in shown]
