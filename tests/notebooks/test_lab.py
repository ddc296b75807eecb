"""The copies that JupyterLab opens: a person's changes are never lost."""

import hashlib
import json
from pathlib import Path

from tagcat_kernel.home import shipped
from tagcat_kernel.serve.lab import LEDGER, working_copies


def test_copies_are_made_where_they_are_wanted(tmp_path: Path, tagcat_home: Path) -> None:
    names = {path.name for path in shipped("notebooks").glob("*.ipynb")}
    assert {path.name for path in working_copies().glob("*.ipynb")} == names
    assert working_copies() == tagcat_home.resolve() / "notebooks"
    chosen = tmp_path / "new" / "folder"
    assert {path.name for path in working_copies(chosen).glob("*.ipynb")} == names


def test_an_edited_copy_is_never_overwritten(tmp_path: Path) -> None:
    working_copies(tmp_path)
    mine = tmp_path / "home.ipynb"
    mine.write_text("mine", "utf-8")
    working_copies(tmp_path)
    assert mine.read_text("utf-8") == "mine"


def test_what_was_there_before_us_is_never_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "home.ipynb"
    mine.write_text("mine", "utf-8")
    working_copies(tmp_path)
    assert mine.read_text("utf-8") == "mine"
    (tmp_path / LEDGER).write_text("{broken", "utf-8")
    working_copies(tmp_path)
    assert mine.read_text("utf-8") == "mine"


def test_an_untouched_copy_follows_the_installation(tmp_path: Path) -> None:
    working_copies(tmp_path)
    copy = tmp_path / "home.ipynb"
    # As an older TagCat would have left it: its own text, noted in the ledger.
    ledger = json.loads((tmp_path / LEDGER).read_text("utf-8"))
    copy.write_bytes(b"older")
    ledger["home.ipynb"] = hashlib.sha256(b"older").hexdigest()
    (tmp_path / LEDGER).write_text(json.dumps(ledger), "utf-8")
    working_copies(tmp_path)
    assert copy.read_bytes() == (shipped("notebooks") / "home.ipynb").read_bytes()


def test_a_copy_that_was_thrown_away_comes_back(tmp_path: Path) -> None:
    working_copies(tmp_path)
    (tmp_path / "home.ipynb").unlink()
    working_copies(tmp_path)
    assert (tmp_path / "home.ipynb").is_file()
