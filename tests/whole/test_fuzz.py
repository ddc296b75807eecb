"""Truncated and bit-flipped variants of small real files: no crash, no hang, every one an answer.

`hash_images` decodes in processes of its own, `key_frames` in the process that calls it. One new process is
given all the files: its own memory and that of its decoders is what they cost. Its own is asked of /proc, as
`getrusage` would count what the process that started it, pytest after its other tests, ever held.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tagcat_kernel.media.probe import kind_of_name
from tests.kernel.damage import small_files, write_damaged

HANG = 10
"""Seconds of processor time that no file may take; its own decoders are also stopped by the clock."""
MEMORY = 2 * 1024**3
"""Resident bytes that no process may reach."""

READER = """
import json, resource, sys, time
from pathlib import Path
from tagcat_kernel import MediaError, hash_images, key_frames
from tagcat_kernel.media.limits import Limits
images, videos = json.loads(sys.stdin.read())
errors, slowest = {}, 0.0
for record in hash_images(images, progress=False, limits=Limits(seconds=10)):
    errors[record.path] = record.error
    assert (record.error is None) == bool(record.md5)
for path in videos:
    began, errors[path] = time.process_time(), None
    try:
        assert list(key_frames(path))
    except MediaError as problem:
        errors[path] = str(problem)
    slowest = max(slowest, time.process_time() - began)
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
peaks = int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([errors, slowest, max(peaks) * 1024]))
"""


def read(images: list[str], videos: list[str]) -> dict[str, str | None]:
    """Return each file's error, None where it was read: within time and memory, and without a crash."""
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps([images, videos]),
        capture_output=True,
        text=True,
        timeout=120 + len(images) + len(videos),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    errors, slowest, peak = json.loads(done.stdout)
    assert errors.keys() == {*images, *videos}
    assert slowest < HANG
    assert peak < MEMORY
    for path, error in errors.items():
        assert error is None or (error and "crashed" not in error and "gave no sign" not in error), path
    return dict(errors)


def test_the_bad_files_stay_within_time_and_memory(media: Path) -> None:
    paths = [str(path) for path in sorted((media / "bad").iterdir())]
    images = [path for path in paths if kind_of_name(path) != "video"]
    assert len(images) > 70
    told = read(images, [path for path in paths if path not in images])
    assert 40 <= sum(error is not None for error in told.values()) < len(paths)
    read([], images)  # whatever they are called


def read_damaged(media: Path, tmp_path: Path, number: int, seed: int) -> None:
    chance = random.Random(seed)
    kinds = []
    for folder in ("images", "videos"):
        sources = small_files(media, folder)
        assert len(sources) > 5
        (tmp_path / folder).mkdir()
        kinds.append([str(path) for path in write_damaged(sources, tmp_path / folder, number // 2, chance)])
    errors = read(*kinds)
    for paths in kinds:
        failed = sum(errors[path] is not None for path in paths)
        assert number // 40 < failed < len(paths), "some damage shows, some does not"


def test_three_hundred_damaged_files(media: Path, tmp_path: Path) -> None:
    read_damaged(media, tmp_path, 300, seed=1)


@pytest.mark.soak
def test_ten_thousand_damaged_files(media: Path, tmp_path: Path) -> None:
    read_damaged(media, tmp_path, 10_000, seed=2)
