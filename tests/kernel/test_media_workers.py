"""The decoder pool: the same answers as in process, nothing decoded twice, and no file that stops it."""

import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel.keyframes import choose_key_frames, key_frames
from tagcat_kernel.media import answers
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.images import hash_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool, hash_images
from tagcat_kernel.records import ImageRecord, is_plain
from tests.waits import wait_until


def noise(path, seed=1, size=(80, 60)):
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def pool():
    with DecoderPool(workers=2) as pool:
        yield pool


def worker_pids(pool):
    return [slot._process.pid for slot in pool._slots if slot._process]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_the_pool_answers_as_in_process(pool, tmp_path):
    path = noise(tmp_path / "a.png")
    assert pool.read_image(path).result() == hash_image(path)
    bad = tmp_path / "bad.png"
    bad.write_bytes(path.read_bytes()[:500])
    assert pool.read_image(bad).result() == hash_image(bad)


def test_a_path_of_any_bytes_travels_to_the_worker_and_back(pool, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b'/caf\xe9 \n"\xf0\x9f\x98\xba.png')
    Path(path).write_bytes(noise(tmp_path / "a.png").read_bytes())
    record = pool.read_image(path).result()
    assert (record.error, record.path) == (None, path)
    assert pool.cache.thumbnail(record.md5)


def test_known_content_is_not_decoded_again(pool, tmp_path):
    path = noise(tmp_path / "a.png")
    record = pool.read_image(path).result()
    facts = pool.cache.image(record.md5)
    pool.cache.store_image(record.md5, replace(facts, dhash=42))  # what only the cache can know
    copy = tmp_path / "b.png"
    copy.write_bytes(path.read_bytes())
    assert pool.read_image(copy).result().dhash == 42


def test_failures_are_remembered_but_not_passing_ones(pool, tmp_path):
    bad, gone, secret = tmp_path / "bad.png", tmp_path / "gone.png", tmp_path / "secret.png"
    bad.write_bytes(b"x")
    facts = bad.stat()
    assert pool.read_image(bad).result().error == "no image format that TagCat reads"
    assert (
        pool.cache.failure(str(bad), facts.st_size, facts.st_mtime_ns, circumstances(pool.limits))
        == "no image format that TagCat reads"
    )
    assert pool.read_image(gone).result().error == "No such file or directory"
    gone.write_bytes(b"x")
    facts = gone.stat()
    assert pool.cache.failure(str(gone), facts.st_size, facts.st_mtime_ns, circumstances(pool.limits)) is None
    noise(secret).chmod(0)
    if os.geteuid():
        assert pool.read_image(secret).result().error == "Permission denied"


def test_a_video_that_changes_while_it_is_read_leaves_nothing(tmp_path, media, monkeypatch):
    path = tmp_path / "growing.mp4"
    path.write_bytes((media / "videos" / "torchcodec__nasa_13013.mp4").read_bytes())
    cache = MediaCache()
    after = answers._decode_track

    def grows_meanwhile(*args):
        track = after(*args)
        with path.open("ab") as file:
            file.write(b"more")
        return track

    monkeypatch.setattr(answers, "_decode_track", grows_meanwhile)
    request = {"do": "video", "path": str(path), "key_frame_distance": 6}
    answer = answers.answer(request, cache, Limits(), lambda: None)
    assert "changed while being read" in answer["error"]
    assert not list(cache.folder.rglob("*.jpg"))
    facts = path.stat()
    assert cache.failure(str(path), facts.st_size, facts.st_mtime_ns, circumstances(Limits())) is None
    monkeypatch.undo()
    assert len(answers.answer(request, MediaCache(cache.folder), Limits(), lambda: None)["frames"]) == 5


def test_hash_images_keeps_the_order(tmp_path):
    paths = [noise(tmp_path / f"{n}.png", n) for n in range(12)]
    paths[5].write_bytes(b"bad")
    records = hash_images(paths, workers=2, progress=False)
    assert [record.path for record in records] == [str(path) for path in paths]
    assert records == [hash_image(path) for path in paths]
    assert records[5].error
    assert hash_images([], progress=False) == []


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_hash_images_runs_on_any_executor(tmp_path, kind):
    import multiprocessing

    paths = [noise(tmp_path / f"{n}.png", n) for n in range(3)]
    options = {"mp_context": multiprocessing.get_context("spawn")} if kind is ProcessPoolExecutor else {}
    with kind(max_workers=2, **options) as executor:
        records = hash_images(paths, executor=executor, progress=False)
    assert records == [hash_image(path) for path in paths]


def test_thumbnails_on_demand(pool, tmp_path):
    path = noise(tmp_path / "a.png", size=(800, 400))
    record = pool.read_image(path).result()
    kept = pool.cache.thumbnail(record.md5)
    pool.cache.thumbnail_file(record.md5, None).unlink()
    assert pool.thumbnail(path, record.md5).result() == kept
    assert pool.thumbnail("/gone", record.md5).result() == kept  # from the cache
    pool.cache.thumbnail_file(record.md5, None).unlink()
    noise(path, 2)
    assert pool.thumbnail(path, record.md5).result() is None  # another picture now


def test_a_silent_worker_is_given_up(tmp_path):
    path = noise(tmp_path / "a.png")
    with DecoderPool(workers=1, limits=Limits(seconds=0.02)) as pool:
        record = pool.read_image(path).result()
        said = "gave no sign for 0.02 seconds: given up (--max-seconds, TAGCAT_MAX_SECONDS)"
        assert record == ImageRecord(path=str(path), error=said)
        facts = path.stat()
        assert (
            pool.cache.failure(str(path), facts.st_size, facts.st_mtime_ns, circumstances(pool.limits))
            is None
        )


def test_a_crash_costs_one_file(tmp_path, media):
    path = noise(tmp_path / "a.png")
    with DecoderPool(workers=1) as pool:
        video = pool.read_video(media / "videos" / "moviepy__big_buck_bunny_0_30.webm")
        after = pool.read_image(path)
        wait_until(lambda: worker_pids(pool) and pool.cache.folder.joinpath("thumbnails").exists())
        os.kill(worker_pids(pool)[0], signal.SIGKILL)
        assert video.result().error == "the decoder crashed (signal 9)"
        assert after.result().error is None
        # Dead between two files: no file's fault.
        os.kill(worker_pids(pool)[0], signal.SIGKILL)
        wait_until(lambda: pool._slots[0]._process.poll() is not None)
        assert pool.read_image(path).result().error is None


def test_a_picture_beyond_the_memory_limit_is_an_error(tmp_path):
    big = tmp_path / "big.png"
    tiny = io.BytesIO()
    Image.new("RGB", (1, 1)).save(tiny, "PNG")
    header = b"IHDR" + struct.pack(">IIBBBBB", 14_000, 14_000, 8, 2, 0, 0, 0)
    start = tiny.getvalue().index(b"IHDR")
    crc = struct.pack(">I", zlib.crc32(header))
    big.write_bytes(tiny.getvalue()[:start] + header + crc + tiny.getvalue()[start + 21 :])
    small = noise(tmp_path / "small.png")
    with DecoderPool(workers=1, limits=Limits(memory=700 * 1024**2)) as pool:
        assert pool.read_image(big).result().error == (
            "needs more memory than the limit allows (--max-memory, TAGCAT_MAX_MEMORY)"
        )
        assert pool.read_image(small).result().error is None
        facts = big.stat()
        assert (
            pool.cache.failure(str(big), facts.st_size, facts.st_mtime_ns, circumstances(pool.limits)) is None
        )


def test_closing_with_cancel_is_quick_and_leaves_no_process(media, tmp_path):
    pool = DecoderPool(workers=2)
    videos = [pool.read_video(path) for path in sorted((media / "videos").iterdir())]
    wait_until(lambda: len(worker_pids(pool)) == 2)
    pids = worker_pids(pool)
    began = time.monotonic()
    pool.close(cancel=True)
    assert time.monotonic() - began < 5
    assert all(video.done() for video in videos)
    assert sum(video.cancelled() for video in videos) >= 20
    assert not any(alive(pid) for pid in pids)
    assert {video.result().error for video in videos if not video.cancelled()} <= {"cancelled", None}
    with pytest.raises(RuntimeError, match="closed"):
        pool.read_image(tmp_path / "a.png")


def test_closing_without_cancel_finishes_what_was_given(tmp_path):
    paths = [noise(tmp_path / f"{n}.png", n) for n in range(5)]
    pool = DecoderPool(workers=2)
    futures = [pool.read_image(path) for path in paths]
    pool.close()
    assert [future.result(0).error for future in futures] == [None] * 5
    pool.close()


PARENT = """
import sys, time
from tagcat_kernel.media.workers import DecoderPool
pool = DecoderPool(workers=2)
waiting = [pool.read_video(path) for path in sys.argv[1:]]
while sum(slot._process is not None for slot in pool._slots) < 2:
    time.sleep(0.01)
print(*[slot._process.pid for slot in pool._slots], flush=True)
time.sleep(600)
"""


def test_workers_die_with_their_parent(media):
    """Even when it is killed with -9 while they decode."""
    videos = [
        str(media / "videos" / name)
        for name in ("videohash__rocket.mkv", "moviepy__big_buck_bunny_0_30.webm")
    ]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *videos], stdout=subprocess.PIPE)
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.stdout.close()
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_a_script_needs_no_main_guard(tmp_path):
    noise(tmp_path / "a.png")
    script = tmp_path / "script.py"
    script.write_text(
        "from tagcat_kernel.media.workers import hash_images\nprint(hash_images(['a.png'])[0].hex)\n"
    )
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the current folder')\n")
    place = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": place, "PYTHONSAFEPATH": "1"}
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stdout.strip() == hash_image(tmp_path / "a.png").hex


@pytest.mark.parametrize("workers", [0, -1])
def test_a_pool_needs_a_worker(workers):
    with pytest.raises(ValueError, match="at least 1 worker"):
        DecoderPool(workers=workers)


def test_a_key_frame_distance_out_of_range_is_refused(pool):
    with pytest.raises(ValueError, match="from 0 to 64"):
        pool.read_video("a.mp4", 65)


# Real files


def test_a_video_through_the_pool_and_again_from_its_track(pool, media):
    path = media / "videos" / "skvid__bigbuckbunny.mp4"
    record = pool.read_video(path).result()
    assert record.frames == tuple(key_frames(path))
    assert (record.width, record.height, record.damaged) == (1280, 720, False)
    assert (record.duration, record.fps) == (pytest.approx(5.28), pytest.approx(25))
    for frame in record.frames:
        assert pool.cache.thumbnail(record.md5, frame.sample)

    track = pool.cache.track(record.md5)
    assert len(track.hashes) == 132
    again = pool.read_video(path, 3).result()
    assert [frame.sample for frame in again.frames] == choose_key_frames(track.hashes, 3).tolist()
    assert again == replace(record, frames=again.frames)

    other = next(frame for frame in again.frames if frame.sample not in {one.sample for one in record.frames})
    assert pool.cache.thumbnail(record.md5, other.sample) is None
    assert pool.thumbnail(path, record.md5, other.sample).result().startswith(b"\xff\xd8")
    assert pool.thumbnail(path, record.md5, 10_000).result() is None


MUST_FAIL = [
    "image__Bad_reallybig.bmp",
    "image__Bad_shortfile.bmp",
    "libwebm__README.libwebm",
    "libwebm__chapters.webm",
    "moviepy__result.webm",
    "pillow__decompression_bomb.gif",
    "pillow__truncated_jpeg.jpg",
    "sharp__truncated.jpg",
    "sharp__truncated.png",
    "sharp__giant-image.jpg",
    "sharp__65536-uint32-limit.png",
    "idd__ukbench09268_corrupt.jpg",
    "pillow__psd-oob-write.psd",
    "pillow__libtiff_segfault.tif",
    "sharp__corrupt-header.jpg",
]
MUST_DECODE = [
    "pillow__hopper_bad_exif.jpg",
    "pillow__hopper_rle8_row_overflow.bmp",
    "pillow__truncated_end_chunk.png",
    "pillow__invalid-exif.jpg",
    "pillow__sugarshack_bad_mpo_header.jpg",
    "tm__exif-oome-bogus-count.jpg",
    "decord__corrupted.mp4",
    "moviepy__bitmap.mp4",
    "pillow__photoshop-200dpi.jpg",
]


def check_video_truth(media, cache, records):
    """Nearly every moment of a near-duplicate lies within 8 of a key frame of its source."""
    groups = json.loads((media / "truth" / "near_duplicates.json").read_text())["groups"]
    for group in groups:
        if group["kind"] != "video":
            continue
        source = [frame.dhash for frame in records[str(media / group["reference"])].frames if not frame.plain]

        def reached(name, source=source):
            track = cache.track(records[str(media / name)].md5).hashes
            moments = [dhash for dhash in track.tolist() if not is_plain(dhash)]
            near = [min((dhash ^ key).bit_count() for key in source) <= 8 for dhash in moments[::5]]
            return sum(near) / len(near)

        for name in group.get("near_duplicates", []):
            assert reached(name) > 0.95, name
        for name in group.get("distinct_from", []):
            assert reached(name) == 0, name


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["some", "all"])
def test_all_files_at_hand_end_as_stored_failed_or_ignored(media, every):
    """All bad ones, and some or all of the good; tests/whole ingests all of them by the command line."""
    paths = [path for folder in ("images", "videos", "bad") for path in sorted((media / folder).iterdir())]
    assert len(paths) == 249 + 28 + 95
    if not every:
        paths = [*paths[:249:5], *paths[249 : 249 + 28 : 4], *paths[249 + 28 :]]
    kinds = {path: kind_of(path) for path in paths}
    ignored = {path.name for path, kind in kinds.items() if kind is None}
    assert ignored == {path.name for path in paths if path.suffix == ".libwebm"}

    def read_all(pool):
        futures = [
            pool.read_image(p) if kind == "image" else pool.read_video(p) for p, kind in kinds.items() if kind
        ]
        return {(record := future.result()).path: record for future in futures}

    with DecoderPool(workers=2) as pool:
        records = read_all(pool)
    failed = {Path(path).name: record.error for path, record in records.items() if record.error}
    assert all("/bad/" in path for path, record in records.items() if record.error)
    assert not [
        error for error in failed.values() if "crashed" in error or "no sign" in error or "Error" in error
    ]
    assert set(MUST_FAIL) <= set(failed) | ignored
    assert not set(MUST_DECODE) & set(failed)

    if every:
        check_video_truth(media, pool.cache, records)
    for path, record in records.items():
        if "/videos/" in path:
            track = pool.cache.track(record.md5)
            assert abs(len(track.hashes) - record.duration * 25) <= 1, path
            assert (np.diff(track.positions) >= 0).all(), path
            assert not record.damaged, path

    for path, record in records.items():
        if record.error:
            facts = Path(path).stat()
            under = circumstances(Limits())
            assert pool.cache.failure(path, facts.st_size, facts.st_mtime_ns, under) == record.error

    # A second run decodes nothing: not even a pool whose decoders may not decode anything would fail.
    with DecoderPool(workers=2, limits=Limits(pixels=1)) as pool:
        again = read_all(pool)
    for path, record in records.items():
        if not record.error:
            assert again[path] == record


def grown_by(pool: DecoderPool, path: Path) -> int:
    """The resident bytes that a pool's one decoder takes at most for one file, above what it had."""
    (slot,) = pool._slots
    assert slot._process is not None
    own = Path(f"/proc/{slot._process.pid}")

    def told(name: str) -> int:
        return 1024 * int((own / "status").read_text().split(f"{name}:")[1].split()[0])

    (own / "clear_refs").write_text("5")  # forgets the peak so far
    before = told("VmRSS")
    assert pool.read_image(path, thumbnail=False).result().error is None
    return told("VmHWM") - before


def test_a_baseline_jpeg_takes_no_more_memory_than_its_grey_picture(tmp_path: Path) -> None:
    width, height = 4000, 3000
    small = np.random.default_rng(2).integers(0, 256, (30, 40, 3), np.uint8)
    picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    picture.save(tmp_path / "baseline.jpg", quality=90)
    picture.save(tmp_path / "progressive.jpg", quality=90, progressive=True)
    Image.fromarray(small).resize((800, 600)).save(tmp_path / "first.jpg")
    with DecoderPool(workers=1) as pool:
        assert pool.read_image(tmp_path / "first.jpg", thumbnail=False).result().error is None
        assert grown_by(pool, tmp_path / "baseline.jpg") <= 1.2 * width * height
        more = grown_by(pool, tmp_path / "progressive.jpg")
        assert more > 1.2 * width * height, "all its coefficients are held: the measure sees what is taken"
