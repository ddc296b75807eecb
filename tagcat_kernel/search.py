"""Where is this picture, or a piece of this clip? Search a collection by a file that need not be in it.

A picture asks with its one hash, a video with its key frames. Every stored image and key frame within
the distance is an answer, with the smallest distance to any of the question's hashes. Where it should be
found mirrored and turned as well, the question has eight hashes for each: of a picture from its pixels, of
a key frame from its thumbnail, which the same decode has made.
"""

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import radius_search
from tagcat_kernel.media.images import decode_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.media.workers import DecoderPool
from tagcat_kernel.orientations import Orientations, all_orientations
from tagcat_kernel.records import MediaError, are_plain

SMALL = Limits(pixels=1_000_000)
"""A thumbnail has a tenth of these pixels."""

NONE = 1 << 62
"""Farther than any distance."""


@dataclass(frozen=True, slots=True)
class Answers:
    """`index` (int64) into the searched hashes and `distance` (uint8), closest first.

    `orientation` (uint8) is an index into `ORIENTATIONS`: what was done to the question to look like that.
    `question` (int64) is the row asked with that lies nearest. Of equal distances what lies as it is comes
    first, then the first row.
    """

    index: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint8]
    orientation: npt.NDArray[np.uint8]
    question: npt.NDArray[np.int64]


def question(
    path: str | os.PathLike[str], key_frame_distance: int, *, orientations: Orientations = "as is"
) -> npt.NDArray[np.uint64]:
    """Return the hashes that a file asks with, decoded in a worker process of its own.

    Parameters
    ----------
    path
        An image or a video.
    key_frame_distance
        Distance in bits at which a video's next key frame begins.
    orientations
        "all" also asks with the picture mirrored and turned; the file is decoded once all the same.

    Returns
    -------
    uint64[n], or uint64[n, 8] with all orientations
        One hash of an image, one a key frame of a video.

    Raises
    ------
    ValueError
        If `orientations` is neither "as is" nor "all".
    MediaError
        If the file is no media, or can't be read; the message names it.

    Examples
    --------
    >>> question("/no/such/picture.jpg", 6)
    Traceback (most recent call last):
    tagcat_kernel.records.MediaError: /no/such/picture.jpg: no such file
    """
    every = all_orientations(orientations)
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
            image = pool.read_image(name, orientations=every).result()
            _refuse(name, image.error)
            return np.array([image.orientations if every else image.dhash], dtype=np.uint64)
        video = pool.read_video(name, key_frame_distance).result()
        _refuse(name, video.error)
        hashes = np.array([frame.dhash for frame in video.frames], dtype=np.uint64)
        if not every:
            return hashes
        md5 = video.md5 or ""
        pictures = [pool.thumbnail(name, md5, frame.sample).result() for frame in video.frames]
        return np.array(
            [oriented_of_thumbnail(*one) for one in zip(hashes.tolist(), pictures, strict=True)], np.uint64
        )


def _refuse(name: str, error: str | None) -> None:
    if error is not None:
        raise MediaError(f"{name}: {error}")


def oriented_of_thumbnail(dhash: int, thumbnail: bytes | None) -> tuple[int, ...]:
    """Return an item's hashes in eight orientations: its own, and seven from its thumbnail.

    Without a thumbnail its own stands for all: it is then found as it is only.

    Examples
    --------
    >>> oriented_of_thumbnail(5, None)
    (5, 5, 5, 5, 5, 5, 5, 5)
    """
    try:
        turned = decode_image(thumbnail or b"", limits=SMALL, orientations=True).orientations
    except MediaError:
        turned = (dhash,) * 8
    return (dhash, *turned[1:])


def answers(
    asked: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64], distance: int, *, plain: bool = False
) -> Answers:
    """Return which of `hashes` lie within `distance` of any hash asked with.

    Parameters
    ----------
    asked
        uint64[q], or uint64[q, 8] as `question` gives it with all orientations.
    hashes
        uint64[n].
    distance
        Largest Hamming distance in bits, inclusive, 0 to 64.
    plain
        Whether plain hashes ask and answer, too; by default they match nothing.

    Examples
    --------
    >>> found = answers(np.array([0xFF00FF], np.uint64), np.array([0xFF00FE, 0xFFFF0000], np.uint64), 8)
    >>> found.index.tolist(), found.distance.tolist(), found.question.tolist()
    ([0], [1], [0])
    """
    each = 8 if asked.ndim == 2 else 1
    asked, orientation = asked.ravel(), np.tile(np.arange(each), len(asked))
    telling = np.flatnonzero(plain | ~are_plain(asked))
    candidates = np.flatnonzero(plain | ~are_plain(hashes))
    found = radius_search(asked[telling], hashes[candidates], distance)
    # The same item may answer several key frames and orientations: keep the closest, then the first.
    asking = telling[found.i]
    rank = (8 * found.distance.astype(np.int64) + orientation[asking]) << 32 | asking // each
    best = np.full(len(candidates), NONE, dtype=np.int64)
    np.minimum.at(best, found.j, rank)
    hits = np.flatnonzero(best < NONE)
    order = hits[np.argsort(best[hits] >> 32, kind="stable")]
    nearest = best[order] >> 32
    return Answers(
        candidates[order],
        (nearest // 8).astype(np.uint8),
        (nearest % 8).astype(np.uint8),
        best[order] & 0xFFFFFFFF,
    )
