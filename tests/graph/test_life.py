"""Any life of a collection against a plain model of it in Python, on the embedded engine."""

import uuid
from itertools import combinations
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection, Settings
from tagcat_kernel.graph.session import Endpoint
from tests.graph.things import BASE, SOURCE, image, md5, near, video

STILLS = {f"still {n}": BASE ^ n for n in range(4)} | {"plain": 0, "far": near(40)}
CLIPS = {"clip 0": [BASE ^ 8, near(30)], "clip 1": [BASE ^ 16, 3, near(33)]}
PATHS = [f"/{n}" for n in range(5)]
NAMES = ["cats", "dogs"]


def items_of(content: str) -> dict[str, int]:
    """Tails of the keys that have a hash, with it."""
    if content in STILLS:
        return {md5(content): STILLS[content]}
    return {f"{md5(content)}:{25 * n}": dhash for n, dhash in enumerate(CLIPS[content])}


class Life(RuleBasedStateMachine):
    """The model: files by path, tags and marks whether their items are live or not, changes to undo."""

    endpoint: Endpoint

    def __init__(self) -> None:
        super().__init__()
        self.own = Collection(connect(self.endpoint), f"life {uuid.uuid4().hex}")
        self.files: dict[str, str] = {}
        self.tags: dict[str, set[str]] = {}
        self.marks: set[tuple[str, str]] = set()
        self.confirmed: set[tuple[str, str]] = set()
        self.distance = 8
        self.changes: list[Any] = []

    def key(self, tail: str) -> str:
        return f"{self.own.user}:{tail}"

    def live(self) -> dict[str, int]:
        return {
            tail: dhash for content in set(self.files.values()) for tail, dhash in items_of(content).items()
        }

    @rule(path=st.sampled_from(PATHS), content=st.sampled_from([*STILLS, *CLIPS]))
    def store(self, path: str, content: str) -> None:
        if content in STILLS:
            record = image(path, STILLS[content], content=content)
            self.own.store([record], source=SOURCE)
        else:
            self.own.store([video(path, CLIPS[content], content=content)], source=SOURCE)
        self.files[path] = content

    @precondition(lambda self: self.files)
    @rule(name=st.sampled_from(NAMES), data=st.data())
    def tag(self, name: str, data: st.DataObject) -> None:
        there = sorted({*self.live(), *(md5(content) for content in self.files.values())})
        chosen = set(data.draw(st.lists(st.sampled_from(there), max_size=4)))
        new = chosen - self.tags.get(name, set())
        assert self.own.tag([self.key(tail) for tail in chosen], name) == len(new)
        if new or name not in self.tags:
            self.changes.append(("tag", name, new, name not in self.tags))
        self.tags.setdefault(name, set()).update(new)

    @precondition(lambda self: self.tags)
    @rule(data=st.data())
    def untag(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.tags)))
        held = data.draw(st.lists(st.sampled_from(sorted(self.tags[name]) or ["0" * 32]), max_size=3))
        taken = set(held) & self.tags[name]
        assert self.own.untag([self.key(tail) for tail in held], name) == len(taken)
        if taken:
            self.changes.append(("untag", name, taken))
        self.tags[name] -= taken

    @precondition(lambda self: len(self.live()) > 1)
    @rule(verdict=st.sampled_from(["reject", "confirm"]), data=st.data())
    def judge(self, verdict: str, data: st.DataObject) -> None:
        a, b = sorted(
            data.draw(st.lists(st.sampled_from(sorted(self.live())), min_size=2, max_size=2, unique=True))
        )
        judge, marks, other = {
            "reject": (self.own.reject_pairs, self.marks, self.confirmed),
            "confirm": (self.own.confirm_pairs, self.confirmed, self.marks),
        }[verdict]
        pair = (a, b)
        assert judge([(self.key(b), self.key(a))]) == (pair not in marks)
        if pair not in marks:
            self.changes.append((verdict, pair, pair in other))
        marks.add(pair)
        other.discard(pair)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        paths = data.draw(st.sets(st.sampled_from(sorted(self.files)), min_size=1, max_size=3))
        assert self.own.remove(sorted(paths)).files == len(paths)
        self.changes.append(("remove", {path: self.files.pop(path) for path in paths}))

    @precondition(lambda self: self.changes)
    @rule()
    def undo(self) -> None:
        what, *facts = self.changes.pop()
        undone = self.own.undo()
        if what == "tag":
            name, new, created = facts
            self.tags[name] -= new
            if created:
                assert not self.tags.pop(name)
        elif what == "untag":
            self.tags[facts[0]] |= facts[1]
        elif what in ("reject", "confirm"):
            pair, replaced = facts
            one, other = (self.marks, self.confirmed)[:: 1 if what == "reject" else -1]
            one.discard(pair)
            if replaced and set(pair) <= set(self.live()):
                other.add(pair)
                assert undone.skipped == []
        else:
            again = [path for path in facts[0] if path in self.files]
            assert len(undone.skipped) == len(again), "what was stored again stays"
            self.files = facts[0] | self.files

    @rule(distance=st.sampled_from([0, 4, 8, 20]))
    def settings(self, distance: int) -> None:
        self.own.set_settings(Settings(distance, 0))
        self.distance = distance

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        live, own = self.live(), self.own
        assert {path: file.md5 for path, file in own.files().items()} == {
            path: md5(content) for path, content in self.files.items()
        }
        assert {
            key: int(dhash) for key, dhash in zip(own.hashes().keys, own.hashes().hashes, strict=True)
        } == {self.key(tail): dhash for tail, dhash in live.items()}
        there = {*live, *(md5(content) for content in self.files.values())}
        assert {(row["tag"], row["key"]) for row in own.tagged()} == {
            (name, self.key(tail)) for name, tails in self.tags.items() for tail in tails & there
        }
        assert {tag["name"] for tag in own.tags()} == set(self.tags)
        marks = {pair for pair in self.marks if set(pair) <= set(live)}
        assert own.rejected() == {(self.key(a), self.key(b)) for a, b in marks}
        confirmed = {pair for pair in self.confirmed if set(pair) <= set(live)}
        assert own.confirmed() == {(self.key(a), self.key(b)) for a, b in confirmed}
        pairs = {
            (self.key(a), self.key(b), (live[a] ^ live[b]).bit_count())
            for a, b in combinations(sorted(live), 2)
            if (a, b) not in marks
            and (a.split(":")[0] != b.split(":")[0])
            and all(5 <= live[tail].bit_count() <= 59 for tail in (a, b))
            and (live[a] ^ live[b]).bit_count() <= self.distance
        }
        assert {(row["a"], row["b"], row["distance"]) for row in own.matches()} == pairs
        assert sum(not change.undone for change in own.history()) == len(self.changes)


@pytest.mark.parametrize(
    ("examples", "steps"), [(6, 12), pytest.param(100, 40, marks=pytest.mark.soak, id="long")]
)
def test_any_life_is_as_the_model_says(embedded_endpoint: Endpoint, examples: int, steps: int) -> None:
    Life.endpoint = embedded_endpoint
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Life, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    )
