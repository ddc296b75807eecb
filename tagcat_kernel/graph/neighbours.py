"""What stored matches hold together: the surroundings of one item, and the groups of them all.

The surroundings are walked outwards, one hop a query for each kind of item, so that every step starts
from keys that have an index. The engines' own paths of variable length would list every way through a
clique instead: thousands of ways to the same sixty items.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import Edges
from tagcat_kernel.graph.keys import kind_of_item
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.stars import objects

REJECTED = -1
"""The distance under which the queries name a pair that a person rejected, and an item without a pair."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An item with what lies around it.

    Attributes
    ----------
    keys
        Object array of str, N items: the one asked first, then by hops, distance of the link that leads
        there, and key.
    hops
        int64[N]: over how many matches the item is reached.
    edges
        The matches that were walked: all of the items that lie nearer than the last hop.
    complete
        False if a limit left items out.
    """

    keys: npt.NDArray[np.object_]
    hops: npt.NDArray[np.int64]
    edges: Edges
    complete: bool


def neighbourhood(
    unit: Unit, user: str, key: str, *, hops: int, max_distance: int, limit: int
) -> Neighbourhood | None:
    """Walk from `key` over at most `hops` matches; None if there is no such item."""
    reached = {key: 0}
    links: dict[tuple[str, str], int] = {}
    ring, complete = [key], True
    for hop in range(1, hops + 1):
        nearest: dict[str, tuple[int, str]] = {}
        for kind in ("image", "frame"):
            asked = [one for one in ring if kind_of_item(one) == kind]
            for row in unit.each(f"neighbours_of_{kind}s", asked, user=user, max_distance=max_distance):
                if hop == 1 and not row["a"]:
                    return None
                columns = list(zip(row["a"], row["b"], row["distances"], strict=True))
                rejected = {(a, b) for a, b, distance in columns if distance == REJECTED}
                for a, b, distance in columns:
                    if (a, b) not in rejected:  # nor is an item that is linked to nothing
                        links[min(a, b), max(a, b)] = distance
                        if b not in reached:
                            nearest[b] = min(nearest.get(b, (distance, b)), (distance, b))
        found = [one for _, one in sorted(nearest.values())]
        ring = found[: max(0, limit - len(reached))]
        complete &= len(ring) == len(found)
        reached.update(dict.fromkeys(ring, hop))
    return Neighbourhood(
        objects(list(reached)),
        np.array(list(reached.values()), dtype=np.int64),
        _edges({pair: dist for pair, dist in links.items() if pair[0] in reached and pair[1] in reached}),
        complete,
    )


def links(unit: Unit, user: str) -> Edges:
    """Read all stored matches without those that a person rejected, in no order."""
    row = unit.columns("matches", user=user)
    marked = unit.columns("rejected", user=user)
    rejected = set(zip(marked["a"], marked["b"], strict=True))
    found = Edges(objects(row["a"]), objects(row["b"]), np.array(row["distances"], dtype=np.uint8))
    if not rejected:
        return found
    kept = np.array([pair not in rejected for pair in zip(found.a, found.b, strict=True)], dtype=bool)
    return Edges(found.a[kept], found.b[kept], found.distance[kept])


def _edges(found: dict[tuple[str, str], int]) -> Edges:
    pairs = sorted(found)
    return Edges(
        objects([a for a, _ in pairs]),
        objects([b for _, b in pairs]),
        np.array([found[pair] for pair in pairs], dtype=np.uint8),
    )
