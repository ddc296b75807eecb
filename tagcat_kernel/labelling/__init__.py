"""Models that say what a picture shows, and the work of asking one about a collection.

A model is a `Labeller`: a name, the size it wants pictures in, and the best labels of a batch. The work
(`work`) brings it pictures from the decoder processes and stores what it says, by its name.
"""

from tagcat_kernel.labelling.fetching import fetch_model, kept_model, kept_models
from tagcat_kernel.labelling.keras import KerasLabeller
from tagcat_kernel.labelling.labeller import TOP, Labeller, LabellerError, Labels
from tagcat_kernel.labelling.onnx import OnnxLabeller
from tagcat_kernel.labelling.opening import open_model
from tagcat_kernel.labelling.rekognition import RekognitionLabeller
from tagcat_kernel.labelling.work import MINIMUM_SCORE, LabelReport, label_items

__all__ = [
    "MINIMUM_SCORE",
    "TOP",
    "KerasLabeller",
    "LabelReport",
    "Labeller",
    "LabellerError",
    "Labels",
    "OnnxLabeller",
    "RekognitionLabeller",
    "fetch_model",
    "kept_model",
    "kept_models",
    "label_items",
    "open_model",
]
