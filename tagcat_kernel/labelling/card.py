"""The model card: a small JSON file beside a model that says how to use it, and of which bytes it speaks.

```json
{
  "name": "SqueezeNet 1.0",
  "file": "squeezenet.onnx",
  "sha256": "64 hex digits of the model's file",
  "licence": "BSD-2-Clause",
  "labels": "labels.txt",
  "side": 256, "crop": 227,
  "layout": "NCHW", "colours": "BGR",
  "mean": [104, 117, 123], "scale": 1,
  "output": "probabilities"
}
```

The short side of a picture becomes `side` pixels, a square of `crop` is cut out of its middle, and every
sample becomes (sample − mean) · scale, in the order of `colours`. `labels` is a list, or a text file with
a label a line. `output` is "probabilities" or "logits", of which the softmax is taken. A card is read
before anything is loaded, and a model whose bytes are others than the card's is not loaded at all.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagcat_kernel.graph.keys import checked_label
from tagcat_kernel.labelling.labeller import LabellerError
from tagcat_kernel.media.shown import Fit

LARGEST = 1_000_000
"""Bytes of a card or of a file of labels."""

_WORDS = {"layout": ("NCHW", "NHWC"), "colours": ("RGB", "BGR"), "output": ("probabilities", "logits")}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How to use a model; `model` is its file, `labels` has a name for every class."""

    name: str
    model: Path
    sha256: str
    licence: str
    labels: tuple[str, ...]
    fit: Fit
    layout: str = "NCHW"
    colours: str = "RGB"
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)
    output: str = "probabilities"

    def checked_bytes(self) -> bytes:
        """Return the model's file.

        Raises
        ------
        LabellerError
            If it can't be read, or its SHA-256 is not the card's.
        """
        data = _read(self.model)
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise LabellerError(
                f"{self.model}: its SHA-256 is {found}, the card's is {self.sha256}: it is another file, or "
                "damaged. Fetch it again, or correct the card if you trust the file"
            )
        return data


def card_of(path: Path) -> Path:
    """Return where the card of a model lies: the path itself, or beside the model with the ending .json.

    Examples
    --------
    >>> card_of(Path("models/tiny.onnx")).as_posix()
    'models/tiny.json'
    """
    return path if path.suffix == ".json" else path.with_suffix(".json")


def read_card(path: Path) -> ModelCard:
    """Read a card, by its own path or by that of its model.

    Raises
    ------
    LabellerError
        If there is none, or it is no card; the message says what is wrong with it.

    Examples
    --------
    >>> read_card(Path("/no/such.onnx"))
    Traceback (most recent call last):
        ...
    tagcat_kernel.labelling.labeller.LabellerError: /no/such.json: No such file or directory
    """
    place = card_of(path)
    content = card_content(_read(place, LARGEST), str(place))
    labels = content["labels"]
    if isinstance(labels, str):
        text = _read(place.parent / labels, LARGEST)
        try:
            labels = text.decode("utf-8").splitlines()
        except UnicodeDecodeError:
            raise LabellerError(f"{place.parent / labels}: is no text in UTF-8") from None
    try:
        for name in (content["name"], *labels):
            checked_label(name)
        return ModelCard(
            name=content["name"],
            model=place.parent / content["file"],
            sha256=content["sha256"].lower(),
            licence=content["licence"],
            labels=tuple(labels),
            fit=Fit(content["side"], content["crop"]),
            mean=_three(content.get("mean", 0)),
            scale=_three(content.get("scale", 1)),
            **{word: content.get(word, choices[0]) for word, choices in _WORDS.items()},
        )
    except ValueError as error:
        raise LabellerError(f"{place}: {error}") from None


def card_content(data: bytes, place: str) -> dict[str, Any]:
    """Return a card's JSON if it has all that a card must have.

    Raises
    ------
    LabellerError
        If it is no card.

    Examples
    --------
    >>> card_content(b"{}", "tiny.json")
    Traceback (most recent call last):
        ...
    tagcat_kernel.labelling.labeller.LabellerError: tiny.json: a model card needs a "name"
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise LabellerError(f"{place}: is no model card (a JSON object)")
    for word in ("name", "file", "sha256", "licence"):
        if not isinstance(content.get(word), str) or not content[word].strip():
            raise LabellerError(f'{place}: a model card needs a "{word}"')
    if not re.fullmatch("[0-9a-fA-F]{64}", content["sha256"]):
        raise LabellerError(f'{place}: its "sha256" must be 64 hex digits')
    labels = content.get("labels")
    if not (isinstance(labels, str) and labels) and not _all(labels, str):
        raise LabellerError(f'{place}: its "labels" must be a list of words, or the name of a text file')
    for word in ("side", "crop"):
        if type(content.get(word)) is not int:
            raise LabellerError(f'{place}: a model card needs a "{word}" in pixels')
    for word in ("mean", "scale"):
        value = content.get(word, 0)
        if not _number(value) and not (_all(value, int | float) and len(value) == 3):
            raise LabellerError(f'{place}: its "{word}" must be a number, or one for each colour')
    for word, choices in _WORDS.items():
        if content.get(word, choices[0]) not in choices:
            raise LabellerError(f'{place}: its "{word}" must be {" or ".join(choices)}')
    return content


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _all(values: Any, kind: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(value, kind) for value in values)


def _three(value: Any) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, list) else (float(value),) * 3


def _read(path: Path, largest: int | None = None) -> bytes:
    try:
        if largest is not None and path.stat().st_size > largest:
            raise LabellerError(f"{path}: too large for what it should be ({largest} bytes)")
        return path.read_bytes()
    except OSError as error:
        raise LabellerError(f"{path}: {error.strerror or error}") from None
