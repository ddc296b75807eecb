"""From files that are to be read to the graph: decoded ahead, stored whole.

The decoder pool is kept a few files ahead of what is being stored, so that both cores decode while the
graph writes. Images are stored in batches, each video in a transaction of its own; either way a kill
leaves whole items, and the same command again does the rest.
"""

import platform
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import SettingsChangedError
from tagcat_kernel.keyframes import key_frames_of
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.executors import ExecutorPool
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.records import ImageRecord, VideoRecord
from tagcat_kernel.walk import Failure, printable

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


class Storing:
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


def read_and_store(
    pool: DecoderPool | ExecutorPool,
    key_frame_distance: int,
    work: list[tuple[str, str]],
    storing: Storing,
    cancelled: Callable[[], bool],
) -> None:
    """Keep the pool a few files ahead of the storing, until all is done or the person cancels."""
    ahead = 8 * pool.workers
    waiting: set[Future[Any]] = set()
    rest = iter(work)
    storing.progress(0, storing.total, "")
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
                storing.take(future.result())
            storing.flush_if_due()
    except BrokenExecutor:
        _take_finished(waiting, storing)
        raise
    _take_finished(waiting, storing)


def _take_finished(waiting: set[Future[Any]], storing: Storing) -> None:
    """After a cancel or a broken executor: what is decoded by now is not thrown away."""
    for future in waiting:
        if future.done() and not future.cancelled() and future.exception() is None:
            storing.take(future.result())
    storing.flush()


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
