"""Truncated and bit-flipped variants of small real files: no crash, no hang, every one an answer."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of_name
from tagcat_kernel.media.workers import DecoderPool

HANG = 10
"""Seconds that no file may take."""
MEMORY = 2 * 1024**3
"""Resident bytes that no decoder may reach."""
SMALL = 60_000
"""Bytes of the largest file that is damaged: many damages, not many bytes."""


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut the end off, or turn over up to sixteen bits."""
    if chance.random() < 0.4:
        return data[: chance.randrange(len(data))]
    broken = bytearray(data)
    for _ in range(chance.randint(1, 16)):
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
    return bytes(broken)


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


def small_files(media: Path, *folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((media / folder).iterdir())
        if path.stat().st_size <= SMALL
    ]


def decode_damaged(media: Path, tmp_path: Path, number: int, seed: int) -> None:
    sources = small_files(media, "images", "videos")
    assert len(sources) > 30
    chance = random.Random(seed)
    answered = failed = 0
    with DecoderPool(limits=Limits(seconds=HANG)) as pool:
        while answered < number:
            futures = []
            for _ in range(min(200, number - answered)):
                source = chance.choice(sources)
                path = tmp_path / f"{answered + len(futures)}{source.suffix}"
                path.write_bytes(damaged(source.read_bytes(), chance))
                video = kind_of_name(path) == "video"
                futures.append(pool.read_video(path) if video else pool.read_image(path))
            records = [future.result() for future in futures]
            for record in records:
                assert record.error or record.md5, record
                assert "crashed" not in (record.error or ""), record
                assert "gave no sign" not in (record.error or ""), record
                Path(record.path).unlink()
            assert peak_of(pool) < MEMORY
            answered += len(records)
            failed += sum(record.error is not None for record in records)
    assert number // 10 < failed < number, "some damage shows, some does not"


def test_three_hundred_damaged_files(media: Path, tmp_path: Path) -> None:
    decode_damaged(media, tmp_path, 300, seed=1)


@pytest.mark.soak
def test_ten_thousand_damaged_files(media: Path, tmp_path: Path) -> None:
    decode_damaged(media, tmp_path, 10_000, seed=2)


SAMPLER = """
import json, sys, time
from pathlib import Path
from tagcat_kernel import MediaError, key_frames
for line in sys.stdin:
    began, frames, error = time.monotonic(), 0, None
    try:
        for frame in key_frames(line.strip()):
            frames += 1
    except MediaError as problem:
        error = str(problem)
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    print(json.dumps([time.monotonic() - began, frames, error, peak]), flush=True)
"""
"""`key_frames` decodes in the process that calls it: so one of its own is given the files."""


def sample_damaged(media: Path, tmp_path: Path, number: int, seed: int) -> None:
    sources = small_files(media, "videos")
    assert len(sources) > 5
    chance = random.Random(seed)
    paths = []
    for count in range(number):
        source = chance.choice(sources)
        paths.append(tmp_path / f"{count}{source.suffix}")
        paths[-1].write_bytes(damaged(source.read_bytes(), chance))
    done = subprocess.run(
        [sys.executable, "-c", SAMPLER],
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        text=True,
        timeout=60 + number,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (done.stderr, f"after {len(answers)} files")
    assert len(answers) == number
    for path, (seconds, frames, error, peak) in zip(paths, answers, strict=True):
        assert error or frames, path
        assert seconds < HANG, path
        assert peak < MEMORY, path
    failed = sum(error is not None for _, _, error, _ in answers)
    assert number // 20 < failed < number, "some damage shows, some does not"


def test_key_frames_of_two_hundred_damaged_videos(media: Path, tmp_path: Path) -> None:
    sample_damaged(media, tmp_path, 200, seed=3)


@pytest.mark.soak
def test_key_frames_of_two_thousand_damaged_videos(media: Path, tmp_path: Path) -> None:
    # A process for each two hundred: one that sampled 970 in a row had grown to 2.2 GB, file by file.
    for seed in range(4, 14):
        sample_damaged(media, tmp_path, 200, seed)
