"""A video's frames to samples at 25 a second: which frame is shown when, and what it hashes to.

Time 0 is the first frame; the sample at k/25 s is the last frame whose time is not later, compared in
whole microseconds. So a frame has to wait for its successor: only then is it known which samples it
stands for. At 60 frames a second more than half stand for none and are never hashed; at 10 each stands
for two or three and is hashed once. How frames come out of a file is told in `streams`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO

from tagcat_kernel.media.limits import DEFAULT, Limits, raised_by
from tagcat_kernel.media.luma import frame_orientation, hash_frame
from tagcat_kernel.media.streams import SECOND, VideoStream
from tagcat_kernel.records import MediaError

if TYPE_CHECKING:
    from av import VideoFrame


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame that stands for the samples `first` to `first + count - 1`.

    `time` is the frame's own time in microseconds since the first frame; `orientation` EXIF's code for
    the way it is shown.
    """

    first: int
    count: int
    time: int
    dhash: int
    frame: "VideoFrame"
    orientation: int

    @property
    def position(self) -> float:
        """The frame's own time in seconds."""
        return self.time / SECOND


class VideoReader(VideoStream):
    """Reads the samples of one video, once, and knows the video's facts when they have ended.

    Parameters
    ----------
    file
        The open file, readable and seekable, at its beginning.
    limits
        `pixels` of a frame and `frames` (samples) count.
    threads
        Decoder threads; 0 for one a core.
    alive
        Called now and then while there is progress.

    Attributes
    ----------
    width, height
        Size of the first frame as shown, in pixels.
    duration
        Seconds from the first frame to the end of the last.
    fps
        Frames a second on average.
    damaged
        Whether packets were broken or the file breaks off.

    Raises
    ------
    MediaError
        If the file is no video, has no video stream, or not one frame decodes.

    Examples
    --------
    >>> import io
    >>> VideoReader(io.BytesIO(b"no video"))
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: no video format that TagCat reads
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        limits: Limits = DEFAULT,
        threads: int = 0,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(file, limits=limits, threads=threads)
        self._alive = alive
        self.width = self.height = 0
        self.duration = self.fps = 0.0

    def samples(self, rate: float = 25.0) -> Iterator[Sample]:
        """Yield the sampled frames in the order of time, each with all the samples that it stands for.

        Parameters
        ----------
        rate
            Samples a second.

        Raises
        ------
        MediaError
            If no frame decodes, or the video has more samples than the limit.
        """
        exact = Fraction(rate).limit_denominator(1_000_000)

        def at_or_after(time: int) -> int:
            """Return the first k with time <= k / rate."""
            return -(-time * exact.numerator // (SECOND * exact.denominator))

        shown: VideoFrame | None = None
        began = end = frames = 0
        for time, lasts, frame in self.timed_frames():
            frames += 1
            if shown is None:
                self._note_size(frame)
            elif sample := self._sample(shown, began, at_or_after(began), at_or_after(time)):
                yield sample
            shown, began, end = frame, time, time + lasts
            if frames % 16 == 0:
                self._alive()
        if shown is None:
            raise MediaError("not one frame decodes")
        first = at_or_after(began)
        # A last frame of no known length is still a frame: sample 0 always exists.
        if sample := self._sample(shown, began, first, max(at_or_after(end), 1)):
            yield sample
        self.duration = end / SECOND
        self.fps = frames / self.duration if end else float(self._stream.average_rate or 0)

    def _sample(self, frame: "VideoFrame", time: int, first: int, after: int) -> Sample | None:
        """Hash the frame if it stands for any sample from `first` to before `after`."""
        if first >= after:
            return None
        if after > self._limits.frames:
            raise MediaError(f"too long: more than {self._limits.frames} samples ({raised_by('frames')})")
        orientation = frame_orientation(frame)
        return Sample(first, after - first, time, hash_frame(frame, orientation), frame, orientation)

    def _note_size(self, frame: "VideoFrame") -> None:
        self.width, self.height = frame.width, frame.height
        if frame_orientation(frame) >= 5:
            self.width, self.height = frame.height, frame.width
