"""What pairs hold together: the connected components of items that are known by their numbers."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

NUMPY_PAIRS = 200_000
"""Pairs up to which numpy is done before scipy would be loaded, which takes 0.3 s."""


def components(n: int, i: Ints, j: Ints) -> Ints:
    """Return the connected components of `n` items that pairs hold together.

    Parameters
    ----------
    n
        Number of items.
    i, j
        int64[m]: the pairs, indices below `n`, in any order.

    Returns
    -------
    int64[n]
        The component of each item; components are numbered from 0 by their smallest item.

    Examples
    --------
    >>> components(5, np.array([3, 1]), np.array([4, 3])).tolist()
    [0, 1, 2, 1, 1]
    """
    if len(i) > NUMPY_PAIRS:  # in linear time, whatever the shape of the graph
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        links = coo_array((np.ones(len(i), np.bool_), (i, j)), shape=(n, n))
        labels = connected_components(links.tocsr(), directed=False)[1]
        first = np.unique(labels, return_index=True)[1]  # the smallest item of each
        order = np.argsort(np.argsort(first))
        return np.asarray(order[labels], dtype=np.int64)
    labels = np.arange(n)
    while True:
        one, two = labels[i], labels[j]
        if np.array_equal(one, two):
            return np.unique(labels, return_inverse=True)[1].astype(np.int64)
        # Hook each larger root under a smaller one, then let everything point straight at its root.
        np.minimum.at(labels, np.maximum(one, two), np.minimum(one, two))
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]
