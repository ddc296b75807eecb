"""Key frames beside decoding alone, in one run: `python benchmarks/key_frames.py [VIDEO …]`.

Without files it makes ten seconds of film at 25 frames a second, from two photographs with moves, cuts
and grain, in the codecs of today; every frame is a sample then, which is the dearest case. What no
program can beat is decoding and throwing away: `ffmpeg -f null` where there is an ffmpeg, and a loop
of PyAV that hashes nothing, which uses the very decoders that TagCat uses. PySceneDetect looks for cuts
with its content detector; the cv2 loop reads, greys and shrinks every frame by area, as a program that
hashes key frames does first. Where cv2's build can't decode a codec (AV1), two fields stay empty.
Our key frames are held against the hashes of plainly decoded frames, outside the measured time.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
from side_by_side import Report, alternately, options, seconds

from tagcat_kernel import key_frames

FRAMES = 250
MADE = {
    "H.264 720p": ("libx264", 1280, 720, {"preset": "veryfast", "crf": "23"}),
    "H.264 1080p": ("libx264", 1920, 1080, {"preset": "veryfast", "crf": "23"}),
    "HEVC 720p": ("libx265", 1280, 720, {"preset": "ultrafast", "crf": "26", "x265-params": "log-level=0"}),
    "VP9 720p": ("libvpx-vp9", 1280, 720, {"deadline": "realtime", "cpu-used": "8", "b": "2500k"}),
    "AV1 720p": ("libsvtav1", 1280, 720, {"preset": "10", "crf": "35"}),
}
"""Encoder, width, height and its options: quick to make, near the rates of videos on the web."""

STORY = """\
`key_frames` of ten seconds at 25 frames a second, so that every frame is hashed. `N ×` says how many times
as long as TagCat each other way takes: ffmpeg and PyAV only decode and throw away, so 1 is the limit there
(the decoders of ffmpeg and of PyAV are of different releases). PySceneDetect runs its content detector, the
cv2 loop reads, greys and shrinks by area. All use two threads."""


def film(width: int, height: int) -> Iterator[av.VideoFrame]:
    """Move over two photographs, cut between them every two seconds, and lay grain on it."""
    import cv2
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images().images
    rng = np.random.default_rng(1)
    grain = [rng.normal(0, 3, (height, width, 1)).astype(np.int16) for _ in range(5)]
    for number in range(FRAMES):
        scene, step = divmod(number, 50)
        photograph = photographs[scene % 2]
        zoom = width / (420 + 30 * scene - step)
        move = np.array([[zoom, 0, -zoom * (40 + 2 * step)], [0, zoom, -zoom * (60 + step)]])
        shown = cv2.warpAffine(photograph, move, (width, height), flags=cv2.INTER_CUBIC).astype(np.int16)
        pixels = np.clip(shown + grain[number % 5], 0, 255).astype(np.uint8)
        yield av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")


def make(target: Path, codec: str, width: int, height: int, settings: dict[str, str]) -> Path:
    """Encode the film."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream(codec, rate=25, options=settings)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, frame in enumerate(film(width, height)):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    # SVT-AV1 makes root's thread a real-time one, and so all threads and programs that are measured later.
    if hasattr(os, "SCHED_OTHER"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return target


def pyav_only(path: Path) -> int:
    """Decode with the decoders that TagCat uses, and throw away."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))


def ffmpeg_only(path: Path) -> None:
    """Decode with ffmpeg, and throw away."""
    command = ["ffmpeg", "-v", "error", "-threads", "2", "-i", str(path), "-map", "0:v:0", "-f", "null", "-"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def scenedetect_cuts(path: Path) -> int:
    """Find cuts with PySceneDetect's default detector."""
    from scenedetect import ContentDetector, detect

    return len(detect(str(path), ContentDetector()))


def cv2_loop(path: Path) -> list[Any]:
    """Read every frame, make it grey and shrink it by area."""
    import cv2

    video = cv2.VideoCapture(str(path))
    means = []
    while True:
        there, frame = video.read()
        if not there:
            return means
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        means.append(cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA))


def check(path: Path, found: list[Any]) -> None:
    """Hold our key frames against plainly decoded frames: the same luma, averaged by numpy in floats."""
    wanted = {frame.position: frame.dhash for frame in found}
    seen = 0
    with av.open(str(path)) as container:
        first = None
        for frame in container.decode(video=0):
            first = frame.time if first is None else first
            dhash = wanted.get(round(frame.time - first, 6))
            if dhash is None:
                continue
            seen += 1
            luma = frame.to_ndarray()[: frame.height].astype(np.float64)
            rows = np.add.reduceat(luma, np.arange(8) * frame.height // 8, axis=0)
            means = np.add.reduceat(rows, np.arange(9) * frame.width // 9, axis=1)
            plain = int.from_bytes(np.packbits(means[:, 1:] > means[:, :-1]).tobytes(), "big")
            if (plain ^ dhash).bit_count() > 12:  # rounding, range and uneven cells move a few bits
                raise SystemExit(f"{path}: the key frame at {frame.time} s is another picture")
    if seen != len(wanted):
        raise SystemExit(f"{path}: {len(wanted) - seen} key frames at times that no frame has")


def measure(path: Path, name: str, report: Report, repeat: int) -> None:
    """Run ours and the peers on one video."""
    work: dict[str, Callable[[], Any]] = {
        "ours": lambda: list(key_frames(path)),
        "PyAV": lambda: pyav_only(path),
    }
    if shutil.which("ffmpeg"):
        work["ffmpeg"] = lambda: ffmpeg_only(path)
    with contextlib.suppress(ImportError):
        import scenedetect  # noqa: F401

        if cv2_loop(path):
            work["PySceneDetect"] = lambda: scenedetect_cuts(path)
    if cv2_loop(path):
        work["cv2 loop"] = lambda: cv2_loop(path)
    check(path, work["ours"]())
    runs = alternately(work, repeat)
    frames = runs["PyAV"].gave
    ratios = {peer: run.best / runs["ours"].best for peer, run in runs.items() if peer != "ours"}
    cells = [
        f"{ratios[peer]:.2f} ×" if peer in ratios else "–"
        for peer in ("ffmpeg", "PyAV", "PySceneDetect", "cv2 loop")
    ]
    ours = f"{seconds(runs['ours'].best)}, {frames / runs['ours'].best:.0f} FPS"
    report.row([name, ours, *cells], name, ratios)


def main() -> None:
    """Make the videos, and measure each."""
    arguments = options(__doc__)
    arguments.add_argument("videos", nargs="*", type=Path, help="measure these instead of making some")
    chosen = arguments.parse_args()
    av.logging.set_level(None)
    columns = ["video", "TagCat", "ffmpeg decode only", "PyAV decode only", "PySceneDetect", "cv2 loop"]
    with (
        tempfile.TemporaryDirectory() as folder,
        Report("Key frames", STORY, columns, chosen, ["av", "scenedetect-headless"]) as report,
    ):
        videos = {path.name: path for path in chosen.videos} or {
            name: make(Path(folder) / f"{codec}-{height}.mkv", codec, width, height, settings)
            for name, (codec, width, height, settings) in MADE.items()
        }
        for name, path in videos.items():
            measure(path, name, report, chosen.repeat)


if __name__ == "__main__":
    main()
