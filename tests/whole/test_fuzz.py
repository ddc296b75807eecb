"""Truncated and bit-flipped variants of small real files: no crash, no hang, every one an answer.

`hash_images` decodes in processes of its own, `key_frames` in the process that calls it. One new process is
given all the files: its own memory and that of its decoders is what they cost.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of_name
from tagcat_kernel.media.workers import DecoderPool
from tests.kernel.damage import small_files, write_damaged

HANG = 10
"""Seconds that no file may take."""
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
    began, errors[path] = time.monotonic(), None
    try:
        assert list(key_frames(path))
    except MediaError as problem:
        errors[path] = str(problem)
    slowest = max(slowest, time.monotonic() - began)
peaks = [resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([errors, slowest, max(peaks)]))
"""


def peak_of(pool: DecoderPool) -> int:
    """The most resident bytes that any of the decoders alive has had."""
    peaks = []
    for slot in pool._slots:
        if slot._process is not None:
            told = Path(f"/proc/{slot._process.pid}/status").read_text()
            peaks.append(1024 * int(told.split("VmHWM:")[1].split()[0]))
    return max(peaks)


def test_the_bad_files_stay_within_time_and_memory(media: Path) -> None:
    with DecoderPool(limits=Limits(seconds=HANG)) as pool:
        futures = [
            pool.read_video(path) if kind_of_name(path) == "video" else pool.read_image(path)
            for path in sorted((media / "bad").iterdir())
        ]
        for future in futures:
            error = future.result().error or ""
            assert "crashed" not in error
            assert "gave no sign" not in error
        assert peak_of(pool) < MEMORY


def read_damaged(media: Path, tmp_path: Path, number: int, seed: int) -> None:
    chance = random.Random(seed)
    kinds = []
    for folder in ("images", "videos"):
        sources = small_files(media, folder)
        assert len(sources) > 5
        (tmp_path / folder).mkdir()
        kinds.append([str(path) for path in write_damaged(sources, tmp_path / folder, number // 2, chance)])
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps(kinds),
        capture_output=True,
        text=True,
        timeout=120 + number,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    errors, slowest, peak = json.loads(done.stdout)
    for paths in kinds:
        said = [errors[path] for path in paths]
        failed = [error for error in said if error is not None]
        assert all(error and "crashed" not in error and "gave no sign" not in error for error in failed)
        assert number // 40 < len(failed) < len(paths), "some damage shows, some does not"
    assert slowest < HANG
    assert peak < MEMORY


def test_three_hundred_damaged_files(media: Path, tmp_path: Path) -> None:
    read_damaged(media, tmp_path, 300, seed=1)


@pytest.mark.soak
def test_ten_thousand_damaged_files(media: Path, tmp_path: Path) -> None:
    read_damaged(media, tmp_path, 10_000, seed=2)
