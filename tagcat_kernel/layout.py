"""Where the nodes of a graph stand on a plane: like beside like, and no picture on top of another.

Each group that hangs together is laid out by itself. Its shape comes from a PivotMDS: the lengths of the
shortest paths to some pivots are centred and brought down to two axes. That takes a fraction of a second
for thousands of nodes and gives the same picture each time, where springs take minutes and chance. Then
every node gets a cell of its own on a grid, in the order of its place: even the thousand spokes of a star,
all in one place to the paths, can be told apart. At last the groups stand in rows, the largest first.

Source of the shape: U. Brandes and C. Pich, "Eigensolver Methods for Progressive Multidimensional Scaling
of Large Data", Graph Drawing 2006.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tagcat_kernel.components import components

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Cell = tuple[int, int]

PIVOTS = 60
"""Nodes to which paths are measured; more change nothing that an eye sees."""
GAP = 1
"""Free cells between two groups."""
RING = 1.3
"""Columns of a ring that a node and its name need."""
RING_ROWS = 1.5
"""Rows of a ring for one of its columns: an oval, since a row is low."""
LONG = 8
"""How many times as wide as high, or as high as wide, a large group may stand."""


def lay_out(n: int, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Ints:
    """Return a cell of a grid for every node of a graph.

    Parameters
    ----------
    n
        Number of nodes.
    i, j
        int64[m]: the ends of the edges, from 0 to n - 1.
    distance
        uint8[m]: how far the ends of an edge are from each other, in bits; nearer ones stand nearer.

    Returns
    -------
    int64[n, 2]
        Column and row of each node; no two share a cell. Groups stand in rows of about one width, the
        largest first; nodes without an edge come last.

    Examples
    --------
    >>> ends = np.array([0, 1]), np.array([1, 2])
    >>> lay_out(4, *ends, np.array([1, 1], np.uint8)).tolist()
    [[0, 0], [2, 0], [4, 0], [0, 2]]
    """
    labels = components(n, i, j)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(labels.max(initial=-1) + 2))
    groups = [order[low:high] for low, high in pairwise(bounds)]
    by_group = np.argsort(labels[i], kind="stable")
    edge_bounds = np.searchsorted(labels[i][by_group], np.arange(len(groups) + 1))
    place = np.empty(n, np.int64)  # of a node within its group
    for nodes in groups:
        place[nodes] = np.arange(len(nodes))
    cells = np.zeros((n, 2), np.int64)
    shapes = []
    for number, nodes in enumerate(groups):
        edges = by_group[edge_bounds[number] : edge_bounds[number + 1]]
        shape = _group(len(nodes), place[i[edges]], place[j[edges]], distance[edges])
        shapes.append(shape - shape.min(axis=0))
    rank = sorted(range(len(groups)), key=lambda number: -len(groups[number]))
    for number, corner in zip(rank, _shelves([shapes[number] for number in rank]), strict=True):
        cells[groups[number]] = shapes[number] + corner
    return cells


def lay_out_ring(n: int, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Floats:
    """Return places on a ring, for a small graph in which much is linked with much.

    On a grid the lines of such a graph run through its nodes; from a ring each crosses the free middle.

    Parameters
    ----------
    n, i, j, distance
        As for `lay_out`.

    Returns
    -------
    float64[n, 2]
        Column and row of each node in cells of the grid, the middle at 0, 0. What hangs together stands
        together, near ones beside each other; the ring is wide enough for a picture and its name.

    Examples
    --------
    >>> lay_out_ring(2, np.array([0]), np.array([1]), np.array([1], np.uint8))[:, 0].tolist()
    [-2.0, 2.0]
    >>> len(lay_out_ring(0, np.empty(0, int), np.empty(0, int), np.empty(0, np.uint8)))
    0
    """
    if n < 2:
        return np.zeros((n, 2))
    labels = components(n, i, j)
    around = np.zeros(n)
    for group in range(labels.max() + 1):
        nodes = np.flatnonzero(labels == group)
        if len(nodes) > 3:  # fewer are all beside each other
            place = np.empty(n, np.int64)
            place[nodes] = np.arange(len(nodes))
            inside = labels[i] == group
            shape = _pivot_mds(len(nodes), place[i[inside]], place[j[inside]], distance[inside])
            around[nodes] = np.arctan2(shape[:, 1], shape[:, 0])
    order = np.lexsort((around, -np.bincount(labels)[labels] * n + labels))
    turns = np.empty(n)
    turns[order] = np.pi + 2 * np.pi * np.arange(n) / n
    radius = max(2.0, n * RING / (2 * np.pi))
    return radius * np.column_stack([np.cos(turns), RING_ROWS * np.sin(turns)])


def free_cells(taken: set[Cell], around: Cell) -> Iterator[Cell]:
    """Yield cells that are not taken, the nearest to `around` first.

    Examples
    --------
    >>> from itertools import islice
    >>> list(islice(free_cells({(0, 0), (1, 0)}, (0, 0)), 3))
    [(-1, 0), (0, -1), (0, 1)]
    """
    ring = 0
    while True:
        # All cells of one squared distance band at a time; a ring's corners belong to later bands.
        band = [
            (column, row)
            for column in range(-ring - 1, ring + 2)
            for row in range(-ring - 1, ring + 2)
            if ring * ring <= column * column + row * row < (ring + 1) * (ring + 1)
        ]
        band.sort(key=lambda cell: (cell[0] ** 2 + cell[1] ** 2, cell))
        for column, row in band:
            cell = (around[0] + column, around[1] + row)
            if cell not in taken:
                yield cell
        ring += 1


def _group(n: int, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Ints:
    """Lay out nodes that hang together."""
    if n <= 3:  # by far the most of them: in a row, the one that links the others in the middle
        degree = np.bincount(np.concatenate([i, j]), minlength=n)
        row = np.argsort(degree, kind="stable")
        row = row[[0, 2, 1]] if n == 3 else row
        cells = np.zeros((n, 2), np.int64)
        cells[row, 0] = 2 * np.arange(n)
        return cells
    return _on_grid(_pivot_mds(n, i, j, distance))


def _pivot_mds(n: int, i: Ints, j: Ints, distance: npt.NDArray[np.uint8]) -> Floats:
    """Return places whose distances are like the lengths of the shortest paths."""
    # An edge is at least one step long, and a farther one up to two.
    length = 1.0 + distance / 64.0
    squared = (_all_paths if n <= PIVOTS else _paths_to_pivots)(n, i, j, length) ** 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()
    _, vectors = np.linalg.eigh(centred.T @ centred)
    places: Floats = -0.5 * centred @ vectors[:, :-3:-1]
    # The sign of an axis is chance: the first node that tells decides.
    for axis in range(2):
        telling = np.flatnonzero(np.abs(places[:, axis]) > 1e-9)
        if len(telling) and places[telling[0], axis] < 0:
            places[:, axis] *= -1
    return places


def _all_paths(n: int, i: Ints, j: Ints, length: Floats) -> Floats:
    """Return the lengths of all shortest paths, float64[n, n]; for the many small groups, without scipy."""
    paths = np.full((n, n), np.inf)
    np.fill_diagonal(paths, 0.0)
    np.minimum.at(paths, (np.concatenate([i, j]), np.concatenate([j, i])), np.concatenate([length, length]))
    for by in range(n):
        np.minimum(paths, paths[:, by, None] + paths[by], out=paths)
    return paths


def _paths_to_pivots(n: int, i: Ints, j: Ints, length: Floats) -> Floats:
    """Return the lengths of the shortest paths from every node to the pivots, float64[n, PIVOTS]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    paths = coo_array((length, (i, j)), shape=(n, n)).tocsr()
    pivots = [int(np.bincount(np.concatenate([i, j]), minlength=n).argmax())]
    rows = [dijkstra(paths, directed=False, indices=pivots[0])]
    nearest = rows[0].copy()
    while len(pivots) < PIVOTS:  # each next pivot is the node farthest from those before
        pivots.append(int(nearest.argmax()))
        rows.append(dijkstra(paths, directed=False, indices=pivots[-1]))
        nearest = np.minimum(nearest, rows[-1])
    lengths: Floats = np.array(rows).T
    return lengths


def _on_grid(places: Floats) -> Ints:
    """Give every place a cell of its own: in columns from left to right, in each from top to bottom.

    The columns hold equally many, so that a crowded middle is spread and a gap is closed; what lay beside
    each other still does. Every second cell stays free, as on a chessboard, for the edges to be seen.
    """
    n = len(places)
    wide, high = np.ptp(places, axis=0) + 1e-9
    columns = int(np.clip(np.sqrt(n * np.clip(wide / high, 1 / LONG, LONG)), 1, n))
    cells = np.empty((n, 2), np.int64)
    by_x = np.lexsort((places[:, 1], places[:, 0]))
    for column, nodes in enumerate(np.array_split(by_x, columns)):
        by_y = nodes[np.lexsort((places[nodes, 0], places[nodes, 1]))]
        cells[by_y, 0] = column
        cells[by_y, 1] = 2 * np.arange(len(nodes)) + column % 2
    return cells


def _shelves(shapes: list[Ints]) -> Iterator[Ints]:
    """Yield the upper left corner of each shape, in rows that end at about one width."""
    sizes = [shape.max(axis=0) + 1 + GAP for shape in shapes]
    area = sum(int(size[0]) * int(size[1]) for size in sizes)
    width = max([int(size[0]) for size in sizes] + [int(np.ceil(np.sqrt(1.6 * area)))])
    left = top = high = 0
    for size in sizes:
        if left and left + int(size[0]) > width:
            left, top, high = 0, top + high, 0
        yield np.array([left, top])
        left += int(size[0])
        high = max(high, int(size[1]))
