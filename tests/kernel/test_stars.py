"""Roles and order in a table, against its words read aloud."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tagcat_kernel import stars
from tagcat_kernel.stars import DEPUTY, HUB, MEMBER, SPOKE, Items, Table

Row = tuple[str, int, str]
BASE = 0x2B69707551F1B87A

rows = st.lists(
    st.tuples(
        st.text("abéz", min_size=1, max_size=3),
        st.sampled_from([BASE, BASE ^ 1, ~BASE & (2**64 - 1), 0]),
        st.sampled_from(["", "one", "two"]),
    ),
    unique_by=lambda row: row[0],
    max_size=14,
)


def items(chosen: list[Row]) -> Items:
    return Items(
        [key for key, _, _ in chosen],
        np.array([dhash for _, dhash, _ in chosen], np.uint64),
        [owner for _, _, owner in chosen],
    )


def told(table: Table) -> dict[str, tuple[int, str, int, str]]:
    """Hash, owner, role and the video stood in for, by key."""
    every = np.arange(len(table.keys))
    columns = (table.hashes, table.owners, table.roles(every), table.served(every))
    return dict(zip(table.keys, zip(*(column.tolist() for column in columns), strict=True), strict=True))


def oracle(chosen: list[Row], star: int) -> dict[str, tuple[int, str, int, str]]:
    found = {}
    for key, dhash, owner in chosen:
        if not 5 <= dhash.bit_count() <= 59:
            continue
        equal = sorted((name, of) for name, one, of in chosen if one == dhash)
        hub, video = equal[0]
        others = [name for name, of in equal if of != video]
        role, serves = SPOKE, ""
        if len(equal) <= star:
            role = MEMBER
        elif key == hub:
            role = HUB
        elif video and [key] == others[:1]:
            role, serves = DEPUTY, video
        found[key] = (dhash, owner, role, serves)
    return found


@given(rows, rows, st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_every_item_has_its_role_however_the_table_came_to_be(
    before: list[Row], after: list[Row], star: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stars, "STAR", star)
        first = Table.of(items(before))
        assert told(first) == oracle(before, star)
        same = set(before) & set(after)
        gone = {row[0] for row in before if row not in same}
        come = [row for row in after if row not in same]
        second, touched = first.changed(gone, items(come))
        assert told(second) == told(Table.of(items(after))) == oracle(after, star)
        assert told(first) == oracle(before, star)  # it stays as it is
    moved = {row[1] for row in before if row[0] in gone} | {row[1] for row in come}
    assert set(touched.tolist()) == {dhash for dhash in moved if 5 <= dhash.bit_count() <= 59}


def test_groups_lie_side_by_side_and_rows_are_found_by_hash() -> None:
    table = Table.of(items([("b", BASE ^ 1, ""), ("c", BASE, ""), ("a", BASE ^ 1, "")]))
    assert table.values.tolist() == sorted([BASE, BASE ^ 1])
    assert table.group_of(np.arange(3)).tolist() == np.repeat([0, 1], table.counts).tolist()
    assert sorted(table.keys[table.rows_of(np.array([BASE ^ 1], np.uint64))]) == ["a", "b"]
