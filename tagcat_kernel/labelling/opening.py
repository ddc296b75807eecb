"""From what a person names a model by to a labeller: a path, or the address that it was fetched from."""

import os
from pathlib import Path

from tagcat_kernel.labelling.fetching import fetch_model
from tagcat_kernel.labelling.onnx import OnnxLabeller


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


def open_model(model: str | os.PathLike[str]) -> OnnxLabeller:
    """Return a model's labeller.

    Raises
    ------
    LabellerError
        If it can't be used, or is an address that no model was fetched from.

    Examples
    --------
    >>> open_model("/no/such.onnx")
    Traceback (most recent call last):
        ...
    tagcat_kernel.labelling.labeller.LabellerError: /no/such.json: No such file or directory
    """
    return OnnxLabeller(place_of(model))
