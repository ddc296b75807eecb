"""Stills of the map of clusters and of the graph, as SVG."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.plots.cluster_map import COLOURS
from tagcat_widgets._words import escaped
from tagcat_widgets.cluster_map import ClusterMap
from tagcat_widgets.graph_explorer import GraphExplorer
from tagcat_widgets.stills._base import drawn, note, picture

WIDTH, HEIGHT, EDGE = 960, 560, 30
PICTURES = 150
"""Nodes up to which a graph shows thumbnails: beyond they would be specks."""

Floats = npt.NDArray[np.float64]


def _fitted(places: Floats) -> Floats:
    """Return places scaled into the picture, the proportions kept."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    scale = (room / np.maximum(high - low, 1e-9)).min()
    return np.asarray((places - (low + high) / 2) * scale + np.array([WIDTH, HEIGHT]) / 2)


def _colour(cluster: int) -> str:
    return COLOURS[cluster % len(COLOURS)]


def _svg(inside: list[str], label: str) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{escaped(label)}">'
    return f"{head}{''.join(inside)}</svg>"


@drawn.register(ClusterMap)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    if not widget.items:
        return note(widget.empty)
    places = _fitted(np.frombuffer(widget.places, "<f4").reshape(-1, 2).astype(np.float64) * [1, -1])
    clusters = np.frombuffer(widget.clusters, "<u2").tolist()
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill-opacity="0.8" fill="{_colour(cluster)}">'
        f"<title>{escaped(row['name'])}, cluster {cluster}</title></circle>"
        for row, (x, y), cluster in zip(widget.items, places.tolist(), clusters, strict=True)
    ]
    told = note(f"{len(dots):,} items in {len(set(clusters)):,} clusters")
    return _svg(dots, widget.label) + told + _legend(Counter(clusters))


def _legend(sizes: Mapping[int, int]) -> str:
    """Return the clusters by their numbers, each in its colour with its items counted."""
    parts = [
        f'<span style="color: {_colour(cluster)}">●</span> {cluster}: {sizes[cluster]:,}'
        for cluster in sorted(sizes)
    ]
    return f'<p class="tagcat-still-note">{" &ensp; ".join(parts)}</p>'


@drawn.register(GraphExplorer)
def _(widget: Any, thumbnails: bool) -> str:
    if not widget.items:
        return note(widget.empty)
    places = _fitted(np.frombuffer(widget.cells, "<f4").reshape(-1, 2).astype(np.float64)).tolist()
    at = {row["key"]: place for row, place in zip(widget.items, places, strict=True)}
    shown = []
    edges = [(a, b, bits) for a, b, bits in widget.edges if bits <= widget.max_distance]
    for a, b, bits in edges:
        (x1, y1), (x2, y2) = at[a], at[b]
        shown.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8a93a1" '
            f'stroke-width="{max(0.5, 3 - bits / 4):.2f}"><title>{bits} bits</title></line>'
        )
    large = len(widget.items) <= PICTURES
    for row, (x, y) in zip(widget.items, places, strict=True):
        address = picture(widget, row["key"], thumbnails) if large else ""
        name = escaped(row["name"])
        if address:
            shown.append(
                f'<image href="{address}" x="{x - 20:.1f}" y="{y - 15:.1f}" width="40" height="30">'
                f"<title>{name}</title></image>"
            )
        else:
            shown.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1464c8"><title>{name}</title></circle>'
            )
    return _svg(shown, widget.label) + note(f"{len(at):,} items, {len(edges):,} lines")
