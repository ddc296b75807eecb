"""One moment of a video, without decoding all that comes before it.

Thumbnails of key frames are made while a video is hashed; those of other moments are wanted one at a
time, later. So jump to the last frame before it that decodes by itself, and go on from there. Jumps are
not to be trusted in every file (joined recordings, broken indexes, frames that lean on ones before the
jump): the frame counts only if its time and its hash are those that the track remembers. Otherwise the
video is decoded from its beginning.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from tagcat_kernel.media.limits import DEFAULT, Limits
from tagcat_kernel.media.luma import frame_orientation, hash_frame
from tagcat_kernel.media.streams import VideoStream
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.records import MediaError

if TYPE_CHECKING:
    from av import VideoFrame


def frame_at(
    file: BinaryIO,
    sample: int,
    *,
    known: tuple[int, int] | None = None,
    limits: Limits = DEFAULT,
    threads: int = 0,
    alive: Callable[[], None] = lambda: None,
) -> "tuple[VideoFrame, int]":
    """Return the frame that a video's sample shows, and EXIF's code for the way it is shown.

    Parameters
    ----------
    file
        The open file, at its beginning.
    sample
        Sample number k at 25 a second.
    known
        The frame's time in microseconds and its dHash, from the track; without it there is no jump.
    limits, threads, alive
        As in `VideoReader`.

    Raises
    ------
    MediaError
        If the video has no such sample or can't be read.

    Examples
    --------
    >>> import io
    >>> frame_at(io.BytesIO(b"no video"), 0)
    Traceback (most recent call last):
        ...
    tagcat_kernel.records.MediaError: no video format that TagCat reads
    """
    if known is not None:
        with VideoStream(file, limits=limits, threads=threads) as stream:
            frame = _jump(stream, *known)
        if frame is not None:
            return frame, frame_orientation(frame)
        file.seek(0)
    with VideoReader(file, limits=limits, threads=threads, alive=alive) as reader:
        for found in reader.samples():
            if found.first <= sample < found.first + found.count:
                return found.frame, found.orientation
    raise MediaError(f"the video has no sample {sample}")


def _jump(stream: VideoStream, time: int, dhash: int) -> "VideoFrame | None":
    """Return the frame of this time and hash, None if the jump does not find it."""
    first = next(stream.frames(), None)
    origin = None if first is None else stream.stamp(first)
    if origin is None or not stream.seek(origin + time):
        return None
    for frame in stream.frames():
        stamp = stream.stamp(frame)
        if stamp is None or stamp - origin > time:
            return None
        if stamp - origin == time:
            return frame if hash_frame(frame, frame_orientation(frame)) == dhash else None
    return None
