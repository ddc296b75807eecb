"""What lies near to what, as it is stored: the matches of a user, what a person judged of them, and groups.

The graph keeps the matches that follow from the hashes, whatever a person said; a pair that was marked as
no match is left out here, wherever pairs are shown or walked over.
"""

from typing import Any

from tagcat_kernel.graph.keys import KINDS, is_frame
from tagcat_kernel.graph.marks import marked
from tagcat_kernel.graph.neighbours import Neighbourhood, links, neighbourhood
from tagcat_kernel.graph.views import Views
from tagcat_kernel.groups import Groups, groups


class Matches(Views):
    """The part of a collection that shows its stored pairs."""

    def matches(self) -> list[dict[str, Any]]:
        """Return the stored pairs without those that were rejected, closest first, then by key.

        Rows: a, a_path, a_position, b, b_path, b_position, distance; a and b are keys, a < b; positions in
        seconds, None for images; distance in bits.
        """
        row = self.graph.reading(lambda unit: unit.columns("matches", user=self.user))
        rejected = self.rejected()
        hashes = self.hashes()
        names = {kind: self._holders(kind) for kind in KINDS}
        places: dict[str, tuple[str, float | None]] = {}
        for key, md5, position in zip(hashes.keys, hashes.md5s, hashes.positions.tolist(), strict=True):
            frame = is_frame(key)
            if files := names["video" if frame else "image"].get(md5):
                places[key] = (files[0].path, position if frame else None)
        pairs = sorted(zip(row["distances"], row["a"], row["b"], strict=True))
        return [
            {"a": a, "a_path": places[a][0], "a_position": places[a][1]}
            | {"b": b, "b_path": places[b][0], "b_position": places[b][1], "distance": distance}
            for distance, a, b in pairs
            if (a, b) not in rejected and a in places and b in places
        ]

    def rejected(self) -> set[tuple[str, str]]:
        """Return the pairs (smaller key, larger key) that were marked as no match."""
        return self.graph.reading(lambda unit: marked(unit, self.user))

    def confirmed(self) -> set[tuple[str, str]]:
        """Return the pairs (smaller key, larger key) that were marked as a match."""
        return self.graph.reading(lambda unit: marked(unit, self.user, "confirm"))

    def neighbourhood(
        self, key: str, hops: int = 2, max_distance: int = 64, *, limit: int = 1000
    ) -> Neighbourhood:
        """Return an item with all that stored matches reach from it; rejected pairs lead nowhere.

        Parameters
        ----------
        key
            Of an image or key frame of this user.
        hops
            Over how many matches in a row, at least 1.
        max_distance
            Matches that are farther lead nowhere, either, in bits; default: all that are stored count.
        limit
            Items at most, those of the fewest hops first: a star of black borders has thousands.

        Raises
        ------
        ValueError
            If the key is none of this user's, or `hops` or `limit` is below 1.
        GraphError
            If the graph can't answer.
        """
        if hops < 1 or limit < 1:
            raise ValueError(f"hops and limit must be at least 1, not {hops} and {limit}")
        found = None
        if key.startswith(f"{self.user}:"):
            asked = {"hops": hops, "max_distance": max_distance, "limit": limit}
            found = self.graph.reading(lambda unit: neighbourhood(unit, self.user, key, **asked))
        if found is None:
            raise ValueError(f"{key!a} is no image or key frame of {self.user}")
        return found

    def components(self) -> Groups:
        """Return what the stored matches hold together, rejected pairs left out; the largest group first.

        Raises
        ------
        GraphError
            If the graph can't answer.
        """
        return groups(self.graph.reading(lambda unit: links(unit, self.user)))
