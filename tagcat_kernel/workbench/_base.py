"""What every part of the workbench stands on: whose collection it is, and how to reach it."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tagcat_kernel.home import user_name
from tagcat_kernel.workbench._tables import table

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.graph.collection import Collection, Settings
    from tagcat_kernel.graph.session import Graph
    from tagcat_kernel.graph.sharing import SharedGraph
    from tagcat_kernel.media.cache import MediaCache
    from tagcat_kernel.media.workers import DecoderPool


class Base:
    """A user's collection, reached when it is first asked for; each part adds its verbs to this."""

    def __init__(
        self, user: str | None = None, graph: "Graph | None" = None, *, of: str | None = None
    ) -> None:
        self.user = user_name(user)
        self.of = None if of == self.user else of
        self.owner = self.user if self.of is None else self.of
        self._graph = graph

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the decoder of thumbnails; the graph's connection is the process's, others share it."""
        if pool := self.__dict__.pop("_decoder", None):
            pool.close(cancel=True)

    def __repr__(self) -> str:
        return f"Workbench(user={self.user!r}" + (")" if self.of is None else f", of={self.of!r})")

    @cached_property
    def collection(self) -> "Collection":
        """The owner's collection in the graph: the floor below, for programs."""
        from tagcat_kernel.graph.collection import Collection

        return Collection(self._whole_graph if self.of is None else self._shared_graph, self.owner)

    @cached_property
    def _whole_graph(self) -> "Graph":
        from tagcat_kernel.graph import connect

        return self._graph or connect()

    @cached_property
    def _shared_graph(self) -> "SharedGraph":
        """The graph as `user` sees it where the collection is another's."""
        from tagcat_kernel.graph.sharing import SharedGraph

        return SharedGraph(self._whole_graph.runner, self.owner, self.user)

    @cached_property
    def _cache(self) -> "MediaCache":
        from tagcat_kernel.media.cache import MediaCache

        return MediaCache()

    @cached_property
    def _decoder(self) -> "DecoderPool":
        """One worker for thumbnails that the cache lacks: a gallery asks for many in a row."""
        from tagcat_kernel.media.workers import DecoderPool

        return DecoderPool(workers=1, cache=self._cache)

    @property
    def settings(self) -> "Settings":
        """The owner's `max_distance` and `key_frame_distance`, in bits."""
        return self.collection.settings

    def _located(self, keys: npt.NDArray[np.object_], **columns: npt.NDArray[Any]) -> "pd.DataFrame":
        """Return key, path, position and `columns`; what another process removed meanwhile is left out."""
        places = self.collection.all_places() if len(keys) else {}
        there = np.array([key in places for key in keys], dtype=bool)
        rows = [{"key": str(key), "path": places[key][0], "position": places[key][1]} for key in keys[there]]
        located = table(rows, ["key", "path", "position"])
        for name, column in columns.items():
            located[name] = column[there]
        return located
