"""A map's selection is shared, names what it shows only, and takes no place that can't be drawn."""

import json
import struct

import pytest
import traitlets

from tagcat_widgets import ClusterMap

from .conftest import HOSTILE


def point(key: str, x: float = 0.0, y: float = 0.0, cluster: int = 0, **more: object) -> dict[str, object]:
    return {"key": key, "x": x, "y": y, "cluster": cluster, **more}


def test_places_and_clusters_go_as_bytes() -> None:
    drawn = ClusterMap([point("a", 1.5, -2.0, 3), point("b", 0.25, 4.0, 65_535)])
    assert struct.unpack("<4f", drawn.places) == (1.5, -2.0, 0.25, 4.0)
    assert struct.unpack("<2H", drawn.clusters) == (3, 65_535)
    assert [row["key"] for row in drawn.points] == ["a", "b"]


def test_a_line_drawn_reaches_python() -> None:
    drawn = ClusterMap([point("a"), point("b")])
    seen: list[list[str]] = []
    drawn.observe(lambda change: seen.append(change["new"]), "selected")
    drawn.comm.write(selected=["b"])
    drawn.comm.write(selected=["b", "a", "a", "forged"])
    assert seen == [["b"], ["b", "a"]]


def test_a_browser_writes_nothing_but_the_selection() -> None:
    drawn = ClusterMap([point("a")])
    drawn.comm.write(items=[{"key": "stranger"}], places=b"", height=9_000)
    assert [row["key"] for row in drawn.items] == ["a"]
    assert len(drawn.places) == 8
    assert drawn.height == 520


def test_other_points_forget_what_is_gone() -> None:
    drawn = ClusterMap([point("a"), point("b")])
    drawn.selected = ["a", "b"]
    drawn.points = [point("b"), point("c")]
    assert drawn.selected == ["b"]
    drawn.points = []
    assert (drawn.selected, drawn.places, drawn.clusters) == ([], b"", b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "a"},
        point("a", float("nan")),
        point("a", 1e39),
        point("a", cluster=-1),
        point("a", cluster=65_536),
        point("a", x="left"),  # type: ignore[arg-type]
    ],
)
def test_a_place_that_cannot_be_drawn_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(traitlets.TraitError, match="a point needs"):
        ClusterMap([wrong])
    with pytest.raises(traitlets.TraitError, match="same key"):
        ClusterMap([point("a"), point("a")])


def test_thumbnails_are_for_what_is_shown() -> None:
    drawn = ClusterMap([point("a")], thumbnail=lambda key: key.encode())
    drawn.comm.custom({"type": "thumbnails", "view": "v", "keys": ["a", "stranger"]})
    drawn._desk.join()
    assert [(answer["found"], buffers) for answer, buffers in drawn.comm.thumbnails()] == [(["a"], [b"a"])]


def test_hostile_names_can_be_sent() -> None:
    drawn = ClusterMap([point(str(n), name=name) for n, name in enumerate(HOSTILE)], label=HOSTILE[4])
    json.dumps([drawn.items, drawn.label], ensure_ascii=False).encode("utf-8")
