"""Pairs and groups that look alike, side by side, to be looked through one after the other.

The front end (`match_review.ts`) shows a list and, large, the pair in question with its distance. What a
person judges "not a match" reaches Python as a message; the callbacks of `on_reject` store it, and only
then is the pair marked in `rejected`. Undo is the same way back. A callback that fails leaves everything
as it was and its message is shown.

Keys: ← and → go on (past what is rejected), ↑ and ↓ move in the list, N is "not a match", U undoes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypedDict

import traitlets
from traitlets import TraitError

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, item, items, shown
from tagcat_widgets._thumbnails import Source, ThumbnailDesk

Verdict = Callable[[str, str], object]
"""Called with the keys of a pair, `a` and `b`."""


class Pair(TypedDict):
    """Two pictures and the Hamming distance of their hashes, in bits."""

    a: Item
    b: Item
    distance: int


class Group(TypedDict):
    """Pictures that belong together."""

    title: str
    items: list[Item]


class MatchReview(Front):
    """A review of matches, as pairs or as groups.

    Parameters
    ----------
    pairs
        Rows `{"a": item, "b": item, "distance": bits}`; an item is a row as `Gallery` takes it.
    groups
        Rows `{"title": text, "items": [item, …]}`.
    thumbnail
        Gives the JPEG bytes of a key, or None; called from threads, only for keys that are shown.
    mode
        "pairs" or "groups".
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
    """

    _esm = bundle("match_review.js")
    _css = bundle("match_review.css")
    _from_browser = frozenset({"mode", "index", "group_index"})

    pairs: traitlets.List[Any] = traitlets.List(help="The pairs, in the order they are shown.").tag(sync=True)
    groups: traitlets.List[Any] = traitlets.List(help="The groups, in the order they are shown.").tag(
        sync=True
    )
    mode = traitlets.Enum(["pairs", "groups"], "pairs", help="Which of them is shown.").tag(sync=True)
    index = traitlets.Int(0, min=0, help="The pair in question.").tag(sync=True)
    group_index = traitlets.Int(0, min=0, help="The group in question.").tag(sync=True)
    rejected: traitlets.List[Any] = traitlets.List(
        help="Pairs [a, b] judged to be no match, oldest first."
    ).tag(sync=True)
    maximum = traitlets.Int(16, min=1, max=64, help="The distance that fills the bar.").tag(sync=True)
    height = traitlets.Int(540, min=300, help="Height in px.").tag(sync=True)
    empty = traitlets.Unicode("Nothing to review.", help="What an empty review says.").tag(sync=True)
    error = traitlets.Unicode("", help="Why the last verdict was not stored.").tag(sync=True)

    def __init__(
        self,
        pairs: Iterable[Mapping[str, Any]] = (),
        groups: Iterable[Mapping[str, Any]] = (),
        *,
        thumbnail: Source | None = None,
        mode: Literal["pairs", "groups"] = "pairs",
        maximum: int = 16,
        height: int = 540,
        empty: str = "Nothing to review.",
        **keywords: Any,
    ) -> None:
        self._keys: frozenset[str] = frozenset()
        self._on_reject: list[Verdict] = []
        self._on_undo: list[Verdict] = []
        self._desk = ThumbnailDesk(thumbnail, lambda: self._keys, self.send)
        super().__init__(
            pairs=list(pairs),
            groups=list(groups),
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

    def on_reject(self, callback: Verdict) -> None:
        """Call `callback(a, b)` with the keys of each pair that is judged to be no match."""
        self._on_reject.append(callback)

    def on_undo(self, callback: Verdict) -> None:
        """Call `callback(a, b)` with the keys of each pair whose verdict is taken back."""
        self._on_undo.append(callback)

    def reject(self, a: str, b: str) -> None:
        """Judge a shown pair to be no match, as the button does; an unknown pair changes nothing."""
        shown_pairs = ((pair["a"]["key"], pair["b"]["key"]) for pair in self.pairs)
        if (a, b) in shown_pairs and [a, b] not in self.rejected:
            self._judge(self._on_reject, a, b, [*self.rejected, [a, b]])

    def undo(self, a: str | None = None, b: str | None = None) -> None:
        """Take back the verdict on a pair, the last one if none is named."""
        if a is None or b is None:
            a, b = self.rejected[-1] if self.rejected else ("", "")
        if [a, b] in self.rejected:
            self._judge(self._on_undo, a, b, [kept for kept in self.rejected if kept != [a, b]])

    def _judge(self, callbacks: list[Verdict], a: str, b: str, after: list[list[str]]) -> None:
        try:
            for callback in callbacks:
                callback(a, b)
        except Exception as error:  # shown to the person who judged; the page must go on
            self.error = shown(f"This was not stored: {error}")
            return
        self.error = ""
        self.rejected = after

    def _heard(self, _: object, content: object, buffers: object) -> None:  # noqa: ARG002
        if self._desk.heard(content) or not isinstance(content, dict):
            return
        a, b = content.get("a"), content.get("b")
        if isinstance(a, str) and isinstance(b, str):
            if content.get("type") == "reject":
                self.reject(a, b)
            elif content.get("type") == "undo":
                self.undo(a, b)

    @traitlets.validate("pairs")
    def _check_pairs(self, proposal: Any) -> list[Pair]:
        return [_pair(row) for row in proposal["value"]]

    @traitlets.validate("groups")
    def _check_groups(self, proposal: Any) -> list[Group]:
        return [_group(row) for row in proposal["value"]]

    @traitlets.observe("pairs", "groups")
    def _stay(self, change: Any) -> None:
        """Keep what is in question in question if it is still there."""
        both = [pair[side] for pair in self.pairs for side in ("a", "b")]
        members = [row for group in self.groups for row in group["items"]]
        self._keys = frozenset(row["key"] for row in both + members)
        if change["name"] == "pairs":
            self.index = _place(change["old"], change["new"], self.index, _pair_keys)
        else:
            self.group_index = _place(change["old"], change["new"], self.group_index, _group_keys)

    @traitlets.validate("index", "group_index")
    def _check_index(self, proposal: Any) -> int:
        rows = self.pairs if proposal["trait"].name == "index" else self.groups
        return max(0, min(int(proposal["value"]), len(rows) - 1))

    @traitlets.validate("empty", "error")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])


def _pair(row: object) -> Pair:
    if not isinstance(row, Mapping) or not {"a", "b", "distance"} <= row.keys():
        raise TraitError(f"a pair needs 'a', 'b' and 'distance': {row!r:.200}")
    return Pair(a=item(row["a"]), b=item(row["b"]), distance=int(row["distance"]))


def _group(row: object) -> Group:
    if not isinstance(row, Mapping) or not {"title", "items"} <= row.keys():
        raise TraitError(f"a group needs 'title' and 'items': {row!r:.200}")
    return Group(title=shown(row["title"]), items=items(row["items"]))


def _pair_keys(pair: Pair) -> tuple[str, ...]:
    return pair["a"]["key"], pair["b"]["key"]


def _group_keys(group: Group) -> tuple[str, ...]:
    return tuple(row["key"] for row in group["items"][:1])


def _place(before: Any, after: Any, index: int, keys: Callable[[Any], tuple[str, ...]]) -> int:
    """Return where the row that was at `index` is now, else the nearest place."""
    if isinstance(before, list) and index < len(before):
        wanted = keys(before[index])
        for place, row in enumerate(after):
            if keys(row) == wanted:
                return place
    return max(0, min(index, len(after) - 1))
