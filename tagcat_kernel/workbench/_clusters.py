"""Clusters of similar hashes, and a place for each item on a map."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tagcat_kernel.records import are_plain
from tagcat_kernel.workbench._base import Base

if TYPE_CHECKING:
    import pandas as pd


CURVE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Numbers of clusters that are tried for a cost curve."""
SAMPLE = 5_000
"""Hashes that a cost curve is worked out on: enough for its shape."""


class Clusters(Base):
    """The verbs that sort the whole collection."""

    def cluster(self, k: int = 8, *, random_state: int | None = 0) -> "pd.DataFrame":
        """Sort the images and frames that are not plain into clusters, and give each a place on a map.

        Parameters
        ----------
        k
            Number of clusters; where fewer hashes differ, each different hash is one.
        random_state
            Seed of the search: the same seed and collection give the same clusters. None: chance.

        Returns
        -------
        DataFrame
            Columns key, path, position (s, NaN for images), cluster (from 0, the largest first), x, y
            (the first two axes of a multiple correspondence analysis); sorted by cluster and key.

        Raises
        ------
        ValueError
            If `k` is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        keys, values = self._telling()
        labels, places = np.empty(0, np.int64), np.empty((0, 2))
        if len(values):
            from tagcat_kernel.clustering import MCA, KModes

            k = min(k, len(np.unique(values)))
            labels = KModes(k, random_state=random_state).fit_predict(values)
            places = MCA(2).fit_transform(values)
        largest_first = np.argsort(-np.bincount(labels), kind="stable")
        rank = np.argsort(largest_first)[labels]
        table = self._located(keys, cluster=rank, x=places[:, 0], y=places[:, 1])
        return table.sort_values(["cluster", "key"], ignore_index=True)

    def cluster_costs(self, *, random_state: int | None = 0, also: Iterable[int] = ()) -> "pd.DataFrame":
        """Return how well different numbers of clusters fit, to choose one by.

        More clusters always fit better; where the curve flattens, more say little that is new. Large
        collections are judged by a sample of `SAMPLE` hashes.

        Parameters
        ----------
        random_state
            Seed of the sample and of the searches. None: chance.
        also
            Further numbers of clusters to judge.

        Returns
        -------
        DataFrame
            Columns k (number of clusters, as far as so many hashes differ) and bits (mean Hamming
            distance of an image or frame to the mode of its cluster).
        """
        import pandas as pd

        _, values = self._telling()
        if len(values) > SAMPLE:
            values = np.random.default_rng(random_state).choice(values, SAMPLE, replace=False)
        most = len(np.unique(values))
        rows: list[tuple[int, float]] = []
        if most:
            from tagcat_kernel.clustering import KModes

            rows = [
                (k, KModes(k, random_state=random_state).fit(values).cost_ / len(values))
                for k in sorted({*CURVE, *also})
                if 1 <= k <= most
            ]
        return pd.DataFrame(rows, columns=["k", "bits"]).astype({"k": "int64", "bits": "float64"})

    def _telling(self) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.uint64]]:
        """Return the keys and hashes of the images and frames that are not plain."""
        hashes = self.collection.hashes()
        telling = ~are_plain(hashes.hashes)
        return np.asarray(hashes.keys, dtype=object)[telling], hashes.hashes[telling]
