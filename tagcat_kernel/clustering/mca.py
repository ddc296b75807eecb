"""Where hashes lie: multiple correspondence analysis (Greenacre, Correspondence Analysis in Practice, 18).

Of variables with two categories each it is a principal component analysis of the standardized bits: the
eigenvalues are those of the 64 × 64 correlation matrix divided by 64. All it needs of the rows is how
often each two bits are set together, which is counted 64 rows at a time by population counts; places are
sums of 256 known values for each of a hash's 8 bytes.
"""

import operator
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tagcat_kernel.clustering import _loops
from tagcat_kernel.clustering.bits import BITS, Floats, Hashes, check_engine, pack, unpack


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
        check_engine(self.engine, "prince")
        hashes = pack(X)
        if not len(hashes):
            raise ValueError("MCA needs at least one hash")
        if self.engine == "prince":
            return self._fit_prince(hashes)
        together = _loops.bits_together(hashes).astype(np.float64)
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

    def transform(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
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
        return _loops.project(hashes, np.ascontiguousarray(self.axes_), self.mean_ @ self.axes_)

    def _fit_prince(self, hashes: Hashes) -> Self:
        import prince

        # Its default, a randomized solver, misses the coordinates where axes have almost one inertia.
        self.prince_ = prince.MCA(n_components=self.n_components, engine="scipy").fit(_frame(hashes))
        self.eigenvalues_ = np.asarray(self.prince_.eigenvalues_, dtype=np.float64)
        self.total_inertia_ = float(self.prince_.total_inertia_)
        self.percentage_of_variance_ = np.asarray(self.prince_.percentage_of_variance_, dtype=np.float64)
        return self


def _frame(hashes: Hashes) -> Any:
    import pandas as pd

    return pd.DataFrame(unpack(hashes), columns=[f"bit {bit}" for bit in range(BITS)]).astype(str)
