"""Stand-alone files straight from a workbench, with the rows that the pages show."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagcat_kernel.plots.cluster_map import cluster_map_html
from tagcat_kernel.plots.graph import graph_html
from tagcat_kernel.plots.rows import picture

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Nodes of a graph, the largest groups first."""


def write_graph(
    workbench: "Workbench", path: str | os.PathLike[str], *, most: int = MOST, thumbnails: bool = True
) -> int:
    """Write the stored matches as a graph into one HTML file.

    Parameters
    ----------
    workbench
        The collection.
    path
        Where to write; what is there is replaced.
    most
        Nodes at most, the largest groups first.
    thumbnails
        Whether small pictures go into the file.

    Returns
    -------
    int
        How many nodes are in it.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> from tagcat_kernel import Workbench
    >>> with tempfile.TemporaryDirectory() as folder, Workbench(user="nobody-yet") as wb:
    ...     write_graph(wb, Path(folder) / "graph.html")
    0
    """
    matches = workbench.matches()
    rows: list[Any] = list(matches.itertuples(index=False))
    nodes = {}
    for row in rows:
        nodes[row.a] = picture(row.a, row.a_path, row.a_position)
        nodes[row.b] = picture(row.b, row.b_path, row.b_position)
    keys = [key for key in workbench.collection.components().keys if key in nodes][:most]
    page = graph_html(
        [nodes[key] for key in keys],
        [(row.a, row.b, int(row.distance)) for row in rows],
        thumbnail=workbench.thumbnail if thumbnails else None,
        title=f"What matches what in the collection of {workbench.owner}",
    )
    Path(path).write_text(page, "utf-8")
    return len(keys)


def write_cluster_map(
    workbench: "Workbench", path: str | os.PathLike[str], *, k: int = 8, thumbnails: bool = True
) -> int:
    """Write the clusters of a collection as a map into one HTML file.

    Parameters
    ----------
    workbench
        The collection.
    path
        Where to write; what is there is replaced.
    k
        Number of clusters.
    thumbnails
        Whether small pictures go into the file.

    Returns
    -------
    int
        How many items are on it.

    Raises
    ------
    ValueError
        If `k` is below 1.
    GraphError
        If the graph can't be reached.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> from tagcat_kernel import Workbench
    >>> with tempfile.TemporaryDirectory() as folder, Workbench(user="nobody-yet") as wb:
    ...     write_cluster_map(wb, Path(folder) / "map.html", k=4)
    0
    """
    rows: list[Any] = list(workbench.cluster(k).itertuples(index=False))
    points = [
        picture(row.key, row.path, row.position) | {"x": row.x, "y": row.y, "cluster": int(row.cluster)}
        for row in rows
    ]
    page = cluster_map_html(
        points,
        thumbnail=workbench.thumbnail if thumbnails else None,
        title=f"What kinds of pictures {workbench.owner} has",
    )
    Path(path).write_text(page, "utf-8")
    return len(points)
