"""How far browser and kernel differ on the same files; writes docs/divergence.md.

    python -m tests.browser.divergence ../shared/media

Both sides give the same bits for the same pixels (the golden vectors hold that), so whatever differs here
is the decoders' doing. Images are compared with the kernel's full colour decode, which leaves out its short
cut for JPEG (luma at a reduced scale); a column of its own tells how far the stored hash lies. Videos are
compared at every sample, 25 a second.
"""

import argparse
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tagcat_kernel import MediaError, hash_image, key_frames
from tagcat_kernel.hashing import dhash
from tagcat_kernel.media.depth import deep_grey
from tagcat_kernel.media.grey import grey_of
from tagcat_kernel.media.orientation import exif_orientation
from tagcat_kernel.media.probe import kind_of
from tagcat_kernel.orientations import turned
from tests.browser.device import DevicePage

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "divergence.md"
SAME = ("PNG", "WEBP", "GIF", "BMP", "JPEG, baseline")
"""Formats that every decoder reads alike: no bit may differ."""
LIMIT = 2
"""Bits by which other formats may differ, but for the files that are explained."""
EXPLAINED = {
    "perception__v2s.mov": (
        31,
        "Its edit list shows two parts, the second cut inside a frame: FFmpeg leaves out the last frame "
        "of the first part, and what follows is a frame apart.",
    ),
    "decord__corrupted.mp4": (
        9,
        "Broken packets: FFmpeg guesses what is missing, the browser goes on at the next independent frame.",
    ),
    "pillow__bmpsuite_b_badrle.bmp": (
        18,
        "Run lengths that leave the picture: what lies behind them is up to the decoder.",
    ),
}
"""Exceptions: the most bits of a file, and why."""


@dataclass(frozen=True)
class Difference:
    """One file that both sides decode: bits of each of its hashes by which the browser differs."""

    name: str
    format: str
    bits: tuple[int, ...]
    stored: int | None = None
    """Image: bits from the hash that the kernel stores, its short cut for JPEG included."""

    @property
    def allowed(self) -> int:
        """Most bits by which this file's hashes may differ."""
        if self.name in EXPLAINED:
            return EXPLAINED[self.name][0]
        return 0 if self.format in SAME else LIMIT


@dataclass(frozen=True)
class Unread:
    """One file that only the kernel decodes, and why the browser does not."""

    name: str
    format: str
    reason: str


def compare(page: DevicePage, paths: Iterable[Path]) -> Iterator[Difference | Unread]:
    """Yield what becomes of each file that the kernel decodes; paths lie below the page's folder."""
    kinds: dict[str | None, list[Path]] = {"image": [], "video": [], None: []}
    for path in paths:
        kinds[kind_of(path)].append(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow speaks of the broken files
        yield from image_differences(page, kinds["image"])
        yield from filter(None, (video_difference(page, path) for path in kinds["video"]))


def image_differences(page: DevicePage, paths: list[Path]) -> Iterator[Difference | Unread]:
    """Compare the images that the kernel decodes."""
    records = {path: record for path in paths if (record := hash_image(path)).dhash is not None}
    answers = page.hash_all([path.relative_to(page.folder) for path in records])["answers"]
    for (path, record), answer in zip(records.items(), answers, strict=True):
        if "error" in answer:
            yield Unread(path.name, image_format(path), answer["error"])
            continue
        facts = {"md5": record.md5, "width": record.width, "height": record.height}
        assert {name: answer[name] for name in facts} == facts, path.name
        seen, stored = int(answer["dhash"], 16), record.dhash or 0
        bits = (seen ^ full_colour(path)).bit_count()
        yield Difference(path.name, image_format(path), (bits,), (seen ^ stored).bit_count())


def video_difference(page: DevicePage, path: Path) -> Difference | Unread | None:
    """Compare a video at all its samples; None if the kernel does not decode it."""
    try:
        kernel = {frame.sample: frame.dhash for frame in key_frames(path, 0)}
    except MediaError:
        return None
    answer = page.hash(path.relative_to(page.folder), keyFrameDistance=0)
    if "error" in answer:
        return Unread(path.name, video_format(path), answer["error"])
    return Difference(path.name, video_format(path), tuple(sample_bits(answer, kernel)))


def sample_bits(answer: dict[str, Any], kernel: dict[int, int]) -> Iterator[int]:
    """Yield the bits by which the browser's answer, with key-frame distance 0, differs at each sample."""
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


def full_colour(path: Path) -> int:
    """Return the dHash of an image decoded whole and in colour."""
    with Image.open(path) as image:
        orientation = exif_orientation(image)
        if getattr(image, "default_image", False):
            image.seek(1)
        image.load()
        deep = deep_grey(image, path.read_bytes())
        return dhash(turned(grey_of(image) if deep is None else deep, orientation))


def image_format(path: Path) -> str:
    """Return the group of a file in the table: its format, and what makes decoders differ."""
    with Image.open(path) as image:
        name = "JPEG" if image.format == "MPO" else str(image.format)
        if name == "PNG":
            return "PNG, 16 bits a sample" if path.read_bytes()[24] == 16 else "PNG"
        if name != "JPEG":
            return name
        if image.mode == "CMYK":
            return "JPEG, CMYK"
        parts = "progressive" if image.info.get("progressive") else "baseline"
        return f"JPEG, {parts}{', with a colour profile' if image.info.get('icc_profile') else ''}"


def video_format(path: Path) -> str:
    """Return the container, the codec and the layout of a video's samples."""
    import av

    with av.open(str(path)) as container:
        context = container.streams.best("video").codec_context
        return f"{path.suffix[1:]}, {context.codec.canonical_name}, {context.pix_fmt}"


def table(found: Iterable[Difference]) -> str:
    """Return the differences by format as a table in Markdown."""
    groups: dict[str, list[Difference]] = defaultdict(list)
    for difference in found:
        groups[difference.format].append(difference)
    lines = ["| format | files | hashes | equal | most bits | most bits from the stored hash |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    for name, group in sorted(groups.items()):
        bits = [count for difference in group for count in difference.bits]
        stored = max(max(bits) if one.stored is None else one.stored for one in group)
        lines.append(f"| {name} | {len(group)} | {len(bits)} | {bits.count(0)} | {max(bits)} | {stored} |")
    return "\n".join(lines)


def blocks(found: Iterable[Difference | Unread]) -> dict[str, str]:
    """Return the measured parts of docs/divergence.md by their names."""
    found = list(found)
    both = [one for one in found if isinstance(one, Difference)]
    alone: dict[tuple[str, str], int] = defaultdict(int)
    for one in found:
        if isinstance(one, Unread):
            alone[one.format, one.reason] += 1
    exceptions = [
        f"- `{one.name}`: at most {max(one.bits)} bits, in {len(one.bits) - one.bits.count(0)} of "
        f"{len(one.bits)} hashes. {EXPLAINED.get(one.name, (0, 'Not explained.'))[1]}"
        for one in both
        if any(one.bits)
    ]
    unread = [f"| {name} | {count} | {reason} |" for (name, reason), count in sorted(alone.items())]
    return {
        "images": table(one for one in both if one.stored is not None),
        "videos": table(one for one in both if one.stored is None),
        "exceptions": "\n".join(exceptions) or "None.",
        "unread": "\n".join(["| format | files | what the browser says |", "|---|--:|---|", *unread]),
    }


def filled(document: str, parts: dict[str, str]) -> str:
    """Return the document with what was measured between its marks.

    >>> filled("<!-- images -->\\nold\\n<!-- end -->", {"images": "new"})
    '<!-- images -->\\nnew\\n<!-- end -->'
    """
    for name, text in parts.items():
        start = document.index(f"<!-- {name} -->") + len(f"<!-- {name} -->")
        end = document.index("<!-- end -->", start)
        document = f"{document[:start]}\n{text}\n{document[end:]}"
    return document


def main() -> None:
    """Write the document."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("media", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        page = DevicePage(browser, given.media)
        measured = blocks(compare(page, everything(given.media)))
        DOCUMENT.write_text(filled(DOCUMENT.read_text("utf-8"), measured), "utf-8")
        page.close()
        browser.close()


def everything(media: Path) -> Iterator[Path]:
    """Yield every file of the test media."""
    for folder in ("images", "videos", "bad"):
        yield from sorted((media / folder).iterdir())


if __name__ == "__main__":
    main()
