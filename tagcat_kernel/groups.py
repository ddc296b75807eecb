"""What hangs together: the connected components of links, as keys with the number of their group."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from tagcat_kernel.components import components
from tagcat_kernel.edges import Edges


@dataclass(frozen=True, slots=True)
class Groups:
    """Items that hang together by pairs: `group` numbers from 0, the largest group first.

    `keys` is an object array of str and `group` an int64 array of the same length, sorted by group.
    """

    keys: npt.NDArray[np.object_]
    group: npt.NDArray[np.int64]


def groups(found: Edges) -> Groups:
    """Return the connected components of pairs: what hangs together, directly or through others.

    Parameters
    ----------
    found
        Links in any order; items without one are in no group.

    Returns
    -------
    Groups
        The largest group first; among equals the one whose first key is smallest.

    Examples
    --------
    >>> near = Edges(np.array(["a", "x"], object), np.array(["b", "y"], object), np.array([1, 3], np.uint8))
    >>> groups(near).keys.tolist(), groups(near).group.tolist()
    (['a', 'b', 'x', 'y'], [0, 0, 1, 1])
    """
    # A table of the keys that occur: sorting a million links' ends as text would take most of the time.
    names = sorted({*found.a, *found.b})
    place = dict(zip(names, range(len(names)), strict=True))
    ends = np.fromiter(map(place.__getitem__, chain(found.a, found.b)), np.int64, 2 * len(found))
    keys = np.array(names, dtype=object)
    labels = components(len(keys), ends[: len(found)], ends[len(found) :])
    sizes = np.bincount(labels, minlength=1)
    # Largest first; among equals the one whose first key is smallest, so that views are stable.
    first = np.full(len(sizes), len(keys), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(keys)))
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    group = rank[labels]
    order = np.argsort(group, kind="stable")
    return Groups(keys[order], group[order].astype(np.int64))
