"""From what a person names a model by to a labeller: a path, an address, or one of two names.

Keras' ResNet152V2 and AWS Rekognition have no file of their own; they are named `ResNet152V2` (or `keras`)
and `AWS Rekognition` (or `rekognition`). Whoever starts a job checks first, without loading anything large,
so that what is missing, or switched off, is said at once.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagcat_kernel.labelling import keras, rekognition
from tagcat_kernel.labelling.card import card_of, read_card
from tagcat_kernel.labelling.fetching import fetch_model, kept_models
from tagcat_kernel.labelling.labeller import Labeller, LabellerError
from tagcat_kernel.labelling.onnx import OnnxLabeller

KERAS = keras.KerasLabeller.name
REKOGNITION = rekognition.RekognitionLabeller.name
_NAMES = {"keras": KERAS, "resnet152v2": KERAS, "rekognition": REKOGNITION, "aws rekognition": REKOGNITION}
_OPTIONS = {KERAS: {"weights", "labels", "download"}, REKOGNITION: {"enabled", "region", "endpoint"}}


def built_in(model: str | os.PathLike[str]) -> str | None:
    """Return the whole name of a model that has no file of its own, None where a file or address is named.

    Examples
    --------
    >>> built_in("keras"), built_in("AWS Rekognition"), built_in("tiny.onnx")
    ('ResNet152V2', 'AWS Rekognition', None)
    """
    return _NAMES.get(os.fspath(model).casefold())


def place_of(model: str | os.PathLike[str]) -> Path:
    """Return where a model lies: its path in full, or where the one from this address is kept.

    Raises
    ------
    LabellerError
        If it is an address that no model was fetched from.

    Examples
    --------
    >>> place_of("/models/tiny.onnx").as_posix()
    '/models/tiny.onnx'
    """
    if "://" in (name := os.fspath(model)):
        return fetch_model(name)
    return Path(model).expanduser().absolute()


def open_model(model: str | os.PathLike[str], **options: Any) -> Labeller:
    """Return a model's labeller.

    Parameters
    ----------
    model
        A path or an address of a model in ONNX, "ResNet152V2" or "AWS Rekognition".
    options
        Of the last two: those of `KerasLabeller` and `RekognitionLabeller`.

    Raises
    ------
    LabellerError
        If it can't be used, is switched off, or is an address that no model was fetched from.

    Examples
    --------
    >>> try:
    ...     open_model("/no/such.onnx")
    ... except LabellerError as error:
    ...     print(str(error)[:46])
    /no/such.onnx: there is no such model: name ke
    """
    name = built_in(model)
    _check_options(name, options)
    made: dict[str, Callable[..., Labeller]] = {
        KERAS: keras.KerasLabeller,
        REKOGNITION: rekognition.RekognitionLabeller,
    }
    return OnnxLabeller(_there(model)) if name is None else made[name](**options)


def check_model(model: str | os.PathLike[str], **options: Any) -> str:
    """Return how a job shall name a model, if it can be used; nothing large is loaded.

    Raises
    ------
    LabellerError
        As `open_model`, as far as can be told without loading the model.

    Examples
    --------
    >>> try:
    ...     check_model("rekognition")
    ... except LabellerError as error:
    ...     print(str(error)[:23])
    AWS Rekognition is off:
    """
    name = built_in(model)
    _check_options(name, options)
    if name is None:
        place = _there(model)
        read_card(place)
        return str(place)
    if name == KERAS:
        keras.check(**options)
    else:
        rekognition.RekognitionLabeller(**options)
    return name


def model_name(model: str | os.PathLike[str]) -> str:
    """Return the name that a model writes on its labels, without loading it.

    Raises
    ------
    LabellerError
        If it has no card that can be read.

    Examples
    --------
    >>> model_name("keras")
    'ResNet152V2'
    """
    return built_in(model) or read_card(_there(model)).name


def _there(model: str | os.PathLike[str]) -> Path:
    """Return where a model lies; if it is not there, say which ones are."""
    place = place_of(model)
    if (card := card_of(place)).exists():
        return place
    if not place.exists():
        kept = [f"{name} ({path})" for name, path in kept_models().items()]
        here = f"; here are {', '.join(kept)}" if kept else ""
        raise LabellerError(
            f"{place}: there is no such model: name keras, rekognition, a model in ONNX with its card beside "
            f"it, or the https address of a card{here}"
        )
    raise LabellerError(
        f"{place}: its card {card.name} is not beside it (docs/labelling.md says what is one)"
    )


def _check_options(name: str | None, options: dict[str, Any]) -> None:
    if unknown := set(options) - _OPTIONS.get(name or "", set()):
        raise LabellerError(f"{name or 'a model in ONNX'} takes no {', '.join(sorted(unknown))}")
