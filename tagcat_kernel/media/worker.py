"""The process in which strangers' files are decoded: `python -m tagcat_kernel.media.worker`.

It reads one request a line on standard input and answers with one line on standard output, both JSON in
ASCII (a name that is no valid text travels as escaped surrogates). Lines with "alive" say that a long
file makes progress. What decoders print is thrown away. A crash, a hang or a runaway allocation ends
this process and no other; the pool starts a new one.

Standard input also tells whether the parent still lives: when it ends, the process ends at once, in the
middle of a file if need be. Nothing is lost, because what is known is written whole or not at all.
"""

import contextlib
import hashlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from tagcat_kernel.keyframes import choose_key_frames
from tagcat_kernel.media.cache import ImageFacts, MediaCache, Track
from tagcat_kernel.media.files import PassingError, Stamp, md5_of, opened, read_whole
from tagcat_kernel.media.images import decode_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.luma import preview_of
from tagcat_kernel.media.moments import frame_at
from tagcat_kernel.media.thumbnails import THUMBNAIL, thumbnail_of
from tagcat_kernel.media.videos import VideoReader
from tagcat_kernel.records import MediaError

DECODER_THREADS = 2
"""Threads of one video decoder: two workers then keep two cores busy whatever they decode."""
PULSE = 1.0
"""Least seconds between two signs of progress."""


def read_image(path: str, cache: MediaCache, limits: Limits) -> dict[str, Any]:
    """Return the fields of an image's record, decoding it only if its content is new to the cache.

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
    facts = cache.image(md5)
    if facts is None:
        picture = decode_image(data, limits=limits, name=path, thumbnail=True)
        facts = ImageFacts(picture.dhash, picture.width, picture.height)
        if picture.thumbnail:
            cache.store_thumbnail(md5, None, picture.thumbnail)
        cache.store_image(md5, facts)
    return {"path": path, "md5": md5, **asdict(facts), **asdict(stamp)}


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
        data, _ = read_whole(path, limits.memory // 2)
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
            raise PassingError("the file holds another picture now: ingest it again")
        picture = decode_image(data, limits=limits, name=path, thumbnail=True)
        cache.store_thumbnail(md5, None, picture.thumbnail or b"")
        return {}
    track, known = cache.track(md5), None
    if track is not None and 0 <= sample < len(track.hashes):
        known = (round(float(track.positions[sample]) * 1e6), int(track.hashes[sample]))
    with opened(path) as (file, _):
        frame, orientation = frame_at(
            file, sample, known=known, limits=limits, threads=DECODER_THREADS, alive=alive
        )
        cache.store_thumbnail(md5, sample, thumbnail_of(preview_of(frame, THUMBNAIL), orientation))
    return {}


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
            return read_image(path, cache, limits)
        if request["do"] == "video":
            return read_video(path, request["key_frame_distance"], cache, limits, alive)
        return make_thumbnail(
            path, request["md5"], request["sample"], cache=cache, limits=limits, alive=alive
        )
    except MemoryError:
        error = "needs more memory than the limit allows"
    except MediaError as problem:
        error = str(problem)
        if not isinstance(problem, PassingError) and request["do"] != "thumbnail":
            _remember_failure(path, error, cache)
    except Exception as problem:  # a decoder's surprise must cost this file only
        error = f"{type(problem).__name__}: {problem}"
    return {"path": path, "error": error}


def _remember_failure(path: str, error: str, cache: MediaCache) -> None:
    with contextlib.suppress(OSError):
        facts = os.stat(path)  # noqa: PTH116 - names need not be valid text
        cache.store_failure(path, facts.st_size, facts.st_mtime_ns, error)


def main() -> None:
    """Serve requests until standard input ends. The first line is {"limits": ..., "cache": folder}."""
    answers = _own_output()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    settings = json.loads(lines.get())
    limits = Limits(**settings["limits"])
    _limit_memory(limits.memory)
    cache = MediaCache(Path(settings["cache"]))
    last_pulse = 0.0

    def alive() -> None:
        nonlocal last_pulse
        if time.monotonic() - last_pulse > PULSE:
            last_pulse = time.monotonic()
            _send(answers, {"alive": True})

    while True:
        request = json.loads(lines.get())
        _send(answers, answer(request, cache, limits, alive))


def _listen(lines: "queue.SimpleQueue[bytes]") -> None:
    """Pass requests on; when the parent is gone, so is this process."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def _own_output() -> IO[bytes]:
    """Return standard output for answers alone, and send what libraries print to nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _send(answers: IO[bytes], message: dict[str, Any]) -> None:
    try:
        answers.write(json.dumps(message).encode("ascii") + b"\n")
        answers.flush()
    except BrokenPipeError:  # the pool has closed
        os._exit(0)


def _limit_memory(size: int) -> None:
    """Let allocations beyond the limit fail, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size if hard < 0 else min(size, hard), hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


if __name__ == "__main__":
    main()
