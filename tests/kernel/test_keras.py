"""Keras' ResNet152V2 with weights that are really made, saved and loaded; nothing is fetched unasked."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagcat_kernel import online
from tagcat_kernel.labelling import KerasLabeller, LabellerError
from tagcat_kernel.labelling.keras import CLASSES, NAMES, WEIGHTS, check

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of Keras', and no way out of this machine."""
    home = tmp_path / "keras"
    (home / "models").mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(home))

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return home / "models"


def class_index(names: list[str]) -> str:
    return json.dumps({str(number): [f"n{number}", name] for number, name in enumerate(names)})


def test_nothing_is_fetched_unless_it_is_allowed(cache: Path) -> None:
    for download in (False, None, 1, "yes"):
        with pytest.raises(LabellerError, match="download=True"):
            KerasLabeller(download=download)  # type: ignore[arg-type]
    (cache / WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(LabellerError, match=NAMES):
        KerasLabeller()


def test_a_server_that_does_not_allow_it_fetches_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(online.VARIABLE, "rekognition")
    for refused in (KerasLabeller, check):
        with pytest.raises(
            LabellerError, match=f"{WEIGHTS}: is not there, and Keras fetches nothing on this"
        ):
            refused(download=True)
    (cache / WEIGHTS).write_bytes(b"no weights")
    for refused in (KerasLabeller, check):
        with pytest.raises(LabellerError, match=f"{NAMES}: is not there, and Keras fetches nothing on this"):
            refused(download=True)
    (cache / NAMES).touch()
    check()
    monkeypatch.setenv(online.VARIABLE, "keras")
    (cache / NAMES).unlink()
    check(download=True)


@pytest.mark.parametrize("content", ["one", "", "\n" * CLASSES])
def test_names_that_do_not_fit_are_told(cache: Path, tmp_path: Path, content: str) -> None:
    (cache / WEIGHTS).write_bytes(b"no weights")
    (tmp_path / "names.txt").write_text(content)
    with pytest.raises(LabellerError, match="must hold 1,000 names"):
        KerasLabeller(labels=tmp_path / "names.txt")
    (cache / NAMES).write_text(content)
    with pytest.raises(LabellerError, match="can't be read as names"):
        KerasLabeller()


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15 on numpy 2.4
def test_weights_that_were_saved_say_the_same(cache: Path, tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(7)
    made = keras.applications.ResNet152V2(weights=None)
    made.save_weights(tmp_path / "made.weights.h5")
    names = [f"class_{number}" for number in range(CLASSES)]
    (cache / NAMES).write_text(class_index(names))
    pictures = list(np.random.default_rng(3).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8))
    given = keras.applications.resnet_v2.preprocess_input(np.stack(pictures).astype(np.float32))
    expected = np.asarray(made.predict_on_batch(given))
    said = KerasLabeller(tmp_path / "made.weights.h5").label(pictures)
    for row, labels in zip(expected, said, strict=True):
        order = np.argsort(-row, kind="stable")[:10]
        assert [label for label, _ in labels] == [f"class {number}" for number in order]
        assert [score for _, score in labels] == pytest.approx(row[order].tolist(), rel=1e-3)
    (tmp_path / "junk.weights.h5").write_bytes(b"junk")
    with pytest.raises(LabellerError, match="holds no weights of ResNet152V2"):
        KerasLabeller(tmp_path / "junk.weights.h5")
