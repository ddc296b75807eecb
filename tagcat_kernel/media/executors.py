"""Decoding on an executor of the user's, such as a Dask cluster: the same answers under the same limits.

A task names a file. The process that the executor runs it in keeps decoder processes of its own, so that a
bad file costs itself there as it does here, and ends them when nothing was asked for a while. A task
changes nothing but the cache of the machine that it ran on; so one that was lost with its worker can be
done again by another.

An answer brings what that cache learnt, and what is new is kept in the cache here: a collection that a
cluster has read has its thumbnails and tracks at hand. A path must name the same file on every machine.
"""

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tagcat_kernel.home import subfolder
from tagcat_kernel.keyframes import KEY_FRAME_DISTANCE
from tagcat_kernel.media.cache import ImageFacts, MediaCache, Track
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.records import ImageRecord, VideoRecord

WORKERS = 32
"""Workers that an executor is taken to have; an executor does not tell."""

IDLE = 30.0
"""Seconds without a task after which a process ends its decoders."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A file's record, and what the cache of the machine that decoded it knows of it."""

    record: ImageRecord | VideoRecord
    facts: ImageFacts | Track | None = None
    thumbnails: dict[int | None, bytes] = field(default_factory=dict)
    failure: tuple[int, int, str] | None = None
    """Bytes, modified time (ns) and circumstances of a failure that will not pass by itself."""


class ExecutorPool:
    """Decodes on an executor; it is asked like a `DecoderPool`, and leaves the executor open.

    Parameters
    ----------
    executor
        Any `concurrent.futures.Executor`, a Dask client's too (`client.get_executor()`).
    workers
        How many workers it has about, so that enough files are given to it; default: 32.
    limits
        What one file may cost; default: `Limits.chosen()`.
    cache
        Where results are kept; default: that of `TAGCAT_HOME`.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(1) as executor:
    ...     ExecutorPool(executor).read_image("/no/such.jpg").result().error
    'No such file or directory'
    """

    def __init__(
        self,
        executor: Executor,
        workers: int | None = None,
        *,
        limits: Limits | None = None,
        cache: MediaCache | None = None,
    ) -> None:
        self.workers = workers or WORKERS
        self.limits = limits or Limits.chosen()
        self.cache = MediaCache() if cache is None else cache
        self._executor = executor
        # Dask takes calls with equal arguments for one; a file that has changed since must be read again.
        self._run = uuid.uuid4().hex
        self._futures: set[Future[Any]] = set()

    def read_image(
        self, path: str | os.PathLike[str], *, thumbnail: bool = True, orientations: bool = False
    ) -> "Future[ImageRecord]":
        """Hash an image on the executor; what only the executor could break becomes an error of the file."""
        name = os.fsdecode(path)
        how = _How(thumbnail=thumbnail, orientations=orientations)
        return self._submit(name, how, lambda error: ImageRecord(path=name, error=error))

    def read_video(
        self, path: str | os.PathLike[str], key_frame_distance: int = KEY_FRAME_DISTANCE
    ) -> "Future[VideoRecord]":
        """Sample a video on the executor."""
        name = os.fsdecode(path)
        how = _How(key_frame_distance)
        return self._submit(name, how, lambda error: VideoRecord(path=name, error=error))

    def close(self, *, cancel: bool = False) -> None:
        """Forget the files given so far; with `cancel`, those that no worker has begun are not read."""
        if cancel:
            for future in list(self._futures):
                future.cancel()

    def _submit(
        self, path: str, how: "_How", failed: Callable[[str], ImageRecord | VideoRecord]
    ) -> "Future[Any]":
        given: Future[Any] = Future()
        task = self._executor.submit(read, path, how, self.limits, self._run)
        self._futures.add(given)

        def pass_on(done: "Future[Answer]") -> None:
            self._futures.discard(given)
            if not given.set_running_or_notify_cancel():
                return
            try:
                answer = done.result()
                self._keep(answer)
                given.set_result(answer.record)
            except BrokenExecutor as error:
                given.set_exception(error)
            except CancelledError:
                given.set_result(failed("its executor gave it up: ingest it again"))
            except Exception as error:  # a worker that died again and again, an answer that did not arrive
                given.set_result(failed(f"{type(error).__name__}: {error}"))

        given.add_done_callback(lambda given: task.cancel() if given.cancelled() else None)
        task.add_done_callback(pass_on)
        return given

    def _keep(self, answer: Answer) -> None:
        """Keep what the machine that decoded a file knows and the cache here does not."""
        record, md5 = answer.record, answer.record.md5
        if answer.failure:
            self.cache.store_failure(record.path, *answer.failure, record.error or "")
        if md5 is None:
            return
        if isinstance(answer.facts, ImageFacts) and self.cache.image(md5) is None:
            self.cache.store_image(md5, answer.facts)
        if isinstance(answer.facts, Track) and self.cache.track(md5) is None:
            self.cache.store_track(md5, answer.facts)
        for sample, jpeg in answer.thumbnails.items():
            if not self.cache.thumbnail_file(md5, sample).exists():
                self.cache.store_thumbnail(md5, sample, jpeg)


class _How(NamedTuple):
    """What to make of a file: a video's key frames, or of an image its hash, eight hashes, a thumbnail."""

    key_frame_distance: int | None = None
    thumbnail: bool = True
    orientations: bool = False


def read(path: str, how: _How, limits: Limits, run: str) -> Answer:  # noqa: ARG001
    """Read an image, or with a `key_frame_distance` a video, in the process that the executor chose.

    `run` is only there to make the call unlike one of another run.

    Examples
    --------
    >>> read("/no/such.mp4", _How(6), Limits(), "").record.error
    'No such file or directory'
    """
    with _decoders(limits) as pool:
        if how.key_frame_distance is None:
            image = pool.read_image(path, thumbnail=how.thumbnail, orientations=how.orientations).result()
            samples: list[int | None] = [None]
            facts = pool.cache.image(image.md5) if image.md5 else None
            return _answer(image, facts, samples, pool)
        video = pool.read_video(path, how.key_frame_distance).result()
        track = pool.cache.track(video.md5) if video.md5 else None
        return _answer(video, track, [frame.sample for frame in video.frames], pool)


def _answer(
    record: ImageRecord | VideoRecord,
    facts: ImageFacts | Track | None,
    samples: "list[int | None] | list[int]",
    pool: DecoderPool,
) -> Answer:
    cache, under = pool.cache, circumstances(pool.limits)
    if record.md5:
        drawn = {sample: cache.thumbnail(record.md5, sample) for sample in samples}
        return Answer(record, facts, {sample: jpeg for sample, jpeg in drawn.items() if jpeg})
    with contextlib.suppress(OSError, ValueError):
        stat = os.stat(record.path)  # noqa: PTH116 - names need not be valid text
        if cache.failure(record.path, stat.st_size, stat.st_mtime_ns, under) == record.error:
            return Answer(record, failure=(stat.st_size, stat.st_mtime_ns, under))
    return Answer(record)


@dataclass(slots=True, eq=False)
class _Shared:
    """The decoders of this process, the tasks that use them now, and the timer of their end."""

    pool: DecoderPool
    tasks: int = 0
    end: threading.Timer | None = None


_lock = threading.Lock()
_pools: dict[tuple[Limits, Path], _Shared] = {}


@contextmanager
def _decoders(limits: Limits) -> Iterator[DecoderPool]:
    """Lend the decoder pool of this process, made where there is none."""
    key = limits, subfolder("cache")
    with _lock:
        shared = _pools.get(key) or _pools.setdefault(key, _Shared(DecoderPool(limits=limits)))
        shared.tasks += 1
        if shared.end:
            shared.end.cancel()
    try:
        yield shared.pool
    finally:
        with _lock:
            shared.tasks -= 1
            if not shared.tasks:
                shared.end = threading.Timer(IDLE, _end, (key, shared))
                shared.end.daemon = True
                shared.end.start()


def _end(key: tuple[Limits, Path], shared: _Shared) -> None:
    with _lock:
        if shared.tasks or _pools.get(key) is not shared:
            return
        del _pools[key]
    shared.pool.close(cancel=True)
