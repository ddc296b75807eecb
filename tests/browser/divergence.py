"""How far browser and kernel differ on the same files; writes docs/divergence.md.

    python -m tests.browser.divergence

Both sides give the same bits for the same pixels (the golden vectors hold that), so whatever differs here
is the decoders' doing. Images are compared with the kernel's full colour decode, which leaves out its short
cut for JPEG (luma at a reduced scale); a column of its own tells how far the stored hash lies. Videos are
compared at every sample, 25 a second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tagcat_kernel import MediaError, hash_image, key_frames
from tagcat_kernel.hashing import dhash
from tagcat_kernel.media.depth import deep_grey
from tagcat_kernel.media.grey import grey_of
from tagcat_kernel.media.orientation import exif_orientation, turned
from tests.browser.device import DevicePage


@dataclass(frozen=True)
class Difference:
    """One file that both sides decode: bits of each of its hashes by which the browser differs."""

    name: str
    format: str
    bits: tuple[int, ...]
    stored: int | None = None
    """Image: bits from the hash that the kernel stores, its short cut for JPEG included."""


def full_colour(path: Path) -> int:
    """Return the dHash of an image decoded whole and in colour."""
    with Image.open(path) as image:
        orientation = exif_orientation(image)
        if getattr(image, "default_image", False):
            image.seek(1)
        image.load()
        deep = deep_grey(image, path.read_bytes())
        colours: Any = image.convert("RGB") if image.mode == "YCbCr" else image
        return dhash(turned(grey_of(colours) if deep is None else deep, orientation))


def image_format(path: Path) -> str:
    """Return the group of a file in the table: its format, and what makes decoders differ."""
    with Image.open(path) as image:
        name = "JPEG" if image.format == "MPO" else str(image.format)
        if name == "PNG":
            head = path.read_bytes()[:26]
            return "PNG, 16 bits a sample" if head[24] == 16 else "PNG"
        if name != "JPEG":
            return name
        if image.mode == "CMYK":
            return "JPEG, CMYK"
        parts = "progressive" if image.info.get("progressive") else "baseline"
        return f"JPEG, {parts}{', with a colour profile' if image.info.get('icc_profile') else ''}"


def image_differences(page: DevicePage, paths: Iterable[Path]) -> Iterator[Difference]:
    """Yield the difference of each image that both sides decode; paths lie below the page's folder."""
    paths = list(paths)
    names = [path.relative_to(page.folder) for path in paths]
    for path, answer in zip(paths, page.hash_all(names)["answers"], strict=True):
        record = hash_image(path)
        if record.dhash is None or "error" in answer:
            continue
        assert (answer["md5"], answer["width"], answer["height"]) == (
            record.md5,
            record.width,
            record.height,
        ), path.name
        seen = int(answer["dhash"], 16)
        bits = (seen ^ full_colour(path)).bit_count()
        yield Difference(path.name, image_format(path), (bits,), (seen ^ record.dhash).bit_count())


def video_differences(page: DevicePage, paths: Iterable[Path]) -> Iterator[Difference]:
    """Yield the difference of each video that both sides decode, at all its samples."""
    for path in paths:
        answer = page.hash(path.relative_to(page.folder), keyFrameDistance=0)
        if "error" in answer:
            continue
        try:
            yield Difference(path.name, video_format(path), tuple(video_bits(answer, path)))
        except MediaError:
            continue


def video_bits(answer: dict[str, Any], path: Path) -> Iterator[int]:
    """Yield the bits by which the browser's answer, with key-frame distance 0, differs at each sample."""
    kernel = {frame.sample: frame.dhash for frame in key_frames(path, 0)}
    browser = {frame["sample"]: int(frame["dhash"], 16) for frame in answer["frames"]}
    samples = max(round(answer["duration"] * 25), max(kernel) + 1, max(browser) + 1)
    for a, b in zip(every_sample(kernel, samples), every_sample(browser, samples), strict=True):
        yield (a ^ b).bit_count()


def every_sample(changes: dict[int, int], samples: int) -> Iterator[int]:
    """Yield the hash of each sample, of a video whose samples are told where they change."""
    last = 0
    for sample in range(samples):
        last = changes.get(sample, last)
        yield last


def video_format(path: Path) -> str:
    """Return the codec and the layout of a video's samples."""
    import av

    with av.open(str(path)) as container:
        context = container.streams.best("video").codec_context
        return f"{path.suffix[1:]}, {context.codec.canonical_name}, {context.pix_fmt}"
