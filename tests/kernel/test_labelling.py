"""Models that say what pictures show: the real one on real photographs, cards that lie, hostile files."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel.labelling import OnnxLabeller
from tagcat_kernel.labelling.labeller import TOP, LabellerError
from tagcat_kernel.media.shown import Fit, fitted
from tagcat_kernel.media.workers import DecoderPool
from tests.kernel.models import colour_model


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def squeezenet(media: Path, folder: Path) -> Path:
    """The real model's card, written as its own note says it is used."""
    model = media / "model" / "squeezenet_v1.0.onnx"
    card = {
        "name": "SqueezeNet 1.0",
        "file": str(model),
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "licence": "BSD-2-Clause",
        "labels": str(media / "model" / "imagenet_labels_1000.txt"),
        "side": 256,
        "crop": 227,
        "colours": "BGR",
        "mean": [104, 117, 123],
    }
    place = folder / "squeezenet.json"
    place.write_text(json.dumps(card))
    return place


def test_every_labelled_photograph_gets_the_expected_top_five(media: Path, tmp_path: Path) -> None:
    expected = json.loads((media / "truth" / "labels_expected.json").read_text())["images"]
    labeller = OnnxLabeller(squeezenet(media, tmp_path))
    paths = [media / name for name in expected]
    with DecoderPool() as pool:
        shown = [future.result() for future in [pool.show(p, md5(p), None, labeller.fit) for p in paths]]
    said = labeller.label([one.pixels for one in shown if one.pixels is not None])
    assert len(said) == len(expected) >= 18
    for name, labels in zip(expected, said, strict=True):
        wanted = [label for label, _, _ in expected[name]["model_top5"]]
        assert [label for label, _ in labels[:5]] == wanted, name
        assert len(labels) == TOP
        scores = [score for _, score in labels]
        assert scores == sorted(scores, reverse=True)
        assert 0 < sum(scores) <= 1 + 1e-6
        assert scores[:5] == pytest.approx([score for *_, score in expected[name]["model_top5"]], abs=0.02)


def test_a_batch_is_answered_in_its_order(tmp_path: Path) -> None:
    labeller = OnnxLabeller(colour_model(tmp_path))
    pictures = [np.full((16, 16, 3), colour, np.uint8) for colour in ((255, 51, 0), (0, 102, 204))]
    first, second = labeller.label(pictures)
    assert first == [("red", 1.0), ("green", pytest.approx(0.2)), ("blue", 0.0)]
    assert [label for label, _ in second] == ["blue", "green", "red"]
    assert labeller.label([]) == []


def test_logits_become_scores(tmp_path: Path) -> None:
    (labels,) = OnnxLabeller(colour_model(tmp_path, output="logits", scale=1)).label(
        [np.full((16, 16, 3), (3, 2, 1), np.uint8)]
    )
    raised = np.exp([3, 2, 1])
    assert [score for _, score in labels] == pytest.approx((raised / raised.sum()).tolist())


WRONG: dict[str, dict[str, Any]] = {
    'needs a "name"': {"name": " "},
    "64 hex digits": {"sha256": "12"},
    "its SHA-256 is": {"sha256": "0" * 64},
    "3 classes, and its card 2 labels": {"labels": ["red", "green"]},
    "must be a list of words": {"labels": [1, 2, 3]},
    "No such file": {"labels": "missing.txt"},
    "No such file or": {"file": "missing.onnx"},
    'needs a "side"': {"side": "large"},
    "the square must be": {"crop": 17},
    "a side must be": {"side": 100_000},
    '"mean" must be': {"mean": [1, 2]},
    '"colours" must be RGB or BGR': {"colours": "GRB"},
    "can't be run": {"layout": "NHWC"},
}


@pytest.mark.parametrize("told", WRONG)
def test_a_card_that_is_wrong_is_told_so(tmp_path: Path, told: str) -> None:
    with pytest.raises(LabellerError, match=told):
        OnnxLabeller(colour_model(tmp_path, **WRONG[told]))


@pytest.mark.parametrize("content", ["", "[]", "[" * 100_000, "{", '"name"'])
def test_what_is_no_card_is_told_so(tmp_path: Path, content: str) -> None:
    model = colour_model(tmp_path)
    model.with_suffix(".json").write_text(content)
    with pytest.raises(LabellerError, match=r"colours\.json: is no model card"):
        OnnxLabeller(model)


def test_what_is_no_model_is_told_so(tmp_path: Path) -> None:
    junk = b"no model at all"
    model = colour_model(tmp_path, sha256=hashlib.sha256(junk).hexdigest())
    model.write_bytes(junk)
    with pytest.raises(LabellerError, match="is no model that onnxruntime reads"):
        OnnxLabeller(model)


def test_a_picture_is_shown_as_a_person_sees_it(tmp_path: Path) -> None:
    """Turned by EXIF, transparent over black, a palette and 16 bits in colours of 8."""
    exif = Image.Exif()
    exif[274] = 6
    halves = Image.new("RGB", (40, 20), "red")
    halves.paste("blue", (20, 0, 40, 20))
    halves.save(tmp_path / "turned.png", exif=exif)
    Image.new("RGBA", (20, 20), (255, 0, 0, 128)).save(tmp_path / "clear.png")
    halves.quantize(4).save(tmp_path / "palette.gif")
    Image.fromarray(np.full((20, 20), 32896, np.uint16)).save(tmp_path / "deep.png")
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "print.tif")
    with DecoderPool(workers=1) as pool:

        def shown(name: str) -> Any:
            path = tmp_path / name
            return pool.show(path, md5(path), None, Fit(20)).result().pixels

        turned = shown("turned.png")
        assert turned.shape == (20, 10, 3)
        assert (turned[0, 0].tolist(), turned[-1, 0].tolist()) == ([255, 0, 0], [0, 0, 255])
        assert shown("clear.png")[0, 0].tolist() == [128, 0, 0]
        assert shown("palette.gif")[0].tolist()[0] == [255, 0, 0]
        assert shown("deep.png")[0, 0].tolist() == [128, 128, 128]
        assert shown("print.tif")[0, 0].tolist() == [255, 0, 0]


def test_a_file_that_cannot_be_shown_costs_itself_only(tmp_path: Path, media: Path) -> None:
    good = tmp_path / "good.png"
    Image.new("RGB", (30, 20), "red").save(good)
    hostile = sorted(path for path in (media / "bad").rglob("*") if path.is_file())[:60]
    assert hostile
    with DecoderPool(workers=2) as pool:
        for path in hostile:
            one = pool.show(path, md5(path), None, Fit(64, 64)).result()
            assert (one.pixels is None) != (one.error is None)
        assert "holds another picture now" in str(pool.show(good, "0" * 32, None, Fit(8)).result().error)
        assert pool.show(tmp_path / "gone.png", md5(good), None, Fit(8)).result().error == (
            "No such file or directory"
        )
        answer = pool.show(good, md5(good), None, Fit(64, 64)).result()
        assert answer.pixels is not None
        assert answer.pixels.shape == (64, 64, 3)


@pytest.mark.parametrize(("height", "width"), [(1, 40_000), (40_000, 1), (1, 1), (7, 3000)])
def test_any_shape_becomes_the_square(height: int, width: int) -> None:
    pixels = np.full((height, width, 3), 9, np.uint8)
    assert fitted(pixels, Fit(256, 227)).shape == (227, 227, 3)
    assert max(fitted(pixels, Fit(100)).shape[:2]) <= 100
