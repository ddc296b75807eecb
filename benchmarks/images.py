"""Hashing JPEGs beside ImageHash and cv2, in one run on two threads: `python benchmarks/images.py`.

One picture of 12, 4 and 1 megapixels (4:2:0, quality 90; 75 as in the web) is hashed over and over from
memory. ImageHash and imagededup decode in full and shrink with LANCZOS, cv2 decodes in full and shrinks by
area; simplejpeg only decodes, to luma at a reduced scale, which is the limit. "all orientations" is
TagCat's eight hashes of one decode. `hash_images` is what a user calls: it reads files (each of its own
bytes), works out their MD5 and starts two decoder processes, all within the time. Our bits are held against
the full colour decode, outside the measured time.
"""

import io
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
from PIL import Image
from side_by_side import Report, alternately, options, seconds

from tagcat_kernel import hash_images
from tagcat_kernel.hashing import dhash, to_grey
from tagcat_kernel.media.images import decode_image

SIZES = {
    "12 MP": (4000, 3000, 90, 16),
    "4 MP": (2304, 1728, 90, 48),
    "1 MP": (1152, 864, 90, 160),
    "1 MP, quality 75": (1152, 864, 75, 160),
}
"""Width, height, quality, and how many pictures a run hashes."""

STORY = """\
JPEGs (4:2:0, quality 90 where none is told) on two threads; the time is that of one picture. `N ×` says how
many times as long as TagCat's decode and hash each other way takes. "Decode only" is simplejpeg
(libjpeg-turbo) decoding to luma at a reduced scale, and the limit: ImageHash's number divided by it is what
nothing that decodes with libjpeg can exceed. At 1 MP and quality 90, with grain, that is less than 2.6:
undoing the Huffman code takes most of the time, and a decoder of our own in C, tried, was 1.2 times as fast
as libjpeg, too little for a second reader of strangers' files. "All orientations" is the cost of eight
hashes of one decode. `hash_images` stands for all that a user waits for: reading files, MD5, the cache, and
the start of two decoder processes, which weighs the less the more pictures there are."""


def photograph(width: int, height: int, quality: int) -> bytes:
    """Enlarge a photograph, lay grain on it, and encode it."""
    from sklearn.datasets import load_sample_images

    small = Image.fromarray(load_sample_images().images[0])
    large = np.asarray(small.resize((width, height), Image.Resampling.LANCZOS), np.int16)
    grain = np.random.default_rng(1).normal(0, 5, (height, width, 1)).astype(np.int16)
    target = io.BytesIO()
    Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).save(target, "JPEG", quality=quality)
    return target.getvalue()


def cv2_area(data: bytes) -> Any:
    """Decode in full, make grey, shrink by area."""
    grey = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)


def imagededup_dhash() -> Callable[[bytes], Any]:
    """Return imagededup's dHash of a file's bytes."""
    from imagededup.methods import DHash

    method = DHash(verbose=False)
    return lambda data: method.encode_image(image_array=np.asarray(Image.open(io.BytesIO(data))))


def limit(data: bytes) -> Any:
    """Decode to luma at the smallest scale that keeps 256 pixels a side."""
    import simplejpeg

    return simplejpeg.decode_jpeg(data, "GRAY", min_height=256, min_width=256)


def check(data: bytes) -> None:
    """Hold our bits against the full colour decode."""
    full = dhash(to_grey(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))))
    if (full ^ decode_image(data).dhash).bit_count() > 1:
        raise SystemExit("the reduced decode is more than a bit from the full one")


def main() -> None:
    """Measure each size."""
    chosen = options(__doc__).parse_args()
    cv2.setNumThreads(1)
    columns = ["picture", "TagCat", "ImageHash", "imagededup", "cv2 area", "decode only", "all orientations"]
    columns.append("hash_images")
    packages = ["ImageHash", "imagededup", "pillow", "opencv-python-headless", "simplejpeg"]
    theirs = imagededup_dhash()
    with Report("Images", STORY, columns, chosen, packages) as report, ThreadPoolExecutor(2) as threads:
        for name, (width, height, quality, count) in SIZES.items():
            data = photograph(width, height, quality)
            check(data)
            turn = iter(range(1000))

            def files(data: bytes = data, count: int = count, turn: Any = turn, name: str = name) -> None:
                run = next(turn)
                with tempfile.TemporaryDirectory() as folder:
                    paths = [Path(folder) / f"{number}.jpg" for number in range(count)]
                    for number, path in enumerate(paths):
                        path.write_bytes(data + f"{name} {run} {number}".encode())
                    if any(record.error for record in hash_images(paths, workers=2, progress=False)):
                        raise SystemExit("a picture failed")

            def all_of(hashes: Callable[[bytes], Any], data: bytes = data, count: int = count) -> Any:
                return lambda: list(threads.map(hashes, [data] * count))

            work = {
                "TagCat": all_of(decode_image),
                "ImageHash": all_of(lambda data: imagehash.dhash(Image.open(io.BytesIO(data)))),
                "cv2 area": all_of(cv2_area),
                "decode only": all_of(limit),
                "all orientations": all_of(lambda data: decode_image(data, orientations=True)),
                "hash_images": files,
                "imagededup": all_of(theirs),
            }
            runs = alternately(work, chosen.repeat)
            ours = runs["TagCat"].best
            ratios = {peer: run.best / ours for peer, run in runs.items() if peer != "TagCat"}
            told = [f"{ratios[peer]:.2f} ×" for peer in columns[2:]]
            report.row([name, seconds(ours / count), *told], name, ratios)


if __name__ == "__main__":
    main()
