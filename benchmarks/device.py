"""Hashing in the browser beside what the browser needs for decoding alone: `python benchmarks/device.py`.

In a real Chromium: photographs of 1.6 megapixels, and videos of 640 × 360 at 25 frames a second, every frame
of which is a sample. MD5, grey, area means and dHash are on top of the decoding.
"""

import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1]))
from side_by_side import Report, chromium, options

from tests.browser.device import DevicePage

IMAGES, IMAGE_SIZE = 40, (1472, 1104)
FRAMES, VIDEO_SIZE = 500, (640, 360)
LEAST = {"images": 15, "frames": 70}
"""What is asked for, a second, on two cores."""


def photographs(folder: Path) -> list[str]:
    """Write photographs, each another part of scikit-learn's two."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    names = []
    for number in range(IMAGES):
        whole = Image.fromarray(load_sample_images().images[number % 2])
        part = (number, number, whole.width - 40 + number, whole.height - 40 + number)
        names.append(f"{number}.jpg")
        whole.resize(IMAGE_SIZE, Image.Resampling.BICUBIC, part).save(folder / names[-1], quality=90)
    return names


def film(path: Path, codec: str) -> None:
    """Write a video that moves over a photograph."""
    import av
    from sklearn.datasets import load_sample_images

    wide = np.asarray(load_sample_images().images[0]).repeat(2, axis=0).repeat(2, axis=1)
    width, height = VIDEO_SIZE
    fast = {"libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}, "libvpx": {"deadline": "realtime"}}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25, options=fast.get(codec, {}))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 1_500_000
        for number in range(FRAMES):
            x, y = number % (wide.shape[1] - width), number * 2 % (wide.shape[0] - height)
            picture = np.ascontiguousarray(wide[y : y + height, x : x + width])
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__).parse_args()
    story = (
        "Files hashed on the person's own device, in Chromium with as many workers as cores: MD5, dHash and, "
        "of videos, 25 samples a second. Beside it what Chromium needs for decoding alone: "
        "hashing takes no less. Asked for: 15 images a second at 1.6 megapixels, 70 frames at 640 × 360."
    )
    columns = ["what", "a second", "asked for", "decoding alone, a second", "share of it"]
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        Report("Hashing in the browser", story, columns, chosen, ["av"]) as report,
    ):
        names = photographs(Path(folder))
        codecs = {"H.264": ("film.mp4", "libx264"), "VP8": ("film8.webm", "libvpx")}
        codecs["VP9"] = ("film9.webm", "libvpx-vp9")
        for name, codec in codecs.values():
            film(Path(folder) / name, codec)
        page = DevicePage(browser, Path(folder))
        cores = page.page.evaluate("navigator.hardwareConcurrency")

        def measure(what: str, kind: str, count: int, files: list[str], alone: str) -> None:
            """Take turns, of which the best counts."""
            ours, limit = [], []
            for _ in range(chosen.repeat):
                done = page.hash_all(files)
                assert all("dhash" in answer or answer["frames"] for answer in done["answers"])
                ours.append(done["seconds"])
                limit.append(float(page.page.evaluate(alone)))
            rate, decoded = count / min(ours), count / min(limit)
            cells = [f"{rate:.0f}", str(LEAST[kind]), f"{decoded:.0f}", f"{rate / decoded:.0%}"]
            report.row([what, *cells], what, {"decoding alone": min(limit) / min(ours)})

        addresses = [f"/{name}" for name in names]
        measure("images", "images", IMAGES, names, f"device.decodeImages({addresses}, {cores})")
        for codec_name, (name, _) in codecs.items():
            measure(f"frames, {codec_name}", "frames", FRAMES, [name], f"device.decodeVideo('/{name}')")
        page.close()


if __name__ == "__main__":
    main()
