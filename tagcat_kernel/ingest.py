"""From folders to the graph: find the files, read the new ones, store them with their matches.

The walk lists every file that is media by its name or by its content. What the graph already knows
with the same size and modified time is skipped without being opened, and so is what failed before and
has not changed since, with the same decoders and limits. The rest is read and stored (`storing`).

A file that is new at its path may be a stored one that was moved or renamed: one of the same size is not
where it was. Then its MD5 decides, without any decoding, and the file passes on to its new path with all
that was said of its content (`moves`).
"""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.executors import ExecutorPool
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.moves import Moves, batched
from tagcat_kernel.storing import BATCH, IngestReport, Progress, Storing, read_and_store, source
from tagcat_kernel.walk import Failure, Found, find_files

__all__ = ["IngestReport", "Progress", "ingest", "source"]


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
    storing = Storing(collection, report, progress or (lambda _done, _total, _line: None), len(work), cache)
    if work and not cancelled():
        distance = storing.distance = collection.settings.key_frame_distance
        pool: DecoderPool | ExecutorPool
        if executor is None:
            pool = DecoderPool(workers, limits=limits, cache=cache)
        else:
            pool = ExecutorPool(executor, workers, limits=limits, cache=cache)
        try:
            read_and_store(pool, distance, work, storing, cancelled)
        finally:
            pool.close(cancel=True)
    report.cancelled |= storing.done < storing.total  # a cancel that came after the last file stopped nothing
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
            report.fail(found.path, "the name is not valid UTF-8: rename the file")
        except OSError as error:
            report.fail(found.path, error.strerror or str(error))
    for some in batched(moves.found, BATCH):
        collection.move(some, source=source())
    return work
