"""What models said of images and key frames, beside a person's own tags and never mixed with them."""

from typing import TYPE_CHECKING

from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._tables import table

if TYPE_CHECKING:
    import pandas as pd


class Labels(Base):
    """The verbs about labels."""

    def labels(self) -> "pd.DataFrame":
        """Return the labels on images and moments of videos, by path and time, the surest first.

        Columns: key, kind ("image" or "frame"), path, position (s, NaN for images), label, score (0 to 1),
        model. The rows are what `tag` takes: `wb.tag(labels[labels["label"] == "cat"], "cat")`.
        """
        columns = ["key", "kind", "path", "position", "label", "score", "model"]
        return table(self.collection.labelled(), columns)
