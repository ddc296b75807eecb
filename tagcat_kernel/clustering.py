"""Clustering of hashes: where they lie (MCA) and which belong together (KModes).

Both take the 64 bits of a dHash as 64 categorical variables of two categories, and both work on the
packed hashes, never on an N × 64 table of numbers. An N × 64 array of 0 and 1 is packed first.

MCA (multiple correspondence analysis; Greenacre, Correspondence Analysis in Practice, ch. 18) of
variables with two categories each is a principal component analysis of the standardized bits: the
eigenvalues are those of the 64 × 64 correlation matrix divided by 64. All it needs of the rows is how
often each two bits are set together, which is counted 64 rows at a time by population counts.

KModes looks for the k modes to which all hashes together have the fewest bits. Equal hashes are one row
with a weight. A start spreads modes out, moves modes and rows in turn (Huang 1998), then single rows
wherever that saves bits (Hartigan 1975). The best of the starts is shaken: the mode that is missed least,
such as one of two that fell together, is put elsewhere, and what saves bits is kept. Of many hashes a
small sample is searched like this; its end competes with quick starts on a larger sample, the best is
shaken there, and is then improved on all rows.
"""

import operator
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from tagcat_kernel import _clustering_kernels as kernels
from tagcat_kernel._modes import SHORT, search

BITS = 64
Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

SMALL = (2048, 16384)
"""Rows of a small sample: an eighth of the different hashes, but no fewer and no more than these."""

LARGE = 65536
"""Rows of a large sample."""

SWAPS = 60
"""How often the best end of a small collection is shaken; of each small sample half as often."""


def pack(rows: npt.ArrayLike) -> Hashes:
    """Return uint64[N] from uint64[N] itself or from an N × 64 array of 0 and 1 (first bit highest).

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> pack(np.eye(2, 64, dtype=np.uint8)).tolist() == [1 << 63, 1 << 62]
    True
    """
    array = np.asarray(rows)
    if array.ndim == 1 and array.dtype.kind == "u" and array.dtype.itemsize == 8:
        return np.ascontiguousarray(array, dtype=np.uint64)
    if array.ndim != 2 or array.shape[1] != BITS or not ((array == 0) | (array == 1)).all():
        raise ValueError(
            f"hashes are uint64[N] or an N × {BITS} array of 0 and 1, not {array.dtype}{list(array.shape)}"
        )
    packed = np.packbits(array.astype(np.uint8), axis=1)
    return np.ascontiguousarray(packed).view(">u8").ravel().astype(np.uint64)


def unpack(hashes: Hashes) -> npt.NDArray[np.uint8]:
    """Return the bits of uint64[N] as uint8[N, 64], first bit highest.

    Examples
    --------
    >>> int(unpack(np.array([1 << 63], np.uint64))[0, 0])
    1
    """
    return np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)


class MCA(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Multiple correspondence analysis of hashes.

    Parameters
    ----------
    n_components
        Number of axes, 1 to 64.
    engine
        "tagcat", or "prince" to run that library (extra `bench`, its exact solver) for comparison.

    Attributes
    ----------
    eigenvalues_ : float64[n_components]
        Inertia of each axis, largest first.
    total_inertia_ : float
        Sum over all axes.
    percentage_of_variance_ : float64[n_components]
        Share of each axis in the total inertia, in percent.

    Examples
    --------
    >>> hashes = np.random.default_rng(0).integers(0, 2**63, 100).astype(np.uint64)
    >>> MCA(n_components=2).fit_transform(hashes).shape
    (100, 2)
    """

    def __init__(self, n_components: int = 2, *, engine: Literal["tagcat", "prince"] = "tagcat") -> None:
        self.n_components = n_components
        self.engine = engine

    def fit(self, X: npt.ArrayLike, y: None = None) -> Self:  # noqa: ARG002, N803
        """Find the axes of N ≥ 1 hashes; constant bits carry nothing.

        Raises
        ------
        ValueError
            If there are no rows, or `n_components` is outside 1 to 64.
        """
        if not 1 <= operator.index(self.n_components) <= BITS:
            raise ValueError(f"n_components must be 1 to {BITS}, not {self.n_components}")
        _check_engine(self.engine, "prince")
        hashes = pack(X)
        if not len(hashes):
            raise ValueError("MCA needs at least one hash")
        if self.engine == "prince":
            return self._fit_prince(hashes)
        together = kernels.bits_together(hashes).astype(np.float64)
        self.mean_ = np.diag(together) / len(hashes)
        deviation = np.sqrt(self.mean_ * (1 - self.mean_))
        scale = np.divide(1, deviation, out=np.zeros(BITS), where=deviation > 0)
        covariance = together / len(hashes) - np.outer(self.mean_, self.mean_)
        values, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
        order = np.argsort(values)[::-1][: self.n_components]
        self.eigenvalues_ = np.maximum(values[order], 0) / BITS
        self.total_inertia_ = float(np.count_nonzero(deviation > 0) / BITS)
        share = 100 / self.total_inertia_ if self.total_inertia_ else 0.0
        self.percentage_of_variance_ = self.eigenvalues_ * share
        axes = vectors[:, order]
        # An eigenvector's sign is chance: the largest entry is positive, so that a run can be repeated.
        axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(order))])
        self.axes_ = axes * scale[:, None] / np.sqrt(BITS)
        return self

    def transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return the row coordinates float64[N, n_components] of hashes.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self, "eigenvalues_")
        hashes = pack(X)
        if self.engine == "prince":
            return np.asarray(self.prince_.row_coordinates(_frame(hashes)), dtype=np.float64)
        return kernels.project(hashes, np.ascontiguousarray(self.axes_), self.mean_ @ self.axes_)

    def _fit_prince(self, hashes: Hashes) -> Self:
        import prince

        # Its default, a randomized solver, misses the coordinates where axes have almost one inertia.
        self.prince_ = prince.MCA(n_components=self.n_components, engine="scipy").fit(_frame(hashes))
        self.eigenvalues_ = np.asarray(self.prince_.eigenvalues_, dtype=np.float64)
        self.total_inertia_ = float(self.prince_.total_inertia_)
        self.percentage_of_variance_ = np.asarray(self.prince_.percentage_of_variance_, dtype=np.float64)
        return self


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
        _check_engine(self.engine, "kmodes")
        hashes = pack(X)
        if len(hashes) < self.n_clusters:
            raise ValueError(f"{self.n_clusters} clusters need as many hashes; there are {len(hashes)}")
        random = check_random_state(self.random_state)
        if self.engine == "kmodes":
            return self._fit_kmodes(hashes, random)
        values, weights = np.unique(hashes, return_counts=True)
        if len(values) <= self.n_clusters:
            self.cluster_modes_, self.n_iter_ = values, 0
        else:
            self.cluster_modes_, self.n_iter_ = self._search(hashes, values, weights, random)
        self.labels_, distance = kernels.nearest(hashes, self.cluster_modes_)
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
        labels, _ = kernels.nearest(pack(X), self.cluster_modes_)
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


def _check_engine(engine: str, library: str) -> None:
    if engine not in ("tagcat", library):
        raise ValueError(f"engine must be 'tagcat' or '{library}', not {engine!r}")


def _frame(hashes: Hashes) -> Any:
    import pandas as pd

    return pd.DataFrame(unpack(hashes), columns=[f"bit {bit}" for bit in range(BITS)]).astype(str)
