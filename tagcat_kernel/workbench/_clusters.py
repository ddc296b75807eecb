"""Clusters of similar hashes, and a place for each item on a map."""

from typing import TYPE_CHECKING

import numpy as np

from tagcat_kernel.records import is_plain
from tagcat_kernel.workbench._base import Base

if TYPE_CHECKING:
    import pandas as pd


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
        hashes = self.collection.hashes()
        telling = np.array([not is_plain(int(value)) for value in hashes.hashes], dtype=bool)
        values = hashes.hashes[telling]
        keys = np.asarray(hashes.keys, dtype=object)[telling]
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
