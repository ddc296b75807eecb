"""What the hub hands to whom: from its own file, one file for each person."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tagcat_kernel.secrets import SecretsError, read_secrets
from tagcat_kernel.serve.hub.credentials import credentials_of, hand_over

MARKER = "marker-W3k9"
ADA = {"graph_uri": "neo4j+s://x", "graph_user": "ada", "graph_password": f"{MARKER}-ada"}
BOB = ADA | {"graph_user": "bob", "graph_password": f"{MARKER}-bob"}


def write(path: Path, held: Any, mode: int = 0o600) -> Path:
    path.touch(mode=0o600)
    path.write_text(held if isinstance(held, str) else json.dumps(held), "utf-8")
    path.chmod(mode)
    return path


def test_a_person_gets_his_own(tmp_path: Path) -> None:
    path = write(
        tmp_path / "graphs.json", {"ada": ADA | {"note": MARKER}, "bob": BOB | {"graph_database": "b"}}
    )
    assert credentials_of("ada", path) == ADA
    assert credentials_of("bob", path) == BOB | {"graph_database": "b"}


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ({"bob": BOB}, "ada has no account of the graph"),
        ({"ada": ADA, "bob": ADA | {"graph_password": MARKER}}, "ada and bob have the same account"),
        ({"ada": ADA, "bob": {"graph_user": MARKER}}, "no JSON object that gives each person"),
        ({"ada": ADA | {"graph_password": ""}}, "no JSON object that gives each person"),
        ({"ada": ADA | {"graph_database": [MARKER]}}, "no JSON object that gives each person"),
        ({"ada": [MARKER]}, "no JSON object that gives each person"),
        ([MARKER], "no JSON object that gives each person"),
        (f'{{"ada": "{MARKER}', "no JSON object that gives each person"),
    ],
)
def test_a_file_that_is_no_good_is_told_without_what_is_in_it(tmp_path: Path, held: Any, why: str) -> None:
    path = write(tmp_path / "graphs.json", held)
    with pytest.raises(SecretsError, match=why) as raised:
        credentials_of("ada", path)
    assert MARKER not in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "graphs.json", {"ada": ADA}, mode)
    with pytest.raises(SecretsError, match="chmod 600"):
        credentials_of("ada", path)
    with pytest.raises(SecretsError, match="No such file"):
        credentials_of("ada", tmp_path / "none.json")


def test_what_is_handed_over_is_what_tagcat_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "handed" / "7.json"
    for held in (ADA, ADA | {"graph_password": "changed"}):  # the second time over the first
        hand_over(held, own, os.geteuid(), os.getegid())
        monkeypatch.setenv("TAGCAT_SECRETS", f"file:{own}")
        assert read_secrets() == held
    assert own.stat().st_mode & 0o777 == 0o600
    assert own.parent.stat().st_mode & 0o777 == 0o711
    assert list(own.parent.iterdir()) == [own], "nothing half written stays"


def test_a_person_that_can_not_be_given_a_file_gets_none(tmp_path: Path) -> None:
    own = tmp_path / "handed" / "7.json"
    with pytest.raises((OSError, OverflowError)):
        hand_over(ADA, own, 2**40, 0)
    assert list(own.parent.iterdir()) == []
