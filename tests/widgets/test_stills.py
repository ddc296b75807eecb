"""Widgets as pictures of their state: every kind, hostile names, and no thumbnail unless it is wanted."""

import re
from html.parser import HTMLParser
from typing import Any

import ipywidgets
import pytest

from tagcat_widgets import (
    ClusterMap,
    DistanceSlider,
    Gallery,
    GraphExplorer,
    JobProgress,
    KeyFrameStrip,
    MatchReview,
    MediaPicker,
    Player,
    SaveFile,
    TagEditor,
)
from tagcat_widgets.stills import still

NAME = "<img src=x onerror=alert(1)>'\"&\u202e.jpg"
ITEMS = [{"key": key, "name": NAME, "detail": NAME, "badge": "plain", "time": 1.5} for key in "ab"]
POINTS = [row | {"x": n, "y": -n, "cluster": n} for n, row in enumerate(ITEMS)]
PAIR = {"a": ITEMS[0], "b": ITEMS[1], "distance": 3}


def jpeg(_key: str) -> bytes:
    return b"JPEG"


WIDGETS = {
    "gallery": lambda: Gallery(ITEMS, thumbnail=jpeg),
    "strip": lambda: KeyFrameStrip(ITEMS, thumbnail=jpeg, duration=3.0),
    "pairs": lambda: MatchReview([PAIR], thumbnail=jpeg),
    "groups": lambda: MatchReview([PAIR], [{"title": NAME, "items": ITEMS}], thumbnail=jpeg, mode="groups"),
    "map": lambda: ClusterMap(POINTS, thumbnail=jpeg, label=NAME),
    "graph": lambda: GraphExplorer(ITEMS, [("a", "b", 3)], thumbnail=jpeg, label=NAME),
    "tags": lambda: TagEditor([{"name": NAME, "count": 2, "parent": None}]),
    "player": lambda: Player(lambda key, at: b"JPEG"),
    "job": lambda: JobProgress(title=NAME, message=NAME),
    "slider": lambda: DistanceSlider(1, counts=[3, 4, 5], caption=NAME, maximum=2),
    "picker": lambda: MediaPicker("."),
    "text": lambda: ipywidgets.Text(value=NAME, description=NAME),
    "label": lambda: ipywidgets.Label(NAME),
    "choice": lambda: ipywidgets.Dropdown(options=[(NAME, 1), ("b", 2)], value=1, description="of"),
    "unknown": lambda: ipywidgets.Video(value=b"", autoplay=False),
}
PICTURES = ("gallery", "strip", "pairs", "groups", "graph")


class Tags(HTMLParser):
    """Collects the elements of a page and everything that could load or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.append(tag)
        for name, value in attrs:
            if name in ("src", "href"):
                self.addresses.append(value)
            elif name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("thumbnails", [False, True])
def test_a_still_stands_alone(name: str, thumbnails: bool) -> None:
    page = Tags(still(WIDGETS[name](), thumbnails=thumbnails))
    assert not page.handlers
    assert not set(page.names) & {"script", "iframe", "link", "object"}
    pictures = page.addresses
    assert all(address == "data:image/jpeg;base64,SlBFRw==" for address in pictures)
    assert len(pictures) == (2 if thumbnails and name in PICTURES else 0)
    if name not in ("player", "picker", "unknown"):
        assert "onerror" in page.text, "the name is there, as text"


def test_boxes_keep_their_order_and_hide_what_is_hidden() -> None:
    hidden = ipywidgets.Label("hidden")
    hidden.layout.display = "none"
    tabs = ipywidgets.Tab([ipywidgets.Label("in a tab"), ipywidgets.Button()], titles=["<first>", "empty"])
    row = ipywidgets.HBox([ipywidgets.Button(description="press"), ipywidgets.Label("in a row")])
    box = ipywidgets.VBox([ipywidgets.HTML("<b>bold</b>"), hidden, row, ipywidgets.VBox([hidden]), tabs])
    text = Tags(still(box)).text
    assert re.sub(r"\s+", " ", text) == "boldin a row<first>in a tab"


def test_controls_show_their_state_and_keep_a_password() -> None:
    box = ipywidgets.VBox(
        [
            ipywidgets.Password(value="hunter2", description="key"),
            ipywidgets.Checkbox(True, description="on"),
            ipywidgets.ToggleButton(False, description="off"),
            SaveFile(lambda: b"", name="map.html"),
        ]
    )
    text = Tags(still(box)).text
    assert "hunter2" not in text
    assert re.sub(r"\s+", " ", text) == "☑ on☐ off"


def test_a_map_tells_its_colours() -> None:
    text = Tags(still(ClusterMap(POINTS, label="map"))).text
    assert "● 0: 1" in text
    assert "● 1: 1" in text


def test_a_figure_of_plotly_is_in_the_page() -> None:
    import plotly.graph_objects as go

    page = still(go.FigureWidget(go.Scatter(x=[1, 2], y=[3, 4])))
    assert "plotly-graph-div" in page
    assert "Plotly.newPlot" in page


def test_what_is_empty_says_so() -> None:
    for widget in (Gallery(empty="none"), ClusterMap(empty="none"), GraphExplorer(empty="none")):
        assert "none" in still(widget)
    assert "none" in still(MatchReview(empty="none"))
    assert "none" in still(TagEditor(empty="none"))


def test_many_are_counted() -> None:
    many = [{"key": str(n), "name": str(n)} for n in range(1_203)]
    page = still(Gallery(many))
    assert page.count("<figure") == 200
    assert "and 1,003 more items" in page


def test_a_bad_picture_costs_only_itself() -> None:
    def source(key: str) -> bytes:
        if key == "a":
            raise OSError("gone")
        return b"JPEG"

    assert still(Gallery(ITEMS, thumbnail=source), thumbnails=True).count("<img") == 1
