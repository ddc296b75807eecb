"""Limits: what the environment may say, and that decoding obeys it."""

import pytest
from PIL import Image

from tagcat_kernel.media.images import hash_image
from tagcat_kernel.media.limits import DEFAULT, Limits, variable
from tagcat_kernel.media.workers import DecoderPool, hash_images


def test_the_environment_says_nothing_by_default():
    assert Limits.chosen() == DEFAULT == Limits()


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("pixels", "1000000", 1_000_000),
        ("pixels", "40M", 40 * 1024**2),
        ("frames", "1500", 1500),
        ("seconds", "2.5", 2.5),
        ("memory", "2G", 2 * 1024**3),
        ("memory", "700m", 700 * 1024**2),
        ("memory", "", DEFAULT.memory),
    ],
)
def test_each_limit_can_be_set(monkeypatch, name, text, number):
    monkeypatch.setenv(variable(name), text)
    assert Limits.chosen() == Limits(**{name: number})


@pytest.mark.parametrize("name", ["pixels", "frames", "seconds", "memory"])
@pytest.mark.parametrize("text", ["0", "-1", "many", "G", "nan", "inf", " "])
def test_what_is_no_limit_is_refused_by_name(monkeypatch, name, text):
    monkeypatch.setenv(variable(name), text)
    with pytest.raises(ValueError, match=f"TAGCAT_MAX_{name.upper()} must be a number above 0"):
        Limits.chosen()


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match="the limit on pixels must be above 0"):
        Limits(pixels=0)


def test_every_door_obeys_the_environment(monkeypatch, tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 30)).save(path)
    monkeypatch.setenv("TAGCAT_MAX_PIXELS", "1199")
    said = "too large: 40 × 30 pixels, limit 1199 (--max-pixels, TAGCAT_MAX_PIXELS)"
    assert hash_image(path).error == said
    assert hash_images([path], workers=1, progress=False)[0].error == said
    with DecoderPool(workers=1) as pool:
        assert pool.read_image(path).result().error == said
        assert pool.limits == Limits(pixels=1199)
    monkeypatch.setenv("TAGCAT_MAX_PIXELS", "1200")
    assert hash_image(path).error is None
