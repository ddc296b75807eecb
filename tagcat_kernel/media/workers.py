"""A pool of decoder processes: a bad file can crash one, hang it or fill its memory, and costs no more.

Each worker process has one thread here that feeds it from the common queue (see `slots`). Every file
becomes a record: futures never raise for a bad file, not even for one that crashed its decoder.

Processes are started as `python -m tagcat_kernel.media.worker`, not forked or spawned by
multiprocessing, so that scripts and notebooks need no main guard.
"""

import base64
import os
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

import numpy as np

from tagcat_kernel.keyframes import KEY_FRAME_DISTANCE
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.shown import Fit, Shown
from tagcat_kernel.media.slots import Slot, Task
from tagcat_kernel.orientations import Orientations, all_orientations
from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord


class DecoderPool:
    """Worker processes that decode images and videos; a context manager.

    Parameters
    ----------
    workers
        Number of processes; default: one a core. They start with the first files.
    limits
        What one file may cost; default: `Limits.chosen()`.
    cache
        Where results are kept; default: that of `TAGCAT_HOME`.

    Examples
    --------
    >>> with DecoderPool(workers=1) as pool:
    ...     pool.read_image("/no/such.jpg").result().error
    'No such file or directory'
    """

    def __init__(
        self, workers: int | None = None, *, limits: Limits | None = None, cache: MediaCache | None = None
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"a pool needs at least 1 worker, not {workers}")
        self.workers = workers or _cores()
        self.limits = limits or Limits.chosen()
        self.cache = MediaCache() if cache is None else cache
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._slots: list[Slot] = []
        self._unfinished = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(cancel=kind is not None)

    def read_image(
        self, path: str | os.PathLike[str], *, thumbnail: bool = True, orientations: bool = False
    ) -> "Future[ImageRecord]":
        """Hash an image in a worker, and keep its hash (and a thumbnail, if wanted) in the cache."""
        request = {"do": "image", "path": os.fsdecode(path)}
        return self._submit(request | {"thumbnail": thumbnail, "orientations": orientations}, _image_record)

    def read_video(
        self, path: str | os.PathLike[str], key_frame_distance: int = KEY_FRAME_DISTANCE
    ) -> "Future[VideoRecord]":
        """Sample a video in a worker, and keep its track and its key frames' thumbnails in the cache.

        Raises
        ------
        ValueError
            If `key_frame_distance` is not from 0 to 64.
        """
        if not 0 <= key_frame_distance <= 64:
            raise ValueError(f"key_frame_distance must be from 0 to 64, not {key_frame_distance}")
        request = {"do": "video", "path": os.fsdecode(path), "key_frame_distance": key_frame_distance}
        return self._submit(request, _video_record)

    def thumbnail(
        self, path: str | os.PathLike[str], md5: str, sample: int | None = None
    ) -> "Future[bytes | None]":
        """Return a thumbnail from the cache, made by a worker where it is missing; None if it can't be."""
        known = self.cache.thumbnail(md5, sample)
        if known is not None:
            ready: Future[bytes | None] = Future()
            ready.set_result(known)
            return ready
        request = {"do": "thumbnail", "path": os.fsdecode(path), "md5": md5, "sample": sample}
        return self._submit(request, lambda _: self.cache.thumbnail(md5, sample))

    def show(self, path: str | os.PathLike[str], md5: str, sample: int | None, fit: Fit) -> "Future[Shown]":
        """Return an image, or a video's moment, in colour at the size of `fit`; nothing is kept."""
        request = {"do": "show", "path": os.fsdecode(path), "md5": md5, "sample": sample}
        return self._submit(request | asdict(fit), _shown)

    def close(self, *, cancel: bool = False) -> None:
        """Wait for the files given so far and end the workers; with `cancel`, end them at once.

        Files that still waited are cancelled futures then, and those in work get a record with `error`.
        """
        with self._lock:
            self._closed = True
            slots = list(self._slots)
        if cancel:
            while True:
                try:
                    task = self._tasks.get_nowait()
                except queue.Empty:
                    break
                if task:
                    task[1].cancel()
            for slot in slots:
                slot.kill()
        for _ in slots:
            self._tasks.put(None)
        for slot in slots:
            slot.thread.join()

    def _submit(self, request: dict[str, Any], make: Callable[[dict[str, Any]], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the decoder pool is closed")
            self._tasks.put((request, future, make))
            self._unfinished += 1
            if len(self._slots) < min(self.workers, self._unfinished):
                slot = Slot(self._tasks.get, self._one_less, limits=self.limits, cache=self.cache.folder)
                self._slots.append(slot)
        return future

    def _one_less(self) -> None:
        """Count a request as done."""
        with self._lock:
            self._unfinished -= 1


def hash_images(
    paths: Iterable[str | os.PathLike[str]],
    *,
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    limits: Limits | None = None,
    orientations: Orientations = "as is",
) -> list[ImageRecord]:
    """Hash many images on all cores; thumbnails are not made (those wait until they are looked at).

    Parameters
    ----------
    paths
        The files.
    workers
        Decoder processes; default: one a core.
    progress
        Whether to show a progress bar.
    executor
        Any `concurrent.futures.Executor` to run on, a Dask client's too (`client.get_executor()`). Its
        processes decode in processes of their own; a path must name the same file for all of them.
    limits
        What one file may cost; default: `Limits.chosen()`.
    orientations
        "all" also hashes each picture mirrored and turned, from the same decode: `record.orientations` then
        holds eight dHashes, as `tagcat_kernel.orientations` searches and joins them.

    Returns
    -------
    list of ImageRecord
        In the order of `paths`. A bad file is a record with `error`.

    Raises
    ------
    ValueError
        If `orientations` is neither "as is" nor "all".
    BrokenExecutor
        If the executor broke for good, as a `ProcessPoolExecutor` does when one of its processes dies.

    Examples
    --------
    >>> [record.error for record in hash_images(["/no/such.jpg"], workers=1, progress=False)]
    ['No such file or directory']
    """
    from tqdm.auto import tqdm

    from tagcat_kernel.media.executors import ExecutorPool

    names = [os.fsdecode(path) for path in paths]
    limits, every = limits or Limits.chosen(), all_orientations(orientations)
    if not names:
        return []
    pool: DecoderPool | ExecutorPool
    if executor is None:
        pool = DecoderPool(min(workers or _cores(), len(names)), limits=limits)
    else:
        pool = ExecutorPool(executor, limits=limits)
    try:
        futures = [pool.read_image(name, thumbnail=False, orientations=every) for name in names]
        bar = tqdm(futures, desc="hash", unit="image", disable=not progress)
        return [future.result() for future in bar]
    finally:
        pool.close(cancel=True)


def _shown(fields: dict[str, Any]) -> Shown:
    if "pixels" not in fields:
        return Shown(error=fields["error"])
    data = np.frombuffer(base64.b64decode(fields["pixels"]), np.uint8)
    return Shown(data.reshape(fields["shape"]))


def _image_record(fields: dict[str, Any]) -> ImageRecord:
    return ImageRecord(**fields | {"orientations": tuple(fields.get("orientations", ()))})


def _video_record(fields: dict[str, Any]) -> VideoRecord:
    frames = tuple(KeyFrame(position, dhash, k) for position, dhash, k in fields.pop("frames", ()))
    return VideoRecord(**fields, frames=frames)


def _cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
