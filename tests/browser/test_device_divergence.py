"""On real files browser and kernel give the same bits, or docs/divergence.md says why not."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.device import DevicePage
from tests.browser.divergence import (
    DOCUMENT,
    EXPLAINED,
    Difference,
    Unread,
    blocks,
    compare,
    everything,
    filled,
)

SOME = (
    "images/coral__bird.bmp",
    "images/image__basn6a16.png",
    "images/pillow__hopper.gif",
    "images/pillow__icc_profile_big.jpg",
    "images/sharp__5_webp_a.webp",
    "images/sharp__animated-loop-3.webp",
    "images/sharp__blackbug.png",
    "images/sharp__Channel_digital_image_CMYK_color.jpg",
    "images/sharp__gamma_dalai_lama_gray.jpg",
    "images/skimg__palette_color.png",
    "images/tex__mode_LA.png",
    "images/tex__mode_RGB.jpg",
    "images/tex__res_I16.png",
    "images/tex__wee.jpg",
    "videos/libwebm__bbb_480p_vp9_opus_1second.webm",
    "videos/perception__rgb.m4v",
    "videos/psd__counter.mp4",
    "videos/torchcodec__av1_video.mkv",
    "videos/torchcodec__h264_10bits.mp4",
)


@pytest.fixture(scope="module")
def real(chromium: Any, media: Path) -> Iterator[DevicePage]:
    """The page over the real media."""
    page = DevicePage(chromium, media)
    yield page
    page.close()
    assert page.wrong == []


def hold(found: Iterable[Difference | Unread]) -> None:
    """Hold that no file differs by more than it may."""
    over = {
        one.name: max(one.bits)
        for one in found
        if isinstance(one, Difference) and max(one.bits) > one.allowed
    }
    assert over == {}


def test_some_of_every_format(real: DevicePage, media: Path) -> None:
    found = list(compare(real, [media / name for name in SOME]))
    assert {one.name for one in found if isinstance(one, Difference)} == {Path(name).name for name in SOME}
    hold(found)


@pytest.mark.soak
def test_all_media_and_the_published_table(real: DevicePage, media: Path) -> None:
    found = list(compare(real, everything(media)))
    hold(found)
    assert sum(isinstance(one, Difference) for one in found) > 270
    assert {one.name for one in found if isinstance(one, Difference) and any(one.bits)} == set(EXPLAINED)
    document = DOCUMENT.read_text("utf-8")
    assert filled(document, blocks(found)) == document, "run python -m tests.browser.divergence"
