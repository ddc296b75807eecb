"""Marks, removed files, and the undo of what was done by hand."""

import os
from typing import TYPE_CHECKING, Any

from tagcat_kernel.workbench._items import Items, keys_of, pairs_of
from tagcat_kernel.workbench._sharing import owner_only
from tagcat_kernel.workbench._tables import table
from tagcat_kernel.workbench._tags import Tags

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.graph.by_hand import Removed
    from tagcat_kernel.graph.history import Undone


class Hand(Tags):
    """The verbs by which a person corrects the collection; each can be undone."""

    @owner_only
    def reject(self, a: Items, b: Items = None) -> int:
        """Mark pairs as "not a match": no view shows them again until `unreject` or `confirm`.

        Parameters
        ----------
        a, b
            Two items (keys, or rows with a key); or, without `b`, rows or a DataFrame of `matches()`.

        Returns
        -------
        int
            How many pairs were not marked before.

        Raises
        ------
        ValueError
            If an item is no image or key frame of this user. Nothing is changed then.
        """
        return self.collection.reject_pairs(_pairs(a, b))

    @owner_only
    def unreject(self, a: Items, b: Items = None) -> int:
        """Take "not a match" marks back, and return how many; items as in `reject`."""
        return self.collection.unreject_pairs(_pairs(a, b))

    @owner_only
    def confirm(self, a: Items, b: Items = None) -> int:
        """Mark pairs as a match, so that the review asks for them no more; views show them as before.

        The mark outlives a change of settings, also where the pair is farther than `max_distance` then.
        A pair that was rejected is not any more.

        Parameters
        ----------
        a, b
            As in `reject`.

        Returns
        -------
        int
            How many pairs were not marked so before.

        Raises
        ------
        ValueError
            If an item is no image or key frame of this user. Nothing is changed then.
        """
        return self.collection.confirm_pairs(_pairs(a, b))

    @owner_only
    def unconfirm(self, a: Items, b: Items = None) -> int:
        """Take "a match" marks back, and return how many; items as in `reject`."""
        return self.collection.unconfirm_pairs(_pairs(a, b))

    @owner_only
    def remove(self, items: Items) -> "Removed":
        """Take files out of the collection; nothing on the disk is touched.

        A content goes with its last file, with its key frames and matches, until an undo. `collect`
        removes for good what no undo brings back any more.

        Parameters
        ----------
        items
            Paths of stored files or folders that hold some; or images and videos, with all their files:
            keys, rows, a DataFrame of `images()` or `videos()`, or a list of all these.

        Returns
        -------
        Removed
            The numbers of `files`, `images` and `videos` that went.

        Raises
        ------
        ValueError
            If something is not stored, or is a moment of a video. Nothing is changed then.
        """
        return self.collection.remove(self._paths_of(items))

    @owner_only
    def collect(self, *, everything: bool = False) -> int:
        """Remove for good what was removed and no undo can bring back; return how many nodes went.

        With `everything` also what an undo could still bring back. The thumbnails that devices sent of
        what is gone go, too.
        """
        from tagcat_kernel.graph.collecting import gone
        from tagcat_kernel.media.sent import SentThumbnails

        number = self.collection.collect(everything=everything)
        sent = SentThumbnails(self.owner)
        here = sent.stored()  # first: one that comes now comes after its content, and is not looked at
        for md5 in self.collection.graph.reading(lambda unit: gone(unit, self.owner, here)):
            sent.remove(md5)
        return number

    def changes(self) -> "pd.DataFrame":
        """Return the last changes by hand, the newest first.

        Columns: number, made (UTC), what (one word), told (a line for a person), undone, by (who made it:
        the owner, or a member with whom the collection is shared for tagging).
        """
        import pandas as pd

        rows: list[dict[str, Any]] = [
            {"number": one.number, "made": one.made, "what": one.what, "told": one.told, "undone": one.undone}
            | {"by": one.by or self.owner}
            for one in self.collection.history()
        ]
        found = table(rows, ["number", "made", "what", "told", "undone", "by"])
        found["made"] = pd.to_datetime(found["made"], unit="s", utc=True)
        return found

    def undo(self, number: int | None = None) -> "Undone":
        """Undo a change to tags, marks or files; default: one's own newest that is not undone.

        In a collection that is shared with us, only our own changes.

        Parameters
        ----------
        number
            As in `changes()`.

        Returns
        -------
        Undone
            `told` says what was undone, `skipped` what could not be set back, because something else
            changed it since.

        Raises
        ------
        ValueError
            If there is nothing to undo, or no such change.
        """
        undone = self.collection.undo(number)
        if undone.videos:  # the settings may be others since they went
            from tagcat_kernel.settings import choose_again

            choose_again(self.collection, undone.videos)
        return undone

    def _paths_of(self, items: Items) -> list[str]:
        files = self.collection.files()
        found: dict[str, None] = {}
        for one in keys_of(items):
            path = os.path.abspath(os.path.expanduser(one))  # noqa: PTH100, PTH111
            inside = os.path.join(path, "")  # noqa: PTH118
            if one in files:
                paths = [one]
            elif one.startswith(f"{self.owner}:"):
                paths = [path for path, file in files.items() if one == f"{self.owner}:{file.md5}"]
            elif path in files:
                paths = [path]
            else:
                paths = [stored for stored in files if stored.startswith(inside)]
            if not paths:
                raise ValueError(
                    f"{one}: there is no such file, image or video in the collection of {self.owner}"
                )
            found.update(dict.fromkeys(paths))
        return list(found)


def _pairs(a: Items, b: Items) -> list[tuple[str, str]]:
    if b is None:
        return pairs_of(a)
    one, two = keys_of(a), keys_of(b)
    if len(one) != 1 or len(two) != 1:
        raise ValueError(f"give two single items, not {len(one)} and {len(two)}; or rows of matches()")
    return [(one[0], two[0])]
