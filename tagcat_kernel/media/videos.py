"""A video file to samples at 25 a second: which frame is shown when, and what it hashes to.

PyAV hands out frames in the order in which they are shown. Time 0 is the first of them; the sample at
k/25 s is the last frame whose time is not later, compared in whole microseconds. So a frame has to wait
for its successor: only then is it known which samples it stands for. At 60 frames a second more than half
stand for none and are never hashed; at 10 each stands for two or three and is hashed once.

The file comes in through a Python file object, and FFmpeg may open nothing else: a playlist that names
other files or addresses gets none of them. Packets that do not decode are passed over and remembered as
damage.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from tagcat_kernel.media.files import NoMemoryError
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.luma import frame_orientation, hash_frame
from tagcat_kernel.media.probe import kind_of_content
from tagcat_kernel.media.promises import HEAD, promised_size
from tagcat_kernel.records import MediaError

if TYPE_CHECKING:
    from av import VideoFrame

SECOND = 1_000_000
"""Microseconds."""


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


class VideoReader:
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
        import av
        import av.logging

        av.logging.set_level(None)
        self._errors = (av.FFmpegError, ValueError)  # an OSError is the disk's, and not ours to judge
        self._limits = limits
        self._alive = alive
        self.width = self.height = 0
        self.duration = self.fps = 0.0
        head = file.read(HEAD)
        self.damaged = _breaks_off(file, head)
        try:
            self._container: Any = av.open(
                file, metadata_errors="ignore", options={"protocol_whitelist": "none", "enable_drefs": "0"}
            )
        except MemoryError:
            raise NoMemoryError from None
        except self._errors as error:
            raise MediaError(_in_words(error, head)) from error
        try:
            self._stream: Any = self._best_stream()
            context = self._stream.codec_context
            self._check_size(context.width, context.height)
            context.options = {"max_pixels": str(limits.pixels)}
            context.thread_type = "AUTO"
            context.thread_count = threads
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the decoder."""
        self._container.close()

    def _best_stream(self) -> Any:
        """Return the stream that players show first; cover pictures are no video."""
        from av.stream import Disposition

        pictures = Disposition.attached_pic | Disposition.timed_thumbnails
        streams = [stream for stream in self._container.streams.video if not stream.disposition & pictures]
        if not streams:
            raise MediaError("no video stream")
        best = self._container.streams.best("video")
        chosen = best if best in streams else streams[0]
        if chosen.codec_context is None:
            raise MediaError("its video codec is not known")
        return chosen

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
            raise MediaError(f"too long: more than {self._limits.frames} samples")
        orientation = frame_orientation(frame)
        return Sample(first, after - first, time, hash_frame(frame, orientation), frame, orientation)

    def timed_frames(self) -> Iterator[tuple[int, int, "VideoFrame"]]:
        """Yield (time, length, frame), both in microseconds from the first frame, times never falling."""
        usual = self._usual_length()
        origin: int | None = None
        time = lasts = 0
        for frame in self.frames():
            stamp = self.stamp(frame)
            length = _microseconds(frame.duration or None, frame.time_base or self._stream.time_base) or usual
            if origin is None:
                origin = stamp if stamp is not None else 0
            elif stamp is None:
                time += lasts
            elif stamp - origin < time:
                # The clock was set back (joined recordings): go on from here.
                time += lasts
                origin = stamp - time
            else:
                time = stamp - origin
            lasts = length
            self._check_size(frame.width, frame.height)
            yield time, lasts, frame

    def frames(self) -> Iterator["VideoFrame"]:
        """Yield what decodes; whatever does not is damage."""
        packets = self._container.demux(self._stream)
        flushed = False
        while True:
            try:
                packet = next(packets, None)
            except MemoryError:
                raise NoMemoryError from None
            except self._errors:
                self.damaged = True
                packet = None
            if packet is None:
                break
            self.damaged |= bool(packet.is_corrupt)
            flushed = packet.size == 0 and packet.dts is None
            yield from self._decoded(packet)
        if not flushed:
            yield from self._decoded(None)

    def stamp(self, frame: "VideoFrame") -> int | None:
        """Return the frame's time in microseconds by the file's own clock, None if it has none."""
        return _microseconds(frame.pts, frame.time_base or self._stream.time_base)

    def seek(self, stamp: int) -> bool:
        """Jump to the last independent frame at or before a time by the file's clock; False if it can't."""
        try:
            ticks = int(Fraction(stamp, SECOND) / self._stream.time_base)
            self._container.seek(ticks, stream=self._stream)
        except self._errors:
            return False
        return True

    def _decoded(self, packet: Any) -> list["VideoFrame"]:
        try:
            frames: list[VideoFrame] = self._stream.codec_context.decode(packet)
        except MemoryError:
            raise NoMemoryError from None
        except EOFError:  # already flushed
            return []
        except self._errors:
            self.damaged = True
            return []
        self.damaged |= any(frame.is_corrupt for frame in frames)
        return frames

    def _usual_length(self) -> int:
        """Return the length in microseconds of a frame that does not tell its own."""
        rate = self._stream.average_rate or self._stream.guessed_rate or self._stream.base_rate
        return round(SECOND / rate) if rate else SECOND // 25

    def _note_size(self, frame: "VideoFrame") -> None:
        self.width, self.height = frame.width, frame.height
        if frame_orientation(frame) >= 5:
            self.width, self.height = frame.height, frame.width

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self._limits.pixels:
            raise MediaError(f"too large: {width} × {height} pixels, limit {self._limits.pixels}")


def _breaks_off(file: BinaryIO, head: bytes) -> bool:
    """Tell whether the file is shorter than its first bytes promise, and go to its beginning."""
    promised = promised_size(head)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return promised is not None and size < promised


def _microseconds(ticks: int | None, base: Fraction | None) -> int | None:
    """Return ticks of a time base in microseconds, rounded to the nearest."""
    if ticks is None or not base:
        return None
    return (2 * ticks * base.numerator * SECOND + base.denominator) // (2 * base.denominator)


def _in_words(error: Exception, head: bytes) -> str:
    """Return FFmpeg's complaint as one short line."""
    text = getattr(error, "strerror", None) or str(error)
    if "Invalid data" not in text and "Input/output" not in text:
        return f"the video does not open: {text[:200]}"
    if kind_of_content(head) == "video":
        return "the video breaks off or is broken: its index does not decode"
    return "no video format that TagCat reads"
