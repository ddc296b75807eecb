"""What every labelling model is to the rest: a name, a size of pictures, labels with scores."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tagcat_kernel.media.shown import Fit, Pixels

TOP = 10
"""Labels that a model gives of a picture, at most."""

Labels = list[tuple[str, float]]
"""Labels of a picture with their scores (0 to 1), the surest first, at most `TOP`."""


class LabellerError(Exception):
    """A model can't be used; the message says why and what to do."""


class Labeller(Protocol):
    """A model that says what pictures show."""

    @property
    def name(self) -> str:
        """What is written on every label: two models never have the same."""

    @property
    def fit(self) -> Fit:
        """The size that pictures must have."""

    def label(self, pictures: Sequence[Pixels]) -> list[Labels]:
        """Return the labels of a batch of pictures, in their order.

        Raises
        ------
        LabellerError
            If the model can't answer.
        """


def best(scores: npt.NDArray[Any], names: Sequence[str]) -> Labels:
    """Return the `TOP` labels of one picture by its scores [len(names)]; equal scores keep their order.

    A name that a model has for two classes ("crane", the bird and the machine) is said once, at its best.

    Examples
    --------
    >>> best(np.array([0.25, 0.75, 0.0]), ["dog", "cat", "dog"])
    [('cat', 0.75), ('dog', 0.25)]
    """
    found: dict[str, float] = {}
    for index in np.argsort(-scores, kind="stable").tolist():
        if len(found) == TOP:
            break
        found.setdefault(names[index], float(np.clip(scores[index], 0.0, 1.0)))
    return list(found.items())


def softmax(logits: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return scores that add up to 1 in every row of [n, classes].

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    scores: npt.NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return scores
