"""How a worker answers a request: an image or a video is read, a thumbnail is made, or a picture is shown.

The bytes come first: they are read once and give the MD5, and if the cache knows that content nothing is
decoded. Otherwise the hash or the track is worked out and kept, and thumbnails are made on the way, while
the pixels are at hand: of an image, and of each key frame. A file that changes while it is read is an
error, and thumbnails made of it are taken back. Failures that will not pass by themselves are remembered.
`answer` turns whatever happens into one JSON object, so that a bad file costs itself only.
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tagcat_kernel.keyframes import choose_key_frames
from tagcat_kernel.media.cache import ImageFacts, MediaCache, Track
from tagcat_kernel.media.decoders import circumstances
from tagcat_kernel.media.files import PassingError, Stamp, md5_of, opened, read_whole
from tagcat_kernel.media.images import decode_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.luma import preview_of
from tagcat_kernel.media.moments import frame_at
from tagcat_kernel.media.shown import Fit, Pixels, fitted, shown_image
from tagcat_kernel.media.thumbnails import THUMBNAIL, thumbnail_of
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.orientations import turned
from tagcat_kernel.records import MediaError

DECODER_THREADS = 2
"""Threads of one video decoder: two workers then keep two cores busy whatever they decode."""


def read_image(
    path: str, cache: MediaCache, limits: Limits, *, thumbnail: bool = True, orientations: bool = False
) -> dict[str, Any]:
    """Return the fields of an image's record, decoding it only if its content is new to the cache.

    The cache does not keep the hashes of other `orientations`: who asks for them has the image decoded.

    Raises
    ------
    MediaError
        If the file can't be read as an image.

    Examples
    --------
    >>> read_image("/no/such.jpg", MediaCache(), Limits())
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    data, stamp = read_whole(path, limits.memory // 2)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    facts, every = cache.image(md5), {}
    if facts is None or orientations:
        picture = decode_image(data, limits=limits, name=path, thumbnail=thumbnail, orientations=orientations)
        if orientations:
            every = {"orientations": picture.orientations}
        facts = ImageFacts(picture.dhash, picture.width, picture.height)
        if picture.thumbnail:
            cache.store_thumbnail(md5, None, picture.thumbnail)
        cache.store_image(md5, facts)
    return {"path": path, "md5": md5, **asdict(facts), **asdict(stamp), **every}


def read_video(
    path: str, key_frame_distance: int, cache: MediaCache, limits: Limits, alive: Callable[[], None]
) -> dict[str, Any]:
    """Return the fields of a video's record, decoding it only if its content is new to the cache.

    Raises
    ------
    MediaError
        If the file can't be read as a video.

    Examples
    --------
    >>> read_video("/no/such.mp4", 6, MediaCache(), Limits(), lambda: None)
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    made: list[Path] = []
    try:
        with opened(path) as (file, stamp):
            md5 = md5_of(file, alive)
            known = cache.track(md5)
            if known is None:
                with VideoReader(file, limits=limits, threads=DECODER_THREADS, alive=alive) as reader:
                    track = _decode_track(reader, md5, key_frame_distance, cache, made)
    except PassingError:
        # The file changed under the reader: these pictures may not be those of this MD5.
        for thumbnail in made:
            thumbnail.unlink(missing_ok=True)
        raise
    if known is None:
        cache.store_track(md5, track)
    return _video_fields(path, md5, stamp, known or track, key_frame_distance)


def _decode_track(
    reader: VideoReader, md5: str, key_frame_distance: int, cache: MediaCache, made: list[Path]
) -> Track:
    """Hash all samples, and make the key frames' thumbnails while their pixels are at hand."""
    samples: list[tuple[int, int, int]] = []
    last: int | None = None
    for sample in reader.samples():
        if last is None or (sample.dhash ^ last).bit_count() > key_frame_distance:
            last = sample.dhash
            jpeg = thumbnail_of(preview_of(sample.frame, THUMBNAIL), sample.orientation)
            cache.store_thumbnail(md5, sample.first, jpeg)
            made.append(cache.thumbnail_file(md5, sample.first))
        samples.append((sample.dhash, sample.time, sample.count))
    counts = [count for _, _, count in samples]
    hashes = np.array([dhash for dhash, _, _ in samples], np.uint64)
    positions = np.array([time for _, time, _ in samples], np.float64) / 1e6
    return Track(
        np.repeat(hashes, counts),
        np.repeat(positions, counts),
        reader.duration,
        reader.fps,
        reader.width,
        reader.height,
        reader.damaged,
    )


def _video_fields(path: str, md5: str, stamp: Stamp, track: Track, key_frame_distance: int) -> dict[str, Any]:
    chosen = choose_key_frames(track.hashes, key_frame_distance)
    return {
        "path": path,
        "md5": md5,
        "duration": track.duration,
        "fps": track.fps,
        "width": track.width,
        "height": track.height,
        "damaged": track.damaged,
        "frames": [(float(track.positions[k]), int(track.hashes[k]), int(k)) for k in chosen],
        **asdict(stamp),
    }


def make_thumbnail(
    path: str,
    md5: str,
    sample: int | None,
    *,
    cache: MediaCache,
    limits: Limits,
    alive: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Make the thumbnail of an image, or of a video's moment, in the cache.

    Raises
    ------
    MediaError
        If the file can't be read, or no longer holds the content `md5`.

    Examples
    --------
    >>> make_thumbnail("/no/such.jpg", "0" * 32, None, cache=MediaCache(), limits=Limits())
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    if cache.thumbnail(md5, sample) is not None:
        return {}
    if sample is None:
        picture = decode_image(_bytes_of(path, md5, limits), limits=limits, name=path, thumbnail=True)
        cache.store_thumbnail(md5, None, picture.thumbnail or b"")
        return {}
    preview, orientation = _moment(path, md5, sample, THUMBNAIL, cache=cache, limits=limits, alive=alive)
    cache.store_thumbnail(md5, sample, thumbnail_of(preview, orientation))
    return {}


def show(
    path: str,
    md5: str,
    sample: int | None,
    fit: Fit,
    *,
    cache: MediaCache,
    limits: Limits,
    alive: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return an image, or a video's moment, in colour at a size: `shape` and `pixels` (Base64 of RGB).

    Raises
    ------
    MediaError
        If the file can't be read, or no longer holds the content `md5`.

    Examples
    --------
    >>> show("/no/such.jpg", "0" * 32, None, Fit(8), cache=MediaCache(), limits=Limits())
    Traceback (most recent call last):
        ...
    tagcat_kernel.media.files.PassingError: No such file or directory
    """
    if sample is None:
        pixels = shown_image(_bytes_of(path, md5, limits), fit, limits=limits, name=path)
    else:
        frame, orientation = _moment(path, md5, sample, None, cache=cache, limits=limits, alive=alive)
        pixels = fitted(turned(frame, orientation), fit)
    return {
        "path": path,
        "shape": pixels.shape,
        "pixels": base64.b64encode(pixels.tobytes()).decode("ascii"),
    }


def _bytes_of(path: str, md5: str, limits: Limits) -> bytes:
    """Return an image's file if it still holds this content."""
    data, _ = read_whole(path, limits.memory // 2)
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
        raise PassingError("the file holds another picture now: ingest it again")
    return data


def _moment(
    path: str,
    md5: str,
    sample: int,
    longest: int | None,
    *,
    cache: MediaCache,
    limits: Limits,
    alive: Callable[[], None],
) -> tuple[Pixels, int]:
    """Return a video's moment in colour, not turned, and EXIF's code for the way it is shown.

    The track knows time and hash of the moment, so that the decoder can jump there.
    """
    track, known = cache.track(md5), None
    if track is not None and 0 <= sample < len(track.hashes):
        known = (round(float(track.positions[sample]) * 1e6), int(track.hashes[sample]))
    with opened(path) as (file, _):
        frame, orientation = frame_at(
            file, sample, known=known, limits=limits, threads=DECODER_THREADS, alive=alive
        )
        return preview_of(frame, longest or max(frame.width, frame.height)), orientation


def answer(
    request: dict[str, Any], cache: MediaCache, limits: Limits, alive: Callable[[], None]
) -> dict[str, Any]:
    """Do one request and return its answer; a bad file gives {"path": ..., "error": ...}.

    Examples
    --------
    >>> answer({"do": "image", "path": "/no/such.jpg"}, MediaCache(), Limits(), lambda: None)
    {'path': '/no/such.jpg', 'error': 'No such file or directory'}
    """
    path = request["path"]
    try:
        if request["do"] == "image":
            wanted = {name: request[name] for name in ("thumbnail", "orientations") if name in request}
            return read_image(path, cache, limits, **wanted)
        if request["do"] == "video":
            return read_video(path, request["key_frame_distance"], cache, limits, alive)
        if request["do"] == "show":
            fit = Fit(request["side"], request["crop"])
            return show(path, request["md5"], request["sample"], fit, cache=cache, limits=limits, alive=alive)
        return make_thumbnail(
            path, request["md5"], request["sample"], cache=cache, limits=limits, alive=alive
        )
    except MemoryError:
        error = "needs more memory than the limit allows"
    except MediaError as problem:
        error = str(problem)
        if not isinstance(problem, PassingError) and request["do"] in ("image", "video"):
            _remember_failure(path, error, cache, circumstances(limits))
    except Exception as problem:  # a decoder's surprise must cost this file only
        error = f"{type(problem).__name__}: {problem}"
    return {"path": path, "error": error}


def _remember_failure(path: str, error: str, cache: MediaCache, under: str) -> None:
    with contextlib.suppress(OSError):
        facts = os.stat(path)  # noqa: PTH116 - names need not be valid text
        cache.store_failure(path, facts.st_size, facts.st_mtime_ns, under, error)
