"""The edge rule against plain loops, and its changes against the rule itself."""

import random
from collections.abc import Sequence
from typing import Any
from unittest import mock

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tagcat_kernel import edges as module
from tagcat_kernel import stars
from tagcat_kernel.edges import STAR, Edges, Items, Table, edge_changes, edges, expand, table_changes
from tagcat_kernel.groups import groups

Row = tuple[str, int, str]
BASE = 0x2B69707551F1B87A
VIDEO = "0cc175b9c0f1b6a831c399e269772661"


def items(rows: Sequence[Row]) -> Items:
    return Items(
        [key for key, _, _ in rows],
        np.array([dhash for _, dhash, _ in rows], np.uint64),
        [owner for _, _, owner in rows],
    )


def links(found: Edges) -> list[tuple[str, str, int]]:
    return list(zip(found.a.tolist(), found.b.tolist(), found.distance.tolist(), strict=True))


def oracle(rows: Sequence[Row], radius: int, star: int = STAR) -> list[tuple[str, str, int]]:
    """The rule, read aloud: every pair of items is asked whether it may be linked."""
    telling = sorted(row for row in rows if 5 <= bin(row[1]).count("1") <= 59)
    equal: dict[int, list[tuple[str, str]]] = {}
    for key, dhash, owner in telling:
        equal.setdefault(dhash, []).append((key, owner))

    def leads(key: str, dhash: int, other: str) -> bool:
        """Whether an item of a star links to an item of an owner: as its hub, or as the hub's deputy."""
        hub, owner = equal[dhash][0]
        deputies = [name for name, of in equal[dhash] if owner not in (of, "")]
        return key == hub or (deputies[:1] == [key] and other == owner)

    found = []
    for at, (a, hash_a, owner_a) in enumerate(telling):
        for b, hash_b, owner_b in telling[at + 1 :]:
            distance = bin(hash_a ^ hash_b).count("1")
            if distance > radius or (owner_a == owner_b and owner_a != ""):
                continue
            one = len(equal[hash_a]) <= star or leads(a, hash_a, owner_b)
            two = len(equal[hash_b]) <= star or leads(b, hash_b, owner_a)
            linked = one or two if distance == 0 else one and two
            if linked:
                found.append((a, b, distance))
    return found


def apply(before: Edges, created: Edges, deleted: Edges) -> list[tuple[str, str, int]]:
    """Make the change on the links of before, as the graph does, refusing any that does not fit."""
    stored = {(a, b): distance for a, b, distance in links(before)}
    for a, b, distance in links(deleted):
        assert stored.pop((a, b)) == distance
    for a, b, distance in links(created):
        assert (a, b) not in stored
        stored[a, b] = distance
    return [(a, b, distance) for (a, b), distance in sorted(stored.items())]


hashes = st.one_of(
    st.sampled_from([BASE, BASE ^ 1, BASE ^ 0b111, BASE ^ (0b1111 << 40), ~BASE & (2**64 - 1), 0, 0b11111]),
    st.integers(0, 2**64 - 1),
)
owners = st.sampled_from(["", "", "video one", "video two"])


@st.composite
def collections(draw: st.DrawFn, size: int = 14) -> list[Row]:
    names = st.text("abéz:\uffff\U0001f600", min_size=1, max_size=3)
    keys = draw(st.lists(names, unique=True, max_size=size))
    return [(key, draw(hashes), draw(owners)) for key in keys]


@given(collections(), st.integers(0, 64), st.integers(1, 5))
@settings(max_examples=300, deadline=None)
def test_edges_are_the_rule(rows: list[Row], radius: int, star: int) -> None:
    with mock.patch.object(stars, "STAR", star):
        assert links(edges(items(rows), radius)) == oracle(rows, radius, star)


@given(collections(), st.integers(0, 64), st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_arrival_says_nothing(rows: list[Row], radius: int, star: int, rng: random.Random) -> None:
    shuffled = rng.sample(rows, len(rows))
    with mock.patch.object(stars, "STAR", star):
        assert links(edges(items(rows), radius)) == links(edges(items(shuffled), radius))


@given(collections(), st.integers(0, 64), st.integers(0, 64), st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_a_smaller_radius_is_a_filter(rows: list[Row], small: int, large: int, star: int) -> None:
    small, large = min(small, large), max(small, large)
    with mock.patch.object(stars, "STAR", star):
        wide = links(edges(items(rows), large))
        assert links(edges(items(rows), small)) == [link for link in wide if link[2] <= small]


@given(collections(20), st.data(), st.integers(0, 64), st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=500, deadline=None)
def test_changes_applied_to_before_give_after(
    rows: list[Row], data: st.DataObject, radius: int, star: int, rng: random.Random
) -> None:
    """Items are removed, added and given other hashes and owners, with small stars that form and dissolve."""
    parts = [data.draw(st.sampled_from(["kept", "removed", "added", "changed"])) for _ in rows]
    before = [row for row, part in zip(rows, parts, strict=True) if part != "added"]
    after = [
        (row[0], data.draw(hashes), data.draw(owners)) if part == "changed" else row
        for row, part in zip(rows, parts, strict=True)
        if part != "removed"
    ]
    rng.shuffle(after)
    with mock.patch.object(stars, "STAR", star):
        created, deleted = edge_changes(items(before), items(after), radius)
        assert apply(edges(items(before), radius), created, deleted) == oracle(after, radius, star)
        # A table that was changed gives the same as one that was made anew.
        same = set(before) & set(after)
        gone = {row[0] for row in before if row not in same}
        come = items([row for row in after if row not in same])
        old = Table.of(items(before))
        new, values = old.changed(gone, come)
        stepped = table_changes(old, new, values, radius)
        assert [links(change) for change in stepped] == [links(created), links(deleted)]
        back, _ = new.changed({row[0] for row in after}, items(before))
        again = table_changes(back, new, np.union1d(back.values, new.values), radius)
        assert [links(change) for change in again] == [links(created), links(deleted)]
        # The way back is the same change, the other way round.
        back_created, back_deleted = edge_changes(items(after), items(before), radius)
        assert links(back_created) == links(deleted)
        assert links(back_deleted) == links(created)
        for change in (created, deleted):
            assert links(change) == sorted(links(change))


@given(
    st.integers(STAR - 2, STAR + 3),
    st.integers(STAR - 2, STAR + 3),
    st.integers(0, 30),
    st.booleans(),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_a_group_crosses_64_both_ways(
    before_size: int, after_size: int, of_video: int, from_below: bool, rng: random.Random
) -> None:
    """The real STAR: equal items come and go above or below the hub's key, beside neighbours that stay."""
    names = [f"u:{number:03}" for number in range(STAR + 3)]
    equal = [(name, BASE, VIDEO if rng.random() * STAR < of_video else "") for name in names]
    around = [("u:0005", BASE ^ 1, ""), ("u:zz", BASE ^ 3, VIDEO), ("u:y", BASE ^ (1 << 63), "other")]
    before = around + (equal[-before_size:] if from_below else equal[:before_size])
    after = around + (equal[-after_size:] if from_below else equal[:after_size])
    created, deleted = edge_changes(items(before), items(after), 8)
    assert apply(edges(items(before), 8), created, deleted) == oracle(after, 8)
    assert links(edges(items(before), 8)) == oracle(before, 8)


def test_64_equal_hashes_are_a_clique_and_65_a_star() -> None:
    rows: list[Row] = [(f"u:{number:02}", BASE, "") for number in range(STAR + 1)]
    assert len(edges(items(rows[:-1]), 8)) == STAR * (STAR - 1) // 2
    star = edges(items(rows), 8)
    assert len(star) == STAR
    assert set(star.a) == {"u:00"}


@given(collections(20), st.integers(0, 8), st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_stars_hold_together_what_cliques_do(rows: list[Row], radius: int, star: int) -> None:
    """Nobody falls out of a group for being of the hub's own video: equal items hang together as before."""

    def together(found: Edges) -> list[list[str]]:
        held = groups(found)
        return sorted(sorted(held.keys[held.group == number]) for number in set(held.group.tolist()))

    one_hash = [(key, BASE, owner) for key, _, owner in rows]
    cliques = together(edges(items(one_hash), radius))
    with mock.patch.object(stars, "STAR", star):
        assert together(edges(items(one_hash), radius)) == cliques


def test_a_deputy_stands_in_for_the_hub_towards_its_own_video() -> None:
    rows: list[Row] = [(f"u:{number:03}", BASE, VIDEO) for number in range(STAR + 6)]
    assert len(edges(items(rows), 8)) == 0
    rows += [("u:image", BASE, ""), ("u:later", BASE, "")]
    near: list[Row] = [("u:near", BASE ^ 1, ""), ("u:own", BASE ^ 1, VIDEO)]
    own = [(f"u:{number:03}", "u:image", 0) for number in range(1, STAR + 6)]
    rest = [("u:000", "u:image", 0), ("u:000", "u:later", 0), ("u:000", "u:near", 1), ("u:image", "u:own", 1)]
    assert links(edges(items(rows + near), 8)) == sorted([*own, *rest, ("u:near", "u:own", 0)])


def test_a_deputy_learns_of_another_hub() -> None:
    """The deputy stays the same item, but stands in for another video from now on."""
    kept: list[Row] = [("u:image", BASE, ""), ("u:one", BASE ^ 1, "one"), ("u:two", BASE ^ 1, "two")]
    before = kept + [(f"u:{number:03}", BASE, "one") for number in range(STAR + 1)]
    after = kept + [(f"u:{number:03}", BASE, "two") for number in range(STAR + 1)]
    created, deleted = edge_changes(items(before), items(after), 8)
    assert apply(edges(items(before), 8), created, deleted) == oracle(after, 8)
    assert ("u:image", "u:two", 1) in links(created)
    assert ("u:image", "u:one", 1) in links(deleted)


def test_plain_hashes_link_to_nothing() -> None:
    rows: list[Row] = [("u:a", 0b1111, ""), ("u:b", 0b1111, ""), ("u:c", 0b11111, ""), ("u:d", 0b11111, "")]
    assert links(edges(items(rows), 64)) == [("u:c", "u:d", 0)]


def test_nothing_and_one() -> None:
    for rows in ([], [("u:a", BASE, "")]):
        found = edges(items(rows), 8)
        assert links(found) == []
        assert (found.a.dtype, found.b.dtype, found.distance.dtype) == (object, object, np.uint8)
        created, deleted = edge_changes(items([]), items(rows), 8)
        assert links(created) == links(deleted) == []


def test_columns_may_be_arrays_and_owners_numbers() -> None:
    keys = np.array(["u:b", "u:a", "u:c"])
    values = np.array([BASE, BASE, BASE], np.uint64)
    assert links(edges(Items(keys, values, np.array([7, 7, 8])), 0)) == [("u:a", "u:c", 0), ("u:b", "u:c", 0)]
    assert all(type(key) is str for key in edges(Items(keys, values, np.array(["", "", ""])), 0).a)


def test_a_change_looks_at_touched_items_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One image is added to 5,000: one hash is searched, and no pair of old items is even compared."""
    rng = np.random.default_rng(4)
    near = BASE ^ (np.uint64(1) << rng.integers(0, 64, 5000, dtype=np.uint64))
    old: list[Row] = [(f"u:{number:04}", int(value), "") for number, value in enumerate(near[:3000])]
    asked: list[int] = []
    pairs: list[int] = []
    search, whole = module.radius_search, module.expand

    def watched_search(queries: Any, *rest: Any) -> Any:
        asked.append(len(queries))
        return search(queries, *rest)

    def watched_expand(*runs: Any) -> Any:
        out = whole(*runs)
        pairs.append(len(out[0]))
        return out

    monkeypatch.setattr(module, "radius_search", watched_search)
    monkeypatch.setattr(module, "expand", watched_expand)
    created, deleted = edge_changes(items(old), items([*old, ("u:new", BASE ^ 0b110, "")]), 8)
    assert asked == [0, 1]
    assert sum(pairs) <= 64 * STAR
    assert 0 < len(created) <= 64 * STAR
    assert len(deleted) == 0


def test_wrong_columns_are_refused() -> None:
    one = np.array([BASE], np.uint64)
    with pytest.raises(ValueError, match="key occurs twice"):
        edges(items([("u:a", BASE, ""), ("u:a", BASE, "")]), 8)
    with pytest.raises(ValueError, match="one length"):
        edges(Items(["u:a", "u:b"], one, ["", ""]), 8)
    with pytest.raises(TypeError, match="uint64"):
        edges(Items(["u:a"], one.astype(np.int64), [""]), 8)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 to 64"):
        edges(Items(["u:a"], one, [""]), 65)
    with pytest.raises(ValueError, match="0 to 64"):
        edge_changes(Items(["u:a"], one, [""]), Items(["u:a"], one, [""]), -1)


def test_expand_of_nothing() -> None:
    none = np.empty(0, np.int64)
    assert all(len(part) == 0 for part in expand(none, none, none, none))
