"""The one object that a notebook holds: a user's collection, and every verb that works on it.

A Workbench connects to the graph when it is first asked something, never before, and holds no copy of
the collection: two notebooks, a dashboard and a command see the same. Tables come back as pandas
DataFrames. Their `key` columns name items; those keys are what the other verbs take.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tagcat_kernel import jobs as _jobs
from tagcat_kernel.edges import Edges
from tagcat_kernel.home import user_name
from tagcat_kernel.matching import SLIDER
from tagcat_kernel.records import MediaError, is_plain

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.graph.collection import Collection, Settings
    from tagcat_kernel.graph.session import Graph
    from tagcat_kernel.ingest import IngestReport
    from tagcat_kernel.media.cache import MediaCache, Track
    from tagcat_kernel.media.workers import DecoderPool


class Workbench:
    """A user's collection, ready to work with; also a context manager.

    Parameters
    ----------
    user
        Whose collection; default: `TAGCAT_USER`, else the system account. A new name makes a new user.
    graph
        An open `Graph`; default: the one that `TAGCAT_GRAPH_URI` names, else the embedded one, which is
        started where it does not run.

    Examples
    --------
    >>> Workbench(user="ada").user
    'ada'
    """

    def __init__(self, user: str | None = None, graph: "Graph | None" = None) -> None:
        self.user = user_name(user)
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
        return f"Workbench(user={self.user!r})"

    @cached_property
    def collection(self) -> "Collection":
        """The user's collection in the graph: the floor below, for programs."""
        from tagcat_kernel.graph import connect
        from tagcat_kernel.graph.collection import Collection

        return Collection(self._graph or connect(), self.user)

    @cached_property
    def _cache(self) -> "MediaCache":
        from tagcat_kernel.media.cache import MediaCache

        return MediaCache()

    @cached_property
    def _decoder(self) -> "DecoderPool":
        """One worker for thumbnails that the cache lacks: a gallery asks for many in a row."""
        from tagcat_kernel.media.workers import DecoderPool

        return DecoderPool(workers=1, cache=self._cache)

    # ---- what goes in -------------------------------------------------------------------------------

    def ingest(self, *paths: str | os.PathLike[str], progress: bool = True) -> "IngestReport":
        """Store every new image and video of files, folders and glob patterns, with their matches.

        Ctrl-C (the stop button of a notebook) stores what is decoded and ends; the same call again does
        the rest.

        Parameters
        ----------
        paths
            What to read.
        progress
            Whether to show a progress bar.

        Returns
        -------
        IngestReport
            Counts of what is new, and `failed`: every file that could not be read, with the reason.

        Raises
        ------
        GraphError
            If the graph can't be reached.
        """
        from tqdm.auto import tqdm

        from tagcat_kernel.ingest import ingest
        from tagcat_kernel.interrupts import stopping
        from tagcat_kernel.walk import harmless

        with (
            stopping() as stopped,
            tqdm(total=0, unit="file", disable=not progress, dynamic_ncols=True) as bar,
        ):

            def show(done: int, total: int, line: str) -> None:
                bar.total = total
                bar.set_postfix_str(harmless(line[-40:]), refresh=False)
                bar.update(done - bar.n)

            return ingest(self.collection, paths, progress=show, cancelled=stopped)

    def start_ingest(
        self, paths: Iterable[str | os.PathLike[str]], *, inside: str | os.PathLike[str] | None = None
    ) -> _jobs.Job:
        """Start the same work as a job of its own that lives on when this notebook is closed.

        `inside` is a folder that no file may lie outside of, wherever links lead.
        """
        names = [os.path.abspath(os.path.expanduser(os.fspath(path))) for path in paths]  # noqa: PTH100, PTH111
        limit = None if inside is None else os.fspath(inside)
        return _jobs.start("ingest", user=self.user, paths=names, inside=limit)

    def jobs(self) -> list[_jobs.Job]:
        """Return this user's jobs, the newest first."""
        return _jobs.jobs(user=self.user)

    def job(self, identity: str) -> _jobs.Job:
        """Return one job as it stands now; KeyError where there is none."""
        return _jobs.job(identity, user=self.user)

    def resume(self, identity: str) -> _jobs.Job:
        """Start a cancelled or failed job's work again; what it stored is skipped."""
        return _jobs.resume(identity, user=self.user)

    def cancel(self, identity: str) -> None:
        """Ask a job to stop; what it has decoded is stored."""
        _jobs.cancel(identity, user=self.user)

    # ---- what there is ------------------------------------------------------------------------------

    @property
    def settings(self) -> "Settings":
        """The user's `max_distance` and `key_frame_distance`, in bits."""
        return self.collection.settings

    def counts(self) -> dict[str, int]:
        """Return the numbers of `images`, `videos`, `frames`, `matches` and `files`."""
        return self.collection.counts()

    def images(self) -> "pd.DataFrame":
        """Return the images, one row each.

        Columns: key, path, name, files (how many hold it), width, height (pixels), bytes, md5, dhash
        (16 hex digits), plain.
        """
        columns = ["key", "path", "name", "files", "width", "height", "bytes", "md5", "dhash", "plain"]
        return _table(self.collection.images(), columns)

    def videos(self) -> "pd.DataFrame":
        """Return the videos, one row each.

        Columns: key, path, name, files, duration (s), fps (1/s), width, height (pixels), bytes, frames
        (number of key frames), damaged, md5.
        """
        columns = ["key", "path", "name", "files", "duration", "fps", "width", "height", "bytes"]
        return _table(self.collection.videos(), [*columns, "frames", "damaged", "md5"])

    def frames(self, video: str | None = None) -> "pd.DataFrame":
        """Return the key frames of one video (its key or MD5) or of all, in the order of time.

        Columns: key, video (MD5), path, name, position (s), sample (at 25 a second), dhash (16 hex
        digits), plain.
        """
        columns = ["key", "video", "path", "name", "position", "sample", "dhash", "plain"]
        return _table(self.collection.frames(_md5(video) if video else None), columns)

    def plain(self) -> "pd.DataFrame":
        """Return the plain images and frames (black, flat, gradient), which match nothing by default.

        Columns: key, path, position (s, NaN for images).
        """
        hashes = self.collection.hashes()
        flags = np.array([is_plain(int(value)) for value in hashes.hashes], dtype=bool)
        return self._located(np.asarray(hashes.keys, dtype=object)[flags])

    def duplicates(self) -> "pd.DataFrame":
        """Return the files of equal bytes: columns md5, path; files of one content stand together."""
        rows = [
            {"md5": group["md5"], "path": path}
            for group in self.collection.duplicates()
            for path in group["paths"]
        ]
        return _table(rows, ["md5", "path"])

    # ---- what looks alike ---------------------------------------------------------------------------

    def matches(self, max_distance: int | None = None) -> "pd.DataFrame":
        """Return the stored pairs, closest first, without those that were rejected.

        Parameters
        ----------
        max_distance
            Leave out what is farther, in bits; default: all that is stored.

        Returns
        -------
        DataFrame
            Columns a, a_path, a_position (s, NaN for images), b, b_path, b_position, distance (bits).
        """
        table = _table(self.collection.matches(), _PAIR)
        if max_distance is not None:
            table = table[table["distance"] <= max_distance]
        return table.sort_values(["distance", "a", "b"], ignore_index=True)

    def pairs(self, distance: int) -> "pd.DataFrame":
        """Return the pairs at any distance, joined now and not read from the graph; columns as `matches`.

        Raises
        ------
        ValueError
            If `distance` is outside 0 to 64.
        """
        found = self._edges(distance)
        places = self._places()
        rows = [
            {
                "a": a,
                "a_path": places[a][0],
                "a_position": places[a][1],
                "b": b,
                "b_path": places[b][0],
                "b_position": places[b][1],
                "distance": int(bits),
            }
            for a, b, bits in zip(found.a, found.b, found.distance, strict=True)
            if a in places and b in places  # another process may have removed one in between
        ]
        return _table(rows, _PAIR)

    def distance_counts(self, up_to: int = SLIDER) -> list[int]:
        """Return how many pairs lie at each distance 0 … `up_to`, from the join."""
        from tagcat_kernel.matching import distance_counts

        return distance_counts(self._edges(up_to), up_to)

    def groups(self, distance: int) -> "pd.DataFrame":
        """Return what hangs together at a distance, the largest group first.

        Columns: group (from 0), size, key, path, position (s, NaN for images).
        """
        from tagcat_kernel.matching import groups

        found = groups(self._edges(distance))
        table = self._located(found.keys, group=found.group)
        table["size"] = table.groupby("group")["group"].transform("size")
        return table[["group", "size", "key", "path", "position"]]

    def find(
        self, path: str | os.PathLike[str], distance: int | None = None, *, plain: bool = False
    ) -> "pd.DataFrame":
        """Return where a picture, or a piece of a clip, is in the collection; closest first.

        Parameters
        ----------
        path
            An image or video file, which need not be in the collection.
        distance
            Largest distance in bits; default: the user's `max_distance`.
        plain
            Whether plain pictures (black, flat, gradient) ask and answer, too.

        Returns
        -------
        DataFrame
            Columns key, path, position (s, NaN for images), distance (bits).

        Raises
        ------
        MediaError
            If the file can't be read.
        """
        from tagcat_kernel.search import answers, question

        settings = self.settings
        asked = question(path, settings.key_frame_distance)
        hashes = self.collection.hashes()
        reach = settings.max_distance if distance is None else distance
        found = answers(asked, hashes.hashes, reach, plain=plain)
        keys = np.asarray(hashes.keys, dtype=object)[found.index]
        return self._located(keys, distance=found.distance.astype(np.int64))

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

    def reject(self, a: str, b: str) -> None:
        """Mark a pair as "not a match": no view shows it again until `unreject`."""
        self.collection.reject(a, b)

    def unreject(self, a: str, b: str) -> None:
        """Take a "not a match" mark back."""
        self.collection.unreject(a, b)

    # ---- key frames and pictures --------------------------------------------------------------------

    def key_frame_counts(self, video: str, up_to: int = SLIDER) -> list[int]:
        """Return how many key frames a video has at each `key_frame_distance` 0 … `up_to`.

        Raises
        ------
        MediaError
            If there is no such video, or neither the cache nor a file has its sampled hashes any more.
        """
        from tagcat_kernel.keyframes import choose_key_frames

        hashes = self._track(video).hashes
        return [len(choose_key_frames(hashes, distance)) for distance in range(up_to + 1)]

    def key_frames_at(self, video: str, distance: int) -> "pd.DataFrame":
        """Return a video's key frames at another distance; nothing is stored.

        Columns: key (also of moments that are no stored key frame), position (s), sample, dhash.

        Raises
        ------
        MediaError
            If there is no such video, or neither the cache nor a file has its sampled hashes any more.
        """
        from tagcat_kernel.graph.keys import frame_key
        from tagcat_kernel.keyframes import choose_key_frames

        track = self._track(video)
        rows = [
            {
                "key": frame_key(self.user, _md5(video), int(sample)),
                "position": float(track.positions[sample]),
                "sample": int(sample),
                "dhash": f"{int(track.hashes[sample]):016x}",
            }
            for sample in choose_key_frames(track.hashes, distance)
        ]
        return _table(rows, ["key", "position", "sample", "dhash"])

    def thumbnail(self, key: str) -> bytes | None:
        """Return an item's thumbnail as JPEG bytes, drawn now if the cache has none.

        Parameters
        ----------
        key
            Of an image or video (`user:md5`) or a moment of a video (`user:md5:sample`) of this user.

        Returns
        -------
        bytes | None
            None where the key is not this user's, or no file of it can be read any more.
        """
        user, md5, *rest = key.split(":")
        if user != self.user or not (paths := self.collection.paths(md5)):
            return None
        sample = int(rest[0]) if rest else self._cover(md5)
        cached = self._cache.thumbnail(md5, sample)
        if cached is not None:
            return cached
        for path in paths:  # a copy whose bytes have changed gives nothing, another may
            drawn = self._decoder.thumbnail(path, md5, sample).result() if Path(path).is_file() else None
            if drawn is not None:
                return drawn
        return None

    # ---- inside -------------------------------------------------------------------------------------

    def _cover(self, md5: str) -> int | None:
        """Return the sample that stands for a video: its first key frame that is not plain, if any."""
        from tagcat_kernel.keyframes import choose_key_frames

        track = self._cache.track(md5)
        if track is None:
            return None  # an image
        chosen = choose_key_frames(track.hashes, self.settings.key_frame_distance)
        telling = (int(sample) for sample in chosen if not is_plain(int(track.hashes[sample])))
        return next(telling, 0)

    def _track(self, video: str) -> "Track":
        """Return a video's sampled hashes, decoded again where the cache has lost them."""
        md5 = _md5(video)
        paths = self.collection.paths(md5)
        if not paths:
            raise MediaError(f"{video}: there is no such video in this collection")
        track = self._cache.track(md5)
        readable = next((path for path in paths if Path(path).is_file()), None)
        if track is None and readable:
            self._decoder.read_video(readable, self.settings.key_frame_distance).result()
            track = self._cache.track(md5)
        if track is None:
            raise MediaError(f"{paths[0]}: can't be read any more, and the cache has lost its sampled hashes")
        return track

    def _edges(self, distance: int) -> Edges:
        from tagcat_kernel.matching import pairs

        hashes = self.collection.hashes()
        return pairs(hashes.items, distance, self.collection.rejected())

    def _places(self) -> dict[str, tuple[str, float | None]]:
        """Return path and position of every image and frame by its key."""
        places: dict[str, tuple[str, float | None]] = {
            row["key"]: (row["path"], None) for row in self.collection.images()
        }
        places.update((row["key"], (row["path"], row["position"])) for row in self.collection.frames())
        return places

    def _located(self, keys: npt.NDArray[np.object_], **columns: npt.NDArray[Any]) -> "pd.DataFrame":
        """Return key, path, position and `columns`; what another process removed meanwhile is left out."""
        places = self._places()
        there = np.array([key in places for key in keys], dtype=bool)
        rows = [{"key": str(key), "path": places[key][0], "position": places[key][1]} for key in keys[there]]
        table = _table(rows, ["key", "path", "position"])
        for name, column in columns.items():
            table[name] = column[there]
        return table


_PAIR = ["a", "a_path", "a_position", "b", "b_path", "b_position", "distance"]


def _md5(key: str) -> str:
    """Return the MD5 in a video's key, or the MD5 that it already is."""
    return key.split(":")[1] if ":" in key else key


def _table(rows: Sequence[Mapping[str, object]], columns: list[str]) -> "pd.DataFrame":
    """Return rows as a DataFrame with exactly these columns, positions as float even when all are None."""
    import pandas as pd

    table = pd.DataFrame(rows, columns=columns)
    for column in ("position", "a_position", "b_position"):
        if column in table:
            table[column] = table[column].astype("float64")
    return table
