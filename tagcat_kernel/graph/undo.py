"""Undoing a change inside one transaction that holds the user's lock: its steps, walked backwards.

A step is set back where things still are as the change left them. What another change has touched since
stays as it is, and a line in `skipped` says so. Files that went are said as a wish of `difference`, so
that their contents, key frames and matches come back by the same way by which they first came.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from tagcat_kernel.graph.history import Step
from tagcat_kernel.graph.keys import KINDS, content_key, file_key, frame_key
from tagcat_kernel.graph.marks import OTHER, TOLD, Mark, marked, put_marks, take_marks
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.tagging import Tagging
from tagcat_kernel.graph.wishes import Wanted


@dataclass(slots=True)
class Undoing:
    """The work of one undo: tags and marks are set back at once, files are gathered in `said`."""

    unit: Unit
    user: str
    tagging: Tagging
    skipped: list[str] = field(default_factory=list)
    said: dict[str, Wanted] = field(default_factory=lambda: {kind: Wanted() for kind in KINDS})

    def step(self, step: Step) -> None:
        """Set one step back, or say why not."""
        try:
            getattr(self, f"_{step['do']}")(step)
        except ValueError as error:
            self.skipped.append(str(error))

    def _create(self, step: Step) -> None:
        name = step["tag"]
        self.tagging.known(name)
        held = len(self.tagging.items(name))
        if held or any(tag.parent == name for tag in self.tagging.tags.values()):
            raise ValueError(f"tag {name!r} stays: it holds items or other tags now")
        self.tagging.delete(name)

    def _colour(self, step: Step) -> None:
        if self.tagging.known(step["tag"]).colour != step["after"]:
            raise ValueError(f"tag {step['tag']!r} has got another colour since")
        self.tagging.colour(step["tag"], step["before"])

    def _rename(self, step: Step) -> None:
        self.tagging.rename(step["after"], step["tag"])

    def _move(self, step: Step) -> None:
        if self.tagging.known(step["tag"]).parent != step["after"]:
            raise ValueError(f"tag {step['tag']!r} was moved again since")
        self.tagging.move(step["tag"], step["before"])

    def _delete(self, step: Step) -> None:
        parent = step["parent"]
        if parent is not None and parent not in self.tagging.tags:
            self.skipped.append(f"tag {step['tag']!r} lies under none: there is no tag {parent!r} any more")
            parent = None
        self.tagging.create(step["tag"], step["colour"], parent)

    def _put(self, step: Step) -> None:
        self.tagging.take(step["tag"], self._keys(step["keys"]))

    def _taken(self, step: Step) -> None:
        missing: list[str] = []
        self.tagging.put(step["tag"], self._keys(step["keys"]), missing=missing)
        if missing:
            self.skipped.append(f"{len(missing)} items that had the tag {step['tag']!r} are not there now")

    def _marks(self, step: Step) -> None:
        mark: Mark = step.get("mark", "reject")  # older steps know no other
        pairs = [(f"{self.user}:{a}", f"{self.user}:{b}") for a, b in step["pairs"]]
        if step["before"]:
            judged = marked(self.unit, self.user, OTHER[mark]).intersection(pairs)
            put = put_marks(self.unit, self.user, [pair for pair in pairs if pair not in judged], mark)
            if judged:
                self.skipped.append(f"{len(judged)} pairs were marked as {TOLD[OTHER[mark]]} since")
            if lost := [pair for pair in pairs if pair not in put and pair not in judged]:
                self.skipped.append(f"{len(lost)} pairs are not both there now")
        else:
            take_marks(self.unit, self.user, pairs, mark)

    def _files(self, step: Step) -> None:
        kind = step["kind"]
        side = self.said[kind]
        keys = {file["path"]: file_key(self.user, file["path"]) for file in step["files"]}
        stored = {
            row["key"]
            for one in KINDS
            for row in self.unit.each(f"known_{one}_files", list(keys.values()), user=self.user)
        }
        for file in step["files"]:
            key = keys[file["path"]]
            content = content_key(self.user, file["md5"])
            if key in stored:
                self.skipped.append(f"{file['path']}: it was stored again since")
                continue
            facts = {name: file[name] for name in ("path", "bytes", "modified", "source")}
            side.files[key] = {**facts, "name": os.path.basename(file["path"]), "content": content}  # noqa: PTH119
            side.contents[content] = None
        for md5, samples in step.get("frames", {}).items():
            frames = {frame_key(self.user, md5, sample) for sample in samples}
            side.revived[content_key(self.user, md5)] = frames

    def _keys(self, tails: Iterable[str]) -> list[str]:
        return [f"{self.user}:{tail}" for tail in tails]
