"""What a person is told of changes since the last visit, whatever became of the note."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.home import user_folder
from tagcat_kernel.visits import VISIT, News, forget, look

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_HOME", str(tmp_path))


def test_looks_within_half_an_hour_are_one_visit() -> None:
    assert look("ada", [A], now=0) == News(None, (), 0)
    assert look("ada", [A, B], now=60) == News(None, (), 0), "still the first visit"
    assert look("ada", [C, A, B, C], now=60 + VISIT + 1) == News(60, (C,), 0)
    assert look("ada", [C, B], now=60 + 2 * VISIT) == News(60, (C,), 1), "loaded again, it says the same"
    assert look("ada", [C, B], now=60 + 4 * VISIT) == News(60 + 2 * VISIT, (), 0)


def test_users_have_visits_of_their_own() -> None:
    look("ada", [A], now=0)
    assert look("../ada", [A, B], now=1e6) == News(None, (), 0)
    forget("ada")
    assert look("ada", [A, B], now=1e6) == News(None, (), 0)
    assert look("../ada", [B], now=3e6) == News(1e6, (), 1)


def test_a_shared_collection_has_visits_of_each_person_that_go_with_the_person() -> None:
    look("bob", [A], now=0)
    assert look("bob", [A, B], of="ada", now=1e6) == News(None, (), 0)
    assert look("bob", [A, B, C], of="ada", now=2e6) == News(1e6, (C,), 0)
    assert look("bob", [A], now=2e6) == News(0, (), 0)
    forget("bob")
    assert look("bob", [A], of="ada", now=3e6) == News(None, (), 0)


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"\x93NUMPY"])
def test_a_note_that_can_not_be_read_is_begun_anew(content: bytes) -> None:
    look("ada", [A], now=0)
    (file,) = user_folder("visits", "ada").iterdir()
    file.write_bytes(content)
    assert look("ada", [A, B], now=1e6) == News(None, (), 0)
    assert look("ada", [A], now=2e6) == News(1e6, (), 1)


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_what_came_and_went_is_the_difference_of_sets(before: set[int], after: set[int]) -> None:
    def names(numbers: set[int]) -> list[str]:
        return [f"{number:016x}" * 2 for number in numbers]

    forget("ada")
    look("ada", names(before), now=0)
    news = look("ada", names(after), now=1e6)
    assert sorted(news.came) == sorted(names(after - before))
    assert news.went == len(before - after)
