"""A pool of decoder processes: a bad file can crash one, hang it or fill its memory, and costs no more.

Each worker process has one thread here that feeds it: the thread takes a request from the common queue,
writes it down the pipe, and waits for the answer. A timer kills the process when it shows no progress for
too long; a process that died is replaced for the next file, and the file that it died of becomes a
record with an error. Futures never raise for a bad file.

Processes are started as `python -m tagcat_kernel.media.worker`, not forked or spawned by
multiprocessing, so that scripts and notebooks need no main guard.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tagcat_kernel.keyframes import KEY_FRAME_DISTANCE
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.images import hash_image
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.records import ImageRecord, KeyFrame, VideoRecord

_Task = tuple[dict[str, Any], "Future[Any]", Callable[[dict[str, Any]], Any]]

CANCELLED = "cancelled"
"""The error of a file that was being decoded when the pool was closed."""


class DecoderPool:
    """Worker processes that decode images and videos; a context manager.

    Parameters
    ----------
    workers
        Number of processes; default: one a core. They start with the first files.
    limits
        What one file may cost.
    cache
        Where results are kept; default: that of `TAGCAT_HOME`.

    Examples
    --------
    >>> with DecoderPool(workers=1) as pool:
    ...     pool.read_image("/no/such.jpg").result().error
    'No such file or directory'
    """

    def __init__(
        self, workers: int | None = None, *, limits: Limits = DEFAULT, cache: MediaCache | None = None
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"a pool needs at least 1 worker, not {workers}")
        self.workers = workers or _cores()
        self.limits = limits
        self.cache = MediaCache() if cache is None else cache
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._cancelled = False
        self._slots: list[_Slot] = []
        self._unfinished = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(cancel=kind is not None)

    def read_image(self, path: str | os.PathLike[str]) -> "Future[ImageRecord]":
        """Hash an image in a worker, and keep its hash and thumbnail in the cache."""
        return self._submit({"do": "image", "path": os.fsdecode(path)}, lambda fields: ImageRecord(**fields))

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

    def close(self, *, cancel: bool = False) -> None:
        """Wait for the files given so far and end the workers; with `cancel`, end them at once.

        Files that still waited are cancelled futures then, and those in work get a record with `error`.
        """
        with self._lock:
            self._closed = True
            self._cancelled |= cancel
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
                self._slots.append(_Slot(self))
        return future

    def take(self) -> _Task | None:
        """Wait for a request; None when the pool closes."""
        return self._tasks.get()

    def finished(self) -> None:
        """Count a request as done."""
        with self._lock:
            self._unfinished -= 1


class _Slot:
    """One worker process and the thread that feeds it."""

    def __init__(self, pool: DecoderPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._dead = False
        self.thread = threading.Thread(target=self._run, name="tagcat-decoder", daemon=True)
        self.thread.start()

    def kill(self) -> None:
        """End the process at once, and start no other."""
        with self._lock:
            self._dead = True
            if self._process:
                self._process.kill()

    def _run(self) -> None:
        while (task := self._pool.take()) is not None:
            request, future, make = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(make(self._ask(request)))
                except Exception as error:  # a future must never be left without an answer
                    future.set_exception(error)
            self._pool.finished()
        self._end(kill=False)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer, or an error in its place."""
        seconds = self._pool.limits.seconds
        late = threading.Event()
        process = self._started()
        if process is None:
            return {"path": request["path"], "error": CANCELLED}
        fields = None
        with contextlib.suppress(OSError, ValueError):
            _write(process, request)
            fields = self._listen(process, late, seconds)
        if fields is not None:
            return fields
        status = self._end(kill=True)
        with self._lock:
            if self._dead:
                return {"path": request["path"], "error": CANCELLED}
        if late.is_set():
            error = f"gave no sign for {seconds:g} seconds: given up"
        else:
            error = f"the decoder crashed ({_status(status)})"
        return {"path": request["path"], "error": error}

    def _listen(
        self, process: "subprocess.Popen[bytes]", late: threading.Event, seconds: float
    ) -> dict[str, Any] | None:
        """Wait for the answer, killing the process when `seconds` pass without a line."""

        def give_up() -> None:
            late.set()
            process.kill()

        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        while True:
            timer = threading.Timer(seconds, give_up)
            timer.daemon = True
            timer.start()
            try:
                line = process.stdout.readline()
            finally:
                timer.cancel()
            if not line.endswith(b"\n"):
                return None
            fields: dict[str, Any] = json.loads(line)
            if "alive" not in fields:
                return fields

    def _started(self) -> "subprocess.Popen[bytes] | None":
        """Return the running process, a new one where there is none; None once killed."""
        if self._process is not None and self._process.poll() is not None:
            self._end(kill=False)  # it died between two files, which is no file's doing
        with self._lock:
            if self._dead:
                return None
            if self._process is not None:
                return self._process
            process = self._process = _start()
        settings = {"limits": asdict(self._pool.limits), "cache": str(self._pool.cache.folder)}
        with contextlib.suppress(OSError):
            _write(process, settings)
        return process

    def _end(self, *, kill: bool) -> int | None:
        """Let go of the process and return its exit status."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return None
        if kill:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        return process.wait()


def hash_images(
    paths: Iterable[str | os.PathLike[str]],
    *,
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    limits: Limits = DEFAULT,
) -> list[ImageRecord]:
    """Hash many images on all cores.

    Parameters
    ----------
    paths
        The files.
    workers
        Decoder processes; default: one a core.
    progress
        Whether to show a progress bar.
    executor
        Any `concurrent.futures.Executor` (a Dask client's too) to run on instead of decoder processes;
        it then has no time or memory limit.
    limits
        What one file may cost.

    Returns
    -------
    list of ImageRecord
        In the order of `paths`. A bad file is a record with `error`.

    Examples
    --------
    >>> [record.error for record in hash_images(["/no/such.jpg"], workers=1, progress=False)]
    ['No such file or directory']
    """
    from tqdm.auto import tqdm

    names = [os.fsdecode(path) for path in paths]
    if not names:
        return []
    pool = None if executor else DecoderPool(min(workers or _cores(), len(names)), limits=limits)
    futures: list[Future[ImageRecord]] = []
    try:
        for name in names:
            future = pool.read_image(name) if pool else executor.submit(hash_image, name, limits=limits)  # type: ignore[union-attr]
            futures.append(future)
        bar = tqdm(futures, desc="hash", unit="image", disable=not progress)
        return [future.result() for future in bar]
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    finally:
        if pool:
            pool.close(cancel=True)


def _video_record(fields: dict[str, Any]) -> VideoRecord:
    frames = tuple(KeyFrame(position, dhash, k) for position, dhash, k in fields.pop("frames", ()))
    return VideoRecord(**fields, frames=frames)


def _cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> "subprocess.Popen[bytes]":
    """Start a worker: out of reach of Ctrl-C, one thread for each numeric library."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONSAFEPATH": "1",  # `-m` would else import from the current folder
    }
    place = Path(__file__).resolve().parents[2]
    if place.name not in ("site-packages", "dist-packages"):  # a checkout that is not installed
        environment["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(place), os.environ.get("PYTHONPATH")) if part
        )
    return subprocess.Popen(
        [sys.executable, "-m", "tagcat_kernel.media.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _write(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
    process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
    process.stdin.flush()


def _status(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
