"""The hashing engine in a real Chromium: the same bits as the kernel, and no file that stops the others."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import hash_image, key_frames
from tagcat_kernel.media.probe import IMAGE_NAMES, VIDEO_NAMES, kind_of
from tests.browser.device import DevicePage
from tests.browser.test_device_videos import film


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that a test makes."""
    return tmp_path_factory.mktemp("device")


@pytest.fixture(scope="module")
def device(chromium: Any, folder: Path) -> Iterator[DevicePage]:
    """The page over the made files."""
    page = DevicePage(chromium, folder)
    yield page
    page.close()
    assert page.wrong == []


@pytest.fixture(scope="module")
def real(chromium: Any, media: Path) -> Iterator[DevicePage]:
    """The page over the real media."""
    page = DevicePage(chromium, media)
    yield page
    page.close()
    assert page.wrong == []


def photograph(width: int = 320, height: int = 240, channels: int = 3) -> Image.Image:
    """Return a picture with soft shapes in all its channels, so that no mean is a tie by accident."""
    small = np.random.default_rng(7).integers(0, 256, (7, 9, channels), np.uint8)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    parts = [
        Image.fromarray(small[:, :, part]).resize((width, height), Image.Resampling.BICUBIC)
        for part in range(channels)
    ]
    return Image.merge(mode, parts)


def test_a_record_tells_what_the_kernel_tells(device: DevicePage, folder: Path) -> None:
    photograph().save(folder / "sea & sun #1.png")
    name = "sea & sun #1.png"
    answer = device.hash(name, thumbnail=True)
    record = hash_image(folder / name)
    thumbnail = Image.open(io.BytesIO(bytes(answer.pop("thumbnail"))))
    assert answer == {
        "kind": "image",
        "md5": hashlib.md5((folder / name).read_bytes()).hexdigest(),
        "bytes": (folder / name).stat().st_size,
        "modified": 1_700_000_000_000,
        "width": 320,
        "height": 240,
        "dhash": record.hex,
    }
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize("side", [(1, 1), (3, 2), (8, 8), (9, 8), (5000, 900), (9000, 40), (17, 9001)])
def test_every_size_and_every_alpha_comes_out_the_same(
    device: DevicePage, folder: Path, side: tuple[int, int]
) -> None:
    """Above 8192 pixels a picture is read in tiles, above 4 megapixels in strips."""
    photograph(*side, channels=4).save(folder / f"{side}.png", compress_level=1)
    assert device.hash(f"{side}.png")["dhash"] == hash_image(folder / f"{side}.png").hex


def test_all_eight_orientations_are_applied(device: DevicePage, folder: Path) -> None:
    names = []
    for code in range(1, 9):
        exif = Image.Exif()
        exif[274] = code
        names += [f"turned {code}.jpg", f"turned {code}.png", f"turned {code}.webp"]
        for name in names[-3:]:
            photograph().save(folder / name, exif=exif)
    answers = device.hash_all(names)["answers"]
    for name, answer in zip(names, answers, strict=True):
        record = hash_image(folder / name)
        assert (answer["dhash"], answer["width"], answer["height"]) == (
            record.hex,
            record.width,
            record.height,
        ), name
    assert len({answer["dhash"] for answer in answers}) >= 8


def test_names_and_contents_are_known_as_the_kernel_knows_them(real: DevicePage, media: Path) -> None:
    names = real.page.evaluate("device.names")
    assert (set(names["image"]), set(names["video"])) == (IMAGE_NAMES, VIDEO_NAMES)
    paths = [
        path for part in ("images", "videos", "bad", "truth") for path in sorted((media / part).iterdir())
    ]
    kinds = real.page.evaluate(
        "addresses => Promise.all(addresses.map(device.kindAt))",
        [f"/{path.parent.name}/{path.name}" for path in paths],
    )
    assert len(paths) > 350
    assert dict(zip(paths, kinds, strict=True)) == {path: kind_of(path) for path in paths}


def test_a_bad_file_costs_nothing_but_itself(device: DevicePage, folder: Path) -> None:
    photograph(600, 400).save(folder / "whole.jpg", quality=90)
    data = (folder / "whole.jpg").read_bytes()
    (folder / "broken off.jpg").write_bytes(data[: len(data) // 2])
    (folder / "text.jpg").write_bytes(b"no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"hello")
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (70_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0" + b"\0" * 4
    (folder / "bomb.png").write_bytes(header)
    names = ["broken off.jpg", "text.jpg", "empty.png", "notes.txt", "bomb.png", "whole.jpg"]
    answers = device.hash_all(names)["answers"]
    unread = "this browser does not read the picture, or it is not whole"
    assert [answer.get("error") for answer in answers] == [
        unread,
        unread,
        unread,
        "no image or video format that TagCat reads",
        "too large: 70000 × 70000 pixels, limit 256000000",
        None,
    ]


# Comes before the workers' own script: a file of one of these names brings its worker to grief.
GRIEF = """() => {
const real = URL.createObjectURL;
URL.createObjectURL = (blob) => real(blob.type !== "text/javascript" ? blob : new Blob([`
  addEventListener("message", (event) => {
    const { name } = event.data.file;
    if (name !== "whole.png") event.stopImmediatePropagation();
    if (name === "hangs.png") for (;;) {}
    if (name === "vanishes.png") close();
    if (name === "dies.png") throw new Error("out of memory");
  });
`, blob], { type: blob.type }));
}"""


def test_a_worker_that_hangs_or_dies_costs_its_own_file_alone(chromium: Any, folder: Path) -> None:
    """Real workers in a loop without end, gone without a word, and crashed; the others' files are hashed."""
    for name in ("hangs", "vanishes", "dies", "whole"):
        photograph().save(folder / f"{name}.png")
    page = DevicePage(chromium, folder)
    page.page.evaluate(GRIEF)
    told = page.page.evaluate(
        """async () => {
          const pool = new device.DevicePool({ workers: 2 });
          const options = { keyFrameDistance: 6, thumbnail: false };
          const names = ["hangs", "vanishes", "whole", "dies", "whole", "whole", "dies", "whole"];
          const files = await Promise.all(names.map((name) => device.fileAt(`/${name}.png`)));
          const take = (file) => pool.hash(file, options);
          // Little patience for the first two, which get both workers; all the time they need for the others.
          const { silence } = device.LIMITS;
          device.LIMITS.silence = 500;
          const first = files.slice(0, 2).map(take);
          device.LIMITS.silence = silence;
          const found = await Promise.all([...first, ...files.slice(2).map(take)]);
          pool.close();
          return found.map((answer) => answer.error ?? answer.dhash);
        }"""
    )
    page.close()
    whole, crashed = hash_image(folder / "whole.png").hex, "the decoder crashed on this file"
    assert told[:2] == ["gave up after 0.5 s without progress"] * 2
    assert told[2:] == [whole, crashed, whole, whole, crashed, whole]


def test_a_cancelled_file_rejects_and_the_rest_go_on(device: DevicePage, folder: Path) -> None:
    photograph(4000, 3000).save(folder / "large.jpg")
    shutil.copy(folder / "large.jpg", folder / "waiting.jpg")
    photograph().save(folder / "small.png")
    told = device.page.evaluate(
        """async () => {
          const pool = new device.DevicePool({ workers: 1 });
          const options = { keyFrameDistance: 6, thumbnail: false };
          const stop = new AbortController();
          const files = await Promise.all(["/large.jpg", "/waiting.jpg", "/small.png"].map(device.fileAt));
          const cancelled = files.slice(0, 2).map((file) =>
            pool.hash(file, { ...options, signal: stop.signal }).catch((error) => error.name));
          const small = pool.hash(files[2], options);
          stop.abort();
          const answers = [...(await Promise.all(cancelled)), (await small).dhash.length];
          const last = pool.hash(files[0], options).catch((error) => error.name);
          pool.close();
          const late = pool.hash(files[0], options).catch((error) => error.name);
          return [...answers, await last, await late];
        }"""
    )
    assert told == ["AbortError", "AbortError", 16, "AbortError", "AbortError"]


def test_the_page_itself_decodes_and_hashes_nothing(chromium: Any, folder: Path) -> None:
    """All of it is the workers' work: where the page could do none of it, it comes out the same."""
    photograph(1600, 1200).save(folder / "large.png", compress_level=1)
    (folder / "film.mp4").write_bytes(film(5))
    page = DevicePage(chromium, folder)
    found = page.page.evaluate(
        """async () => {
          const refuse = () => { throw new Error("on the page"); };
          const powers = ["createImageBitmap", "OffscreenCanvas", "VideoDecoder", "WebAssembly"];
          for (const power of powers) globalThis[power] = refuse;
          return device.hashAll(["/large.png", "/film.mp4"]);
        }"""
    )
    page.close()
    image, video = found["answers"]
    assert image["dhash"] == hash_image(folder / "large.png").hex
    assert [frame["dhash"] for frame in video["frames"]] == [
        frame.hex for frame in key_frames(folder / "film.mp4")
    ]
