"""From folders to the graph: find the files, read the new ones, store them with their matches.

The walk lists every file that is media by its name or by its content. What the graph already knows
with the same size and modified time is skipped without being opened, and so is what failed before and
has not changed since, with the same decoders and limits. The rest goes to the decoder pool, a few files
ahead of what is being stored, so that both cores decode while the graph writes. Images are stored in
batches, each video in a transaction of its own; either way a kill leaves whole items, and the same
command again does the rest.

A file that is new at its path may be a stored one that was moved or renamed: one of the same size is not
where it was. Then its MD5 decides, without any decoding, and the file passes on to its new path with all
that was said of its content (`moves`).
"""

import os
import platform
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import SettingsChangedError
from tagcat_kernel.keyframes import key_frames_of
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.executors import ExecutorPool
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.moves import Moves, batched
from tagcat_kernel.records import ImageRecord, VideoRecord
from tagcat_kernel.walk import Failure, Found, find_files, printable

BATCH = 200
"""Images stored in one transaction: large enough to be quick, small enough to lose little."""
PATIENCE = 2.0
"""Seconds that a decoded image waits for company before its batch is stored all the same."""

Progress = Callable[[int, int, str], None]
"""Called with the number of files done, their number in all, and a line for a person."""


@dataclass(slots=True)
class IngestReport:
    """What one run of `ingest` did; the numbers count what is new in the graph.

    `skipped` counts unchanged files, `moved` those that were found at another path than before, `ignored`
    the files found in folders that are media neither by name nor by content, `seconds` is the whole run's
    time. `cancelled` says that it was stopped early.
    """

    images: int = 0
    videos: int = 0
    frames: int = 0
    matches: int = 0
    skipped: int = 0
    moved: int = 0
    ignored: int = 0
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False

    def fail(self, path: str, error: str) -> None:
        """Note that a file could not be stored."""
        self.failed.append(Failure(printable(path), error))

    def as_dict(self) -> dict[str, object]:
        """Return the report as the JSON object of `tagcat ingest --json`.

        Examples
        --------
        >>> IngestReport(images=2).as_dict()["images"]
        2
        """
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def ingest(
    collection: Collection,
    paths: Iterable[str | os.PathLike[str]],
    *,
    inside: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    workers: int | None = None,
    executor: Executor | None = None,
) -> IngestReport:
    """Store every new image and video of `paths`, with key frames and matches.

    Parameters
    ----------
    collection
        The user's collection.
    paths
        Files, folders and glob patterns.
    inside
        A folder that no file may lie outside of, wherever links lead; default: any place is allowed.
    progress
        Called after every file.
    cancelled
        Asked between files; when it says True, what is decoded is stored and the rest is left.
    workers
        Decoder processes; default: one a core. With `executor`, how many workers it has about.
    executor
        Any `concurrent.futures.Executor` to decode on, a Dask client's too (`client.get_executor()`). A
        path must name the same file for its workers as it does here, where it is found and stored.

    Returns
    -------
    IngestReport
        A bad file is in its `failed` and stops nothing.

    Raises
    ------
    GraphError
        If the graph can't be reached or written. What was stored before stays.
    BrokenExecutor
        If the executor broke for good. What was decoded before is stored.
    ValueError
        If a limit in the environment is no number (see `Limits.chosen`).

    Examples
    --------
    >>> import inspect
    >>> list(inspect.signature(ingest).parameters)[:2]
    ['collection', 'paths']
    """
    began = time.monotonic()
    report = IngestReport()
    cache = MediaCache()
    limits = Limits.chosen()
    work = _sort_out(
        collection, cache, find_files(paths, inside=inside), report, cancelled, under=circumstances(limits)
    )
    run = _Run(collection, report, progress or (lambda _done, _total, _line: None), len(work), cache)
    if work and not cancelled():
        distance = run.distance = collection.settings.key_frame_distance
        pool: DecoderPool | ExecutorPool
        if executor is None:
            pool = DecoderPool(workers, limits=limits, cache=cache)
        else:
            pool = ExecutorPool(executor, workers, limits=limits, cache=cache)
        try:
            _read_and_store(pool, distance, work, run, cancelled)
        finally:
            pool.close(cancel=True)
    report.cancelled |= run.done < run.total  # a cancel that came after the last file stopped nothing
    report.failed.sort(key=lambda failure: os.fsencode(failure.path))
    report.seconds = time.monotonic() - began
    return report


def _sort_out(
    collection: Collection,
    cache: MediaCache,
    files: Iterable[Found | Failure],
    report: IngestReport,
    cancelled: Callable[[], bool],
    *,
    under: str,
) -> list[tuple[str, str]]:
    """Return the (path, kind) of files to be read, and note in `report` all that need not be."""
    stored = collection.files()
    moves = Moves(stored.values())
    work: list[tuple[str, str]] = []
    for found in files:
        if cancelled():
            report.cancelled = True
            break
        if isinstance(found, Failure):
            report.fail(found.path, found.error)
            continue
        try:
            found.path.encode()
            facts = os.stat(found.path)  # noqa: PTH116
            known = stored.get(found.path)
            if known and (known.bytes, known.modified) == (facts.st_size, facts.st_mtime_ns):
                report.skipped += 1
            elif error := cache.failure(found.path, facts.st_size, facts.st_mtime_ns, under):
                report.fail(found.path, error)
            elif not known and moves.take(found.path, facts.st_size, cancelled):
                report.moved += 1
            elif kind := kind_of(found.path):
                work.append((found.path, kind))
            elif found.named:
                report.fail(found.path, "neither an image nor a video")
            else:
                report.ignored += 1
        except UnicodeEncodeError:
            report.failed.append(
                Failure(printable(found.path), "the name is not valid UTF-8: rename the file")
            )
        except OSError as error:
            report.fail(found.path, error.strerror or str(error))
    for some in batched(moves.found, BATCH):
        collection.move(some, source=source())
    return work


class _Run:
    """The storing side of one ingest: collects images into batches and counts what became of them."""

    def __init__(
        self,
        collection: Collection,
        report: IngestReport,
        progress: Progress,
        total: int,
        cache: MediaCache,
    ) -> None:
        self.collection = collection
        self.cache = cache
        self.distance: int | None = None  # by which the key frames were chosen
        self.report = report
        self.progress = progress
        self.total = total
        self.done = 0
        self.batch: list[ImageRecord] = []
        self.batch_began = 0.0
        self.source = source()

    def take(self, record: ImageRecord | VideoRecord) -> None:
        """Take one decoded file: note its failure, store a video, or let an image wait for its batch."""
        self.done += 1
        if record.error is not None:
            self.report.fail(record.path, record.error)
        elif isinstance(record, VideoRecord):
            self._store_video(record)
        else:
            if not self.batch:
                self.batch_began = time.monotonic()
            self.batch.append(record)
        self.flush_if_due()
        self.progress(self.done, self.total, Path(record.path).name)

    def flush_if_due(self) -> None:
        """Store the images that wait, if they are many or have waited long."""
        if len(self.batch) >= BATCH or (self.batch and time.monotonic() - self.batch_began > PATIENCE):
            self.flush()

    def flush(self) -> None:
        """Store the images that wait."""
        if self.batch:
            self._store(self.batch, None)
            self.batch = []

    def _store_video(self, record: VideoRecord) -> None:
        """Store a video, with other key frames where the settings were changed while it was decoded."""
        while True:
            try:
                return self._store([record], self.distance)
            except SettingsChangedError:
                self.distance = self.collection.settings.key_frame_distance
                if track := self.cache.track(record.md5 or ""):
                    record = replace(record, frames=key_frames_of(track, self.distance))

    def _store(self, records: list[ImageRecord] | list[VideoRecord], distance: int | None) -> None:
        stored = self.collection.store(records, source=self.source, key_frame_distance=distance)
        self.report.images += stored.images
        self.report.videos += stored.videos
        self.report.frames += stored.frames
        self.report.matches += stored.matches


def _read_and_store(
    pool: DecoderPool | ExecutorPool,
    key_frame_distance: int,
    work: list[tuple[str, str]],
    run: _Run,
    cancelled: Callable[[], bool],
) -> None:
    """Keep the pool a few files ahead of the storing, until all is done or the person cancels."""
    ahead = 8 * pool.workers
    waiting: set[Future[Any]] = set()
    rest = iter(work)
    run.progress(0, run.total, "")
    try:
        while not cancelled():
            while len(waiting) < ahead and (file := next(rest, None)):
                path, kind = file
                waiting.add(
                    pool.read_image(path) if kind == "image" else pool.read_video(path, key_frame_distance)
                )
            if not waiting:
                break
            finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda future: future.exception() is not None):
                run.take(future.result())
            run.flush_if_due()
    except BrokenExecutor:
        _take_finished(waiting, run)
        raise
    _take_finished(waiting, run)


def _take_finished(waiting: set[Future[Any]], run: _Run) -> None:
    """After a cancel or a broken executor: what is decoded by now is not thrown away."""
    for future in waiting:
        if future.done() and not future.cancelled() and future.exception() is None:
            run.take(future.result())
    run.flush()


def source() -> str:
    """Return the platform and program that see the files, as stored with each: "Linux: tagcat 1.0".

    Examples
    --------
    >>> source().split(": ")[1].split()[0]
    'tagcat'
    """
    try:
        number = version("tagcat")
    except PackageNotFoundError:  # a checkout on PYTHONPATH that was never installed
        number = "0"
    system = {"Darwin": "Macintosh"}.get(platform.system(), platform.system())
    return f"{system}: tagcat {number}"
