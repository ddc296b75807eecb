"""Which hashes belong together: the k modes to which all of them have the fewest bits.

Equal hashes are one row with a weight. A start spreads modes out, moves modes and rows in turn (Huang
1998), then single rows wherever that saves bits (Hartigan 1975). The best of the starts is shaken: the
mode that is missed least, such as one of two that fell together, is put elsewhere, and what saves bits is
kept. A handful of hashes is sorted in every way that there is. Of many a small sample is searched like this;
its end competes with quick starts on a larger sample, the best is shaken there, and is then improved on all
rows.
"""

import itertools
import operator
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from tagcat_kernel.clustering._loops import nearest
from tagcat_kernel.clustering._search import SHORT, search
from tagcat_kernel.clustering.bits import Hashes, Ints, check_engine, pack, unpack

SMALL = (2048, 16384)
"""Rows of a small sample: an eighth of the different hashes, but no fewer and no more than these."""

LARGE = 65536
"""Rows of a large sample."""

FEW, EVERY = 12, 4096
"""Different hashes, and ways to split them, up to which all ways are tried: 12 in two, 6 in four."""

SWAPS = 60
"""How often the best end of a small collection is shaken; of each small sample half as often."""


class KModes(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """k clusters of hashes, each around the mode of its bits.

    Parameters
    ----------
    n_clusters
        Number of clusters k, at least 1.
    n_init
        Number of starts, of which the cheapest is kept.
    max_iter
        Most rounds of a start.
    random_state
        Seed, numpy RandomState or None, as scikit-learn takes them.
    engine
        "tagcat", or "kmodes" to run that library (extra `bench`) for comparison.

    Attributes
    ----------
    cluster_modes_ : uint64[k]
        The mode of each cluster.
    labels_ : int64[N]
        The cluster of each row.
    cost_ : int
        Sum of the Hamming distances from each row to its mode, in bits.
    n_iter_ : int
        Rounds of the start that was kept.

    Examples
    --------
    >>> hashes = np.array([0, 1, 2**64 - 1, 2**64 - 2], dtype=np.uint64)
    >>> found = KModes(n_clusters=2, random_state=0).fit(hashes)
    >>> found.cost_, bool(found.labels_[0] == found.labels_[1] != found.labels_[2])
    (2, True)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_init: int = 10,
        max_iter: int = 100,
        random_state: Any = None,
        engine: Literal["tagcat", "kmodes"] = "tagcat",
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.random_state = random_state
        self.engine = engine

    def fit(self, X: npt.ArrayLike, y: None = None) -> Self:  # noqa: ARG002, N803
        """Find modes for N ≥ 1 hashes. Where fewer than k differ, each different hash is a cluster.

        Raises
        ------
        ValueError
            If there are no rows, fewer rows than clusters, or a parameter is below 1.
        """
        for name in ("n_clusters", "n_init", "max_iter"):
            if operator.index(getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        check_engine(self.engine, "kmodes")
        hashes = pack(X)
        if len(hashes) < self.n_clusters:
            raise ValueError(f"{self.n_clusters} clusters need as many hashes; there are {len(hashes)}")
        random = check_random_state(self.random_state)
        if self.engine == "kmodes":
            return self._fit_kmodes(hashes, random)
        values, weights = np.unique(hashes, return_counts=True)
        if len(values) <= self.n_clusters:
            self.cluster_modes_, self.n_iter_ = values, 0
        elif len(values) <= FEW and self.n_clusters ** len(values) <= EVERY:
            self.cluster_modes_, self.n_iter_ = _best_split(values, weights, self.n_clusters), 0
        else:
            self.cluster_modes_, self.n_iter_ = self._search(hashes, values, weights, random)
        self.labels_, distance = nearest(hashes, self.cluster_modes_)
        self.cost_ = int(distance.sum())
        return self

    def predict(self, X: npt.ArrayLike) -> Ints:  # noqa: N803
        """Return the nearest mode of each row, int64[N]; the first one of equally near ones.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self, "cluster_modes_")
        labels, _ = nearest(pack(X), self.cluster_modes_)
        return labels

    def _search(
        self, hashes: Hashes, values: Hashes, weights: Ints, random: np.random.RandomState
    ) -> tuple[Hashes, int]:
        """Return the modes of more different values than clusters, and the rounds that led to them."""
        k, different, most = self.n_clusters, len(values), self.max_iter

        def seed() -> int:
            return int(random.randint(2**31 - 1))

        def sample(size: int) -> tuple[Hashes, Ints]:
            if different <= size:
                return values, weights
            return np.unique(hashes[random.randint(0, len(hashes), size)], return_counts=True)

        small, large = min(max(SMALL[0], different // 8), SMALL[1]), sample(LARGE)
        searches = 1 if different <= LARGE else 2
        swaps, ends = SWAPS if different <= small else SWAPS // 2, []
        for _ in range(searches):
            some = sample(small)
            # A sample with fewer different values than modes can't be searched; the larger one can.
            some = some if len(some[0]) > k else large if len(large[0]) > k else (values, weights)
            end = search(*some, k, starts=self.n_init, swaps=swaps, most=most, seed=seed())
            ends.append(end if different <= small else search(*large, k, modes=end[0], most=most))
        if different > small:
            # Where all hashes are equally unlike, only many rows tell a good start from a bad one.
            ends.append(search(*large, k, starts=self.n_init, most=min(SHORT, most), seed=seed()))
        modes, _, rounds = min(ends, key=lambda end: end[1])
        if different > small:
            modes, _, rounds = search(*large, k, modes=modes, swaps=8 + k, most=most, seed=seed())
        if different > LARGE:
            modes, _, rounds = search(values, weights, k, modes=modes, most=most)
        return modes, rounds

    def _fit_kmodes(self, hashes: Hashes, random: np.random.RandomState) -> Self:
        from kmodes.kmodes import KModes as Library

        library = Library(self.n_clusters, n_init=self.n_init, max_iter=self.max_iter, random_state=random)
        self.labels_ = library.fit_predict(unpack(hashes)).astype(np.int64)
        self.cost_, self.n_iter_ = int(library.cost_), int(library.n_iter_)
        self.cluster_modes_ = pack(library.cluster_centroids_)
        return self


def _best_split(values: Hashes, weights: Ints, k: int) -> Hashes:
    """Return the modes of the cheapest way to sort more than k different hashes into k clusters."""
    bits = unpack(values).astype(np.int64) * weights[:, None]
    splits = np.array(list(itertools.product(range(k), repeat=len(values))))
    splits = splits[(splits[:, :, None] == np.arange(k)).any(axis=1).all(axis=1)]  # no cluster is empty
    members = (splits[:, None, :] == np.arange(k)[:, None]).astype(np.int64)
    ones, rows = members @ bits, (members @ weights)[:, :, None]
    best = np.minimum(ones, rows - ones).sum(axis=(1, 2)).argmin()
    return pack((2 * ones[best] > rows[best]).astype(np.uint8))
