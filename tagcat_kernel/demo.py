"""The demonstration collection: two photographs that scikit-learn ships, and what people do to them.

Each photograph (china.jpg and flower.jpg, CC BY 2.0, by KaiYan and dalbera) is re-encoded, resized,
blurred, cropped, watermarked, converted, flipped and turned; parts of it stand as pictures of their own.
Two generated videos share a shot and contain the photographs, so that image–image, frame–frame and
image–frame matches all show. Everything is made on the spot, the same to the last pixel on every run.
"""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.home import subfolder

Picture = npt.NDArray[np.uint8]
SIZE = (640, 360)
RATE = 25


def demonstration() -> Path:
    """Return the folder of the demonstration collection, made on the first call (a few seconds).

    Raises
    ------
    OSError
        If it can't be written.
    """
    folder = subfolder("demonstration")
    if not (folder / "videos").is_dir():
        fresh = folder / "unfinished"  # renamed at the end: half a collection is never taken for a whole
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / "videos").mkdir(parents=True)
        (fresh / "photographs").mkdir()
        photographs = _photographs()
        for name, photograph in photographs.items():
            _write_variants(fresh / "photographs", name, photograph)
        _write_videos(fresh / "videos", photographs["temple"], photographs["dahlia"])
        shutil.rmtree(folder / "photographs", ignore_errors=True)
        (fresh / "photographs").rename(folder / "photographs")
        (fresh / "videos").rename(folder / "videos")
        fresh.rmdir()
    return folder


def _photographs() -> dict[str, Picture]:
    from sklearn.datasets import load_sample_image

    return {"temple": load_sample_image("china.jpg"), "dahlia": load_sample_image("flower.jpg")}


def _write_variants(folder: Path, name: str, photograph: Picture) -> None:
    from PIL import Image, ImageDraw, ImageFilter, ImageOps

    original = Image.fromarray(photograph)
    width, height = original.size
    original.save(folder / f"{name}.jpg", quality=95)
    shutil.copyfile(folder / f"{name}.jpg", folder / f"{name}_copy.jpg")
    original.save(folder / f"{name}, re-encoded.jpg", quality=20)
    original.resize((width // 2, height // 2), Image.Resampling.LANCZOS).save(
        folder / f"{name}, half size.png"
    )
    original.save(folder / f"{name}, WebP.webp", quality=60)
    original.filter(ImageFilter.GaussianBlur(3)).save(folder / f"{name}, blurred.jpg", quality=90)
    ImageOps.grayscale(original).save(folder / f"{name}, grey.jpg", quality=90)
    original.crop((6, 4, width - 6, height - 4)).save(folder / f"{name}, cropped.jpg", quality=90)
    marked = original.copy()
    ImageDraw.Draw(marked).text(
        (width - 150, height - 40), "© TagCat archive", fill=(255, 255, 255), font_size=18
    )
    marked.save(folder / f"{name}, watermarked.jpg", quality=90)
    ImageOps.mirror(original).save(folder / f"{name}, flipped.jpg", quality=90)
    original.transpose(Image.Transpose.ROTATE_90).save(folder / f"{name}, turned.jpg", quality=90)
    third = width // 3
    for number, part in enumerate(("left", "middle", "right")):
        original.crop((number * third, 0, (number + 1) * third, height)).save(
            folder / f"{name}, {part} third.jpg", quality=92
        )


def _write_videos(folder: Path, temple: Picture, dahlia: Picture) -> None:
    shared = list(_waves(seed=3, frames=40))  # the shot that both videos hold
    _write_video(
        folder / "excursion.mp4",
        [*_still(temple, 30), *_waves(seed=1, frames=35), *shared, *_still(dahlia, 30), *_pan(temple, 50)],
    )
    _write_video(
        folder / "trailer.mp4",
        [*_waves(seed=2, frames=30), *shared, *_still(temple, 25), *_pan(dahlia, 50)],
    )


def _still(photograph: Picture, frames: int) -> Iterator[Picture]:
    """Yield the whole photograph, scaled to the frame: its hash is the photograph's own."""
    import cv2

    picture = cv2.resize(photograph, SIZE, interpolation=cv2.INTER_AREA)
    for _ in range(frames):
        yield np.asarray(picture, dtype=np.uint8)


def _pan(photograph: Picture, frames: int) -> Iterator[Picture]:
    """Yield a window that moves across the photograph from left to right."""
    import cv2

    height, width = photograph.shape[:2]
    window = width // 2
    for frame in range(frames):
        left = (width - window) * frame // (frames - 1)
        part = photograph[height // 4 : height // 4 + window * SIZE[1] // SIZE[0], left : left + window]
        yield np.asarray(cv2.resize(part, SIZE, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _waves(seed: int, frames: int) -> Iterator[Picture]:
    """Yield slow coloured waves: smooth, never plain, and different for each seed."""
    import cv2

    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:90, 0:160] / 90.0  # waves are smooth: a quarter of the size is enough to draw them
    waves = random.uniform((2, 2, 0), (9, 9, 2 * np.pi), size=(3, 4, 3))
    for frame in range(frames):
        channels = [
            sum(np.sin(fx * x + fy * y + phase + frame * 0.02) for fx, fy, phase in channel)
            for channel in waves
        ]
        small = np.clip(np.stack(channels, axis=-1) * 30 + 128, 0, 255).astype(np.uint8)
        yield np.asarray(cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _write_video(path: Path, pictures: list[Picture]) -> None:
    """Encode pictures (RGB uint8 [H, W, 3]) at 25 FPS."""
    import av

    with av.open(str(path), "w") as container:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream: Any = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 1_500_000
        stream.codec_context.thread_count = 1  # the same bytes on every machine's number of cores
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = number
            frame.time_base = Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
