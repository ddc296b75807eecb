"""The page that sorts a collection into clusters: how many, where they lie, what is in them, what to call it.

Three views of one sorting. The curve says how well each number of clusters fits; the map shows every item
as a dot; the gallery below shows the pictures of the clusters that the person has touched on the map. They
share one selection, and the editor beside the map puts words on it: choose a cluster in the legend, or draw
a line around dots, and type a tag. Opening a tag there selects what holds it, to see where it lies.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets

from tagcat_widgets._layout import beside, column
from tagcat_widgets._tables import item, rows
from tagcat_widgets._tagging import Tagging
from tagcat_widgets._words import STYLE, Words, escaped, sentence
from tagcat_widgets.cluster_map import ClusterMap
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.save_file import HINT, SaveFile
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

START = 8
"""Clusters that a page begins with."""
MOST = 20_000
"""Dots on a map; the rest of a larger collection is counted and said."""
SHOWN = 2_000
"""Pictures in the gallery at once."""


def cluster_view(workbench: "Workbench", k: int = START, seed: int | None = 0) -> ipywidgets.Widget | Words:
    """Return a choice of k by the cost curve, the map, the tags, and the gallery of what is touched.

    Parameters
    ----------
    workbench
        Whose collection is shown.
    k
        Clusters to begin with.
    seed
        Of the search for clusters: the same seed gives the same ones. None: chance.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    costs = workbench.cluster_costs(random_state=seed, also=[k])
    if costs.empty:
        told = "There is nothing to sort yet: this collection has no picture that says anything."
        return nothing(workbench, told)
    options = [int(each) for each in costs["k"]]
    start = min(options, key=lambda each: abs(each - k))  # so many hashes may not differ
    choice = ipywidgets.SelectionSlider(
        options=options,
        value=start,
        description="Clusters",
        continuous_update=False,
        style={"description_width": "initial"},
        layout={"width": "min(100%, 420px)"},
    )
    curve = ipywidgets.HTML()
    told = ipywidgets.HTML()
    board = ClusterMap(thumbnail=workbench.thumbnail, label="Clusters")
    gallery = Gallery(thumbnail=workbench.thumbnail, label="The clusters that are touched on the map")
    which = ipywidgets.HTML()
    shared = SharedSelection(board, gallery)
    clusters: dict[str, int] = {}
    pictures: dict[int, list[dict[str, object]]] = {}

    def sort(_: object = None) -> None:
        curve.value = STYLE + cost_curve(options, [float(bits) for bits in costs["bits"]], choice.value)
        try:
            table = workbench.cluster(choice.value, random_state=seed)
        except Exception as error:
            told.value = STYLE + sentence(str(error))
            return
        more = len(table) - MOST
        told.value = STYLE + sentence(f"{more:,} more are in the collection and not on the map.") * (more > 0)
        points = [
            item(row) | {"x": row.x, "y": row.y, "cluster": int(row.cluster)}
            for row in rows(table.head(MOST))
        ]
        clusters.clear()
        pictures.clear()
        for point in points:
            clusters[point["key"]] = point["cluster"]
            facets = {"cluster": [str(point["cluster"])]}  # as the map's legend numbers them
            pictures.setdefault(point["cluster"], []).append(point | {"facets": facets})
        board.points = points
        look()

    def mark(tag: str) -> None:
        """Select what holds the tag that was opened: a person sees where it lies."""
        if tag:
            held = tagging.holding(tag)
            shared.selected = [key for key in clusters if key in held]

    def look(_: object = None) -> None:
        touched = sorted({clusters[key] for key in shared.selected if key in clusters})
        held = [picture for cluster in touched or [0] for picture in pictures.get(cluster, [])]
        gallery.items = held[:SHOWN]
        which.value = STYLE + sentence(_which(touched, len(held)))

    choice.observe(sort, names="value")
    shared.observe(look, names="selected")

    def file() -> bytes:
        from tagcat_kernel.plots import cluster_map_html

        title = f"What kinds of pictures {workbench.owner} has"
        points = [point for cluster in sorted(pictures) for point in pictures[cluster]]
        return cluster_map_html(points, thumbnail=workbench.thumbnail, title=title).encode()

    sort()
    tagging = Tagging(workbench, shared, opened=mark)
    save = SaveFile(file, name="clusters.html", hint=HINT)
    return column(choice, curve, beside(board, tagging.editor), told, column(save, which), gallery)


def _which(touched: Sequence[int], items: int) -> str:
    """Say which clusters' pictures stand in the gallery, and how others come there."""
    counted = f"{items:,} item" + "s" * (items != 1)
    more = f", the first {SHOWN:,} of them below" if items > SHOWN else ""
    if not touched:
        return f"Cluster 0, the largest: {counted}{more}. Choose others on the map or below it."
    noun = "Cluster" if len(touched) == 1 else "Clusters"
    return f"{noun} {', '.join(map(str, touched))}: {counted}{more}."


def cost_curve(ks: Sequence[int], bits: Sequence[float], chosen: int) -> str:
    """Return the curve of mean distances over numbers of clusters as a picture in HTML.

    Examples
    --------
    >>> "8 clusters: 24.5 bits" in cost_curve([1, 8], [31.0, 24.5], 8)
    True
    """
    width, height, left, below, above = 420, 150, 34, 26, 14
    most = max(bits) or 1.0
    xs = [left + (width - left - 14) * at / max(1, len(ks) - 1) for at in range(len(ks))]
    ys = [height - below - (height - below - above) * value / most for value in bits]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    dots, labels, said = [], [], ""
    for k, value, x, y in zip(ks, bits, xs, ys, strict=True):
        here = k == chosen
        words = f"{k} {'cluster' if k == 1 else 'clusters'}: {value:.1f} bits"
        said = words if here else said
        look = ' class="tagcat-curve-here"' if here else ""
        dots.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if here else 3.5}"{look}>'
            f"<title>{escaped(words)}</title></circle>"
        )
        labels.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle"{look}>{k}</text>')
    return (
        f'<figure class="tagcat-curve"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escaped(said)} from a picture to the middle of its cluster">'
        f'<text x="4" y="{above + 4}">{most:.0f}</text><text x="4" y="{height - below}">0</text>'
        f'<line x1="{left - 8}" x2="{width}" y1="{height - below}" y2="{height - below}"/>'
        f'<polyline points="{line}"/>{"".join(dots)}{"".join(labels)}</svg>'
        f"<figcaption><b>{escaped(said)}</b> from a picture to the middle of its cluster</figcaption>"
        "</figure>"
    )
