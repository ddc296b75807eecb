"""Rows as typed columns: the types of the comments, the same on both engines."""

import numpy as np
import pytest

from tagcat_kernel.graph.catalogue import catalogue, query
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.fake import FakeRunner
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.tables import columns_of
from tests.graph.things import BASE, SOURCE, image, video


def test_columns_come_as_documented(graph: Graph, user: str) -> None:
    own = Collection(graph, user)
    own.store([image("/a.jpg", BASE), video("/a.mp4", [BASE, ~BASE & 2**64 - 1])], source=SOURCE)
    frames = graph.table("frame_hashes", user=user)
    assert list(frames.columns) == ["keys", "hashes", "positions"]
    assert frames["positions"].dtype == np.float64
    assert sorted(map(len, frames["hashes"])) == [64, 64]
    assert sorted(frames["positions"]) == [0.0, 1.0]
    videos = graph.table("videos", user=user)
    assert list(videos.columns) == list(query("videos").columns)
    assert videos["width"].dtype == np.int64
    assert videos["damaged"].dtype == np.bool_
    assert videos.loc[0, "duration"] == 10.0
    files = graph.table("image_files", user=user)
    assert files["modified"].dtype == np.int64


def test_an_empty_collection_keeps_its_columns(graph: Graph, user: str) -> None:
    Collection(graph, user)
    for name in ("videos", "frame_hashes", "image_files", "count_images"):
        table = graph.table(name, user=user)
        assert list(table.columns) == list(query(name).columns)
    assert len(graph.table("videos", user=user)) == 0
    assert graph.table("count_images", user=user).loc[0, "number"] == 0


def test_null_makes_a_number_nan_and_a_boolean_none() -> None:
    row = {"key": "k", "md5": "m", "duration": None, "fps": 25, "width": None, "height": 2**53 + 1}
    table = Graph(FakeRunner([row | {"damaged": None}])).table("videos", user="ada")
    assert np.isnan(table.loc[0, "duration"])
    assert np.isnan(table.loc[0, "width"])
    assert table.loc[0, "height"] == 2**53 + 1
    assert table.loc[0, "damaged"] is None


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        columns_of(query("image_hashes"), [{"keys": ["a"], "hashes": []}])


@pytest.mark.parametrize("one", list(catalogue().values()), ids=lambda one: one.name)
def test_every_query_tells_its_columns(one: object) -> None:
    told = one.columns  # type: ignore[attr-defined]
    assert bool(told) == ("RETURN" in one.text)  # type: ignore[attr-defined]
