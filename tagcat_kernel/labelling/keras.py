"""Keras' ResNet152V2, the model of the first TagCat: 60 million numbers, 1,000 classes of ImageNet.

The network is built here and its weights are loaded into it, from a path or from where Keras keeps what it
has fetched before. Keras would fetch weights and names by itself; here it does so only when it is allowed
to. Keras runs on JAX unless the person has chosen another engine by `KERAS_BACKEND`.
"""

import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tagcat_kernel import online
from tagcat_kernel.labelling.labeller import LabellerError, Labels, best
from tagcat_kernel.media.shown import Fit, Pixels

WEIGHTS = "resnet152v2_weights_tf_dim_ordering_tf_kernels.h5"
"""Name of the weights in Keras' cache."""
NAMES = "imagenet_class_index.json"
"""Name of the classes' names there."""
CLASSES = 1000


class NotFetchedError(LabellerError):
    """A file that Keras could fetch is not in its cache, where `place` would be."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place}: is not there. Give a path, or let Keras fetch it from its own servers: download=True "
            "(--download)"
        )
        self.place = place


class KerasLabeller:
    """ResNet152V2 as a `Labeller`; needs the extra `keras`.

    Parameters
    ----------
    weights
        A file of weights of this network (.weights.h5 or .h5); default: that in Keras' cache.
    labels
        A text file with a name a line, 1,000 of them; default: those in Keras' cache.
    download
        Whether Keras may fetch what its cache lacks (about 240 MB from its own servers), where whoever runs
        this server lets it.

    Raises
    ------
    LabellerError
        If the extra or a file is missing, or a file does not fit the network.

    Examples
    --------
    >>> try:
    ...     KerasLabeller("/no/such.weights.h5")
    ... except LabellerError as error:
    ...     print(error)
    /no/such.weights.h5: there are no weights
    """

    name = "ResNet152V2"
    fit = Fit(256, 224)

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = None,
        labels: str | os.PathLike[str] | None = None,
        *,
        download: bool = False,
    ) -> None:
        place = None if weights is None else Path(weights)
        if place is not None and not place.is_file():
            raise LabellerError(f"{place}: there are no weights")
        fetch = download is True
        place = place or _cached(WEIGHTS, fetch=fetch)
        self._names = _names(labels, fetch=fetch)
        self._model = _keras().applications.ResNet152V2(weights=None if place else "imagenet")
        if place:
            try:
                self._model.load_weights(place)
            except Exception as error:  # readers of weights raise anything
                line = " ".join(str(error).split())[:200]
                raise LabellerError(f"{place}: holds no weights of ResNet152V2: {line}") from error

    def label(self, pictures: Sequence[Pixels]) -> list[Labels]:
        """Return the labels of a batch of pictures uint8 [224, 224, 3] in RGB, in their order."""
        if not pictures:
            return []
        numbers = np.stack(pictures).astype(np.float32) / 127.5 - 1  # what its training looked at: −1 to 1
        scores = np.asarray(self._model.predict_on_batch(numbers))
        return [best(row, self._names) for row in scores]


def check(
    weights: str | os.PathLike[str] | None = None,
    labels: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
) -> None:
    """Do nothing if `KerasLabeller` can probably be made of this; Keras is not loaded.

    Raises
    ------
    LabellerError
        If the extra or a file is missing; the message says what to do.
    """
    if not all(importlib.util.find_spec(name) for name in ("keras", "jax")):
        raise LabellerError(
            "ResNet152V2 needs Keras and JAX, which are not installed: pip install 'tagcat[keras]'"
        )
    for place in (weights, labels):
        if place is not None and not Path(place).is_file():
            raise LabellerError(f"{Path(place)}: is not there")
    if weights is None:
        _cached(WEIGHTS, fetch=download is True)
    if labels is None:
        _cached(NAMES, fetch=download is True)


def _keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import keras
    except ImportError as error:
        raise LabellerError(
            f"ResNet152V2 needs Keras and JAX, which are not installed ({error}): pip install 'tagcat[keras]'"
        ) from None
    return keras


def _cache() -> Path:
    """Return the folder in which Keras keeps what it has fetched."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def _cached(name: str, *, fetch: bool) -> Path | None:
    """Return a file in Keras' cache; None where Keras may fetch it."""
    place = _cache() / name
    if place.is_file():
        return place
    if fetch and online.allowed("keras"):
        return None
    if not online.allowed("keras"):
        raise LabellerError(
            f"{place}: is not there, and Keras fetches nothing on this server unless whoever runs it puts "
            f"the file there or allows that ({online.VARIABLE}=keras)"
        )
    raise NotFetchedError(place)


def _names(labels: str | os.PathLike[str] | None, *, fetch: bool) -> list[str]:
    place = None if labels is None else Path(labels)
    try:
        if place is not None:
            names = place.read_text("utf-8").splitlines()
        else:
            place = _cached(NAMES, fetch=fetch)
            if place is None:  # Keras fetches it when it is first asked for a name
                _keras().applications.resnet_v2.decode_predictions(np.zeros((1, CLASSES), np.float32))
                place = _cache() / NAMES
            index = json.loads(place.read_text("utf-8"))
            names = [str(index[str(number)][1]).replace("_", " ") for number in range(CLASSES)]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise LabellerError(f"{place}: can't be read as names of classes: {error!r}") from None
    if len(names) != CLASSES or not all(name.strip() for name in names):
        raise LabellerError(f"{place}: must hold {CLASSES:,} names, one a line, and holds {len(names):,}")
    return names
