"""Nothing outside the root can be chosen, by whatever name it is asked for."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagcat_widgets import MediaPicker
from tagcat_widgets._sandbox import OutsideError, inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "open"
    (folder / "photos" / "2024").mkdir(parents=True)
    (folder / "photos" / "cat.jpg").write_bytes(b"cat")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "key").write_bytes(b"key")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "openly").mkdir()  # its name begins with the root's
    (folder / "way_out").symlink_to(tmp_path)
    (folder / "photos" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "photos" / "twin.jpg").symlink_to(folder / "photos" / "cat.jpg")
    (folder / "loop").symlink_to(folder / "loop")
    return folder.resolve()


def press_add(picker: MediaPicker, name: str = "") -> None:
    """Write a file's name into the chooser as a browser does, and press Add."""
    picker.chooser._filename.set_state({"value": name})
    picker.chooser._select.disabled = False
    picker.chooser._select._handle_button_msg(None, {"event": "click"}, [])


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "photos/../../secret.txt",
        "/etc/passwd",
        "way_out",
        "way_out/secret.txt",
        "photos/link.txt",
        "../openly",
        "..",
        "/",
        "loop",
        ".hidden",
        ".hidden/key",
        "photos/gone.jpg",
        "a" * 5_000,
        "nul\x00byte",
        "../\udce9",
    ],
)
def test_what_lies_outside_is_refused_with_words(root: Path, path: str) -> None:
    picker = MediaPicker(root)
    assert not picker.add(path)
    assert picker.paths == []
    assert picker.error
    assert picker.list.rows == []


@pytest.mark.parametrize(
    "path", ["photos", "photos/2024", "photos/cat.jpg", "photos/../photos/cat.jpg", ".", ""]
)
def test_what_lies_inside_is_taken_resolved(root: Path, path: str) -> None:
    picker = MediaPicker(root)
    assert picker.add(path)
    assert picker.paths == [(root / path).resolve()]
    assert picker.error == ""


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", ".", "photos", "way_out", "link.txt", "secret.txt", "", "2024", "/"]),
        max_size=6,
    )
)
def test_whatever_path_is_put_together_stays_inside(root: Path, parts: list[str]) -> None:
    try:
        found = inside(root, "/".join(parts))
    except OutsideError:
        return
    assert found == Path(os.path.realpath(found))
    assert found.is_relative_to(root)


def test_a_file_that_does_not_exist_outside_is_refused_like_one_that_does(root: Path) -> None:
    def said(path: str) -> str:
        with pytest.raises(OutsideError) as caught:
            inside(root, path)
        return str(caught.value).replace(path, "…")

    assert said("../secret.txt") == said("../no such file")


@pytest.mark.parametrize(
    "name", ["../../secret.txt", "/etc/passwd", "link.txt", "../.hidden/key", "gone.jpg"]
)
def test_a_forged_file_name_is_refused(root: Path, name: str) -> None:
    picker = MediaPicker(root)
    picker.chooser.open_at(str(root / "photos"))
    press_add(picker, name)
    assert picker.paths == []
    assert picker.error


def test_the_folder_that_is_shown_and_files_in_it_are_added(root: Path) -> None:
    picker = MediaPicker(root)
    press_add(picker)
    picker.chooser._dircontent.value = "photos/"
    assert picker.chooser.folder == str(root / "photos")
    press_add(picker, "cat.jpg")
    press_add(picker, "twin.jpg")  # a link to the same file
    assert picker.paths == [root, root / "photos" / "cat.jpg"]
    assert picker.chooser.folder == str(root / "photos")
    assert picker.chooser._gb.layout.display is None


def test_a_folder_that_leads_out_is_not_entered(root: Path) -> None:
    picker = MediaPicker(root)
    picker.chooser._dircontent.value = "way_out/"
    assert picker.chooser.folder.rstrip("/") == str(root)
    assert "lies outside" in picker.error
    assert picker.chooser._dircontent.value is None
    assert "secret.txt" not in picker.chooser._dircontent.options
    picker.chooser._dircontent.value = "photos/"  # and it goes on working
    assert picker.chooser.folder == str(root / "photos")
    picker.chooser._dircontent.value = "../"
    assert picker.chooser.folder.rstrip("/") == str(root)


def test_folders_are_called_by_their_whole_paths(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(picker: MediaPicker) -> list[str]:
        assert picker.chooser._pathlist.label == picker.chooser._pathlist.options[0][0]
        return [name for name, _ in picker.chooser._pathlist.options]

    picker = MediaPicker(root)
    assert named(picker) == [str(root)]
    picker.chooser._dircontent.value = "photos/"
    assert named(picker) == [f"{root}/photos", str(root)]
    picker.chooser._pathlist.index = 1
    assert picker.chooser.folder.rstrip("/") == str(root)
    monkeypatch.setattr(Path, "home", lambda: root)
    picker = MediaPicker()
    picker.chooser._dircontent.value = "photos/"
    assert named(picker) == ["Home/photos", "Home"]
    press_add(picker, "cat.jpg")
    assert picker.paths == [root / "photos" / "cat.jpg"]


def test_a_folder_that_vanishes_while_it_is_shown_is_said(root: Path) -> None:
    picker = MediaPicker(root)
    (root / "photos" / "2024").rmdir()
    picker.chooser._dircontent.value = "photos/"
    (root / "photos").rename(root / "moved")
    picker.chooser._dircontent.value = "cat.jpg"
    press_add(picker, "cat.jpg")
    assert picker.paths == []
    assert "there is no such file or folder any more" in picker.error
    assert picker.chooser.folder.rstrip("/") == str(root)  # begins again at the root


def test_rows_are_taken_out_by_messages(root: Path) -> None:
    picker = MediaPicker(root)
    for path in ("photos", "photos/cat.jpg", "photos/2024"):
        picker.add(path)
    keys = [row["key"] for row in picker.list.rows]
    picker.list.comm.custom({"type": "remove", "key": keys[1]})
    picker.list.comm.custom({"type": "remove", "key": "forged"})
    assert [row["name"] for row in picker.list.rows] == ["photos", "2024"]
    picker.list.comm.write(rows=[{"key": "9", "name": "/etc/passwd"}])
    assert picker.paths == [root / "photos", root / "photos" / "2024"]
    picker.list.comm.custom({"type": "clear"})
    assert (picker.paths, picker.list.rows) == ([], [])


def test_paths_are_checked_again_when_they_are_handed_out(root: Path, tmp_path: Path) -> None:
    picker = MediaPicker(root)
    picker.add("photos/cat.jpg")
    picker.add("photos/2024")
    (root / "photos" / "2024").rmdir()
    (root / "photos" / "2024").symlink_to(tmp_path)
    handed: list[list[Path]] = []
    picker.on_submit(handed.append)
    picker.list.comm.custom({"type": "submit"})
    assert handed == [[root / "photos" / "cat.jpg"]]
    assert [bool(row["error"]) for row in picker.list.rows] == [False, True]


def test_nothing_is_submitted_where_nothing_holds(root: Path) -> None:
    picker = MediaPicker(root)
    picker.on_submit(lambda paths: pytest.fail("called"))
    picker.list.comm.custom({"type": "submit"})


def test_a_start_that_fails_is_said(root: Path) -> None:
    picker = MediaPicker(root)
    picker.add("photos")

    def broken(paths: list[Path]) -> None:
        raise OSError("the disk is full")

    picker.on_submit(broken)
    picker.list.comm.custom({"type": "submit"})
    assert picker.error == "This could not be started: the disk is full"


def test_hostile_folder_names_never_reach_html(root: Path) -> None:
    hostile = root / "<img src=x onerror=alert(1)>"
    hostile.mkdir()
    picker = MediaPicker(root)
    picker.chooser._dircontent.value = hostile.name + "/"
    press_add(picker)
    assert picker.paths == [hostile]
    assert picker.list.rows[0]["name"] == hostile.name
    chooser = picker.chooser
    assert (chooser._label.value, chooser._title.value) == ("", "")
    assert "<img" not in chooser._select.description


def test_a_root_that_is_no_folder_is_refused(root: Path) -> None:
    with pytest.raises(NotADirectoryError, match="is no folder"):
        MediaPicker(root / "photos" / "cat.jpg")


def test_hidden_files_open_where_it_is_wanted(root: Path) -> None:
    assert MediaPicker(root, hidden=True).add(".hidden/key")


def test_the_root_is_what_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_MEDIA_ROOT", str(tmp_path))
    assert MediaPicker().root == tmp_path.resolve()
    other = tmp_path / "other"
    other.mkdir()
    assert MediaPicker(other).root == other.resolve(), "a root that is given wins"
