"""A picture of nodes and relationships: one SVG that needs nothing else, from no other place.

Where the nodes lie: the number of steps between two of them is the distance that they should have, and
scikit-learn's SMACOF places them so that the distances come out as well as a plane allows. What hangs
together lies together; the same graph gives the same picture. Everything that the graph holds is text in
the picture, never markup.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt

from tagcat_kernel.walk import harmless

MOST = 300
"""Nodes that a picture shows: more are no picture any more."""
SIZE = 640
MARGIN = 40
COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2", "#9d755d", "#bab0ac")
LONGEST = 24
"""Characters of a caption."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A node: its identity in the answer, its label, and its properties."""

    identity: str
    label: str
    facts: Mapping[str, Any]

    @property
    def caption(self) -> str:
        """What stands beside it: its name, else the end of its key, else its label."""
        facts = self.facts
        name = facts.get("name") or str(facts.get("key", "")).rpartition(":")[2] or self.label
        return _short(str(name))


@dataclass(frozen=True, slots=True)
class Line:
    """A relationship from one dot to another, by their places in the list of dots."""

    start: int
    end: int
    label: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class GraphPicture:
    """Nodes and relationships, shown in a notebook as a picture.

    Attributes
    ----------
    dots, lines
        What is shown.
    left_out
        How many nodes more there were than a picture can show.

    Examples
    --------
    >>> one = GraphPicture([Dot("1", "Image", {"name": "a<b.jpg"})], [])
    >>> "a&lt;b.jpg" in one.svg()
    True
    >>> one
    GraphPicture of 1 node and 0 relationships
    """

    dots: Sequence[Dot]
    lines: Sequence[Line]
    left_out: int = 0

    def __repr__(self) -> str:
        nodes = f"{len(self.dots)} node" + ("s" if len(self.dots) != 1 else "")
        lines = f"{len(self.lines)} relationship" + ("s" if len(self.lines) != 1 else "")
        more = f" ({self.left_out} nodes more are left out)" if self.left_out else ""
        return f"GraphPicture of {nodes} and {lines}{more}"

    def _repr_svg_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """Return the picture as one SVG element."""
        places = layout(len(self.dots), [(line.start, line.end) for line in self.lines])
        labels = sorted({dot.label for dot in self.dots})
        colour = {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(labels)}
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" '
            f'height="{SIZE}" role="img" aria-label={_quoted(repr(self))} font-family="sans-serif" '
            'font-size="11">',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
        ]
        few = len(self.lines) <= 40
        for line in self.lines:
            (x1, y1), (x2, y2) = places[line.start], places[line.end]
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#999999" '
                f'stroke-width="1.5">{_title(line.label, line.facts)}</line>'
            )
            if few:
                words = " ".join([line.label, *(str(value) for value in line.facts.values())])
                parts.append(
                    f'<text x="{(x1 + x2) / 2:.1f}" y="{(y1 + y2) / 2 - 3:.1f}" fill="#666666" '
                    f'font-size="9" text-anchor="middle">{_text(_short(words))}</text>'
                )
        for dot, (x, y) in zip(self.dots, places, strict=True):
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="{colour[dot.label]}" stroke="#ffffff">'
                f"{_title(dot.label, dot.facts)}</circle>"
            )
            if len(self.dots) <= 60:
                parts.append(
                    f'<text x="{x:.1f}" y="{y + 18:.1f}" fill="#222222" text-anchor="middle">'
                    f"{_text(dot.caption)}</text>"
                )
        for number, label in enumerate(labels):
            y = 16 + 16 * number
            parts.append(f'<circle cx="14" cy="{y - 4}" r="5" fill="{colour[label]}"/>')
            parts.append(f'<text x="24" y="{y}" fill="#222222">{_text(_short(label))}</text>')
        if self.left_out:
            parts.append(
                f'<text x="{SIZE - 10}" y="{SIZE - 10}" fill="#222222" text-anchor="end">'
                f"{self.left_out} nodes more are left out</text>"
            )
        return "".join([*parts, "</svg>"])


def picture_of(rows: Iterable[Sequence[Any]]) -> GraphPicture:
    """Return the picture of all nodes, relationships and paths that rows of the driver hold."""
    from neo4j.graph import Node, Path, Relationship

    nodes: dict[str, Node] = {}
    relationships: dict[str, Relationship] = {}

    def gather(value: Any) -> None:
        if isinstance(value, Node):
            # The end of a relationship comes without properties; a later, fuller one stands.
            if value.element_id not in nodes or value.labels:
                nodes[value.element_id] = value
        elif isinstance(value, Relationship):
            relationships[value.element_id] = value
            for node in value.nodes:
                if node is not None:
                    nodes.setdefault(node.element_id, node)
        elif isinstance(value, Path):
            for node in value.nodes:
                gather(node)
            for relationship in value.relationships:
                gather(relationship)
        elif isinstance(value, dict):
            for one in value.values():
                gather(one)
        elif isinstance(value, (list, tuple)):
            for one in value:
                gather(one)

    for row in rows:
        gather(list(row))
    kept = list(nodes.values())[:MOST]
    place = {node.element_id: number for number, node in enumerate(kept)}
    dots = [Dot(node.element_id, ":".join(sorted(node.labels)) or "node", dict(node)) for node in kept]
    lines = [
        Line(place[start.element_id], place[end.element_id], one.type, dict(one))
        for one in relationships.values()
        if (start := one.start_node) is not None
        and (end := one.end_node) is not None
        and start.element_id in place
        and end.element_id in place
    ]
    return GraphPicture(dots, lines, len(nodes) - len(kept))


def layout(number: int, pairs: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Return a place in the picture for each of `number` nodes: float64[N, 2], in pixels.

    Stress majorization of the steps between nodes (Gansner, Koren and North, 2004), by scikit-learn's
    SMACOF. Nodes that no way joins are one and a half times the longest way apart.

    Examples
    --------
    >>> layout(0, []).shape, layout(1, []).tolist()
    ((0, 2), [[320.0, 320.0]])
    """
    if number < 2:
        return np.full((number, 2), SIZE / 2)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import shortest_path
    from sklearn.manifold import smacof

    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(number, number))
    steps = shortest_path(joined.tocsr(), directed=False, unweighted=True)
    longest = steps[np.isfinite(steps)].max()
    steps[~np.isfinite(steps)] = 1.5 * max(longest, 1.0)
    start = np.random.default_rng(0).normal(size=(number, 2))
    found, _ = smacof(steps, init=start, n_init=1, max_iter=200, normalized_stress=False)
    low, high = found.min(axis=0), found.max(axis=0)
    scale = (SIZE - 2 * MARGIN) / max(float((high - low).max()), 1e-9)
    centred: npt.NDArray[np.float64] = (found - (low + high) / 2) * scale + SIZE / 2
    return centred


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(text: str) -> str:
    return escape(harmless(text))


def _quoted(text: str) -> str:
    return quoteattr(harmless(text))


def _title(label: str, facts: Mapping[str, Any]) -> str:
    lines = [label, *(f"{name}: {str(value)[:200]}" for name, value in facts.items())]
    return f"<title>{escape(chr(10).join(harmless(line) for line in lines))}</title>"
