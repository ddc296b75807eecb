"""A change of settings: matches and key frames are made anew, and what a person said of them stays.

`max_distance` is one transaction: the new distance and the matches that follow from it. For
`key_frame_distance` the new distance is written first, so that whatever is stored from now on follows it;
then each video gets the key frames that its cached samples give, a video a transaction. Nothing notes how
far it came: a video whose key frames are right already is left alone, so the same call again, after a
cancel or a kill, does just the rest.

`key_frame_distance` is never above `max_distance`, not even in between: what grows `max_distance` goes
first, what shrinks it last.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tagcat_kernel.graph.collection import Collection, Settings, checked_settings
from tagcat_kernel.keyframes import key_frames_of
from tagcat_kernel.media.cache import MediaCache, Track
from tagcat_kernel.media.claims import Claims
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.records import MediaError
from tagcat_kernel.sources import on_device
from tagcat_kernel.walk import Failure, printable

Progress = Callable[[int, int, str], None]
"""Called with the number of steps done, their number in all, and a line for a person."""


@dataclass(slots=True)
class SettingsReport:
    """What a change of settings did.

    `videos` counts those that got other key frames, `frames` the key frames that are new, `matches` all
    stored matches at the end; `failed` are videos that keep their key frames, with the reason.
    """

    max_distance: int
    key_frame_distance: int
    videos: int = 0
    frames: int = 0
    matches: int = 0
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the report as the JSON object of `tagcat settings --json`.

        Examples
        --------
        >>> SettingsReport(8, 6, videos=2).as_dict()["videos"]
        2
        """
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def change_settings(
    collection: Collection,
    *,
    max_distance: int | None = None,
    key_frame_distance: int | None = None,
    progress: Progress = lambda _done, _total, _line: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SettingsReport:
    """Give a user other settings, and make matches and key frames follow.

    Tags, labels and "not a match" marks stay where they are; one on a moment that is no key frame any more
    stays on that moment.

    Parameters
    ----------
    collection
        The user's collection.
    max_distance, key_frame_distance
        In bits, 0 to 64; default: as it is.
    progress
        Called after every step.
    cancelled
        Asked between videos; the same call again does the rest.

    Returns
    -------
    SettingsReport
        A video whose samples are lost and that can't be read is in its `failed` and stops nothing.

    Raises
    ------
    ValueError
        If a distance is outside 0 to 64, or `key_frame_distance` above `max_distance`.
    GraphError
        If the graph can't do it. What was changed before stays, and the same call does the rest.
    """
    began = time.monotonic()
    before = collection.settings
    after = Settings(
        before.max_distance if max_distance is None else max_distance,
        before.key_frame_distance if key_frame_distance is None else key_frame_distance,
    )
    checked_settings(after)
    report = SettingsReport(after.max_distance, after.key_frame_distance)
    progress(0, 1, "matches")
    grown = replace(after, max_distance=max(before.max_distance, after.max_distance))
    report.matches = collection.set_settings(grown)
    videos = list(videos_in(collection))
    with _Chooser(collection, report) as chooser:
        for done, (md5, paths) in enumerate(videos, start=1):
            if cancelled():
                report.cancelled = True
                break
            chooser.choose(md5, paths)
            progress(done, len(videos) + 1, Path(paths[0]).name)
    if not report.cancelled:
        if grown != after:
            collection.set_settings(after)
        collection.collect(contents=False)
        progress(len(videos) + 1, len(videos) + 1, "")
    report.matches = collection.counts()["matches"]
    report.seconds = time.monotonic() - began
    return report


def choose_again(collection: Collection, md5s: Iterable[str]) -> SettingsReport:
    """Give some stored videos the key frames of the user's settings: those that an undo brought back."""
    settings = collection.settings
    report = SettingsReport(settings.max_distance, settings.key_frame_distance)
    wanted = set(md5s)
    with _Chooser(collection, report) as chooser:
        for md5, paths in videos_in(collection):
            if md5 in wanted:
                chooser.choose(md5, paths)
    return report


def videos_in(collection: Collection) -> Iterable[tuple[str, Sequence[str]]]:
    """Return MD5 and paths of the stored videos, in the order of their paths."""
    found: dict[str, list[str]] = {}
    for file in sorted(collection.files().values(), key=lambda file: file.path):
        if file.kind == "video":
            found.setdefault(file.md5, []).append(file.path)
    return found.items()


class _Chooser:
    """Chooses key frames from the cached samples, decoding a video again where they are lost."""

    def __init__(self, collection: Collection, report: SettingsReport) -> None:
        self.collection = collection
        self.report = report
        self.cache = MediaCache()
        self.pool: DecoderPool | None = None
        hashes = collection.hashes()
        self.stored: dict[str, dict[int, int]] = {}
        columns = zip(hashes.owners, hashes.samples.tolist(), hashes.hashes.tolist(), strict=True)
        for owner, sample, dhash in columns:
            if owner:
                self.stored.setdefault(owner, {})[sample] = dhash

    def __enter__(self) -> "_Chooser":
        return self

    def __exit__(self, *_error: object) -> None:
        if self.pool is not None:
            self.pool.close(cancel=True)

    def choose(self, md5: str, paths: Sequence[str]) -> None:
        """Give one video the key frames of the settings, if it has others."""
        distance = self.report.key_frame_distance
        try:
            track = self._track(md5, [path for path in paths if not on_device(path)], distance)
        except MediaError as error:
            self.report.failed.append(Failure(printable(paths[0]), str(error)))
            return
        frames = key_frames_of(track, distance)
        if {frame.sample: frame.dhash for frame in frames} == self.stored.get(md5, {}):
            return
        added = self.collection.set_key_frames(md5, frames, distance)
        self.report.videos += 1
        self.report.frames += added.frames

    def _track(self, md5: str, paths: Sequence[str], distance: int) -> Track:
        if (
            not paths
        ):  # users share the cache, and a device's MD5 is a claim: it must not open what is in there
            raise MediaError("keeps its key frames: it lies on a person's device, and its samples do, too")
        if not Claims(self.collection.user).hold(md5, paths):
            raise MediaError("keeps its key frames: it was imported, and no file here is it")
        track = self.cache.track(md5)
        for path in paths if track is None else ():
            if Path(path).is_file():
                self.pool = self.pool or DecoderPool(workers=1, cache=self.cache)
                self.pool.read_video(path, distance).result()
                track = track or self.cache.track(md5)
        if track is None:
            raise MediaError("keeps its key frames: it can't be read, and the cache has lost its samples")
        return track
