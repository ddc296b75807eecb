"""A video file to frames with times: opened with distrust, decoded as far as it goes.

The file comes in through a Python file object, and FFmpeg may open nothing else: a playlist that names
other files or addresses gets none of them. Packets that do not decode are passed over and remembered as
damage, and so is a file that is shorter than its first bytes promise.

PyAV hands out frames in the order in which they are shown. Their times are told in whole microseconds
from the first of them, and never fall: where the file's clock is set back (joined recordings), or a frame
has no time, it follows its predecessor.
"""

import os
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from tagcat_kernel.media.files import NoMemoryError
from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.probe import kind_of_content
from tagcat_kernel.media.promises import HEAD, TAIL, breaks_off
from tagcat_kernel.records import MediaError

if TYPE_CHECKING:
    from av import VideoFrame

SECOND = 1_000_000
"""Microseconds."""


class VideoStream:
    """The video stream of an open file, decoded once from its beginning, or on from a jump.

    Parameters
    ----------
    file
        The open file, readable and seekable, at its beginning.
    limits
        Only `pixels` of a frame counts here.
    threads
        Decoder threads; 0 for one a core.

    Attributes
    ----------
    damaged
        Whether packets were broken or the file breaks off, as far as is known by now.

    Raises
    ------
    MediaError
        If the file is no video or has no video stream.

    Examples
    --------
    >>> import io
    >>> VideoStream(io.BytesIO(b"no video"))
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: no video format that TagCat reads
    """

    def __init__(self, file: BinaryIO, *, limits: Limits = DEFAULT, threads: int = 0) -> None:
        import av
        import av.logging

        av.logging.set_level(None)
        self._errors = (av.FFmpegError, ValueError)  # an OSError is the disk's, and not ours to judge
        self._limits = limits
        head = file.read(HEAD)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        self.damaged = breaks_off(head, file.read(TAIL), size)
        file.seek(0)
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
        cut = self.damaged and self._container.format.name == "mpegts"  # whose packets tell no length
        # FFmpeg's decoder of MPEG-1 and 2 throws away the frame that it holds back when the size changes.
        mpeg = self._stream.codec_context.name in ("mpeg1video", "mpeg2video")
        last: bytes | None = None
        packets = self._packets()
        packet = next(packets, None)
        while packet is not None:
            following = next(packets, None)
            # The piece at which a file breaks off is no frame, and its error would take with it the frames
            # that the decoder's threads still hold.
            if following is not None or not (packet.is_corrupt or cut):
                if mpeg and (size := _sequence_size(bytes(packet))):
                    if last not in (None, size):
                        yield from self._decoded(None)
                        self._stream.codec_context.flush_buffers()
                    last = size
                yield from self._decoded(packet)
            packet = following
        yield from self._decoded(None)

    def _packets(self) -> Iterator[Any]:
        """Yield the stream's packets as far as they can be read."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except MemoryError:
                raise NoMemoryError from None
            except self._errors:
                self.damaged = True
                return
            if packet is None:
                return
            self.damaged |= bool(packet.is_corrupt)
            if packet.size > 0 or packet.dts is not None:  # else PyAV's sign for the end
                yield packet

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

    def _check_size(self, width: int, height: int) -> None:
        self._limits.check_size(width, height)


def _microseconds(ticks: int | None, base: Fraction | None) -> int | None:
    """Return ticks of a time base in microseconds, rounded to the nearest."""
    if ticks is None or not base:
        return None
    return (2 * ticks * base.numerator * SECOND + base.denominator) // (2 * base.denominator)


def _sequence_size(packet: bytes) -> bytes | None:
    """Return width and height, 12 bits each, of the sequence that begins in a packet of MPEG-1 or 2."""
    at = packet.find(b"\x00\x00\x01\xb3")
    return packet[at + 4 : at + 7] if at >= 0 else None


def _in_words(error: Exception, head: bytes) -> str:
    """Return FFmpeg's complaint as one short line."""
    text = getattr(error, "strerror", None) or str(error)
    if "Invalid data" not in text and "Input/output" not in text:
        return f"the video does not open: {text[:200]}"
    if kind_of_content(head) == "video":
        return "the video breaks off or is broken: its index does not decode"
    return "no video format that TagCat reads"
