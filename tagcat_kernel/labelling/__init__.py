"""Models that say what a picture shows, and the work of asking one about a collection.

A model is a `Labeller`: a name, the size it wants pictures in, and the best labels of a batch. The work
(`work`) brings it pictures from the decoder processes and stores what it says, by its name.
"""

from tagcat_kernel.labelling.fetching import fetch_model, kept_model, kept_models
from tagcat_kernel.labelling.keras import KerasLabeller
from tagcat_kernel.labelling.labeller import TOP, Labeller, LabellerError, Labels
from tagcat_kernel.labelling.onnx import OnnxLabeller
from tagcat_kernel.labelling.opening import KERAS, REKOGNITION, built_in, check_model, model_name, open_model
from tagcat_kernel.labelling.rekognition import NOTICE, RekognitionLabeller, bill
from tagcat_kernel.labelling.work import MINIMUM_SCORE, LabelReport, items_of, label_items, unlabelled

__all__ = [
    "KERAS",
    "MINIMUM_SCORE",
    "NOTICE",
    "REKOGNITION",
    "TOP",
    "KerasLabeller",
    "LabelReport",
    "Labeller",
    "LabellerError",
    "Labels",
    "OnnxLabeller",
    "RekognitionLabeller",
    "bill",
    "built_in",
    "check_model",
    "fetch_model",
    "items_of",
    "kept_model",
    "kept_models",
    "label_items",
    "model_name",
    "open_model",
    "unlabelled",
]
