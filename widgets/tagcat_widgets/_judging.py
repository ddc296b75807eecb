"""What a person says of items that look alike: who stores it, and how it is taken back.

Callbacks store a verdict, and only then does it show. One that fails leaves everything as it was, and its
message is shown. Whatever was done can be undone, the last thing first, or the verdict on a pair by name,
also one of an earlier day. A new verdict takes the place of the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import traitlets

from tagcat_widgets._front import Front
from tagcat_widgets._items import Item, shown
from tagcat_widgets._review_rows import pair_keys

Verdict = Callable[[str, str], object]
"""Called with the keys of a pair, `a` and `b`."""
Undo = Callable[[], object]
"""Called without anything; takes back what was done."""
Keep = Callable[[str, list[str]], Undo | None]
"""Called with the key that is kept and those that leave."""
Tagging = Callable[[list[str], str], Undo | None]
"""Called with keys and a tag's name."""

LONGEST = 200
"""Characters of a tag's name."""


@dataclass(frozen=True, slots=True)
class _Done:
    """Something that was done and can be undone."""

    told: str
    keys: tuple[str, ...]  # of a verdict, the pair
    undo: Undo


class Judging(Front):
    """The verdicts of a review on what its traits `pairs` and `groups` show."""

    pairs: traitlets.List[Any] = traitlets.List(help="The pairs, in the order they are shown.").tag(sync=True)
    groups: traitlets.List[Any] = traitlets.List(help="The groups, in the order they are shown.").tag(
        sync=True
    )
    judged: traitlets.List[Any] = traitlets.List(
        help="The pairs that were judged before, with their `verdict`; shown on demand."
    ).tag(sync=True)
    rejected: traitlets.List[Any] = traitlets.List(
        help="Pairs [a, b] judged to be no match, oldest first."
    ).tag(sync=True)
    confirmed: traitlets.List[Any] = traitlets.List(
        help="Pairs [a, b] judged to be a match, oldest first."
    ).tag(sync=True)
    taken: traitlets.List[Any] = traitlets.List(
        help="Pairs [a, b] of `judged` whose verdict was taken back."
    ).tag(sync=True)
    removed = traitlets.List(
        traitlets.Unicode(), help="Keys of the items that left the collection because another was kept."
    ).tag(sync=True)
    told = traitlets.Unicode("", help="A line on what was done last.").tag(sync=True)
    undoable = traitlets.Bool(False, help="Whether there is something to undo.").tag(sync=True)
    error = traitlets.Unicode("", help="Why the last verdict was not stored.").tag(sync=True)

    def __init__(self, **keywords: Any) -> None:
        self._items: dict[str, Item] = {}  # all that is shown, by key
        self._done: list[_Done] = []
        self._on_reject: list[Verdict] = []
        self._on_undo: list[Verdict] = []
        self._on_match: list[Verdict] = []
        self._on_keep: list[Keep] = []
        self._on_tag: list[Tagging] = []
        super().__init__(**keywords)

    # ---- who stores it ------------------------------------------------------------------------------

    def on_reject(self, callback: Verdict) -> None:
        """Call `callback(a, b)` with the keys of each pair that is judged to be no match."""
        self._on_reject.append(callback)

    def on_undo(self, callback: Verdict) -> None:
        """Call `callback(a, b)` with the keys of each pair whose verdict is taken back, whichever it was."""
        self._on_undo.append(callback)

    def on_match(self, callback: Verdict) -> None:
        """Call `callback(a, b)` with the keys of each pair that is judged to be a match."""
        self._on_match.append(callback)

    def on_keep(self, callback: Keep) -> None:
        """Call `callback(kept, removed)`, which takes the items `removed` out of the collection.

        What it returns is called to bring them back.
        """
        self._on_keep.append(callback)

    def on_tag(self, callback: Tagging) -> None:
        """Call `callback(keys, name)`, which puts a tag on items; what it returns takes it off again."""
        self._on_tag.append(callback)

    # ---- what can be said ---------------------------------------------------------------------------

    def reject(self, a: str, b: str) -> None:
        """Judge a shown pair to be no match, as the button does; an unknown pair changes nothing."""
        if self.verdict(a, b) == "not a match" or not self._shown_pair(a, b):
            return

        def act() -> None:
            for callback in self._on_reject:
                callback(a, b)
            self._forget(a, b)
            self.rejected = [*self.rejected, [a, b]]

        self._do(_Done(f"{self._names(a, b)}: not a match", (a, b), lambda: self._take_back(a, b)), act)

    def match(self, a: str, b: str) -> None:
        """Judge a shown pair to be a match, as the button does: nobody is asked for it any more."""
        if self.verdict(a, b) == "a match" or not self._shown_pair(a, b):
            return

        def act() -> None:
            for callback in self._on_match:
                callback(a, b)
            self._forget(a, b)
            self.confirmed = [*self.confirmed, [a, b]]

        self._do(_Done(f"{self._names(a, b)}: a match", (a, b), lambda: self._take_back(a, b)), act)

    def verdict(self, a: str, b: str) -> str:
        """Return "a match" or "not a match", or nothing where a pair waits for its verdict."""
        if [a, b] in self.rejected:
            return "not a match"
        if [a, b] in self.confirmed:
            return "a match"
        before = next((row["verdict"] for row in self.judged if pair_keys(row) == (a, b)), "")
        return "" if [a, b] in self.taken else before

    def keep(self, kept: str, removed: list[str]) -> None:
        """Keep one of the items that are shown together, and take others out of the collection.

        A moment of a video can't leave by itself: that is said, and nothing changes.
        """
        out = [key for key in dict.fromkeys(removed) if key not in self.removed]
        together = self._in_a_group({kept, *out}) or any(
            set(pair_keys(row)) == {kept, *out} for row in self.pairs
        )
        if not out or not together or kept in (*out, *self.removed):
            return
        if moments := [key for key in out if self._items[key]["time"] is not None]:
            self.error = shown(f"{self._names(*moments)}: a moment can't leave without its video")
            return
        undos: list[Undo] = []

        def undo() -> None:
            for step in reversed(undos):
                step()
            self.removed = [key for key in self.removed if key not in out]

        def act() -> None:
            for callback in self._on_keep:
                step = callback(kept, list(out))
                if step is not None:
                    undos.append(step)
            self.removed = [*self.removed, *out]

        stays = "its file stays where it is" if len(out) == 1 else "their files stay where they are"
        self._do(_Done(f"{self._names(*out)} left the collection; {stays}", (), undo), act)

    def tag(self, keys: list[str], name: str) -> None:
        """Put a tag on items that are shown."""
        name = name.strip()
        wanted = [key for key in dict.fromkeys(keys) if key in self._items and key not in self.removed]
        if not wanted or not name or len(name) > LONGEST:
            return
        undos: list[Undo] = []

        def undo() -> None:
            for step in reversed(undos):
                step()

        def act() -> None:
            for callback in self._on_tag:
                step = callback(wanted, name)
                if step is not None:
                    undos.append(step)

        self._do(_Done(f"{name}: put on {self._names(*wanted)}", (), undo), act)

    def undo(self, a: str | None = None, b: str | None = None) -> None:
        """Take back the verdict on a pair; what was done last if none is named."""
        done = [one for one in self._done if a is None or one.keys == (a, b)]
        if done:
            last = done[-1]

            def act() -> None:
                last.undo()
                self._done = [one for one in self._done if one is not last]

            self._try(act, f"undone: {last.told}")
        elif a is not None and b is not None and (verdict := self.verdict(a, b)):
            self._try(lambda: self._take_back(a, b), f"undone: {self._names(a, b)}: {verdict}")

    def _take_back(self, a: str, b: str) -> None:
        for callback in self._on_undo:
            callback(a, b)
        self._forget(a, b)
        if [a, b] not in self.taken and any(pair_keys(row) == (a, b) for row in self.judged):
            self.taken = [*self.taken, [a, b]]

    def _forget(self, a: str, b: str) -> None:
        """Forget the verdict that another one replaces."""
        self.rejected = [kept for kept in self.rejected if kept != [a, b]]
        self.confirmed = [kept for kept in self.confirmed if kept != [a, b]]
        self._done = [one for one in self._done if one.keys != (a, b)]

    def _do(self, done: _Done, act: Callable[[], None]) -> None:
        def first() -> None:
            act()
            self._done = [*self._done, done]

        self._try(first, done.told)

    def _try(self, act: Callable[[], None], told: str) -> None:
        try:
            act()
        except Exception as error:  # shown to the person who judged; the page must go on
            self.error = shown(f"This was not stored: {error}")
            return
        with self.hold_sync():
            self.error, self.told, self.undoable = "", told, bool(self._done)

    def _shown_pair(self, a: str, b: str) -> bool:
        """Return whether two items are a pair that is shown, or two of one group."""
        return (a, b) in {pair_keys(row) for row in [*self.pairs, *self.judged]} or (
            a != b and self._in_a_group({a, b})
        )

    def _in_a_group(self, keys: set[str]) -> bool:
        return any(keys <= {member["key"] for member in row["items"]} for row in self.groups)

    def _names(self, *keys: str) -> str:
        return shown(" and ".join(self._items[key]["name"] or key for key in keys if key in self._items))

    @traitlets.validate("told", "error")
    def _check_line(self, proposal: Any) -> str:
        return shown(proposal["value"])
