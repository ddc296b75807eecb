"""What files say of themselves beside the frames: edit lists, covers, lengths, sizes, and where they end."""

import io
import struct
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.kernel.films import frame_of, samples_of, tile, video

FRAMES = [frame_of(tile(number)) for number in range(25)]
TIMES = [40 * number for number in range(25)]
TICKS = 640
"""Of 1/16000 s, in which FFmpeg writes the times of an MP4 of 25 frames a second: one frame."""


def film(form, codec="libx264", options=None):
    return video(FRAMES, TIMES, codec=codec, form=form, options=options)


def grown(data, at, by):
    """Add to the 32-bit number at this place."""
    return data[:at] + (int.from_bytes(data[at : at + 4], "big") + by).to_bytes(4, "big") + data[at + 4 :]


def with_edits(data, edits):
    """The MP4 with another edit list of (length in ms, first frame shown; None: nothing is shown)."""
    at = data.index(b"elst") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    origin = int.from_bytes(data[at + 20 : at + 24], "big")  # B-frames: the first frame is not at tick 0
    entries = [
        struct.pack(">IiI", lasts, -1 if first is None else origin + TICKS * first, 1 << 16)
        for lasts, first in edits
    ]
    new = b"elst" + struct.pack(">II", 0, len(edits)) + b"".join(entries)
    more = len(new) + 4 - length
    data = data[:at] + (len(new) + 4).to_bytes(4, "big") + new + data[at + length :]
    data = data.replace(b"\0\0\0\x08free", b"", 1)  # what FFmpeg leaves before the pixels
    for box in (b"moov", b"trak", b"edts"):
        data = grown(data, data.index(box) - 4, more)
    chunks = data.index(b"stco") + 8
    for number in range(int.from_bytes(data[chunks : chunks + 4], "big")):
        data = grown(data, chunks + 4 + 4 * number, more - 8)
    return data


@pytest.mark.parametrize(
    ("edits", "shown"),
    [
        ([(800, 5)], range(5, 25)),
        ([(400, 0)], range(10)),
        ([(500, None), (1000, 0)], range(25)),
        ([(400, 0), (400, 15)], [*range(10), *range(15, 25)]),
        ([(400, 15), (400, 0)], [*range(15, 25), *range(10)]),
        ([(200, 3), (200, 3)], [3, 4, 5, 6, 7] * 2),
    ],
    ids=["begins late", "ends early", "begins with nothing", "leaves out", "turns round", "shows twice"],
)
def test_an_edit_list_says_what_is_shown(edits, shown):
    data = film("mp4", options={"g": "12"})
    whole, _ = samples_of(data)
    samples, reader = samples_of(with_edits(data, edits))
    assert [sample.dhash for sample in samples] == [whole[place].dhash for place in shown]
    assert [sample.time for sample in samples] == [40_000 * k for k in range(len(shown))]
    assert reader.duration == pytest.approx(len(shown) / 25)
    assert not reader.damaged


@pytest.mark.parametrize("first", [False, True])
def test_a_cover_picture_beside_a_video_is_passed_over(first):
    from av.stream import Disposition

    cover = av.CodecContext.create("mjpeg", "w")
    cover.width, cover.height, cover.pix_fmt, cover.time_base = 640, 480, "yuvj420p", Fraction(1, 25)
    picture = av.VideoFrame(640, 480, "yuvj420p")
    picture.pts = 0
    packets = [*cover.encode(picture), *cover.encode(None)]
    alone = film("mp4")
    with tempfile.NamedTemporaryFile() as target:
        with av.open(io.BytesIO(alone)) as source, av.open(target.name, "w", "mp4") as container:

            def add_cover():
                stream = container.add_stream("mjpeg", rate=25)
                stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
                stream.disposition = Disposition.attached_pic
                return stream

            covers = [add_cover()] if first else []
            moving = container.add_stream_from_template(source.streams.video[0])
            covers = covers or [add_cover()]
            for packet in packets:
                packet.stream = covers[0]
                container.mux(packet)
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = moving
                    container.mux(packet)
        data = Path(target.name).read_bytes()
    with av.open(io.BytesIO(data)) as container:
        kinds = [bool(stream.disposition & Disposition.attached_pic) for stream in container.streams.video]
    assert sorted(kinds) == [False, True]
    samples, reader = samples_of(data)
    assert [sample.dhash for sample in samples] == [sample.dhash for sample in samples_of(alone)[0]]
    assert (reader.width, reader.height) == (90, 64)


def lying(form):
    """A film of one second whose header says that it lasts for more than a day."""
    data = film(form, "ffv1" if form == "matroska" else "libx264")
    if form == "matroska":
        at = data.index(b"\x44\x89\x88") + 3
        return data[:at] + struct.pack(">d", 1e8) + data[at + 8 :]
    if form == "flv":
        at = data.index(b"\0\x08duration\0") + 11
        return data[:at] + struct.pack(">d", 1e5) + data[at + 8 :]
    for box, place in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        at = data.index(box) + place
        data = data[:at] + (0x7FFFFFFF).to_bytes(4, "big") + data[at + 4 :]
    return data


@pytest.mark.parametrize("form", ["mp4", "matroska", "flv"])
def test_a_length_is_measured_and_not_believed(form):
    data = lying(form)
    with av.open(io.BytesIO(data)) as container:
        # FFmpeg itself measures an MP4.
        assert form == "mp4" or container.duration > 86_400 * 1_000_000
    samples, reader = samples_of(data)
    assert sum(sample.count for sample in samples) == 25
    assert reader.duration == pytest.approx(1.0, abs=0.01)
    assert reader.fps == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        ("mpegts", "libx264"),
        ("flv", "libx264"),
        ("flv", "flv"),
        ("ogg", "libvpx"),
        ("mp4", "libx264"),
        ("matroska", "libx264"),
    ],
)
def test_a_file_that_breaks_off_keeps_all_its_whole_frames_and_says_so(form, codec):
    data = film(form, codec)
    whole, reader = samples_of(data)
    # FFmpeg puts the first frame of an Ogg 1 ms before its second, and 25 samples have become 24.
    assert (len(whole), reader.damaged) == (24 if form == "ogg" else 25, False)
    known = {(sample.time, sample.dhash) for sample in whole}
    kept = []
    for part in range(14, 24, 3):
        cut = data[: len(data) * part // 24 // 188 * 188 + 100]
        samples, reader = samples_of(cut)
        assert reader.damaged
        alone, _ = samples_of(cut, threads=1)
        assert [sample.dhash for sample in samples] == [sample.dhash for sample in alone]
        # Frames that lean on lost ones are lost before the last kept.
        assert {(sample.time, sample.dhash) for sample in samples} <= known
        kept.append(sum(sample.count for sample in samples))
    assert kept == sorted(kept)
    assert 8 <= kept[0] < 25
    assert kept[-1] >= 20


def test_an_ogg_of_whole_pages_that_is_not_at_its_end_is_damaged():
    data = film("ogg", "libvpx")
    assert samples_of(data[: data.rindex(b"OggS")])[1].damaged


def two_sizes(form, codec):
    """One film of five small frames and five large ones."""
    small = [frame_of(tile(n, width=72, height=48)) for n in range(5)]
    large = [frame_of(tile(n, width=144, height=96)) for n in range(5, 10)]
    target = io.BytesIO()
    with av.open(target, "w", form) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 72, 48, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for number, frames in enumerate((small, large)):
            coder = av.CodecContext.create(codec, "w")
            coder.options = {"bf": "0"} if codec == "libx264" else {}
            coder.width, coder.height, coder.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
            coder.time_base, coder.framerate = Fraction(1, 25), Fraction(25)
            packets = []
            for place, frame in enumerate(frames):
                frame.pts, frame.time_base = 5 * number + place, Fraction(1, 25)
                packets += coder.encode(frame)
            for packet in [*packets, *coder.encode(None)]:
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                container.mux(packet)
    return target.getvalue()


@pytest.mark.parametrize(
    ("form", "codec"),
    [("mpegts", "libx264"), ("webm", "libvpx"), ("mpegts", "mpeg2video"), ("mpeg", "mpeg1video")],
)
def test_frames_of_another_size_in_a_container(form, codec):
    samples, reader = samples_of(two_sizes(form, codec))
    assert [sample.time for sample in samples] == [40_000 * n for n in range(10)]
    assert [(sample.frame.width, sample.frame.height) for sample in samples] == [(72, 48)] * 5 + [
        (144, 96)
    ] * 5
    assert (reader.width, reader.height) == (72, 48)
    assert not reader.damaged
    for number, sample in enumerate(samples):
        expected, _ = samples_of(video([frame_of(tile(number, width=72, height=48).astype(np.uint8))], [0]))
        assert (sample.dhash ^ expected[0].dhash).bit_count() <= 8
