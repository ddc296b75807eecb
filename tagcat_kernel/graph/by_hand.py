"""What a person changes by hand beside the tags: marks and files that go, and the undo of all of it.

Each call is one transaction, and one change in the history. It takes the user's lock, does its work with
the modules below (`marks`, `difference`) and notes the steps that undo it; `undo` walks them backwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tagcat_kernel.graph import history as log
from tagcat_kernel.graph.collecting import collect_contents, collect_frames, forget_removals
from tagcat_kernel.graph.columns import Remembered
from tagcat_kernel.graph.difference import difference
from tagcat_kernel.graph.history import Step, Undone
from tagcat_kernel.graph.keys import KINDS, checked_path, file_key, md5_of, sample_of
from tagcat_kernel.graph.marks import OTHER, TOLD, VERDICTS, Mark, Pair, marked, put_marks, take_marks
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.store import Locked, lock, write
from tagcat_kernel.graph.tagging import Tagging
from tagcat_kernel.graph.tags import Tags
from tagcat_kernel.graph.undo import Undoing
from tagcat_kernel.graph.wishes import Wanted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal took out of the collection: files, and the contents that had no other file."""

    files: int
    images: int
    videos: int


class ByHand(Tags):
    """The part of a collection that changes what is stored because a person says so."""

    # ---- marks --------------------------------------------------------------------------------------

    def reject(self, a: str, b: str) -> None:
        """Mark a pair of items as no match, by their keys; it may have been confirmed before.

        Raises
        ------
        ValueError
            If one of them is no image or frame of this user, or both are the same.
        GraphError
            If the graph can't do it.
        """
        self.reject_pairs([(a, b)])

    def reject_pairs(self, pairs: Iterable[Pair]) -> int:
        """Mark many pairs as no match, and return how many were not marked so before; errors as `reject`."""
        return self._mark(pairs, "reject")

    def unreject(self, a: str, b: str) -> None:
        """Take the mark "not a match" off a pair; without one nothing happens.

        Raises
        ------
        ValueError
            If one of them can't be an image or frame of this user, or both are the same.
        GraphError
            If the graph can't do it.
        """
        self.unreject_pairs([(a, b)])

    def unreject_pairs(self, pairs: Iterable[Pair]) -> int:
        """Take the mark off many pairs, and return off how many; errors as `unreject`."""
        return self._unmark(pairs, "reject")

    def confirm_pairs(self, pairs: Iterable[Pair]) -> int:
        """Mark many pairs as a match, also rejected ones, and return how many were not marked so before.

        Errors as `reject`.
        """
        return self._mark(pairs, "confirm")

    def unconfirm_pairs(self, pairs: Iterable[Pair]) -> int:
        """Take the mark "a match" off many pairs, and return off how many; errors as `unreject`."""
        return self._unmark(pairs, "confirm")

    def _mark(self, pairs: Iterable[Pair], mark: Mark) -> int:
        wanted = self._pairs(pairs)

        def work(unit: Unit) -> int:
            lock(unit, self.user)  # two at once must not make two marks
            before = marked(unit, self.user, mark)
            put = put_marks(unit, self.user, wanted, mark)
            if lost := next((pair for pair in wanted if pair not in put), None):
                raise ValueError(f"{lost[0]} and {lost[1]} are not both images or moments of {self.user}")
            replaced = sorted(marked(unit, self.user, OTHER[mark]) & put)
            take_marks(unit, self.user, replaced, OTHER[mark])
            new = sorted(put - before)
            steps = [*self._steps(replaced, OTHER[mark], before=True), *self._steps(new, mark, before=False)]
            log.note(unit, self.user, mark, f"marked as {TOLD[mark]}: {_counted(new)}", steps)
            return len(new)

        return self.graph.transaction(work)

    def _unmark(self, pairs: Iterable[Pair], mark: Mark) -> int:
        wanted = self._pairs(pairs)

        def work(unit: Unit) -> int:
            lock(unit, self.user)
            held = sorted(marked(unit, self.user, mark) & set(wanted))
            take_marks(unit, self.user, held, mark)
            told = f"took the mark “{VERDICTS[mark]}” off {_counted(held)}"
            log.note(unit, self.user, f"un{mark}", told, self._steps(held, mark, before=True))
            return len(held)

        return self.graph.transaction(work)

    def _steps(self, pairs: Sequence[Pair], mark: Mark, *, before: bool) -> list[Step]:
        tails = [[key.removeprefix(f"{self.user}:") for key in pair] for pair in pairs]
        return [{"do": "marks", "mark": mark, "pairs": tails, "before": before}] if pairs else []

    # ---- files --------------------------------------------------------------------------------------

    def remove(self, paths: Iterable[str]) -> Removed:
        """Take files out of the collection; a content goes with its last file, until an undo.

        Nothing on the disk is touched. What goes is marked and left out of every view at once; `collect`
        removes it for good later.

        Raises
        ------
        ValueError
            If a path is not stored. Nothing is changed then.
        GraphError
            If the graph can't do it. Nothing is changed then.
        """
        wanted = {file_key(self.user, checked_path(path)): path for path in paths}

        def work(unit: Unit) -> tuple[Removed, Remembered | None]:
            locked = lock(unit, self.user)
            said = {kind: Wanted(dropped=set(wanted)) for kind in KINDS}
            change = difference(unit, self.user, said)
            gone = {row["path"] for _, row in change.removed}
            if lost := next((path for path in wanted.values() if path not in gone), None):
                raise ValueError(f"{lost}: there is no such file in the collection of {self.user}")
            _, known = write(unit, self.user, locked, change, self._known)
            removed = Removed(
                files=len(gone),
                images=sum(row["deleted"] for row in change.rows.get("set_images", [])),
                videos=sum(row["deleted"] for row in change.rows.get("set_videos", [])),
            )
            steps = _removal_steps(change.removed, change.key_frames)
            one = f": {next(iter(gone))}" if len(gone) == 1 else ""
            told = f"removed {len(gone)} file" + ("s" if len(gone) != 1 else "") + one
            log.note(unit, self.user, "remove", told, steps)
            return removed, known

        removed, self._known = self.graph.transaction(work)
        return removed

    def collect(self, *, contents: bool = True, everything: bool = False) -> int:
        """Remove for good what is marked deleted and no undo can bring back; return how many nodes went.

        Parameters
        ----------
        contents
            Whether images and videos are meant, with all that is said of them; else only moments that are
            no key frames any more and of which nothing is said.
        everything
            Whether what an undo could still bring back goes, too: the history up to the newest removal
            is forgotten then.

        Raises
        ------
        GraphError
            If the graph can't do it; what is collected stays collected.
        """
        if everything:
            self.graph.transaction(lambda unit: forget_removals(unit, self.user))
        number = 0
        for batch in (*((collect_contents,) if contents else ()), collect_frames):
            while went := self.graph.transaction(lambda unit, work=batch: work(unit, self.user)):  # type: ignore[misc]
                number += went
        return number

    # ---- undo ---------------------------------------------------------------------------------------

    def history(self) -> list[log.Change]:
        """Return the last changes of tags, marks and files, the newest first."""
        return self.graph.reading(lambda unit: log.history(unit, self.user))

    def undo(self, number: int | None = None) -> Undone:
        """Undo a change of the history; default: one's own newest that is not undone.

        The owner undoes anybody's by its number, a member in a shared collection his own only.

        What came after it stays: where something is not as the change left it, it is left alone and said
        in `skipped`.

        Raises
        ------
        ValueError
            If there is nothing to undo, no such change, or it is not the member's own.
        GraphError
            If the graph can't do it. Nothing is changed then.
        """

        def work(unit: Unit) -> tuple[Undone, Remembered | None]:
            locked = lock(unit, self.user)
            changes = log.history(unit, self.user)
            own = (one.number for one in changes if not one.undone and one.by == unit.by)
            chosen = number or next(own, None)
            if chosen is None:
                raise ValueError("there is nothing to undo")
            if unit.by and any(one.number == chosen and one.by != unit.by for one in changes):
                raise ValueError(f"change {chosen} is not by {unit.by}: a member undoes his own changes only")
            steps = log.steps_of(unit, self.user, chosen)
            told = next(one.told for one in changes if one.number == chosen)
            undoing = Undoing(unit, self.user, Tagging(unit, self.user))
            for step in steps:
                undoing.step(step)
            known, videos = self._bring_back(unit, locked, undoing)
            unit.run("set_change_undone", user=self.user, number=chosen, by=unit.by or "")
            return Undone(chosen, told, undoing.skipped, videos), known

        undone, self._known = self.graph.transaction(work)
        return undone

    def _bring_back(
        self, unit: Unit, locked: Locked, undoing: Undoing
    ) -> tuple[Remembered | None, list[str]]:
        if not any(side.files for side in undoing.said.values()):
            return self._known, []
        change = difference(unit, self.user, undoing.said)
        lost = set(change.unknown)
        undoing.skipped += [
            f"{row['path']}: what it held is gone for good; ingest it again"
            for side in undoing.said.values()
            for row in side.files.values()
            if row["content"] in lost
        ]
        _, known = write(unit, self.user, locked, change, self._known)
        back = [row["key"] for row in change.rows.get("set_videos", [])]
        return known, [md5_of(key) for key in back]

    # ---- inside -------------------------------------------------------------------------------------

    def _pairs(self, pairs: Iterable[Pair]) -> list[Pair]:
        wanted = []
        for a, b in pairs:
            if a == b:
                raise ValueError(f"{a} can't be paired with itself")
            for key in (a, b):
                if not key.startswith(f"{self.user}:"):
                    raise ValueError(f"{key!a} is no image or key frame of {self.user}")
            wanted.append((a, b) if a < b else (b, a))
        return list(dict.fromkeys(wanted))


def _counted(pairs: Sequence[Pair]) -> str:
    return f"{len(pairs)} pair" + ("s" if len(pairs) != 1 else "")


def _removal_steps(
    removed: Sequence[tuple[str, dict[str, object]]], key_frames: dict[str, list[str]]
) -> list[Step]:
    steps: list[Step] = []
    for kind in KINDS:
        files = [
            {name: row[name] for name in ("path", "bytes", "modified", "source")}
            | {"md5": md5_of(str(row["content"]))}
            for one, row in removed
            if one == kind
        ]
        if files:
            frames = {md5_of(key): sorted(map(sample_of, keys)) for key, keys in key_frames.items()}
            steps.append({"do": "files", "kind": kind, "files": files})
            if kind == "video":
                steps[-1]["frames"] = frames
    return steps
