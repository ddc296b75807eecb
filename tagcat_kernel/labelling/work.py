"""Asking a model about a collection: pictures in, labels stored, batch by batch.

The decoder processes bring pictures in the model's size, a few batches ahead, while the model looks at
those before. Each batch is stored when the model has answered. What the model has labelled before is
skipped, so that the same call after a cancel or a kill does just the rest; nothing notes how far it came.

An image is decoded from its file. Of a video each key frame is decoded: the cached track knows its time,
the decoder jumps there, and the model sees the moment at full size. (The 320 pixels of a thumbnail are
less than most models look at.) Where the cache has lost the track, the video is read from its beginning.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import checked_label, is_frame, md5_of, sample_of
from tagcat_kernel.labelling.labeller import TOP, Labeller, LabellerError, Labels
from tagcat_kernel.media.shown import Shown
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.sources import on_device
from tagcat_kernel.walk import Failure, printable

Progress = Callable[[int, int, str], None]
"""Called with the number of items done, their number in all, and a line for a person."""

BATCH = 32
"""Pictures that a model gets at a time; what it says of them is one transaction."""

MINIMUM_SCORE = 0.1
"""Below it a classifier of a thousand classes is mostly guessing."""


@dataclass(slots=True)
class LabelReport:
    """What a model did: `items` it looked at, `labels` stored, `skipped` because it knew them before.

    `failed` are files that could not be looked at, each once, with the reason.
    """

    model: str
    items: int = 0
    labels: int = 0
    skipped: int = 0
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the report as the JSON object of `tagcat label --json`.

        Examples
        --------
        >>> LabelReport("tiny", items=2).as_dict()["items"]
        2
        """
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def label_items(
    collection: Collection,
    labeller: Labeller,
    keys: Iterable[str] | None = None,
    *,
    minimum_score: float = MINIMUM_SCORE,
    top: int = TOP,
    again: bool = False,
    progress: Progress = lambda _done, _total, _line: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LabelReport:
    """Ask a model what images and key frames show, and store what it says.

    Parameters
    ----------
    collection
        The user's collection.
    labeller
        The model. Labels of other models, and a person's tags, stay as they are.
    keys
        Of images, key frames and videos (all their key frames); default: everything.
    minimum_score
        0 to 1; a label below it is not stored. An item with no label at all is looked at again next time.
    top
        Most labels of an item, 1 to 10.
    again
        Whether to look again at what the model has labelled before.
    progress
        Called after every item.
    cancelled
        Asked between items; the same call again does the rest.

    Raises
    ------
    ValueError
        If an item is not there, or `minimum_score` or `top` can't be. Nothing is changed then.
    LabellerError
        If the model can't answer. What was stored before stays.
    GraphError
        If the graph can't do it.
    """
    if not 0 <= minimum_score <= 1:
        raise ValueError(f"minimum_score is 0 to 1, not {minimum_score}")
    if not 1 <= top <= TOP:
        raise ValueError(f"top is 1 to {TOP}, not {top}")
    began = time.monotonic()
    report = LabelReport(checked_label(labeller.name))
    every = items_of(collection, keys)
    wanted = every if again else unlabelled(collection, report.model, every)
    report.skipped = len(every) - len(wanted)
    progress(0, len(wanted), "")
    paths = _paths(collection)
    done = 0
    with DecoderPool() as pool:
        shown = _shown(pool, labeller, wanted, paths)
        while batch := list(islice(_until(cancelled, shown), BATCH)):
            seen = [(key, one.pixels) for key, one in batch if one.pixels is not None]
            answers = labeller.label([pixels for _, pixels in seen])
            said = {
                key: [(name, score) for name, score in labels[:top] if score >= minimum_score]
                for (key, _), labels in zip(seen, answers, strict=True)
            }
            report.labels += _store(collection, said, report.model)
            report.items += len(said)
            done += len(batch)
            for key, one in batch:
                if one.error is not None:
                    _fail(report, paths.get(md5_of(key), []), one.error)
            last = paths.get(md5_of(batch[-1][0]), [""])[0]
            progress(done, len(wanted), Path(last).name)
        report.cancelled = done < len(wanted)
        if report.cancelled:
            pool.close(cancel=True)
    report.seconds = time.monotonic() - began
    return report


def unlabelled(collection: Collection, model: str, keys: Iterable[str] | None = None) -> list[str]:
    """Return the keys of the images and key frames that a model has not labelled yet.

    Parameters
    ----------
    collection
        The user's collection.
    model
        Its name, as it stands on labels.
    keys
        Of images, key frames and videos (all their key frames); default: everything.

    Raises
    ------
    ValueError
        If an item is not there.
    """
    known = {row["key"] for row in collection.labelled() if row["model"] == model}
    return [key for key in items_of(collection, keys) if key not in known]


def items_of(collection: Collection, keys: Iterable[str] | None) -> list[str]:
    """Return the keys of the images and key frames that are meant, each once; a video means all of its own.

    Raises
    ------
    ValueError
        If something is no image, key frame or video of this user.
    """
    frames: dict[str, list[str]] = {}
    for row in collection.frames():
        frames.setdefault(f"{collection.user}:{row['video']}", []).append(row["key"])
    every = [row["key"] for row in collection.images()] + [key for some in frames.values() for key in some]
    if keys is None:
        return every
    there, found = set(every), []
    for key in keys:
        if key not in there and key not in frames:
            raise ValueError(f"{key!a} is no image, key frame or video of {collection.user}")
        found += frames.get(key, [key])
    return list(dict.fromkeys(found))


def _paths(collection: Collection) -> dict[str, list[str]]:
    """Return where each content lies on this machine, by MD5."""
    found: dict[str, list[str]] = {}
    for file in sorted(collection.files().values(), key=lambda file: file.path):
        found.setdefault(file.md5, []).append(file.path)
    return found


def _shown(
    pool: DecoderPool, labeller: Labeller, keys: Iterable[str], paths: dict[str, list[str]]
) -> Iterator[tuple[str, Shown]]:
    """Yield every item with its picture, keeping the pool two batches ahead."""
    waiting: deque[tuple[str, Future[Shown] | None]] = deque()
    rest = iter(keys)
    while True:
        for key in islice(rest, 2 * BATCH - len(waiting)):
            path = _readable(paths.get(md5_of(key), []))
            sample = sample_of(key) if is_frame(key) else None
            future = None if path is None else pool.show(path, md5_of(key), sample, labeller.fit)
            waiting.append((key, future))
        if not waiting:
            return
        key, future = waiting.popleft()
        if future is None:
            yield key, Shown(error=_out_of_reach(paths.get(md5_of(key), [])))
        else:
            yield key, future.result()


def _until(cancelled: Callable[[], bool], shown: Iterator[tuple[str, Shown]]) -> Iterator[tuple[str, Shown]]:
    """Yield until the person cancels."""
    while not cancelled() and (one := next(shown, None)):
        yield one


def _readable(paths: Iterable[str]) -> str | None:
    return next((path for path in paths if not on_device(path) and Path(path).is_file()), None)


def _out_of_reach(paths: Iterable[str]) -> str:
    if all(map(on_device, paths)):
        return "lies on a person's device, where no model of the kernel can look at it"
    return "is not there any more: bring it back, or take it out of the collection"


def _fail(report: LabelReport, paths: list[str], error: str) -> None:
    """Note a failure; all key frames of a video that is gone are one."""
    failure = Failure(printable(paths[0] if paths else ""), error)
    if failure not in report.failed:
        report.failed.append(failure)


def _store(collection: Collection, said: dict[str, Labels], model: str) -> int:
    """Store what a model said; an item that another process removed meanwhile costs itself only."""
    try:
        return collection.label(said, model)
    except NotStorableError as error:
        raise LabellerError(f"{model}: a label can't be stored: {error}") from error
    except ValueError:
        if len(said) <= 1:
            return 0
    return sum(_store(collection, {key: labels}, model) for key, labels in said.items())
