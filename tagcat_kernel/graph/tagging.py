"""Tags inside one transaction that holds the user's lock, with the steps that undo what is done.

A tag is a name with a colour that may lie under another tag; its key is a digest of its name, so that the
graph itself refuses two of one name. Items are images, videos and moments of videos. A moment that is no
key frame gets a node of its own, marked deleted: it has no part in matching and keeps its tags.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.history import Step
from tagcat_kernel.graph.keys import bits, checked_tag, content_key, is_frame, md5_of, tag_key
from tagcat_kernel.graph.session import Unit

COLOURS = (
    *("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951"),
    *("#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0"),
)
"""What a tag without a chosen colour gets, by its name."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: `colour` as #rrggbb, `parent` the name of the tag that it lies under."""

    name: str
    colour: str
    parent: str | None = None


def checked_colour(colour: str) -> str:
    """Return a colour in small letters if it is one.

    Raises
    ------
    NotStorableError
        If it is not # and six hex digits.

    Examples
    --------
    >>> checked_colour("#FF8AB7")
    '#ff8ab7'
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise NotStorableError(f"{colour[:60]!a} is no colour: give # and six hex digits, such as #ff8ab7")
    return colour.lower()


def colour_of(name: str) -> str:
    """Return the colour of a tag for which none was chosen.

    Examples
    --------
    >>> colour_of("cats") in COLOURS
    True
    """
    return COLOURS[hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % len(COLOURS)]


class Tagging:
    """The tags of a user in an open transaction; `steps` say how to undo what was done."""

    def __init__(self, unit: Unit, user: str) -> None:
        self.unit = unit
        self.user = user
        self.steps: list[Step] = []
        self.tags = {row["name"]: Tag(**row) for row in unit.run("tags", user=user)}

    def known(self, name: str) -> Tag:
        """Return a tag.

        Raises
        ------
        ValueError
            If there is none of this name.
        """
        if name not in self.tags:
            raise ValueError(f"there is no tag {name!r}")
        return self.tags[name]

    def create(self, name: str, colour: str | None = None, parent: str | None = None) -> None:
        """Make a tag, which must be new."""
        checked_tag(name)
        if name in self.tags:
            raise ValueError(f"there is a tag {name!r} already")
        if parent is not None:
            self.known(parent)
        made = Tag(name, checked_colour(colour) if colour else colour_of(name))
        key = tag_key(self.user, name)
        self.unit.run("create_tag", user=self.user, tag=key, called=name, colour=made.colour)
        self.tags[name] = made
        self.steps.append({"do": "create", "tag": name})
        if parent is not None:
            self._put_under(name, parent)

    def colour(self, name: str, colour: str) -> None:
        """Give a tag a colour."""
        old, colour = self.known(name), checked_colour(colour)
        if old.colour != colour:
            self._set(name, replace(old, colour=colour))
            self.steps.append({"do": "colour", "tag": name, "before": old.colour, "after": colour})

    def rename(self, name: str, new: str) -> None:
        """Give a tag another name, which must be free."""
        old = self.known(name)
        if checked_tag(new) == name:
            return
        if new in self.tags:
            raise ValueError(f"there is a tag {new!r} already: merge the two, or choose another name")
        self._set(name, replace(old, name=new))
        self.steps.append({"do": "rename", "tag": name, "after": new})

    def move(self, name: str, parent: str | None) -> None:
        """Put a tag under another, or under none."""
        old = self.known(name)
        if parent == old.parent:
            return
        if parent is not None:
            self.known(parent)
            if name in self.line(parent):
                raise ValueError(f"{name!r} can't lie under {parent!r}, which is the same or lies under it")
        self._put_under(name, parent)
        self.steps.append({"do": "move", "tag": name, "before": old.parent, "after": parent})

    def delete(self, name: str) -> None:
        """Delete a tag; those under it move to where it was."""
        old = self.known(name)
        for child in [tag.name for tag in self.tags.values() if tag.parent == name]:
            self.move(child, old.parent)
        key = tag_key(self.user, name)
        keys = self.items(name)
        if keys:
            self.steps.append({"do": "taken", "tag": name, "keys": self._tails(keys)})
        self.unit.run("delete_tag", user=self.user, tag=key)
        del self.tags[name]
        facts = {"colour": old.colour, "parent": old.parent}
        self.steps.append({"do": "delete", "tag": name, **facts})

    def merge(self, name: str, into: str) -> None:
        """Put `into` on all that holds `name`, and what lay under it there, too; then delete `name`."""
        old = self.known(name)
        self.known(into)
        if name == into:
            raise ValueError(f"{name!r} can't be merged with itself")
        if name in self.line(into):
            self.move(into, old.parent)
        for child in [tag.name for tag in self.tags.values() if tag.parent == name]:
            self.move(child, into)
        shared = sorted(set(self.items(name)) - set(self.items(into)))
        tag, other = tag_key(self.user, name), tag_key(self.user, into)
        self.unit.run("share_tag", user=self.user, tag=tag, into=other)
        if shared:
            self.steps.append({"do": "put", "tag": into, "keys": self._tails(shared)})
        self.delete(name)

    def line(self, name: str | None) -> list[str]:
        """Return a tag and those that it lies under, the nearest first."""
        found: list[str] = []
        while name is not None and name not in found:  # a loop ends, should one have been written
            found.append(name)
            name = self.tags[name].parent if name in self.tags else None
        return found

    def items(self, name: str) -> list[str]:
        """Return the keys of all that holds a tag, deleted items too."""
        key = tag_key(self.user, name)
        return sorted(self.unit.columns("items_of_tag", user=self.user, tag=key)["keys"])

    def put(
        self,
        name: str,
        keys: Iterable[str],
        moments: Mapping[str, tuple[int, float]] | None = None,
        *,
        missing: list[str] | None = None,
    ) -> int:
        """Put a tag on items that lack it, and return on how many.

        Parameters
        ----------
        name
            Of a tag that is there.
        keys
            Of images, videos and moments.
        moments
            Hash and position (s) of moments that may have no node yet.
        missing
            Takes the keys of items that are not there; without it they are an error. With it deleted
            items are there, too: an undo may bring them back.

        Raises
        ------
        ValueError
            If an item is not there. Nothing may be kept of the transaction then.
        """
        self.known(name)
        wanted = sorted(set(keys) - set(self.items(name)))
        contents = [key for key in wanted if not is_frame(key)]
        frames = [key for key in wanted if is_frame(key)]
        there = self._there if missing is None else self._stored
        images = there("images", contents)
        videos = there("videos", [key for key in contents if key not in images])
        known = there("frames", frames)
        new = self.create_moments([key for key in frames if key not in known], moments or {})
        lost = [key for key in wanted if key not in images | videos | known | new]
        if lost and missing is None:
            raise ValueError(f"{lost[0]!a} is no image, video or moment of {self.user}")
        if missing is not None:
            missing += lost
        tag = tag_key(self.user, name)
        for kind, found in (("images", images), ("videos", videos), ("frames", known | new)):
            self.unit.each(f"tag_{kind}", sorted(found), user=self.user, tag=tag)
        put = sorted(images | videos | known | new)
        if put:
            self.steps.append({"do": "put", "tag": name, "keys": self._tails(put)})
        return len(put)

    def take(self, name: str, keys: Iterable[str]) -> int:
        """Take a tag off items, and return off how many."""
        self.known(name)
        held = sorted(set(keys) & set(self.items(name)))
        tag = tag_key(self.user, name)
        contents = [key for key in held if not is_frame(key)]
        for kind, some in (("images", contents), ("videos", contents)):
            self.unit.each(f"untag_{kind}", some, user=self.user, tag=tag)
        self.unit.each("untag_frames", [key for key in held if is_frame(key)], user=self.user, tag=tag)
        if held:
            self.steps.append({"do": "taken", "tag": name, "keys": self._tails(held)})
        return len(held)

    def create_moments(self, keys: Iterable[str], moments: Mapping[str, tuple[int, float]]) -> set[str]:
        """Give moments of live videos that have no node one, and return which have one now.

        `moments` tells hash and position (s) by key; keys that it does not know are left out.
        """
        asked = {key: content_key(self.user, md5_of(key)) for key in keys if key in moments}
        videos = self._there("videos", sorted(set(asked.values())))
        rows = [
            {"key": key, "video": video, "pos": float(moments[key][1]), "dhash": bits(moments[key][0])}
            for key, video in asked.items()
            if video in videos
        ]
        self.unit.each("create_moments", rows, user=self.user)
        return {str(row["key"]) for row in rows}

    def _there(self, kind: str, keys: list[str]) -> set[str]:
        return {row["key"] for row in self.unit.each(f"places_of_{kind}", keys, user=self.user)}

    def _stored(self, kind: str, keys: list[str]) -> set[str]:
        if kind != "frames":
            return {row["key"] for row in self.unit.each(f"known_{kind}", keys, user=self.user)}
        videos = sorted({content_key(self.user, md5_of(key)) for key in keys})
        rows = self.unit.each("known_frames", videos, user=self.user)
        return {key for row in rows for key in row["keys"]} & set(keys)

    def _set(self, name: str, tag: Tag) -> None:
        old, new = tag_key(self.user, name), tag_key(self.user, tag.name)
        self.unit.run("set_tag", user=self.user, tag=old, key=new, called=tag.name, colour=tag.colour)
        del self.tags[name]
        self.tags = {
            other: replace(one, parent=tag.name) if one.parent == name else one
            for other, one in self.tags.items()
        } | {tag.name: tag}

    def _put_under(self, name: str, parent: str | None) -> None:
        key = tag_key(self.user, name)
        self.unit.run("free_tag", user=self.user, tag=key)
        if parent is not None:
            self.unit.run("put_tag_under", user=self.user, tag=key, parent=tag_key(self.user, parent))
        self.tags[name] = replace(self.tags[name], parent=parent)

    def _tails(self, keys: Iterable[str]) -> list[str]:
        return [key.removeprefix(f"{self.user}:") for key in keys]
