"""Decoding on executors: threads, processes and a Dask cluster give what the decoder pool gives, or say why.

The cluster has a TAGCAT_HOME of its own, as another machine would.
"""

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import Limits, Workbench, hash_images
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.session import Endpoint, Graph
from tagcat_kernel.media import executors
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.executors import ExecutorPool
from tagcat_kernel.media.workers import DecoderPool
from tests.graph.engines import snapshot
from tests.waits import wait_until


@pytest.fixture(params=["threads", "processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "dask":
        yield request.getfixturevalue("dask").get_executor()
        return
    with ThreadPoolExecutor(2) if request.param == "threads" else processes() as executor:
        yield executor


@pytest.fixture
def graph(embedded_endpoint: Endpoint) -> Graph:
    return connect(embedded_endpoint)


def processes() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def noise(path: Path, seed: int = 1) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_any_executor_gives_what_processes_here_give(executor: Executor, tmp_path: Path) -> None:
    paths = [noise(tmp_path / f"{n}.png", n) for n in range(4)]
    paths[2].write_bytes(b"no picture")
    paths.append(tmp_path / "gone.png")
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    shutil.copy(paths[0], odd)
    names = [*map(str, paths), odd, str(paths[0])]
    theirs = hash_images(names, executor=executor, progress=False)
    kept = MediaCache()
    assert [kept.image(record.md5) is not None for record in theirs if record.md5] == [True] * 5
    assert kept.thumbnail(theirs[0].md5) is None, "hash_images makes none"
    assert ExecutorPool(executor).read_image(paths[1]).result() == theirs[1]
    facts = paths[2].stat()
    assert (
        kept.failure(str(paths[2]), facts.st_size, facts.st_mtime_ns, circumstances(Limits()))
        == theirs[2].error
    )
    assert theirs == hash_images(names, workers=1, progress=False)
    assert [bool(record.error) for record in theirs] == [False, False, True, False, True, False, False]
    noise(paths[0], 9)
    assert hash_images(paths[:1], executor=executor, progress=False)[0].md5 != theirs[0].md5, "read anew"


def test_a_file_has_its_limits_on_an_executor_too(executor: Executor, tmp_path: Path) -> None:
    paths = [noise(tmp_path / "a.png")]
    records = hash_images(paths, executor=executor, progress=False, limits=Limits(seconds=0.02))
    assert records[0].error == "gave no sign for 0.02 seconds: given up (--max-seconds, TAGCAT_MAX_SECONDS)"


def test_a_video_brings_its_track_and_thumbnails(executor: Executor, media: Path) -> None:
    path = media / "videos" / "libwebm__bbb_480p_vp9_opus_1second.webm"
    kept = MediaCache()
    record = ExecutorPool(executor, cache=kept).read_video(path, 1).result()
    assert len(record.frames) > 1
    track = kept.track(record.md5 or "")
    assert track is not None
    assert [int(track.hashes[frame.sample]) for frame in record.frames] == [f.dhash for f in record.frames]
    assert all(kept.thumbnail(record.md5 or "", frame.sample) for frame in record.frames)
    with DecoderPool(1, cache=MediaCache(kept.folder / "fresh")) as pool:
        assert record == pool.read_video(path, 1).result()


def test_decoders_of_an_executor_end_when_nothing_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "IDLE", 0.05)
    with ThreadPoolExecutor(2) as threads:
        for seed in range(2):
            paths = [noise(tmp_path / "a.png", seed)]
            assert hash_images(paths, executor=threads, progress=False)[0].error is None
            wait_until(lambda: MediaCache().folder not in [folder for _, folder in executors._pools])


def test_a_cancel_leaves_what_no_worker_has_begun(tmp_path: Path) -> None:
    go = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(go.wait)
        pool = ExecutorPool(threads)
        waiting = [pool.read_image(noise(tmp_path / f"{n}.png", n)) for n in range(3)]
        pool.close(cancel=True)
        go.set()
    assert all(future.cancelled() for future in waiting)
    assert not list(MediaCache().folder.rglob("*.jpg")), "none was decoded"


def test_what_an_executor_gives_up_is_an_error_of_the_file(tmp_path: Path) -> None:
    go = threading.Event()
    threads = ThreadPoolExecutor(1)
    threads.submit(go.wait)
    waiting = ExecutorPool(threads).read_image(noise(tmp_path / "a.png"))
    threads.shutdown(wait=False, cancel_futures=True)
    assert waiting.result(10).error == "its executor gave it up: ingest it again"
    go.set()


def test_a_broken_executor_ends_the_ingest_and_keeps_what_was_decoded(
    graph: Graph, user: str, tmp_path: Path
) -> None:
    for seed in range(3):
        noise(tmp_path / f"{seed}.png", seed)
    for seed in range(300):
        noise(tmp_path / f"later {seed}.png", 1000 + seed)
    with processes() as executor, Workbench(user, graph) as workbench:
        executor.submit(os.getpid).result()
        arrived: list[str] = []
        submit = executor.submit

        def submit_and_count(*task: Any) -> Future[Any]:
            future = submit(*task)
            future.add_done_callback(
                lambda done: None if done.exception() else arrived.append(done.result().record.path)
            )
            return future

        executor.submit = submit_and_count  # type: ignore[method-assign]

        def kill_one_when_some_are_done() -> None:
            wait_until(lambda: len(arrived) >= 10)
            os.kill(next(iter(executor._processes)), signal.SIGKILL)

        killer = threading.Thread(target=kill_one_when_some_are_done)
        killer.start()
        with pytest.raises(BrokenExecutor):
            workbench.ingest(tmp_path, progress=False, executor=executor)
        killer.join()
        assert 10 <= len(arrived) < 303
        assert workbench.counts()["images"] == len(arrived)
        again = workbench.ingest(tmp_path, progress=False)
        assert (again.images + again.skipped, again.failed) == (303, [])


def test_a_dask_cluster_stores_what_processes_here_store_though_a_worker_is_killed(
    dask: Any, graph: Graph, user: str, media: Path, tmp_path: Path
) -> None:
    for name in ("videohash__rocket.mkv", "moviepy__big_buck_bunny_0_30.webm"):
        (tmp_path / name).symlink_to(media / "videos" / name)
    for path in sorted((media / "images").glob("tex__bm_*")):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    before = dask.run(os.getpid)
    killed: list[int] = []

    def kill_a_worker_at_work() -> None:
        def films() -> list[str]:
            """The workers that have worked at one task for a while."""
            return [worker for worker, tasks in dask.processing().items() if tasks]

        wait_until(lambda: len(films()) == 2)
        time.sleep(0.3)
        killed.append(before[films()[0]])
        os.kill(killed[0], signal.SIGKILL)

    with Workbench(f"{user} dask", graph) as far, Workbench(user, graph) as here:
        killer = threading.Thread(target=kill_a_worker_at_work)
        killer.start()
        report = far.ingest(tmp_path, progress=False, executor=dask.get_executor())
        killer.join()
        thumbnails = {path.name for path in MediaCache().folder.rglob("*.jpg")}
        shutil.rmtree(MediaCache().folder)
        assert here.ingest(tmp_path, progress=False).as_dict() | {"seconds": 0} == report.as_dict() | {
            "seconds": 0
        }
        assert thumbnails == {path.name for path in MediaCache().folder.rglob("*.jpg")}
        assert snapshot(graph, far.user) == snapshot(graph, here.user)
    assert (report.videos, len(report.failed)) == (2, 1)
    dask.wait_for_workers(2)
    assert killed[0] not in dask.run(os.getpid).values(), "it was killed indeed"
