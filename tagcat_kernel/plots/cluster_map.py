"""The map of clusters as one HTML file, by plotly.

Every cluster is a trace of its own, so that the legend shows and hides it. plotly reads a few tags in
names (a link, bold); names are escaped before it sees them, and so are text. What is known of the dot
under the mouse stands beside the map, with its picture.
"""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from tagcat_kernel.plots.page import environment
from tagcat_kernel.plots.rows import Thumbnail, called, pictures, text

# As on the widget's map: Okabe and Ito's colours and six between them, then again in another shape.
COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"),
    *("#8c6d31", "#7b68c8", "#b0a800", "#c0392b", "#17a2a2", "#6b7785"),
)
GREY = "#808890"  # can be read on light and on dark
SHAPES = ("circle", "square", "diamond")


def cluster_map_html(
    points: Iterable[Mapping[str, Any]],
    *,
    thumbnail: Thumbnail | None = None,
    title: str = "What kinds of pictures there are",
) -> str:
    """Return a map of clusters as a whole HTML file that needs no other.

    Parameters
    ----------
    points
        Rows with `key`, `name`, where there is one `detail` and `time` (seconds), and `x`, `y` (no unit)
        and `cluster` (from 0), as `ClusterMap` takes them.
    thumbnail
        Gives the JPEG bytes of a key, or None; the first 500 are put into the file.
    title
        What stands above it.

    Examples
    --------
    >>> page = cluster_map_html([{"key": "a", "name": "<b>.jpg", "x": 0.5, "y": 1.0, "cluster": 0}])
    >>> "<b>.jpg" in page, "Content-Security-Policy" in page
    (False, True)
    """
    import plotly.graph_objects as go

    rows = list(points)
    images = pictures([str(row["key"]) for row in rows], thumbnail)
    members: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        members.setdefault(int(row["cluster"]), []).append(number)
    figure = go.Figure(
        [
            go.Scatter(
                x=[float(rows[number]["x"]) for number in numbers],
                y=[float(rows[number]["y"]) for number in numbers],
                customdata=numbers,
                mode="markers",
                name=f"cluster {cluster} ({len(numbers):,})",
                hovertext=[html.escape(called(rows[number])) for number in numbers],
                hoverinfo="text",
                marker={
                    "size": 9,
                    "color": COLOURS[cluster % len(COLOURS)],
                    "symbol": SHAPES[cluster // len(COLOURS) % len(SHAPES)],
                },
            )
            for cluster, numbers in sorted(members.items())
        ]
    )
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_layout(
        xaxis=axis,
        yaxis=axis | {"scaleanchor": "x"},
        dragmode="pan",
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"font": {"color": GREY}, "x": 1, "xanchor": "right", "y": 1},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": COLOURS[0]},
    )
    drawing = figure.to_html(
        full_html=False,
        include_plotlyjs=True,
        div_id="map",
        default_height="100%",
        # Named one by one: among plotly's own are some that would send the data to its makers.
        config={
            "displaylogo": False,
            "scrollZoom": True,
            "responsive": True,
            "modeBarButtons": [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
        },
    )
    told = [
        [called(row), text(row.get("detail") or ""), image] for row, image in zip(rows, images, strict=True)
    ]
    return str(
        environment()
        .get_template("cluster_map.html.j2")
        .render(heading=text(title), drawing=drawing, told=told, count=len(rows))
    )
