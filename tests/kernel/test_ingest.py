"""Ingest on the embedded graph: what is new, what is skipped, what fails, and what a cancel leaves."""

import contextlib
import io
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tagcat_kernel import MediaError, Workbench, jobs, key_frames
from tagcat_kernel.demo import demonstration
from tagcat_kernel.graph import server
from tagcat_kernel.ingest import IngestReport
from tagcat_kernel.ingest import ingest as run_ingest
from tests.kernel.damage import small_files, write_damaged

pytestmark = pytest.mark.usefixtures("one_decoder")


@pytest.fixture(scope="module")
def shared_home(
    tmp_path_factory: pytest.TempPathFactory, demonstrated: Callable[[Path], Path]
) -> Iterator[Path]:
    """One TAGCAT_HOME, and so one embedded server, for the tests of this module; users differ."""
    home = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGCAT_HOME", str(home))
        demonstrated(home)
        yield home
        server.stop()


@pytest.fixture(autouse=True)
def _use_shared_home(shared_home: Path, tagcat_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_HOME", str(shared_home))


@pytest.fixture
def workbench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    with Workbench(user=request.node.name) as workbench:
        yield workbench


def ingest(workbench: Workbench, *paths: Path) -> IngestReport:
    return workbench.ingest(*paths, progress=False)


def photograph(path: Path, seed: int = 0) -> Path:
    """Write a smooth random picture: never plain, and unlike any other seed's."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    Image.fromarray(small).resize((240, 180), Image.Resampling.BICUBIC).save(path)
    return path


def test_the_demonstration_shows_every_kind_of_match(workbench: Workbench) -> None:
    report = ingest(workbench, demonstration())
    assert not report.failed
    assert workbench.counts() == {
        "images": report.images,
        "videos": 2,
        "frames": report.frames,
        "matches": report.matches,
        "files": report.images + 2 + 2,  # and the copy of each photograph
    }
    matches = workbench.matches()
    kinds = set(zip(matches["a_position"].isna(), matches["b_position"].isna(), strict=True))
    assert (True, True) in kinds, "image–image"
    assert (False, False) in kinds, "frame–frame"
    assert kinds & {(True, False), (False, True)}, "image–frame"
    assert len(workbench.duplicates()) == 4
    again = ingest(workbench, demonstration())
    assert (again.images, again.videos, again.matches, again.skipped) == (0, 0, 0, report.images + 4)


def test_views_agree_with_what_is_stored(workbench: Workbench) -> None:
    ingest(workbench, demonstration())
    stored, joined = workbench.matches(), workbench.pairs(workbench.settings.max_distance)
    assert set(zip(stored["a"], stored["b"], strict=True)) == set(zip(joined["a"], joined["b"], strict=True))
    counts = workbench.distance_counts()
    assert sum(counts[: workbench.settings.max_distance + 1]) == len(stored)
    groups = workbench.groups(8)
    assert groups["size"].is_monotonic_decreasing
    assert (groups.groupby("group").size() == groups.groupby("group")["size"].first()).all()
    video = workbench.videos().iloc[0]
    frames = workbench.frames(video["key"])
    at_default = workbench.key_frames_at(video["key"], workbench.settings.key_frame_distance)
    assert frames["key"].tolist() == at_default["key"].tolist()
    assert len(frames) == video["frames"]
    assert workbench.key_frame_counts(video["key"])[workbench.settings.key_frame_distance] == len(frames)


def test_mirrored_and_turned_copies_are_found_where_they_are_asked_for(
    workbench: Workbench, media: Path, tmp_path: Path
) -> None:
    names = ["1-original", "2-rotate-90", "3-rotate-180", "4-rotate-270", "5-flipx", "6-flipy"]
    names += ["7-flip-plus-1", "8-flip-minus-1"]
    files = [f"tex__dih_bridge-{name}.jpg" for name in names]
    for name in [*files, "idd__ukbench00120.jpg", "idd__ukbench00120_hflip.jpg"]:
        (tmp_path / name).symlink_to(media / "images" / name)
    ingest(workbench, tmp_path)
    assert workbench.pairs(8, progress=False).empty
    original = tmp_path / files[0]
    assert workbench.find(original)["path"].tolist() == [str(original)]
    found = workbench.find(original, orientations="all")
    assert found["path"][0] == str(original), "what lies as it is comes first"
    assert sorted(Path(path).name for path in found["path"]) == files
    told = dict(zip(found["path"], found["orientation"], strict=True))
    assert told[str(original)] == "as is"
    assert told[str(tmp_path / files[2])] == "turned 180°"
    assert len(set(told.values())) == 8
    pairs = workbench.pairs(8, orientations="all", progress=False)
    assert len(pairs) == 8 * 7 // 2 + 1
    (other,) = pairs[pairs["a_path"].str.contains("ukbench")].to_dict("records")
    assert (other["orientation"], other["distance"] <= 2) == ("mirrored", True)
    assert not (pairs["orientation"] == "as is").any()
    with pytest.raises(ValueError, match="as they are only"):
        workbench.pairs(8, engine="graph", orientations="all")


def test_hashes_ask_as_their_file_does(workbench: Workbench) -> None:
    folder = demonstration()
    ingest(workbench, folder)
    clip = next((folder / "videos").iterdir())
    by_file = workbench.find(clip)
    hashes = np.array([frame.dhash for frame in key_frames(clip)], np.uint64)
    by_hashes = workbench.find(hashes)
    assert by_hashes.drop(columns="question").equals(by_file)
    own = by_hashes[(by_hashes["path"] == str(clip)) & (by_hashes["distance"] == 0)]
    frames = workbench.frames().set_index("key")["dhash"]
    assert [f"{hashes[row.question]:016x}" for row in own.itertuples()] == frames[own["key"]].tolist()
    assert workbench.find(hashes[:0]).empty
    for wrong in (hashes.reshape(1, -1), hashes):
        with pytest.raises(ValueError, match=r"uint64\[q\]"):
            workbench.find(wrong, orientations="all")


def test_thumbnails_are_pictures_of_this_user_only(workbench: Workbench) -> None:
    ingest(workbench, demonstration())
    for key in (workbench.images()["key"][0], workbench.videos()["key"][0], workbench.frames()["key"][0]):
        thumbnail = workbench.thumbnail(key)
        assert thumbnail is not None
        assert thumbnail.startswith(b"\xff\xd8"), "a JPEG"
        assert Workbench(user="eve").thumbnail(key) is None
        assert Workbench(user="eve").thumbnail(key.replace(workbench.user, "eve")) is None


def test_a_moment_that_is_no_key_frame_has_a_thumbnail_too(workbench: Workbench) -> None:
    ingest(workbench, demonstration())
    video = workbench.videos()["key"][0]
    stored = set(workbench.frames(video)["key"])
    others = [key for key in workbench.key_frames_at(video, 1)["key"] if key not in stored]
    assert others
    assert (workbench.thumbnail(others[0]) or b"").startswith(b"\xff\xd8")


def test_a_moment_is_shown_large_and_a_video_is_given_whole(workbench: Workbench) -> None:
    ingest(workbench, demonstration())
    row = workbench.videos().iloc[0]
    for key in (f"{row['key']}:3", f"{row['key']}:999999999", row["key"]):
        picture = Image.open(io.BytesIO(workbench.picture(key, 200) or b""))
        assert picture.format == "JPEG"
        assert max(picture.size) <= 200
        assert Workbench(user="eve").picture(key) is None
        assert Workbench(user="eve").picture(key.replace(workbench.user, "eve")) is None
    assert workbench.video_bytes(row["key"]) == Path(row["path"]).read_bytes()
    with pytest.raises(MediaError, match="larger than 0 MB"):
        workbench.video_bytes(row["key"], most=100)
    with pytest.raises(MediaError, match="no file of such a video"):
        Workbench(user="eve").video_bytes(row["key"])


def test_rejected_pairs_stay_away_until_taken_back(workbench: Workbench) -> None:
    ingest(workbench, demonstration())
    before = workbench.matches()
    a, b = before.loc[0, ["a", "b"]]
    workbench.reject(b, a)
    for table in (workbench.matches(), workbench.pairs(8)):
        assert (a, b) not in set(zip(table["a"], table["b"], strict=True))
        assert len(table) == len(before) - 1
    workbench.unreject(a, b)
    assert len(workbench.matches()) == len(before)


def test_a_bad_file_is_named_and_stops_nothing(workbench: Workbench, tmp_path: Path) -> None:
    photograph(tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8 no picture")
    (tmp_path / "notes.txt").write_text("no media")
    os.mkfifo(tmp_path / "pipe.mp4")
    report = ingest(workbench, tmp_path, tmp_path / "notes.txt", tmp_path / "gone.jpg")
    assert report.images == 1
    assert {Path(failure.path).name for failure in report.failed} == {
        "bad.jpg",
        "notes.txt",
        "gone.jpg",
        "pipe.mp4",
    }
    assert ingest(workbench, tmp_path).ignored == 1, "found in a folder, notes are no failure"


def test_hostile_files_and_dying_decoders_stop_nothing(
    workbench: Workbench, media: Path, tmp_path: Path
) -> None:
    chance = random.Random(5)
    for folder in ("images", "videos"):
        (tmp_path / folder).mkdir()
        write_damaged(small_files(media, folder), tmp_path / folder, 20, chance)
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "folder.jpg" / "up").symlink_to(tmp_path)
    (tmp_path / "endless.mp4").symlink_to("/dev/zero")
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jpg")
    photograph(tmp_path / "good.png")
    photograph(tmp_path / "goes.png", seed=1)
    total, killed = 40 + 5, 0

    def watch(done: int, _total: int, _name: str) -> None:
        nonlocal killed
        (tmp_path / "goes.png").unlink(missing_ok=True)  # in time or too late: both must be well
        if done in (3, 9, 20):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):  # one that died already, and nobody has taken note
                    if "tagcat_kernel.media.worker" in child.cmdline():
                        child.kill()
                        killed += 1

    first = run_ingest(workbench.collection, [tmp_path], progress=watch)
    assert killed
    assert first.images + first.videos + len(first.failed) == total
    told = {Path(failure.path).name: failure.error for failure in first.failed}
    assert all(told.values())
    assert told["endless.mp4"] == told["pipe.jpg"] == "not a regular file"
    assert told["dangling.png"] == "No such file or directory"
    assert sum("crashed" in error for error in told.values()) <= killed

    again = ingest(workbench, tmp_path)
    told = {Path(failure.path).name: failure.error for failure in again.failed}
    assert "good.png" not in told
    assert not [error for error in told.values() if "crashed" in error], "and no death is remembered"
    stored = {Path(path).name for path in workbench.files()["path"]}
    assert stored | told.keys() | {"goes.png"} == {
        path.name for path in tmp_path.rglob("*") if not path.is_dir()
    } | {"goes.png"}


def test_a_name_that_is_no_text_is_a_failure_of_that_file(workbench: Workbench, tmp_path: Path) -> None:
    photograph(tmp_path / "good.png")
    shutil.copy(tmp_path / "good.png", os.fsencode(tmp_path) + b"/caf\xe9.png")  # type: ignore[arg-type]
    report = ingest(workbench, tmp_path)
    assert report.images == 1
    assert [failure.error for failure in report.failed] == ["the name is not valid UTF-8: rename the file"]


def test_changed_bytes_at_a_path_are_read_again(workbench: Workbench, tmp_path: Path) -> None:
    path = photograph(tmp_path / "picture.png", seed=1)
    ingest(workbench, tmp_path)
    before = workbench.images()["md5"].tolist()
    photograph(path, seed=2)
    assert ingest(workbench, tmp_path).images == 1
    after = workbench.images()["md5"].tolist()
    assert len(after) == 1
    assert after != before


def test_the_same_bytes_at_a_new_path_are_one_image(workbench: Workbench, tmp_path: Path) -> None:
    photograph(tmp_path / "b.png")
    ingest(workbench, tmp_path)
    shutil.copy(tmp_path / "b.png", tmp_path / "a.png")
    report = ingest(workbench, tmp_path)
    assert (report.images, report.skipped) == (0, 1)
    images = workbench.images()
    assert images["files"].tolist() == [2]
    assert images["name"].tolist() == ["a.png"], "named by its first path"


def test_a_cancel_keeps_what_is_stored_and_the_next_run_does_the_rest(
    workbench: Workbench, tmp_path: Path
) -> None:
    from tagcat_kernel.ingest import ingest as plain_ingest

    for seed in range(40):
        photograph(tmp_path / f"{seed:02d}.png", seed)
    done: list[int] = []
    report = plain_ingest(
        workbench.collection,
        [tmp_path],
        progress=lambda number, _total, _line: done.append(number),
        cancelled=lambda: max(done, default=0) >= 10,
    )
    assert report.cancelled
    assert 10 <= report.images < 40
    assert workbench.counts()["images"] == report.images
    rest = ingest(workbench, tmp_path)
    assert (rest.images, rest.skipped, rest.cancelled) == (40 - report.images, report.images, False)


def test_a_job_ingests_and_is_watched_from_anywhere(workbench: Workbench, tmp_path: Path) -> None:
    for seed in range(5):
        photograph(tmp_path / f"{seed}.png", seed)
    job = workbench.start_ingest([tmp_path])
    deadline = time.monotonic() + 60
    while (seen := jobs.job(job.id, user=workbench.user)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seen.state == "done", seen
    assert seen.result is not None
    assert seen.result["images"] == 5
    assert (seen.done, seen.total) == (5, 5)
    assert workbench.counts()["images"] == 5


def test_a_cancelled_job_can_be_started_again(workbench: Workbench, tmp_path: Path) -> None:
    for seed in range(60):
        photograph(tmp_path / f"{seed:03d}.jpg", seed)
    job = workbench.start_ingest([tmp_path])
    workbench.cancel(job.id)
    deadline = time.monotonic() + 60
    while (seen := workbench.job(job.id)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seen.state == "cancelled", seen
    again = jobs.resume(job.id, user=workbench.user)
    while (seen := workbench.job(again.id)).state == "running":
        assert time.monotonic() < deadline + 60
        time.sleep(0.05)
    assert seen.state == "done"
    assert workbench.counts()["images"] == 60


def test_two_users_with_the_same_files_see_their_own(workbench: Workbench, tmp_path: Path) -> None:
    photograph(tmp_path / "one.png", 1)
    other = Workbench(user=f"{workbench.user}2")
    assert ingest(workbench, tmp_path).images == 1
    assert other.counts()["images"] == 0
    assert ingest(other, tmp_path).images == 1
    assert set(other.images()["key"]).isdisjoint(workbench.images()["key"])


def test_a_failure_is_tried_again_when_a_decoder_was_installed(
    workbench: Workbench, tmp_path: Path, without_heif: pytest.MonkeyPatch
) -> None:
    path = photograph(tmp_path / "a.heic")
    for _ in range(2):
        report = ingest(workbench, path)
        assert [failure.error for failure in report.failed] == [
            "HEIC is not installed: pip install 'tagcat[heif]', then ingest again"
        ]
    without_heif.undo()
    assert ingest(workbench, path).images == 1


def test_a_failure_is_tried_again_under_another_limit(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photograph(tmp_path / "a.png", seed=4711)
    monkeypatch.setenv("TAGCAT_MAX_PIXELS", "43199")
    report = ingest(workbench, path)
    assert (
        report.failed[0].error == "too large: 240 × 180 pixels, limit 43199 (--max-pixels, TAGCAT_MAX_PIXELS)"
    )
    assert ingest(workbench, path).failed == report.failed
    monkeypatch.setenv("TAGCAT_MAX_PIXELS", "43200")
    assert ingest(workbench, path).images == 1


def test_a_moved_file_keeps_what_was_said_of_it(workbench: Workbench, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for seed in range(3):
        photograph(old / f"{seed}.png", seed)
    clip = next(path for path in demonstration().rglob("*.mp4"))
    shutil.copy(clip, old / "clip.mp4")
    ingest(workbench, old)
    everything = [*workbench.images()["key"], *workbench.videos()["key"], *workbench.frames()["key"]]
    workbench.tag(everything, "mine")
    frames = workbench.frames()["key"].tolist()
    old.rename(new)
    (new / "0.png").rename(new / "renamed.png")
    shutil.copy(new / "1.png", new / "copy of 1.png")
    assert workbench.images()["missing"].all()
    assert workbench.videos()["missing"].all()
    report = ingest(workbench, new)
    assert (report.moved, report.images, report.videos, report.skipped) == (4, 0, 0, 0)
    files = workbench.files()
    assert not files["missing"].any()
    names = ["1.png", "2.png", "clip.mp4", "copy of 1.png", "renamed.png"]
    assert sorted(Path(path).name for path in files["path"]) == names
    assert sorted(workbench.tagged()["key"]) == sorted(everything)
    assert workbench.frames()["key"].tolist() == frames
    assert ingest(workbench, new).skipped == 5
    # A changed file of the same size is no moved one.
    (new / "2.png").unlink()
    size = int(files["bytes"][files["path"] == str(new / "2.png")].iloc[0])
    (new / "other.png").write_bytes(b"\x89PNG\r\n\x1a\n".ljust(size, b"x"))
    report = ingest(workbench, new)
    assert (report.moved, len(report.failed)) == (0, 1)
    images = workbench.images().set_index("name")["missing"]
    assert images.to_dict() == {"1.png": False, "2.png": True, "renamed.png": False}
    assert workbench.remove(new / "2.png").images == 1


def test_a_move_needs_no_decoding(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph(tmp_path / "a.png", 7)
    ingest(workbench, tmp_path)
    (tmp_path / "a.png").rename(tmp_path / "b.png")

    def nothing_is_decoded(*_: object, **__: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("tagcat_kernel.ingest.DecoderPool", nothing_is_decoded)
    assert ingest(workbench, tmp_path).moved == 1
