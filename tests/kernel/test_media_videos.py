"""Videos: which frame each sample shows, what it hashes to, and what becomes of broken files."""

import csv
import io
import itertools
import json
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tagcat_kernel.hashing import dhash
from tagcat_kernel.media.files import opened
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.luma import hash_frame, luma_of
from tagcat_kernel.media.moments import frame_at
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.orientations import turned
from tagcat_kernel.records import MediaError
from tests.kernel.exact import exact_dhash
from tests.kernel.films import HEIGHT, WIDTH, frame_of, samples_of, tile, video


def only_hash(data):
    samples, _ = samples_of(data)
    assert len({sample.dhash for sample in samples}) == 1
    return samples[0].dhash


# What a frame hashes to


def exact_grey(rgb, deep=False):
    """The formula of images, in whole numbers without a width."""
    red, green, blue = ((rgb.astype(object) + 128) // 257 if deep else rgb.astype(object)).transpose(2, 0, 1)
    return (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15


@pytest.mark.parametrize("width", [90, 91, 97, 129])
@pytest.mark.parametrize("full", [False, True])
def test_luma_is_hashed_as_it_lies_in_the_plane(width, full):
    luma = tile(1, width=width)
    assert only_hash(video([frame_of(luma, full=full)], [0])) == exact_dhash(luma, limited=not full)


def test_the_range_matters():
    dark = (tile(1) % 12).astype(np.uint8)
    assert only_hash(video([frame_of(dark, full=True)], [0])) != only_hash(video([frame_of(dark)], [0])) == 0


@pytest.mark.parametrize("full", [False, True])
def test_ten_bits_are_averaged_at_full_depth(full):
    luma = tile(2, top=1023, width=97)
    luma = (luma % 40 + 400).astype(np.uint16)
    luma += np.random.default_rng(9).integers(0, 4, luma.shape, np.uint16)  # what 8 bits would lose
    assert only_hash(video([frame_of(luma, "yuv420p10le", full)], [0])) == exact_dhash(
        luma, bits=10, limited=not full
    )


def test_untagged_luma_counts_as_limited():
    frame = frame_of(tile(3))
    frame.color_range = 0
    assert luma_of(frame).limited
    full = av.VideoFrame(16, 16, "yuvj420p")
    full.color_range = 0
    assert not luma_of(full).limited


@pytest.mark.parametrize(
    ("codec", "pixel_format", "decoded"), [("ffv1", "bgr0", "bgr0"), ("libx264rgb", "bgr24", "gbrp")]
)
def test_rgb_streams_use_the_formula_of_images(codec, pixel_format, decoded):
    rgb = np.dstack([tile(4), tile(5), tile(6)]).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pixel_format)
    samples, _ = samples_of(video([frame], [0], codec=codec, options={"qp": "0"}))
    assert samples[0].frame.format.name == decoded
    assert samples[0].dhash == exact_dhash(exact_grey(rgb))


def test_deep_rgb_is_rounded_to_eight_bits():
    rgb = np.dstack([tile(4, 65_535), tile(5, 65_535), tile(6, 65_535)]).astype(np.uint16)
    luma = luma_of(av.VideoFrame.from_ndarray(rgb, "rgb48le"))
    assert (luma.samples == exact_grey(rgb, deep=True)).all()
    assert (luma.bits, luma.limited) == (8, False)


def test_packed_and_grey_formats():
    luma = tile(7).astype(np.uint8)
    packed = np.full((HEIGHT, WIDTH, 2), 128, np.uint8)
    packed[..., 0] = luma
    assert (luma_of(av.VideoFrame.from_ndarray(packed, "yuyv422")).samples == luma).all()
    assert (luma_of(av.VideoFrame.from_ndarray(luma, "gray")).samples == luma).all()
    deep = luma.astype(np.uint16) * 4
    assert (luma_of(av.VideoFrame.from_ndarray(deep, "gray10le")).samples == deep).all()
    big = luma_of(av.VideoFrame.from_ndarray(deep, "gray10le").reformat(format="gray10be"))
    assert (big.samples == deep).all()


@pytest.mark.parametrize(("degrees", "code"), [(90, 8), (-90, 6), (180, 3)])
def test_rotation_metadata_is_applied(degrees, code):
    luma = tile(8).astype(np.uint8)
    data = video([frame_of(luma)], [0], codec="mpeg4", form="mp4", rotation=degrees, options={"qscale": "1"})
    samples, reader = samples_of(data)
    assert (samples[0].dhash ^ dhash(turned(luma, code), limited=True)).bit_count() <= 1
    assert (reader.width, reader.height) == ((WIDTH, HEIGHT) if code == 3 else (HEIGHT, WIDTH))


# When


def naive_samples(times_us, end_us, rate=Fraction(25)):
    """The definition, sample by sample: the last frame with time <= k / rate."""
    shown = []
    while not shown or len(shown) * 1_000_000 < end_us * rate:
        k = len(shown)
        shown.append(max(place for place, time in enumerate(times_us) if time * rate <= k * 1_000_000))
    return shown


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 300), min_size=0, max_size=12),
    st.integers(1, 200),
    st.sampled_from([1.0, 5.0, 24.0, 25.0, 30.0, 29.97]),
)
def test_samples_follow_the_definition(gaps, last, rate):
    times = [0, *itertools.accumulate(gaps)]
    frames = [frame_of(tile(number, width=18, height=16)) for number in range(len(times))]
    samples, reader = samples_of(video(frames, times, last_ms=last), rate)
    shown = [sample.time for sample in samples for _ in range(sample.count)]
    # Matroska's header tells the length of a last frame only through the frame rate: take what it says.
    end = round(reader.duration * 1_000_000)
    assert end > times[-1] * 1000
    exact = Fraction(rate).limit_denominator(1_000_000)
    expected = [times[place] * 1000 for place in naive_samples([time * 1000 for time in times], end, exact)]
    assert shown == expected
    assert [sample.first for sample in samples] == [
        place for place, time in enumerate(shown) if place == 0 or time != shown[place - 1]
    ]


def test_fast_videos_hash_only_what_is_sampled():
    times = [number * 8 for number in range(50)]
    samples, reader = samples_of(
        video([frame_of(tile(number)) for number in range(50)], times, rate=125, last_ms=8)
    )
    assert [sample.first for sample in samples] == list(range(10))
    assert all(sample.count == 1 for sample in samples)
    assert [sample.position for sample in samples] == [k / 25 for k in range(10)]
    assert reader.fps == pytest.approx(125, rel=0.1)


def test_time_begins_with_the_first_frame():
    times = [6400, 6440, 6480]
    data = video([frame_of(tile(number)) for number in range(3)], times, codec="libx264", form="mpegts")
    samples, _ = samples_of(data)
    assert [sample.time for sample in samples] == [0, 40_000, 80_000]


def test_b_frames_come_in_the_order_of_presentation():
    lumas = [tile(number).astype(np.uint8) for number in range(20)]
    frames = [frame_of(luma) for luma in lumas]
    data = video(
        frames, [40 * n for n in range(20)], codec="mpeg4", form="mp4", options={"bf": "2", "qscale": "2"}
    )
    samples, _ = samples_of(data)
    assert [sample.time for sample in samples] == [40_000 * n for n in range(20)]
    off = [
        (sample.dhash ^ dhash(luma, limited=True)).bit_count()
        for sample, luma in zip(samples, lumas, strict=True)
    ]
    assert max(off) <= 4


def test_a_stream_without_times_counts_frames():
    data = video(
        [frame_of(tile(n)) for n in range(10)], [40 * n for n in range(10)], codec="libx264", form="h264"
    )
    samples, reader = samples_of(data)
    assert len(samples) == 10
    assert samples[-1].position == pytest.approx(0.36)
    assert reader.duration == pytest.approx(0.4)


def test_a_clock_that_is_set_back_goes_on():
    one = video(
        [frame_of(tile(n)) for n in range(5)], [40 * n for n in range(5)], codec="libx264", form="mpegts"
    )
    samples, reader = samples_of(one + one)
    positions = [sample.position for sample in samples]
    assert positions == sorted(positions)
    assert reader.duration == pytest.approx(0.4, abs=0.05)


def test_frames_of_another_size_in_the_stream():
    small = [frame_of(tile(n, width=72, height=48)) for n in range(5)]
    large = [frame_of(tile(n, width=144, height=96)) for n in range(5)]
    times = [40 * n for n in range(5)]
    data = video(small, times, codec="libx264", form="h264") + video(
        large, times, codec="libx264", form="h264"
    )
    samples, reader = samples_of(data)
    assert len(samples) == 10
    assert (reader.width, reader.height) == (72, 48)
    for early, late in zip(samples[:5], samples[5:], strict=True):
        assert (early.dhash ^ late.dhash).bit_count() <= 6


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "libx264"), ("matroska", "ffv1"), ("mpegts", "libx264"), ("h264", "libx264")]
)
def test_a_moment_is_found_by_a_jump_or_without(form, codec):
    data = video(
        [frame_of(tile(n)) for n in range(60)],
        [40 * n for n in range(60)],
        codec=codec,
        form=form,
        options={"g": "12"},
    )
    samples, _ = samples_of(data)
    for sample in samples[::7]:
        for known in (
            (sample.time, sample.dhash),
            (sample.time, sample.dhash ^ 1),
            (sample.time + 1, 0),
            None,
        ):
            frame, orientation = frame_at(io.BytesIO(data), sample.first, known=known)
            assert (hash_frame(frame), orientation) == (sample.dhash, 1)
    with pytest.raises(MediaError, match="no sample 60"):
        frame_at(io.BytesIO(data), 60)


def test_a_jump_decodes_little():
    data = video(
        [frame_of(tile(n)) for n in range(200)],
        [40 * n for n in range(200)],
        codec="libx264",
        form="mp4",
        options={"g": "10"},
    )
    samples, _ = samples_of(data)
    with VideoReader(io.BytesIO(data), threads=1) as reader:
        next(reader.frames())
        assert reader.seek(samples[150].time)
        assert 5_000_000 < reader.stamp(next(reader.frames())) <= samples[150].time == 6_000_000


@pytest.mark.parametrize("code", [1, 3, 6, 8])
def test_a_turn_is_known_beside_data_of_a_kind_that_pyav_does_not_name(code):
    exif = Image.Exif()
    exif[274] = code  # FFmpeg hands out the EXIF of a JPEG as data of a frame, and its turn as a matrix
    target = io.BytesIO()
    Image.fromarray(tile(3).astype(np.uint8)).save(target, "JPEG", exif=exif)
    (sample,), _ = samples_of(target.getvalue())
    assert sample.orientation == code


# What is no video, or a broken one


def test_a_truncated_video_keeps_what_decodes():
    frames = [frame_of(tile(n)) for n in range(25)]
    data = video(frames, [40 * n for n in range(25)], codec="mpeg4", form="mp4")
    header = data.index(b"mdat")
    whole, reader = samples_of(data)
    assert not reader.damaged
    cut, reader = samples_of(data[: header + (len(data) - header) // 2])
    assert reader.damaged
    assert 5 < sum(sample.count for sample in cut) < 25
    assert [sample.dhash for sample in cut[:5]] == [sample.dhash for sample in whole[:5]]


@pytest.mark.parametrize(("form", "codec"), [("matroska", "ffv1"), ("webm", "libvpx"), ("avi", "mpeg4")])
def test_a_file_shorter_than_it_promises_is_damaged(form, codec):
    frames = [frame_of(tile(n)) for n in range(25)]
    data = video(frames, [40 * n for n in range(25)], codec=codec, form=form)
    assert not samples_of(data)[1].damaged
    samples, reader = samples_of(data[: len(data) // 2])
    assert reader.damaged
    assert 1 < sum(sample.count for sample in samples) < 25


def test_broken_packets_are_passed_over():
    frames = [frame_of(tile(n)) for n in range(25)]
    data = bytearray(video(frames, [40 * n for n in range(25)]))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    samples, reader = samples_of(bytes(data))
    assert reader.damaged
    assert len({sample.dhash for sample in samples}) > 10


def test_a_video_without_a_frame_is_an_error():
    data = video([frame_of(tile(1))], [0], codec="libx264", form="mp4")
    start = data.index(b"mdat") + 4
    for broken in (data[:start] + bytes(len(data) - start), data[:start], b"", b"no video"):
        with pytest.raises(MediaError):
            samples_of(broken)


def test_an_unreadable_disk_is_no_broken_video():
    class Disk(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 3000:
                raise OSError(5, "Input/output error")
            return super().read(min(size, 1000) if size > 0 else size)

    data = video([frame_of(tile(n)) for n in range(9)], [40 * n for n in range(9)])
    with pytest.raises(OSError, match="Input/output error"), VideoReader(Disk(data)) as reader:
        list(reader.samples())


def test_a_video_without_its_index_says_so():
    data = (b"\0\0\0\x14ftypisom" + bytes(8) + b"\0\1\0\0mdat").ljust(5000, b"x")
    with pytest.raises(MediaError, match="breaks off or is broken"):
        samples_of(data)


def audio(form="matroska", codec="pcm_s16le"):
    target = io.BytesIO()
    with av.open(target, "w", format=form) as container:
        stream = container.add_stream(codec, rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def test_sound_alone_is_no_video():
    with pytest.raises(MediaError, match="no video stream"):
        samples_of(audio())


def test_a_cover_picture_is_no_video():
    from PIL import Image

    cover = io.BytesIO()
    Image.fromarray(tile(1).astype(np.uint8)).save(cover, "JPEG")
    mime, picture = b"image/jpeg", cover.getvalue()
    block = b"".join(
        [
            (3).to_bytes(4, "big"),
            len(mime).to_bytes(4, "big") + mime,
            bytes(4),
            b"".join(number.to_bytes(4, "big") for number in (WIDTH, HEIGHT, 24, 0)),
            len(picture).to_bytes(4, "big") + picture,
        ]
    )
    flac = audio("flac", "flac")
    info = 4 + 4 + 34  # signature, and the first block: STREAMINFO
    data = flac[:4] + flac[4:info] + b"\x06" + len(block).to_bytes(3, "big") + block + flac[info:]
    data = data[:4] + bytes([data[4] & 0x7F]) + data[5:]  # STREAMINFO is not the last block
    with av.open(io.BytesIO(data)) as container:
        assert len(container.streams.video) == 1
    with pytest.raises(MediaError, match="no video stream"):
        samples_of(data)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "ffconcat version 1.0\nfile 'file:{}'\n",
    ],
)
def test_a_playlist_opens_no_other_file(tmp_path, playlist):
    target = tmp_path / "other.ts"
    target.write_bytes(video([frame_of(tile(1))], [0], codec="libx264", form="mpegts"))
    path = tmp_path / "list.mp4"
    for name in (str(target), target.name):
        path.write_text(playlist.format(name))
        with pytest.raises(MediaError), opened(path) as (file, _), VideoReader(file) as reader:
            list(reader.samples())


def test_limits_on_pixels_and_samples():
    data = video([frame_of(tile(1)), frame_of(tile(2))], [0, 100_000])
    with pytest.raises(MediaError, match="90 × 64 pixels, limit 5000"):
        samples_of(data, limits=Limits(pixels=5000))
    with pytest.raises(MediaError, match=r"more than 2000 samples \(--max-frames"):
        samples_of(data, limits=Limits(frames=2000))
    assert sum(sample.count for sample in samples_of(data, limits=Limits(frames=2501))[0]) == 2501


KINDS = [("mp4", "mpeg4"), ("matroska", "ffv1"), ("mpegts", "libx264")]


@lru_cache
def short_video(form, codec):
    return video([frame_of(tile(n)) for n in range(6)], [40 * n for n in range(6)], codec=codec, form=form)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_gives_samples_or_a_media_error(data):
    raw = bytearray(short_video(*data.draw(st.sampled_from(KINDS))))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        samples, _ = samples_of(bytes(raw), limits=Limits(pixels=1_000_000, frames=100_000), threads=1)
    except MediaError as error:
        assert str(error)
    else:
        assert samples[0].first == 0
        for one, other in itertools.pairwise(samples):
            assert one.first + one.count == other.first


# Real files


@pytest.mark.parametrize("stream", [0, 3])
def test_times_of_a_real_video_are_those_of_ffprobe(media, stream, monkeypatch):
    with (media / "truth" / f"nasa_13013_stream{stream}_frames.csv").open(newline="") as file:
        truth = [float(row["pts_time"]) for row in csv.DictReader(file)]
    if stream == 0:  # which players do not show: the other is larger
        monkeypatch.setattr(VideoReader, "_best_stream", lambda self: self._container.streams[0])
    with opened(media / "videos" / "torchcodec__nasa_13013.mp4") as (file, _), VideoReader(file) as reader:
        times = [time / 1e6 for time, _, _ in reader.timed_frames()]
    assert len(times) == len(truth)
    assert np.abs(np.array(times) - truth).max() < 2e-6


def test_an_excerpt_shows_the_moments_of_its_source(media):
    groups = json.loads((media / "truth" / "near_duplicates.json").read_text())["groups"]
    group = next(group for group in groups if group["id"] == "bbb_excerpt")
    hashes = {}
    for role in ("reference", "excerpt"):
        with opened(media / group[role]) as (file, _), VideoReader(file) as reader:
            hashes[role] = [sample.dhash for sample in reader.samples() for _ in range(sample.count)]
    offset = round(group["offset_frames"] * 25 / 24)
    off = [
        min((one ^ hashes["reference"][offset + k + shift]).bit_count() for shift in (-1, 0, 1))
        for k, one in enumerate(hashes["excerpt"])
    ]
    assert max(off) <= 8
