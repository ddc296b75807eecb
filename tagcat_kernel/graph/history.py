"""The last changes that a person made by hand, kept in the graph with what undoes them.

A change to tags, marks or files is noted in the transaction that makes it, as a list of steps: which tag
was put on which items, which pair was marked, which file went. Undoing walks the steps backwards and sets
back what is still as the change left it; what came after stays, and is said. The history holds the last
`HISTORY` changes of each person; what falls out of it can't be undone any more.

Steps are plain JSON. Keys stand in them without their user, who is the one of the node.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from tagcat_kernel.graph.session import Unit

HISTORY = 100
"""How many changes of each person are remembered: nobody's changes push another's out."""

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A change in the history: `made` in seconds since 1970, `what` one word, `told` a line for a person.

    `by` is the member who made it in a collection that is shared for tagging; None: its owner.
    """

    number: int
    made: float
    what: str
    told: str
    undone: bool
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the change by its number and line, and what could not be set back, with the reason.

    `videos` are the MD5s of the videos that are there again.
    """

    number: int
    told: str
    skipped: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)


def history(unit: Unit, user: str) -> list[Change]:
    """Return the changes of a user, the newest first."""
    found = [Change(**row) for row in unit.run("changes", user=user)]
    return sorted(found, key=lambda change: -change.number)


def note(unit: Unit, user: str, what: str, told: str, steps: list[Step]) -> None:
    """Note a change inside the transaction that makes it, under the lock; one without steps is none."""
    if not steps:
        return
    found = history(unit, user)
    number = found[0].number + 1 if found else 1
    unit.run(
        "create_change",
        user=user,
        key=f"{user}:{number}",
        number=number,
        made=time.time(),
        what=what,
        told=told,
        undo=json.dumps(steps, ensure_ascii=False, separators=(",", ":")),
        by=unit.by,
    )
    own = [change.number for change in found if change.by == unit.by]
    if len(own) >= HISTORY:
        unit.run("forget_changes", user=user, number=own[HISTORY - 1], by=unit.by or "")


def steps_of(unit: Unit, user: str, number: int) -> list[Step]:
    """Return the steps of a change, the last first.

    Raises
    ------
    ValueError
        If it is not remembered, or undone already.
    """
    found = unit.run("change", user=user, number=number, by=unit.by or "")
    if not found:
        raise ValueError(f"there is no change {number} in the last {HISTORY}")
    if found[0]["undone"]:
        raise ValueError(f"change {number} is undone already: {found[0]['told']}")
    steps: list[Step] = json.loads(found[0]["undo"])
    return steps[::-1]
