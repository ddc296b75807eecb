"""What looks alike: stored pairs, pairs at another distance, groups, answers to a picture."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import Edges
from tagcat_kernel.matching import SLIDER
from tagcat_kernel.orientations import ORIENTATIONS, Orientations, all_orientations
from tagcat_kernel.workbench._items import Items, keys_of
from tagcat_kernel.workbench._pictures import Pictures
from tagcat_kernel.workbench._sharing import owner_only
from tagcat_kernel.workbench._tables import PAIR, ends, table

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.chance import Chance


class Alike(Pictures):
    """The verbs that find what looks alike."""

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
        stored = table(self.collection.matches(), PAIR)
        if max_distance is not None:
            stored = stored[stored["distance"] <= max_distance]
        return stored.sort_values(["distance", "a", "b"], ignore_index=True)

    def pairs(
        self,
        distance: int,
        *,
        engine: str = "kernel",
        orientations: Orientations = "as is",
        progress: bool = True,
    ) -> "pd.DataFrame":
        """Return the pairs at any distance, found now and not read from the graph; columns as `matches`.

        Parameters
        ----------
        distance
            Largest distance in bits, 0 to 64.
        engine
            "kernel" joins here. "graph" lets the database compare every pair, as the first TagCat did: the
            same pairs (of more than 64 equal hashes each one, where the kernel gives a star), for small
            collections only.
        orientations
            "all" also pairs a picture with its mirrored and turned copies. Their hashes are taken from
            thumbnails; one that the cache lacks is drawn, which takes a decode of its file. What has none
            (on a person's device, or gone) is paired as it is.
        progress
            Whether to show a progress bar while thumbnails are read.

        Returns
        -------
        DataFrame
            With all orientations also a column `orientation`: what b is of a, in the words of
            `tagcat_kernel.orientations.ORIENTATIONS`, such as "mirrored" or "turned 90°".

        Raises
        ------
        ValueError
            If `distance` is outside 0 to 64, there is no such engine or orientation, or the graph is asked
            for all orientations: it knows none but the first.
        """
        if engine not in ("kernel", "graph"):
            raise ValueError(f'engine must be "kernel" or "graph", not {engine!r}')
        every = all_orientations(orientations)
        if every and engine == "graph":
            raise ValueError('engine="graph" knows pictures as they are only')
        ways = None
        if every:
            found, ways = self._oriented_edges(distance, progress)
        else:
            found = self._edges(distance) if engine == "kernel" else self._edges_of_the_graph(distance)
        places = self.collection.all_places()
        rows = [
            ends(a, b, places)
            | {"distance": int(bits)}
            | ({} if ways is None else {"orientation": ORIENTATIONS[ways[number]]})
            for number, (a, b, bits) in enumerate(zip(found.a, found.b, found.distance, strict=True))
            if a in places and b in places  # another process may have removed one in between
        ]
        return table(rows, [*PAIR, "orientation"] if every else PAIR)

    def verdicts(self) -> "pd.DataFrame":
        """Return the pairs that a person judged, whatever their distance; closest first.

        Returns
        -------
        DataFrame
            Columns as `matches`, and `verdict`: "a match" (`confirm`) or "not a match" (`reject`). Pairs
            with a moment that is no key frame any more are left out until it is one again.
        """
        from tagcat_kernel.graph.marks import VERDICTS

        said = dict.fromkeys(self.collection.rejected(), VERDICTS["reject"])
        said |= dict.fromkeys(self.collection.confirmed(), VERDICTS["confirm"])
        if not said:  # no need to read every hash and place
            return table([], [*PAIR, "verdict"])
        columns, places = self.collection.hashes(), self.collection.all_places()
        hashes = dict(zip(columns.keys, columns.hashes.tolist(), strict=True))
        rows = [
            ends(a, b, places) | {"distance": (hashes[a] ^ hashes[b]).bit_count(), "verdict": verdict}
            for (a, b), verdict in said.items()
            if a in places and b in places and a in hashes and b in hashes
        ]
        found = table(rows, [*PAIR, "verdict"])
        return found.sort_values(["distance", "a", "b"], ignore_index=True)

    def distance_counts(self, up_to: int = SLIDER) -> list[int]:
        """Return how many pairs lie at each distance 0 … `up_to`, from the join."""
        from tagcat_kernel.matching import distance_counts

        return distance_counts(self._edges(up_to), up_to)

    def chance(self, up_to: int = SLIDER) -> "Chance":
        """Estimate how many pairs within each distance 0 … `up_to` are chance, from random unlike pairs.

        `tagcat_kernel.chance` tells how; `.words()` gives the numbers as they may be said.
        """
        from tagcat_kernel.chance import chance

        return chance(self.collection.hashes().items, self.settings.max_distance, up_to)

    def groups(self, distance: int) -> "pd.DataFrame":
        """Return what hangs together at a distance, the largest group first.

        Columns: group (from 0), size, key, path, position (s, NaN for images).
        """
        from tagcat_kernel.groups import groups

        found = groups(self._edges(distance))
        located = self._located(found.keys, group=found.group)
        located["size"] = located.groupby("group")["group"].transform("size")
        return located[["group", "size", "key", "path", "position"]]

    def find(
        self,
        path: "str | os.PathLike[str] | npt.NDArray[np.uint64]",
        distance: int | None = None,
        *,
        plain: bool = False,
        orientations: Orientations = "as is",
    ) -> "pd.DataFrame":
        """Return where a picture, or a piece of a clip, is in the collection; closest first.

        Parameters
        ----------
        path
            An image or video file, which need not be in the collection; or the hashes of one, uint64[q], as
            another program made them: of an image its one, of a video those of its key frames.
        distance
            Largest distance in bits; default: the user's `max_distance`.
        plain
            Whether plain pictures (black, flat, gradient) ask and answer, too.
        orientations
            "all" also finds what is a mirrored or turned copy; the file is decoded once.

        Returns
        -------
        DataFrame
            Columns key, path, position (s, NaN for images), distance (bits); with all orientations also
            `orientation`: what the item is of the file, in the words of
            `tagcat_kernel.orientations.ORIENTATIONS`, such as "mirrored" or "turned 90°". Where hashes ask,
            also `question`: the index of the nearest of them.

        Raises
        ------
        MediaError
            If the file can't be read.
        ValueError
            If `orientations` is neither "as is" nor "all", or hashes ask for all: they are of the picture as
            it is.
        """
        from tagcat_kernel.search import answers, question

        settings = self.settings
        if isinstance(path, np.ndarray):
            if all_orientations(orientations) or path.ndim != 1:
                raise ValueError("give uint64[q], which is found as it is only")
            asked = path.astype(np.uint64, copy=False)
        else:
            asked = question(path, settings.key_frame_distance, orientations=orientations)
        hashes = self.collection.hashes()
        reach = settings.max_distance if distance is None else distance
        found = answers(asked, hashes.hashes, reach, plain=plain)
        keys = np.asarray(hashes.keys, dtype=object)[found.index]
        told: dict[str, npt.NDArray[Any]] = {"distance": found.distance.astype(np.int64)}
        if all_orientations(orientations):
            told["orientation"] = np.array(ORIENTATIONS, dtype=object)[found.orientation]
        if isinstance(path, np.ndarray):
            told["question"] = found.question
        return self._located(keys, **told)

    @owner_only
    def match(self) -> "pd.DataFrame":
        """Compute all matches anew from the hashes, store what differs, and return them as `matches()`.

        `ingest` matches what it stores, so this changes nothing unless the graph was repaired.
        """
        self.collection.match()
        return self.matches()

    def neighbourhood(self, item: Items, hops: int = 1, *, limit: int = 1000) -> "pd.DataFrame":
        """Return the pairs that lie around an item, the nearest first; rejected ones lead nowhere.

        Parameters
        ----------
        item
            An image or key frame: its key, or a row with a key.
        hops
            Over how many matches in a row, at least 1.
        limit
            Items at most, those of the fewest hops first.

        Returns
        -------
        DataFrame
            Columns a, a_path, a_position (s, NaN for images), b, b_path, b_position, distance (bits) and
            hop: over how many matches the farther of the two is reached.

        Raises
        ------
        ValueError
            If the item is none of this user's, or `hops` or `limit` is below 1.
        """
        keys = keys_of(item)
        if len(keys) != 1:
            raise ValueError(f"give one item, not {len(keys)}")
        found = self.collection.neighbourhood(keys[0], hops, limit=limit)
        reached = dict(zip(found.keys, found.hops.tolist(), strict=True))
        places = self.collection.places(found.keys)
        rows = [
            ends(a, b, places) | {"distance": int(bits), "hop": max(reached[a], reached[b])}
            for a, b, bits in zip(found.edges.a, found.edges.b, found.edges.distance, strict=True)
            if a in places and b in places  # another process may have removed one in between
        ]
        around = table(rows, [*PAIR, "hop"])
        return around.sort_values(["hop", "distance", "a", "b"], ignore_index=True)

    def _edges(self, distance: int) -> Edges:
        from tagcat_kernel.matching import pairs

        hashes = self.collection.hashes()
        return pairs(hashes.items, distance, self.collection.rejected())

    def _oriented_edges(self, distance: int, progress: bool) -> tuple[Edges, npt.NDArray[np.uint8]]:
        from tqdm.auto import tqdm

        from tagcat_kernel.matching import oriented_pairs
        from tagcat_kernel.search import oriented_of_thumbnail

        items = self.collection.hashes().items
        bar = tqdm(items.keys, desc="turn", unit="picture", disable=not progress, dynamic_ncols=True)
        oriented = np.empty((len(items), 8), np.uint64)
        for row, (key, dhash) in enumerate(zip(bar, items.hashes.tolist(), strict=True)):
            oriented[row] = oriented_of_thumbnail(dhash, self._picture_of(key))
        return oriented_pairs(items, oriented, distance, self.collection.rejected())

    def _picture_of(self, key: str) -> bytes | None:
        """Return the thumbnail of an image or key frame, drawn where the cache has none."""
        _, md5, *rest = key.split(":")
        cached = self._cache.thumbnail(md5, int(rest[0]) if rest else None)
        return self.thumbnail(key) if cached is None else cached

    def _edges_of_the_graph(self, distance: int) -> Edges:
        from tagcat_kernel.graph.in_database import match_in_database
        from tagcat_kernel.matching import closest_first

        found = match_in_database(self.collection.graph, self.owner, distance)
        return closest_first(found, self.collection.rejected())
