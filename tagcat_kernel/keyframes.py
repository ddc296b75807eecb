"""Which moments of a video stand for it.

A video is sampled 25 times a second. The first sample is a key frame; the next is the first sample whose
Hamming distance to the last key frame exceeds `key_frame_distance`; and so on. So every moment lies
within that distance of the key frame before it. Hashing costs minutes, choosing costs milliseconds: the
sampled hashes stay in the cache, and another distance is only another choice.
"""

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tagcat_kernel.media.cache import Track
from tagcat_kernel.media.files import opened
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.records import KeyFrame

KEY_FRAME_DISTANCE = 6
"""Default: with 4 to 8 every sampled frame of a faithful copy has a key frame of its source within 8."""


def key_frames(
    path: str | os.PathLike[str],
    key_frame_distance: int = KEY_FRAME_DISTANCE,
    rate: float = 25.0,
    *,
    limits: Limits | None = None,
) -> Iterator[KeyFrame]:
    """Yield the key frames of a video while it decodes.

    Plain colours all have one hash, so that a cut from red to green is no key frame.

    Parameters
    ----------
    path
        The video file.
    key_frame_distance
        Hamming distance, 0 to 64, that has to be exceeded.
    rate
        Samples a second.
    limits
        What the file may cost; default: `Limits.chosen()`. `memory` is not limited here: the file is decoded
        in this process. `ingest` decodes in processes of their own.

    Yields
    ------
    KeyFrame
        Its position in seconds is the sampled frame's own time, its sample k.

    Raises
    ------
    MediaError
        If the file can't be read as a video. What has been yielded before stays true.
    ValueError
        If `key_frame_distance` or `rate` is out of range.

    Examples
    --------
    >>> list(key_frames("/no/such.mp4"))
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    _check_distance(key_frame_distance)
    if not 0 < rate <= 1000:
        raise ValueError(f"rate must be above 0 and at most 1000 samples a second, not {rate}")
    return _key_frames(path, key_frame_distance, rate, limits or Limits.chosen())


def _key_frames(
    path: str | os.PathLike[str], distance: int, rate: float, limits: Limits
) -> Iterator[KeyFrame]:
    last: int | None = None
    with opened(path) as (file, _), VideoReader(file, limits=limits) as reader:
        for sample in reader.samples(rate):
            if last is None or (sample.dhash ^ last).bit_count() > distance:
                last = sample.dhash
                yield KeyFrame(position=sample.position, dhash=last, sample=sample.first)


def choose_key_frames(
    hashes: npt.NDArray[np.uint64], key_frame_distance: int = KEY_FRAME_DISTANCE
) -> npt.NDArray[np.int64]:
    """Return which of a video's sampled hashes are key frames.

    Parameters
    ----------
    hashes
        uint64[n], the dHash of each sample in the order of time.
    key_frame_distance
        Hamming distance, 0 to 64, that has to be exceeded.

    Returns
    -------
    numpy.ndarray
        int64, the sample numbers of the key frames, ascending; two hours of video take about 15 ms.

    Raises
    ------
    ValueError
        If `key_frame_distance` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> choose_key_frames(np.array([0, 0b11, 0b111, 0b1111], np.uint64), 2)
    array([0, 2])
    """
    _check_distance(key_frame_distance)
    chosen: list[int] = []
    last = 0
    # Python's own integers: each choice hangs on the one before, so there is nothing to do in bulk.
    for k, dhash in enumerate(hashes.tolist()):
        if not chosen or (dhash ^ last).bit_count() > key_frame_distance:
            chosen.append(k)
            last = dhash
    return np.array(chosen, np.int64)


def key_frames_of(track: Track, key_frame_distance: int = KEY_FRAME_DISTANCE) -> tuple[KeyFrame, ...]:
    """Return the key frames that a video's cached samples give at a distance.

    Raises
    ------
    ValueError
        If `key_frame_distance` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> hashes, positions = np.array([0, 0b11, 0b111], np.uint64), np.array([0.0, 0.04, 0.08])
    >>> [frame.sample for frame in key_frames_of(Track(hashes, positions, 0.12, 25.0, 9, 8, False), 2)]
    [0, 2]
    """
    return tuple(
        KeyFrame(float(track.positions[sample]), int(track.hashes[sample]), int(sample))
        for sample in choose_key_frames(track.hashes, key_frame_distance)
    )


def _check_distance(distance: int) -> None:
    if not 0 <= distance <= 64:
        raise ValueError(f"key_frame_distance must be from 0 to 64, not {distance}")
