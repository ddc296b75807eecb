"""The walk: every file once, loops entered once, what is nothing is named."""

import os
import subprocess
from pathlib import Path

import pytest

from tagcat_kernel.walk import Failure, Found, find_files, printable


def found(*paths: str | Path) -> list[str]:
    return [item.path for item in find_files(paths) if isinstance(item, Found)]


def make(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return [str(folder / name) for name in names]


def test_folders_are_walked_in_the_order_of_names(tmp_path: Path) -> None:
    files = make(tmp_path, "a.jpg", "b/c.jpg", "b/d/e.mp4", "z.png")
    assert found(tmp_path) == files


def test_a_file_that_two_paths_reach_comes_once(tmp_path: Path) -> None:
    files = make(tmp_path, "a.jpg", "b/c.jpg")
    assert found(tmp_path, tmp_path / "b", tmp_path / "a.jpg") == files


def test_globs_and_names_that_look_like_globs(tmp_path: Path) -> None:
    make(tmp_path, "one.jpg", "two.png", "[odd].jpg", "deep/er/three.jpg")
    assert found(tmp_path / "*.png") == [str(tmp_path / "two.png")]
    assert found(tmp_path / "[odd].jpg") == [str(tmp_path / "[odd].jpg")]
    assert str(tmp_path / "deep/er/three.jpg") in found(tmp_path / "**" / "*.jpg")


def test_a_loop_of_symbolic_links_ends(tmp_path: Path) -> None:
    make(tmp_path, "b/c.jpg")
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    assert found(tmp_path) == [str(tmp_path / "b" / "c.jpg")]


def test_what_is_not_there_or_dangles_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "gone")
    gone = [item for item in find_files([tmp_path, tmp_path / "nothing-*.jpg"]) if isinstance(item, Failure)]
    assert {Path(item.path).name for item in gone} == {"dangling.jpg", "nothing-*.jpg"}
    assert all(item.error for item in gone)


def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(str(tmp_path)) + b"/caf\xe9.jpg")
    with open(name, "wb") as file:  # noqa: PTH123
        file.write(b"x")
    assert found(tmp_path) == [name]
    assert printable(name).endswith("caf\\xe9.jpg")
    printable(name).encode()


def test_tagcats_own_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or each run would find the thumbnails of the last one, and make thumbnails of them."""
    monkeypatch.setenv("TAGCAT_HOME", str(tmp_path / "data" / "tagcat"))
    mine = make(tmp_path, "a.jpg")
    make(tmp_path, "data/tagcat/cache/thumbnails/b.jpg", "data/tagcat/demonstration/c.jpg")
    assert found(tmp_path) == mine
    assert found(tmp_path / "data" / "tagcat" / "demonstration") != [], "but for the demonstration"


def test_a_link_does_not_lead_out_of_the_folder_that_may_be_read(tmp_path: Path) -> None:
    make(tmp_path, "outside/secret.jpg", "root/mine.jpg", "root/inner/also.jpg")
    (tmp_path / "root" / "inner" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "file.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    items = list(find_files([tmp_path / "root"], inside=tmp_path / "root"))
    assert [Path(item.path).name for item in items if isinstance(item, Found)] == ["also.jpg", "mine.jpg"]
    refused = [item for item in items if isinstance(item, Failure)]
    assert {Path(item.path).name for item in refused} == {"link", "file.jpg"}
    assert all("lies outside" in item.error for item in refused)


def test_a_link_is_no_second_file(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "a.jpg")
    assert found(tmp_path) == [str(tmp_path / "a.jpg")]


def test_an_empty_argument_is_not_the_folder_that_we_are_in() -> None:
    assert list(find_files([""])) == [Failure("", "no such file or folder")]


def test_folders_may_lie_deeper_than_python_recurses(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1200):
        deep = deep / "d"
        deep.mkdir()
    (deep / "x.jpg").write_bytes(b"x")
    try:
        assert found(tmp_path) == [str(deep / "x.jpg")]
    finally:  # pytest clears its folders by recursion
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_a_pattern_in_a_folder_with_brackets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Photos [2019]"
    files = make(folder, "a.jpg", "b.jpg")
    monkeypatch.chdir(folder)
    assert found("*.jpg") == files
