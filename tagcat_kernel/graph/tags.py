"""The tags of a collection: what they are and where they stand, and what a person changes of them.

Each change is one transaction under the lock, and one in the history; `tagging` does its work.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from tagcat_kernel.graph.history import note
from tagcat_kernel.graph.keys import KINDS, md5_of
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.store import lock
from tagcat_kernel.graph.tagging import Tagging
from tagcat_kernel.graph.views import Views

T = TypeVar("T")


class Tags(Views):
    """The part of a collection that shows its tags, makes them and puts them on items."""

    def tags(self) -> list[dict[str, Any]]:
        """Return the tags in the order of their names.

        Rows: name, colour (#rrggbb), parent (name, None under no other), images, videos, frames (moments
        too): how many hold it.
        """

        def work(unit: Unit) -> tuple[list[Row], dict[str, list[str]]]:
            found = unit.run("tags", user=self.user)
            kinds = ("images", "videos", "frames")
            return found, {kind: unit.columns(f"tagged_{kind}", user=self.user)["tags"] for kind in kinds}

        found, held = self.graph.reading(work)
        numbers = {kind: Counter(names) for kind, names in held.items()}
        return [
            row | {kind: numbers[kind][row["name"]] for kind in numbers}
            for row in sorted(found, key=lambda row: row["name"])
        ]

    def tagged(self) -> list[dict[str, Any]]:
        """Return every tag on every item, by tag, then path and time.

        Rows: tag, key, kind ("image", "video" or "frame"), path, position (s, None for images and
        videos), key_frame (False: a moment that is none, or none any more).
        """

        def work(unit: Unit) -> dict[str, Row]:
            kinds = ("image", "video", "frame")
            return {kind: unit.columns(f"tagged_{kind}s", user=self.user) for kind in kinds}

        found = self.graph.reading(work)
        places = {kind: self._holders(kind) for kind in KINDS}
        rows = []
        for kind, row in found.items():
            absent = [None] * len(row["keys"])
            moments = zip(row.get("positions", absent), row.get("deleted", absent), strict=True)
            for key, tag, (position, deleted) in zip(row["keys"], row["tags"], moments, strict=True):
                files = places["image" if kind == "image" else "video"].get(md5_of(key))
                if files:  # a writer may come between two reads
                    rows.append(
                        {"tag": tag, "key": key, "kind": kind, "path": files[0].path, "position": position}
                        | {"key_frame": kind == "frame" and not deleted}
                    )
        return sorted(rows, key=lambda row: (row["tag"], os.fsencode(row["path"]), row["position"] or -1.0))

    def tags_together(self) -> list[dict[str, Any]]:
        """Return which two tags stand on the same items, the most frequent first, then by name.

        Rows: a, b (names, a before b), items (images, videos and moments that hold both).
        """
        found = self.graph.reading(lambda unit: unit.columns("tags_together", user=self.user))
        rows = [
            {"a": min(a, b), "b": max(a, b), "items": items}
            for a, b, items in zip(found["a"], found["b"], found["items"], strict=True)
        ]
        return sorted(rows, key=lambda row: (-row["items"], row["a"], row["b"]))

    def tag(
        self, keys: Iterable[str], name: str, moments: Mapping[str, tuple[int, float]] | None = None
    ) -> int:
        """Put a tag, which is made where it is new, on items that lack it; return on how many.

        Parameters
        ----------
        keys
            Of images, videos and moments of videos.
        name
            Of the tag: 1 to 200 characters without control characters and blanks at the ends.
        moments
            Hash and position (s) by key of moments that may be no key frames.

        Raises
        ------
        NotStorableError
            If the name can't be a tag's. Nothing is changed then.
        ValueError
            If an item is not there. Nothing is changed then.
        GraphError
            If the graph can't do it.
        """
        wanted = self._own(keys)

        def work(tags: Tagging) -> int:
            if name not in tags.tags:
                if tags.unit.by:  # the words are the owner's: a member tags with those there are
                    raise ValueError(f"{self.user} has no tag {name!r}, and only {self.user} can make one")
                tags.create(name)
            return tags.put(name, wanted, moments)

        return self._tags("tag", work, lambda number: f"tagged {_items(number)} {name!r}")

    def untag(self, keys: Iterable[str], name: str | None = None) -> int:
        """Take a tag, or all tags, off items; return how often one was taken off.

        Raises
        ------
        ValueError
            If there is no such tag, or an item can't be this user's.
        GraphError
            If the graph can't do it.
        """
        wanted = self._own(keys)

        def work(tags: Tagging) -> int:
            return sum(tags.take(one, wanted) for one in (list(tags.tags) if name is None else [name]))

        what = "all tags" if name is None else f"the tag {name!r}"
        return self._tags("untag", work, f"took {what} off {_items(len(wanted))}")

    def add_tag(self, name: str, colour: str | None = None, parent: str | None = None) -> None:
        """Make a tag; ValueError where there is one of this name, or no such parent."""
        self._tags("tags", lambda tags: tags.create(name, colour, parent), f"made the tag {name!r}")

    def rename_tag(self, name: str, new: str) -> None:
        """Give a tag another name; ValueError where that is taken."""
        self._tags("tags", lambda tags: tags.rename(name, new), f"renamed the tag {name!r} to {new!r}")

    def colour_tag(self, name: str, colour: str) -> None:
        """Give a tag a colour, as #rrggbb."""
        self._tags("tags", lambda tags: tags.colour(name, colour), f"coloured the tag {name!r} {colour}")

    def move_tag(self, name: str, parent: str | None) -> None:
        """Put a tag under another, or under none; ValueError where that would make a ring."""
        where = f"under {parent!r}" if parent is not None else "under no other"
        self._tags("tags", lambda tags: tags.move(name, parent), f"put the tag {name!r} {where}")

    def merge_tags(self, name: str, into: str) -> None:
        """Put `into` on all that holds `name`, then delete `name`."""
        self._tags("tags", lambda tags: tags.merge(name, into), f"merged the tag {name!r} into {into!r}")

    def delete_tag(self, name: str) -> None:
        """Delete a tag; the tags under it move to where it was."""
        self._tags("tags", lambda tags: tags.delete(name), f"deleted the tag {name!r}")

    def _tags(self, what: str, work: Callable[[Tagging], T], told: str | Callable[[T], str]) -> T:
        def transaction(unit: Unit) -> T:
            lock(unit, self.user)
            tags = Tagging(unit, self.user)
            answer = work(tags)
            line = told if isinstance(told, str) else told(answer)
            note(unit, self.user, what, line, tags.steps)
            return answer

        return self.graph.transaction(transaction)

    def _own(self, keys: Iterable[str]) -> list[str]:
        wanted = list(dict.fromkeys(keys))
        for key in wanted:
            if not key.startswith(f"{self.user}:"):
                raise ValueError(f"{key!a} is no image, video or moment of {self.user}")
        return wanted


def _items(number: int) -> str:
    return f"{number:,} item" + ("s" if number != 1 else "")
