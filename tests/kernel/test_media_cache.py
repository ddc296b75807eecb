"""The cache: what it keeps, what it survives, and who may share it."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tagcat_kernel.media import cache as module
from tagcat_kernel.media.cache import ImageFacts, MediaCache, Track

MD5 = "0123456789abcdef" * 2


@pytest.fixture
def cache(tmp_path):
    with_folder = MediaCache(tmp_path / "cache")
    yield with_folder
    with_folder.close()


def track(samples=5):
    hashes = np.arange(samples, dtype=np.uint64) << np.uint64(60)
    return Track(hashes, np.arange(samples) / 25, samples / 25, 25.0, 320, 240, damaged=True)


def test_default_place_is_the_home(tagcat_home):
    assert MediaCache().folder == tagcat_home.resolve() / "cache"


@given(dhash=st.integers(0, 2**64 - 1))
def test_any_hash_comes_back(tmp_path_factory, dhash):
    cache = MediaCache(tmp_path_factory.getbasetemp() / "any")
    facts = ImageFacts(dhash, 10, 20)
    cache.store_image(MD5, facts)
    assert cache.image(MD5) == facts
    cache.close()


@given(
    hashes=hnp.arrays(np.uint64, st.integers(1, 50), elements=st.integers(0, 2**64 - 1)),
    steps=st.lists(st.integers(0, 10**9), min_size=50, max_size=50),
)
def test_a_track_comes_back_to_the_bit(tmp_path_factory, hashes, steps):
    cache = MediaCache(tmp_path_factory.getbasetemp() / "any")
    positions = np.cumsum(steps[: len(hashes)]) / 1e6
    cache.store_track(MD5, Track(hashes, positions, 3.5, 29.97, 4, 3, damaged=False))
    found = cache.track(MD5)
    assert (found.hashes == hashes).all()
    assert found.hashes.dtype == np.uint64
    assert (found.positions == positions).all()
    assert (found.duration, found.fps, found.width, found.height, found.damaged) == (3.5, 29.97, 4, 3, False)
    cache.close()


def test_two_hours_take_little_room(cache):
    samples = 25 * 7200
    hashes = np.random.default_rng(1).integers(0, 2**64, samples, np.uint64, endpoint=False)
    cache.store_track(MD5, Track(hashes, np.arange(samples) / 25, 7200.0, 25.0, 4, 3, damaged=False))
    cache.close()
    assert sum(file.stat().st_size for file in cache.folder.iterdir()) < 2_000_000


def test_a_failure_belongs_to_one_state_of_a_file(cache):
    path = os.fsdecode(b"/caf\xe9.jpg")
    cache.store_failure(path, 10, 99, "now", "empty")
    assert cache.failure(path, 10, 99, "now") == "empty"
    assert cache.failure(path, 10, 98, "now") is None
    assert cache.failure(path, 9, 99, "now") is None
    assert cache.failure(path, 10, 99, "later") is None
    cache.store_failure(path, 9, 99, "now", "other")
    assert cache.failure(path, 10, 99, "now") is None


def test_thumbnails_are_files_named_by_content(cache):
    assert cache.thumbnail(MD5) is None
    cache.store_thumbnail(MD5, None, b"image")
    cache.store_thumbnail(MD5, 7, b"moment")
    assert (cache.thumbnail(MD5), cache.thumbnail(MD5, 7), cache.thumbnail(MD5, 8)) == (
        b"image",
        b"moment",
        None,
    )
    assert sorted(file.name for file in cache.thumbnail_file(MD5, 7).parent.iterdir()) == [
        f"{MD5}-7.jpg",
        f"{MD5}.jpg",
    ]


@pytest.mark.parametrize("md5", ["", "../../etc/passwd", "0" * 31, "0" * 31 + "/", "A" * 32])
def test_what_is_no_md5_names_no_file(cache, md5):
    with pytest.raises(ValueError, match="32 hex digits"):
        cache.thumbnail(md5)


def test_a_deleted_cache_begins_anew(cache):
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    for file in cache.folder.iterdir():
        file.unlink()
    assert cache.image(MD5) is None
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    assert MediaCache(cache.folder).image(MD5) == ImageFacts(1, 2, 3)


def test_a_deleted_folder_begins_anew(cache):
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    for file in cache.folder.iterdir():
        file.unlink()
    cache.folder.rmdir()
    cache.store_image(MD5, ImageFacts(4, 5, 6))
    assert cache.image(MD5) == ImageFacts(4, 5, 6)


@pytest.mark.parametrize("junk", [b"no database at all" * 300, b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_file_is_moved_aside(cache, junk):
    cache.folder.mkdir()
    file = cache.folder / "media.sqlite"
    file.write_bytes(junk)
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    assert cache.image(MD5) == ImageFacts(1, 2, 3)
    assert file.with_suffix(".damaged").read_bytes() == junk


def test_damage_in_the_middle_is_noticed(cache):
    for number in range(3000):
        cache.store_failure(f"/{number:05}", number, number, "now", "error " * 5)
    cache.close()
    file = cache.folder / "media.sqlite"
    raw = bytearray(file.read_bytes())
    raw[4096:] = os.urandom(len(raw) - 4096)
    file.write_bytes(raw)
    assert cache.failure("/00001", 1, 1, "now") is None
    cache.store_failure("/a", 1, 1, "now", "error")
    assert cache.failure("/a", 1, 1, "now") == "error"


def test_another_version_begins_anew(cache, monkeypatch):
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    cache.close()
    monkeypatch.setattr(module, "VERSION", 999)
    newer = MediaCache(cache.folder)
    assert newer.image(MD5) is None
    newer.store_image(MD5, ImageFacts(4, 5, 6))
    newer.close()
    assert newer.image(MD5) == ImageFacts(4, 5, 6)
    newer.close()


def test_a_cache_that_can_not_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way of the folder")
    cache = MediaCache(tmp_path / "file")
    cache.store_image(MD5, ImageFacts(1, 2, 3))
    cache.store_thumbnail(MD5, None, b"x")
    assert cache.image(MD5) is None
    assert cache.thumbnail(MD5) is None


def test_threads_share_one_cache(cache):
    def work(number):
        for step in range(20):
            md5 = f"{number * 100 + step:032x}"
            cache.store_image(md5, ImageFacts(step, number, 1))
            assert cache.image(md5) == ImageFacts(step, number, 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(cache.image(f"{number * 100 + 19:032x}") for number in range(6))


WRITER = """
import sys
from pathlib import Path
from tagcat_kernel.media.cache import ImageFacts, MediaCache
cache = MediaCache(Path(sys.argv[1]))
print("ready", flush=True)
number = int(sys.argv[2])
for step in range(int(sys.argv[3])):
    cache.store_image(f"{number * 10**9 + step:032x}", ImageFacts(step, number, 1))
    cache.store_thumbnail(f"{step % 3:032x}", None, bytes([65 + number]) * 200_000)
"""


def start_writer(folder: Path, number: int, steps: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(folder), str(number), str(steps)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_processes_share_one_cache(cache):
    writers = [start_writer(cache.folder, number, 30) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    for writer in writers:
        writer.stdout.close()
    for number in range(3):
        for step in range(30):
            assert cache.image(f"{number * 10**9 + step:032x}") == ImageFacts(step, number, 1)


def test_a_killed_writer_leaves_no_torn_entry(cache):
    for seed in range(4):
        writer = start_writer(cache.folder, 1 + seed, 10**6)
        assert writer.stdout.readline() == b"ready\n"
        try:
            writer.wait(0.05 + 0.07 * seed)
        except subprocess.TimeoutExpired:
            writer.kill()
        writer.wait()
        writer.stdout.close()
        for step in range(3):
            thumbnail = cache.thumbnail(f"{step:032x}")
            assert thumbnail is None or (len(thumbnail) == 200_000 and len(set(thumbnail)) == 1)
        cache.store_image(MD5, ImageFacts(seed, 1, 1))
        assert cache.image(MD5) == ImageFacts(seed, 1, 1)
    with sqlite3.connect(cache.folder / "media.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
