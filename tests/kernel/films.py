"""Films for tests: frames whose hash is known, and the files that show them."""

import io
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tagcat_kernel.media.videos import VideoReader

WIDTH, HEIGHT = 90, 64


def tile(seed, top=255, width=WIDTH, height=HEIGHT):
    """A picture with a hash of its own: 9 × 8 random areas."""
    areas = np.random.default_rng(seed).integers(0, top, (8, 9), endpoint=True)
    return areas.repeat(-(-height // 8), axis=0).repeat(-(-width // 9), axis=1)[:height, :width].copy()


def frame_of(luma, pixel_format="yuv420p", full=False):
    """A frame with this luma and no colour."""
    height, width = luma.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for number, plane in enumerate(frame.planes):
        deep = "10" in pixel_format
        lines = np.frombuffer(plane, np.uint16 if deep else np.uint8)
        lines = lines.reshape(-1, plane.line_size // (2 if deep else 1))
        lines[:] = 512 if deep else 128
        if number == 0:
            lines[:height, :width] = luma
    frame.color_range = 2 if full else 1
    return frame


def video(
    frames, times_ms, *, codec="ffv1", form="matroska", rotation=None, options=None, rate=25, last_ms=40
):
    """The bytes of a video file that shows these frames at these milliseconds."""
    moving = {"movflags": "faststart"} if form == "mp4" else {}
    with (
        tempfile.NamedTemporaryFile() as target,
        av.open(target.name, "w", form, options=moving) as container,
    ):
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = frames[0].width, frames[0].height
        stream.pix_fmt = frames[0].format.name
        stream.codec_context.color_range = frames[0].color_range
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        for place, (frame, time) in enumerate(zip(frames, times_ms, strict=True)):
            after = times_ms[place + 1] if place + 1 < len(times_ms) else time + last_ms
            frame.pts, frame.time_base, frame.duration = time, Fraction(1, 1000), after - time
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        container.close()
        return Path(target.name).read_bytes()


def short_film(*seeds):
    """The bytes of a film of 0.32 s for each of these pictures, in MP4."""
    frames = [frame_of(tile(seed)) for seed in seeds for _ in range(8)]
    return video(frames, [40 * n for n in range(len(frames))], codec="libx264", form="mp4")


def samples_of(data, rate=25.0, **options):
    with VideoReader(io.BytesIO(data), **options) as reader:
        return list(reader.samples(rate)), reader
