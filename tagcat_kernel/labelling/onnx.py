"""Any classifier of pictures in ONNX, run by onnxruntime on this machine.

The card beside the model says all that is special about it (see `card`); this is what is common: the
samples become numbers in the model's order, the model runs, and the best of its scores are named.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.labelling.card import ModelCard, read_card
from tagcat_kernel.labelling.labeller import LabellerError, Labels, best, softmax
from tagcat_kernel.media.shown import Fit, Pixels


class OnnxLabeller:
    """A model in ONNX with its card.

    Parameters
    ----------
    path
        The model, with its card beside it (the same name, ending .json), or the card.

    Raises
    ------
    LabellerError
        If the card or the model can't be used: the SHA-256 differs, a file is missing, the number of
        labels is not that of the classes.

    Examples
    --------
    >>> OnnxLabeller("/no/such.onnx")
    Traceback (most recent call last):
        ...
    tagcat_kernel.labelling.labeller.LabellerError: /no/such.json: No such file or directory
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.card: ModelCard = read_card(Path(path))
        self._session = _session(self.card)
        (given,) = self._session.get_inputs()[:1]
        self._input = given.name
        self._whole_batch = not isinstance(given.shape[0], int)
        self._check()

    @property
    def name(self) -> str:
        """The name in the card."""
        return self.card.name

    @property
    def fit(self) -> Fit:
        """The size in the card."""
        return self.card.fit

    def label(self, pictures: Sequence[Pixels]) -> list[Labels]:
        """Return the labels of a batch of pictures uint8 [crop, crop, 3] in RGB, in their order.

        Raises
        ------
        LabellerError
            If onnxruntime can't run the model on them.
        """
        if not pictures:
            return []
        numbers = samples_of(pictures, self.card)
        batches = [numbers] if self._whole_batch else np.split(numbers, len(numbers))
        return [best(row, self.card.labels) for batch in batches for row in self._scores(batch)]

    def _scores(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Return a row of scores for every picture."""
        try:
            answer: Any = self._session.run(None, {self._input: numbers})[0]
        except Exception as error:  # its errors are of no common type
            raise LabellerError(f"{self.card.model}: can't be run: {_line(error)}") from error
        flat = np.asarray(answer).reshape(len(numbers), -1)
        flat = softmax(flat) if self.card.output == "logits" else flat
        return np.nan_to_num(flat)

    def _check(self) -> None:
        """Run it once on nothing: a model and a card that do not fit say so now, not after an hour."""
        side = self.card.fit.crop or self.card.fit.side
        classes = self._scores(samples_of([np.zeros((side, side, 3), np.uint8)], self.card)).shape[1]
        if classes != len(self.card.labels):
            raise LabellerError(
                f"{self.card.model}: has {classes} classes, and its card {len(self.card.labels)} labels"
            )


def samples_of(pictures: Sequence[Pixels], card: ModelCard) -> npt.NDArray[np.float32]:
    """Return pictures as the numbers that a model takes, float32 [n, 3, H, W] or [n, H, W, 3].

    Examples
    --------
    >>> known = ("tiny", Path("tiny.onnx"), "", "MIT", ("cat",), Fit(1, 1))
    >>> card = ModelCard(*known, colours="BGR", mean=(3, 2, 1))
    >>> samples_of([np.array([[[1, 2, 9]]], np.uint8)], card).ravel().tolist()
    [6.0, 0.0, 0.0]
    """
    numbers = np.stack(pictures).astype(np.float32)
    if card.colours == "BGR":
        numbers = numbers[..., ::-1]
    numbers = (numbers - np.array(card.mean, np.float32)) * np.array(card.scale, np.float32)
    return np.ascontiguousarray(numbers.transpose(0, 3, 1, 2) if card.layout == "NCHW" else numbers)


def _session(card: ModelCard) -> Any:
    """Load the bytes that were checked, not the path: nobody changes them in between."""
    import onnxruntime

    data = card.checked_bytes()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its warnings are for those who make models
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise LabellerError(f"{card.model}: is no model that onnxruntime reads: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
