"""Key frames: the choice among samples, and the moments of real videos."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tagcat_kernel.keyframes import choose_key_frames, key_frames
from tagcat_kernel.media.files import opened
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.records import MediaError

tracks = hnp.arrays(np.uint64, st.integers(0, 60), elements=st.integers(0, 2**64 - 1)) | hnp.arrays(
    np.uint64, st.integers(0, 60), elements=st.integers(0, 15)
)


@given(tracks, st.integers(0, 64))
def test_choice_follows_its_rule(hashes, distance):
    chosen = choose_key_frames(hashes, distance)
    assert chosen.dtype == np.int64
    last = None
    expected = []
    for k in range(len(hashes)):
        if last is None or bin(int(hashes[k]) ^ int(hashes[last])).count("1") > distance:
            expected.append(k)
            last = k
    assert chosen.tolist() == expected


@given(tracks, st.integers(0, 64))
def test_every_sample_is_within_reach_of_the_key_frame_before_it(hashes, distance):
    chosen = choose_key_frames(hashes, distance)
    for k, dhash in enumerate(hashes.tolist()):
        before = chosen[chosen <= k][-1]
        assert (int(hashes[before]) ^ dhash).bit_count() <= distance


@pytest.mark.parametrize("distance", [-1, 65])
def test_a_distance_out_of_range_is_refused_at_once(distance):
    with pytest.raises(ValueError, match="key_frame_distance must be from 0 to 64"):
        choose_key_frames(np.zeros(2, np.uint64), distance)
    with pytest.raises(ValueError, match="key_frame_distance must be from 0 to 64"):
        key_frames("a.mp4", distance)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1001.0, float("nan")])
def test_a_rate_out_of_range_is_refused_at_once(rate):
    with pytest.raises(ValueError, match="rate must be above 0"):
        key_frames("a.mp4", rate=rate)


def test_a_file_that_is_no_video_is_a_media_error(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("no video")
    with pytest.raises(MediaError, match="no video format"):
        list(key_frames(path))


def test_key_frames_are_those_of_the_sampled_hashes(media):
    path = media / "videos" / "psd__testvideo.mp4"
    with opened(path) as (file, _), VideoReader(file) as reader:
        samples = [(sample, k) for sample in reader.samples() for k in range(sample.count)]
    hashes = np.array([sample.dhash for sample, _ in samples], np.uint64)
    found = list(key_frames(path))
    assert [frame.sample for frame in found] == choose_key_frames(hashes, 6).tolist()
    for frame in found:
        sample, repeated = samples[frame.sample]
        assert repeated == 0
        assert (frame.position, frame.dhash) == (sample.position, sample.dhash)
        assert frame.position <= frame.sample / 25


def test_another_rate_counts_samples_of_its_own(media):
    path = media / "videos" / "psd__testvideo.mp4"
    slow = list(key_frames(path, rate=1.0))
    assert [frame.sample for frame in slow] == sorted({frame.sample for frame in slow})
    assert all(frame.sample - 0.05 < frame.position <= frame.sample for frame in slow)


def test_plain_colours_have_one_hash(media):
    """Red, green and blue after each other: a cut that no dHash sees."""
    found = list(key_frames(media / "videos" / "perception__rgb.m4v"))
    assert [frame.sample for frame in found] == [0]
    assert found[0].plain


def content_cuts(media):
    """The cuts of each video that two content detectors with their default settings agree on."""
    truth = json.loads((media / "truth" / "cuts_expected.json").read_text())["peer_pyscenedetect"]
    for name, detectors in truth.items():
        cuts = set(detectors["ContentDetector.default"]) & set(detectors["AdaptiveDetector.default"])
        if cuts and name != "videos/perception__rgb.m4v":  # plain colours all have one hash
            yield name, sorted(cuts)


def test_key_frames_lie_at_every_cut(media):
    cuts = dict(content_cuts(media))
    assert cuts == {"videos/psd__testvideo.mp4": [30, 180, 394]}
    for name, frames in cuts.items():
        path = media / name
        with opened(path) as (file, _), VideoReader(file) as reader:
            times = [time / 1e6 for time, _, _ in reader.timed_frames()]
        positions = np.array([frame.position for frame in key_frames(path)])
        for cut in frames:
            one_frame = times[cut] - times[cut - 1]
            assert np.abs(positions - times[cut]).min() <= one_frame + 1e-6, (name, cut)
