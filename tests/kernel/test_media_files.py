"""What is read of a file that changes or goes while it is read."""

import os
from pathlib import Path

import pytest

from tagcat_kernel import MediaError
from tagcat_kernel.media.files import PassingError, opened, read_whole


def test_a_file_that_grows_or_is_touched_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "growing.jpg"
    path.write_bytes(b"the beginning")
    with pytest.raises(PassingError, match="changed while being read"), opened(path) as (file, stamp):
        assert stamp.bytes == len(file.read())
        with path.open("ab") as more:
            more.write(b" and more")
    with pytest.raises(PassingError, match="changed while being read"), opened(path) as (file, stamp):
        os.utime(path, ns=(0, stamp.modified + 1))
    assert read_whole(path, 100)[0] == b"the beginning and more"


def test_a_file_that_is_cut_short_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shrinking.mp4"
    path.write_bytes(bytes(1000))
    with pytest.raises(PassingError, match="changed while being read"), opened(path) as (file, _):
        os.truncate(path, 10)
        assert len(file.read()) == 10


def test_a_file_that_vanishes_while_it_is_read_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "goes.jpg"
    path.write_bytes(b"whole")
    with opened(path) as (file, _):
        path.unlink()
        assert file.read() == b"whole"
    with pytest.raises(PassingError, match="No such file"):
        read_whole(path, 100)


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").symlink_to(tmp_path / "two.jpg")
    (tmp_path / "two.jpg").symlink_to(tmp_path / "one.jpg")
    with pytest.raises(MediaError, match="symbolic links"):
        read_whole(tmp_path / "one.jpg", 100)
