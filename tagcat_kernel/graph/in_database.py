"""Matching inside the database, as the first TagCat did it: a second opinion on the kernel's join.

The database compares every pair of a user's items by `apoc.text.hammingDistance`, so the time grows with
the square of their number: seconds for two thousand items, where the kernel's join needs milliseconds.
It is there to check the join by, and for whoever wants the pairs where only a database is at hand.
"""

import numpy as np

from tagcat_kernel.edges import Edges
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.stars import objects


def match_in_database(graph: Graph, user: str, max_distance: int) -> Edges:
    """Return the pairs of a user's live items within a distance, found by the database alone.

    Plain hashes and moments of one video are left out, as in `edges.edges`. That one links more than 64
    equal hashes as a star; here each of their pairs is listed.

    Parameters
    ----------
    graph
        From `tagcat_kernel.graph.connect`.
    user
        Whose items.
    max_distance
        Largest Hamming distance in bits, inclusive, 0 to 64.

    Returns
    -------
    Edges
        Each pair once, the smaller key first, sorted by (a, b).

    Raises
    ------
    ValueError
        If `max_distance` is outside 0 to 64.
    GraphError
        If the graph can't answer.

    Examples
    --------
    >>> from tagcat_kernel.graph.fake import FakeRunner
    >>> fake = FakeRunner([{"a": ["u:b", "u:a"], "b": ["u:c", "u:b"], "distances": [3, 8]}])
    >>> found = match_in_database(Graph(fake), "u", 8)
    >>> list(zip(found.a, found.b, found.distance.tolist()))
    [('u:a', 'u:b', 8), ('u:b', 'u:c', 3)]
    """
    if not 0 <= max_distance <= 64:
        raise ValueError(f"max_distance must be 0 to 64 bits, not {max_distance}")
    row = graph.reading(
        lambda unit: unit.columns("match_in_database", user=user, max_distance=int(max_distance))
    )
    pairs = sorted(zip(row["a"], row["b"], row["distances"], strict=True))
    return Edges(
        objects([a for a, _, _ in pairs]),
        objects([b for _, b, _ in pairs]),
        np.array([distance for _, _, distance in pairs], dtype=np.uint8),
    )
