"""Models that say what a picture shows, and the work of asking one about a collection.

A model is a `Labeller`: a name, the size it wants pictures in, and the best labels of a batch. The work
(`work`) brings it pictures from the decoder processes and stores what it says, by its name.
"""

from tagcat_kernel.labelling.labeller import TOP, Labeller, Labels
from tagcat_kernel.labelling.onnx import OnnxLabeller

__all__ = ["TOP", "Labeller", "Labels", "OnnxLabeller"]
