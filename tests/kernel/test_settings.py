"""A change of settings with real videos: matches and key frames follow, what was said of them stays."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tagcat_kernel import Workbench, jobs
from tagcat_kernel.demo import demonstration
from tagcat_kernel.edges import edges
from tagcat_kernel.graph import server
from tagcat_kernel.graph.collection import Settings
from tagcat_kernel.keyframes import key_frames
from tagcat_kernel.settings import change_settings
from tests.kernel.test_jobs import ended

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


@pytest.fixture
def wb(
    request: pytest.FixtureRequest, shared_home: Path, tagcat_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    monkeypatch.setenv("TAGCAT_HOME", str(shared_home))
    with Workbench(user=request.node.name) as workbench:
        workbench.ingest(demonstration(), progress=False)
        yield workbench


def samples(wb: Workbench) -> dict[str, list[int]]:
    frames = wb.frames()
    return {path: group["sample"].tolist() for path, group in frames.groupby("path")}


def follows(wb: Workbench, settings: Settings) -> bool:
    """Whether all is as a new ingest under these settings would have made it."""
    chosen = {
        path: [one.sample for one in key_frames(path, settings.key_frame_distance)] for path in samples(wb)
    }
    hashes = wb.collection.hashes()
    rule = edges(hashes.items, settings.max_distance)
    stored = wb.matches()
    return (
        wb.settings == settings
        and samples(wb) == chosen
        and set(zip(stored["a"], stored["b"], strict=True)) == set(zip(rule.a, rule.b, strict=True))
    )


def test_key_frames_and_matches_follow_and_tags_stay(wb: Workbench) -> None:
    before = samples(wb)
    frames = wb.frames()
    wb.tag(frames, "all of the first")
    tagged = set(wb.tagged()["key"])
    for settings in (Settings(12, 10), Settings(4, 2), Settings(8, 6)):
        report = wb.set(
            max_distance=settings.max_distance,
            key_frame_distance=settings.key_frame_distance,
            progress=False,
        )
        assert (report.failed, report.cancelled, report.matches) == ([], False, len(wb.matches()))
        assert follows(wb, settings)
        now = wb.tagged()
        assert set(now["key"]) == tagged, "a tag stays on its moment"
        assert set(now["key"][now["key_frame"]]) == tagged & set(wb.frames()["key"])
    assert samples(wb) == before
    assert len(wb.frames()) == len(frames)
    assert wb.set(progress=False).videos == 0, "nothing is left to do"


def test_a_cancel_is_gone_on_with(wb: Workbench) -> None:
    steps = iter([False, True])
    report = change_settings(
        wb.collection, max_distance=5, key_frame_distance=3, cancelled=lambda: next(steps, True)
    )
    assert report.cancelled
    assert wb.settings == Settings(8, 3), "never below the key frames' distance, and shrunk last"
    assert not change_settings(wb.collection, max_distance=5, key_frame_distance=3).cancelled
    assert follows(wb, Settings(5, 3))


KILLED = """
import os, signal, sys
from tagcat_kernel import Workbench, settings
choose, done = settings._Chooser.choose, []
def once(self, md5, paths):
    if done:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(md5)
    choose(self, md5, paths)
settings._Chooser.choose = once
Workbench(sys.argv[1]).set(max_distance=5, key_frame_distance=3, progress=False)
"""


def test_a_kill_between_two_videos_is_gone_on_with(wb: Workbench) -> None:
    before = samples(wb)
    killed = subprocess.run([sys.executable, "-c", KILLED, wb.user], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert wb.settings == Settings(8, 3)
    now = samples(wb)
    assert sum(now[path] != before[path] for path in before) == 1, "one video was done"
    wb.set(max_distance=5, key_frame_distance=3, progress=False)
    assert follows(wb, Settings(5, 3))


def test_as_a_job(wb: Workbench) -> None:
    with pytest.raises(ValueError, match="can't be above"):
        wb.start_settings(max_distance=5)
    job = ended(wb.start_settings(max_distance=10, key_frame_distance=3).id, wb.user, 120)
    assert (job.kind, job.state) == ("settings", "done")
    assert job.result is not None
    assert job.result["matches"] == len(wb.matches())
    assert follows(wb, Settings(10, 3))


def test_a_video_without_samples_is_decoded_again_or_named(wb: Workbench, tmp_path: Path) -> None:
    clip = next(path for path in demonstration().rglob("*.mp4"))
    lost = shutil.copy(clip, tmp_path / "lost.mp4")
    with Path(lost).open("ab") as file:
        file.write(b"\0" * 16)
    wb.ingest(lost, progress=False)
    Path(lost).unlink()
    cache = wb._cache
    md5 = wb.files().set_index("path")["md5"][str(lost)]
    cache._file.do("DELETE FROM videos")
    report = wb.set(max_distance=12, key_frame_distance=12, progress=False)
    assert [Path(failure.path).name for failure in report.failed] == ["lost.mp4"]
    assert cache.track(md5) is None
    kept = wb.frames(md5)
    assert len(kept) >= 1, "it keeps its key frames"
    others = {path: chosen for path, chosen in samples(wb).items() if path != str(lost)}
    assert others == {path: [one.sample for one in key_frames(path, 12)] for path in others}
    assert bool(wb.videos().set_index("path")["missing"][str(lost)])


def test_an_undo_follows_the_settings_of_today(wb: Workbench) -> None:
    wb.remove(list(samples(wb)))
    wb.set(max_distance=8, key_frame_distance=2, progress=False)
    wb.undo()
    assert follows(wb, Settings(8, 2))


def test_jobs_say_what_kinds_there_are() -> None:
    with pytest.raises(ValueError, match="ingest, label, settings"):
        jobs.start("dance", user="ada")
