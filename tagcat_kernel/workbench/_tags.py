"""Tags: a person's own words on images, videos and moments of videos."""

import os
from typing import TYPE_CHECKING

import numpy as np

from tagcat_kernel.records import MediaError
from tagcat_kernel.workbench._items import Items, keys_of
from tagcat_kernel.workbench._pictures import Pictures
from tagcat_kernel.workbench._sharing import owner_only
from tagcat_kernel.workbench._tables import table

if TYPE_CHECKING:
    import pandas as pd


class Tags(Pictures):
    """The verbs that make tags and put them on items; each can be undone."""

    def tag(self, items: Items, name: str) -> int:
        """Put a tag on items; a new name makes a new tag.

        Parameters
        ----------
        items
            A key, a row or a DataFrame of `images()`, `videos()`, `frames()`, `matches()` (both items of
            each pair), or a list of such; also any moment of a video, by `item(path, position)`.
        name
            1 to 200 characters without control characters and blanks at the ends. In a collection that is
            shared with us, a tag that there is: only its owner makes tags.

        Returns
        -------
        int
            How many items got the tag that had it not.

        Raises
        ------
        ValueError
            If an item is not there, or the name can't be a tag's. Nothing is changed then.
        MediaError
            If a moment is no key frame and its video can't be read any more.
        """
        keys = keys_of(items)
        return self.collection.tag(keys, name, self._moments(keys))

    def untag(self, items: Items, name: str | None = None) -> int:
        """Take a tag, or with no name all tags, off items; return how often one was taken off.

        Raises
        ------
        ValueError
            If there is no such tag, or an item can't be this user's.
        """
        return self.collection.untag(keys_of(items), name)

    def tags(self) -> "pd.DataFrame":
        """Return the tags in the order of their names.

        Columns: name, colour (#rrggbb), parent (name, None under no other), images, videos, frames: how
        many hold it.
        """
        return table(self.collection.tags(), ["name", "colour", "parent", "images", "videos", "frames"])

    def tagged(self, name: str | None = None, *, below: bool = False) -> "pd.DataFrame":
        """Return what holds a tag, or every tag on every item.

        Parameters
        ----------
        name
            Of one tag; default: all.
        below
            Whether what holds a tag that lies under it counts, too.

        Returns
        -------
        DataFrame
            Columns tag, key, kind ("image", "video", "frame"), path, position (s, NaN for images and
            videos), key_frame (False for a moment that is none, or none any more).

        Raises
        ------
        ValueError
            If there is no such tag.
        """
        rows = self.collection.tagged()
        if name is not None:
            wanted = self._branch(name) if below else {name}
            if name not in {tag["name"] for tag in self.collection.tags()}:
                raise ValueError(f"there is no tag {name!r}")
            rows = [row for row in rows if row["tag"] in wanted]
        return table(rows, ["tag", "key", "kind", "path", "position", "key_frame"])

    def tags_together(self) -> "pd.DataFrame":
        """Return which two tags stand on the same items, the most frequent pair first.

        Columns: a, b (names, a before b), items (how many images, videos and moments hold both).
        """
        return table(self.collection.tags_together(), ["a", "b", "items"])

    @owner_only
    def add_tag(self, name: str, colour: str | None = None, parent: str | None = None) -> None:
        """Make a tag, also under another; ValueError where there is one of this name."""
        self.collection.add_tag(name, colour, parent)

    @owner_only
    def rename_tag(self, name: str, new: str) -> None:
        """Give a tag another name; ValueError where that is taken."""
        self.collection.rename_tag(name, new)

    @owner_only
    def colour_tag(self, name: str, colour: str) -> None:
        """Give a tag a colour, as #rrggbb."""
        self.collection.colour_tag(name, colour)

    @owner_only
    def move_tag(self, name: str, parent: str | None) -> None:
        """Put a tag under another, or under none; ValueError where that would make a ring."""
        self.collection.move_tag(name, parent)

    @owner_only
    def merge_tags(self, name: str, into: str) -> None:
        """Put `into` on all that holds `name`, and what lies under it there, too; then delete `name`."""
        self.collection.merge_tags(name, into)

    @owner_only
    def delete_tag(self, name: str) -> None:
        """Delete a tag; the tags under it move to where it was."""
        self.collection.delete_tag(name)

    def item(self, path: str | os.PathLike[str], position: float | None = None) -> str:
        """Return the key of a stored file's content, or of the moment that a video shows at a time.

        Parameters
        ----------
        path
            Of a file of the collection.
        position
            Seconds in a video; any time from its begin to its end.

        Raises
        ------
        ValueError
            If the file is not stored, or a time is given that it does not have.
        MediaError
            If the video's sampled hashes are lost and it can't be read any more.
        """
        from tagcat_kernel.graph.keys import frame_key

        files = self.collection.files()
        name = os.fspath(path)
        file = files.get(name) or files.get(os.path.abspath(os.path.expanduser(name)))  # noqa: PTH100, PTH111
        if file is None:
            raise ValueError(f"{name}: there is no such file in the collection of {self.owner}")
        if position is None:
            return f"{self.owner}:{file.md5}"
        track = self._track(file.md5) if file.kind == "video" else None
        if track is None or not 0 <= position <= track.duration + 0.04:
            raise ValueError(f"{name} has no moment at {position} s")
        sample = int(np.searchsorted(track.positions, position, side="right")) - 1
        return frame_key(self.owner, file.md5, max(0, sample))

    def _moments(self, keys: list[str]) -> dict[str, tuple[int, float]]:
        """Return hash and position of those moments that the graph has no node of."""
        from tagcat_kernel.graph.keys import is_frame, md5_of, sample_of

        frames = [key for key in keys if is_frame(key) and key.startswith(f"{self.owner}:")]
        known = self.collection.places(frames)
        found = {}
        for key in frames:
            if key not in known:
                try:
                    track, sample = self._track(md5_of(key)), sample_of(key)
                except (MediaError, ValueError):
                    continue  # said by the collection, which knows all that is there
                if 0 <= sample < len(track.hashes):
                    found[key] = (int(track.hashes[sample]), float(track.positions[sample]))
        return found

    def _branch(self, name: str) -> set[str]:
        parents = {tag["name"]: tag["parent"] for tag in self.collection.tags()}
        found = {name}
        while more := {tag for tag, parent in parents.items() if parent in found} - found:
            found |= more
        return found
