"""Where is this picture, or a piece of this clip? Search a collection by a file that need not be in it.

A picture asks with its one hash, a video with its key frames. Every stored image and key frame within
the distance is an answer, with the smallest distance to any of the question's hashes.
"""

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import radius_search
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.records import MediaError, is_plain


@dataclass(frozen=True, slots=True)
class Answers:
    """`index` (int64) into the searched hashes and `distance` (uint8), closest first."""

    index: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint8]


def question(path: str | os.PathLike[str], key_frame_distance: int) -> npt.NDArray[np.uint64]:
    """Return the hashes that a file asks with, decoded in a worker process of its own.

    Parameters
    ----------
    path
        An image or a video.
    key_frame_distance
        Distance in bits at which a video's next key frame begins.

    Returns
    -------
    uint64[n]
        One hash of an image, one a key frame of a video.

    Raises
    ------
    MediaError
        If the file is no media, or can't be read; the message names it.

    Examples
    --------
    >>> question("/no/such/picture.jpg", 6)
    Traceback (most recent call last):
    tagcat_kernel.records.MediaError: /no/such/picture.jpg: no such file
    """
    name = os.path.abspath(os.path.expanduser(os.fspath(path)))  # noqa: PTH100, PTH111 - as ingest names files
    if not os.path.lexists(name):
        raise MediaError(f"{name}: no such file")
    try:
        kind = kind_of(name)
    except OSError as error:
        raise MediaError(f"{name}: {error.strerror}") from error
    if kind is None:
        raise MediaError(f"{name}: neither an image nor a video")
    with DecoderPool(workers=1) as pool:
        if kind == "image":
            image = pool.read_image(name).result()
            reason, hashes = image.error, [image.dhash]
        else:
            video = pool.read_video(name, key_frame_distance).result()
            reason, hashes = video.error, [frame.dhash for frame in video.frames]
    if reason is not None:
        raise MediaError(f"{name}: {reason}")
    return np.array(hashes, dtype=np.uint64)


def answers(
    asked: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64], distance: int, *, plain: bool = False
) -> Answers:
    """Return which of `hashes` lie within `distance` of any hash asked with.

    Parameters
    ----------
    asked
        uint64[q].
    hashes
        uint64[n].
    distance
        Largest Hamming distance in bits, inclusive, 0 to 64.
    plain
        Whether plain hashes ask and answer, too; by default they match nothing.

    Examples
    --------
    >>> found = answers(np.array([0xFF00FF], np.uint64), np.array([0xFF00FE, 0xFFFF0000], np.uint64), 8)
    >>> found.index.tolist(), found.distance.tolist()
    ([0], [1])
    """
    telling = np.array([plain or not is_plain(int(value)) for value in asked], dtype=bool)
    candidates = np.flatnonzero([plain or not is_plain(int(value)) for value in hashes]).astype(np.int64)
    found = radius_search(asked[telling], hashes[candidates], distance)
    # The same item may answer several key frames: keep its smallest distance.
    best = np.full(len(candidates), 255, dtype=np.uint8)
    np.minimum.at(best, found.j, found.distance)
    hits = np.flatnonzero(best < 255)
    order = hits[np.argsort(best[hits], kind="stable")]
    return Answers(candidates[order], best[order])
