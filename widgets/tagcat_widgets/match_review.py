"""Pairs and groups that look alike, side by side, to be looked through one after the other.

The front end (`match_review.ts`) shows a list and, large, what is in question: side by side, one over the
other, or what differs between the pixels, with the distance and the bits that differ. What a person says
reaches Python as a message; `_judging.py` tells what becomes of it.

A person is asked for each pair once: those that were judged before are a list of their own, in which a
verdict can be changed or taken back.

Keys: ← and → go on (past what has its verdict), ↑ and ↓ move in the list; M is a match, N is "not a match",
L and R keep the left or the right one, T puts a tag on both, U undoes; D shows another view, ? all keys.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._items import shown
from tagcat_widgets._judging import Judging
from tagcat_widgets._review_rows import (
    Group,
    Pair,
    Word,
    group,
    group_keys,
    judged,
    pair,
    pair_keys,
    place,
    word,
)
from tagcat_widgets._thumbnails import Source, ThumbnailDesk

ALLOWED = {
    "owner": frozenset({"reject", "match", "keep", "tag", "undo"}),
    "tagging": frozenset({"tag", "undo"}),
    "reading": frozenset[str](),
}
"""Which messages of the front end are heard, by what one may do in the collection (`Workbench.access`)."""


class MatchReview(Judging):
    """A review of matches, as pairs or as groups.

    Parameters
    ----------
    pairs
        Rows `{"a": item, "b": item, "distance": bits}`; an item is a row as `Gallery` takes it, and with a
        `dhash` the bits that differ are shown.
    judged
        Such rows with a `verdict`, "a match" or "not a match", that was given before.
    groups
        Rows `{"title": text, "items": [item, …]}`.
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys that are shown.
    mode
        "pairs", "groups" or "judged".
    maximum
        The distance in bits that fills the bar.
    height
        Height in pixels.
    empty
        What is said where there is nothing to review.

    Raises
    ------
    traitlets.TraitError
        If a row lacks what it needs.

    Examples
    --------
    >>> a, b = {"key": "ada:00", "name": "cat.jpg"}, {"key": "ada:01", "name": "cat (1).jpg"}
    >>> review = MatchReview([{"a": a, "b": b, "distance": 3}])
    >>> review.on_reject(lambda a, b: print("not a match:", a, b))
    >>> review.reject("ada:00", "ada:01")
    not a match: ada:00 ada:01
    >>> review.rejected
    [['ada:00', 'ada:01']]
    >>> review.undo()
    >>> review.rejected
    []
    >>> review.keep("ada:00", ["ada:01"])
    >>> review.removed, review.told
    (['ada:01'], 'cat (1).jpg left the collection; its file stays where it is')
    """

    _esm = bundle("match_review.js")
    _css = bundle("match_review.css")
    _from_browser = frozenset({"mode", "index", "group_index", "judged_index"})

    mode = traitlets.Enum(["pairs", "groups", "judged"], "pairs", help="Which of them is shown.").tag(
        sync=True
    )
    index = traitlets.Int(0, min=0, help="The pair in question.").tag(sync=True)
    group_index = traitlets.Int(0, min=0, help="The group in question.").tag(sync=True)
    judged_index = traitlets.Int(0, min=0, help="The judged pair in question.").tag(sync=True)
    tags: traitlets.List[Any] = traitlets.List(
        help="Tags that are offered: rows with `name` and, where known, `count`."
    ).tag(sync=True)
    maximum = traitlets.Int(16, min=1, max=64, help="The distance that fills the bar.").tag(sync=True)
    height = traitlets.Int(640, min=300, help="Height in px.").tag(sync=True)
    empty = traitlets.Unicode("Nothing to review.", help="What an empty review says.").tag(sync=True)
    access = traitlets.Enum(
        list(ALLOWED), "owner", help="What one may do in the collection, as `Workbench.access`."
    ).tag(sync=True)

    def __init__(
        self,
        pairs: Iterable[Mapping[str, Any]] = (),
        groups: Iterable[Mapping[str, Any]] = (),
        *,
        thumbnail: Source | None = None,
        judged: Iterable[Mapping[str, Any]] = (),
        mode: Literal["pairs", "groups", "judged"] = "pairs",
        maximum: int = 16,
        height: int = 640,
        empty: str = "Nothing to review.",
        **keywords: Any,
    ) -> None:
        self._desk = ThumbnailDesk(thumbnail, lambda: self._items, self.send)
        super().__init__(
            pairs=list(pairs),
            groups=list(groups),
            judged=list(judged),
            mode=mode,
            maximum=maximum,
            height=height,
            empty=empty,
            **keywords,
        )
        self.on_msg(self._heard)

    @property
    def pair(self) -> Pair | None:
        """The pair in question, or None where there is none."""
        return self.pairs[self.index] if self.index < len(self.pairs) else None

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if self._desk.heard(content) or not isinstance(content, dict):
            return
        if str(content.get("type")) not in ALLOWED[self.access]:
            return
        match content:
            case {"type": "reject", "a": str(a), "b": str(b)}:
                self.reject(a, b)
            case {"type": "match", "a": str(a), "b": str(b)}:
                self.match(a, b)
            case {"type": "keep", "kept": str(kept), "removed": [*removed]} if _texts(removed):
                self.keep(kept, removed)
            case {"type": "tag", "keys": [*keys], "name": str(name)} if _texts(keys):
                self.tag(keys, name)
            case {"type": "undo", "a": str(a), "b": str(b)}:
                self.undo(a, b)
            case {"type": "undo"} if len(content) == 1:
                self.undo()

    # ---- what is shown ------------------------------------------------------------------------------

    @traitlets.validate("pairs")
    def _check_pairs(self, proposal: Any) -> list[Pair]:
        return [pair(row) for row in proposal["value"]]

    @traitlets.validate("judged")
    def _check_judged(self, proposal: Any) -> list[Pair]:
        return [judged(row) for row in proposal["value"]]

    @traitlets.validate("groups")
    def _check_groups(self, proposal: Any) -> list[Group]:
        return [group(row) for row in proposal["value"]]

    @traitlets.validate("tags")
    def _check_tags(self, proposal: Any) -> list[Word]:
        return [word(row) for row in proposal["value"]]

    @traitlets.observe("pairs", "groups", "judged")
    def _stay(self, change: Any) -> None:
        """Keep what is in question in question if it is still there."""
        both = [one[side] for one in [*self.pairs, *self.judged] for side in ("a", "b")]
        members = [row for one in self.groups for row in one["items"]]
        self._items = {row["key"]: row for row in [*both, *members]}
        if change["name"] == "pairs":
            self.index = place(change["old"], change["new"], self.index, pair_keys)
        elif change["name"] == "groups":
            self.group_index = place(change["old"], change["new"], self.group_index, group_keys)
        else:
            self.taken = []

    @traitlets.validate("index", "group_index")
    def _check_index(self, proposal: Any) -> int:
        rows = self.pairs if proposal["trait"].name == "index" else self.groups
        return max(0, min(int(proposal["value"]), len(rows) - 1))

    @traitlets.validate("judged_index")
    def _check_judged_index(self, proposal: Any) -> int:
        # What is judged now is among them, too.
        return max(0, min(int(proposal["value"]), len(self.judged) + len(self.pairs) - 1))

    @traitlets.validate("empty")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])


def _texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)
