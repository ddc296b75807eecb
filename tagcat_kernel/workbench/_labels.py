"""What models say of images and key frames, beside a person's own tags and never mixed with them."""

import os
from typing import TYPE_CHECKING, Any

from tagcat_kernel import jobs as _jobs
from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._items import Items, keys_of, labels_of
from tagcat_kernel.workbench._sharing import owner_only
from tagcat_kernel.workbench._tables import table

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.labelling import Labeller, LabelReport


class Labels(Base):
    """The verbs about labels."""

    def labels(self) -> "pd.DataFrame":
        """Return the labels on images and moments of videos, by path and time, the surest first.

        Columns: key, kind ("image" or "frame"), path, position (s, NaN for images), label, score (0 to 1),
        model. The rows are what `tag` and `accept_label` take:
        `wb.tag(labels[labels["label"] == "cat"], "cat")`.
        """
        columns = ["key", "kind", "path", "position", "label", "score", "model"]
        return table(self.collection.labelled(), columns)

    @owner_only
    def label(
        self,
        model: "str | os.PathLike[str] | Labeller",
        items: Items = None,
        *,
        minimum_score: float = 0.1,
        top: int = 10,
        again: bool = False,
        progress: bool = True,
        **options: Any,
    ) -> "LabelReport":
        """Ask a model what images and key frames show, and keep its labels beside the tags.

        Ctrl-C (the stop button of a notebook) ends between two pictures; the same call again does the rest.

        Parameters
        ----------
        model
            A model in ONNX with its card beside it, the address that one was fetched from
            (`tagcat_kernel.labelling.fetch_model`), "ResNet152V2", "AWS Rekognition", or any `Labeller`.
        items
            Keys, rows or a DataFrame of `images()`, `frames()` or `videos()` (all their key frames);
            default: everything.
        minimum_score
            0 to 1; a label below it is not kept.
        top
            Most labels of an item, 1 to 10.
        again
            Whether to look again at what the model has labelled before, and replace what it said.
        progress
            Whether to show a progress bar.
        options
            Those of `KerasLabeller` or `RekognitionLabeller`, where one of them is named. AWS Rekognition is
            off without `enabled=True`.

        Returns
        -------
        LabelReport
            Counts of items and labels, and `failed`: files that could not be looked at, with the reason.

        Raises
        ------
        ValueError
            If an item is not there, or `minimum_score` or `top` can't be. Nothing is changed then.
        LabellerError
            If the model can't be used.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.interrupts import stopping
        from tagcat_kernel.labelling import label_items, open_model

        labeller = open_model(model, **options) if isinstance(model, str | os.PathLike) else model
        with stopping() as stopped, progress_bar("picture", shown=progress) as show:
            return label_items(
                self.collection,
                labeller,
                None if items is None else keys_of(items),
                minimum_score=minimum_score,
                top=top,
                again=again,
                progress=show,
                cancelled=stopped,
            )

    @owner_only
    def start_label(
        self,
        model: str | os.PathLike[str],
        items: Items = None,
        *,
        minimum_score: float = 0.1,
        top: int = 10,
        again: bool = False,
        **options: Any,
    ) -> _jobs.Job:
        """Start the same work as a job of its own that lives on when this notebook is closed.

        Raises
        ------
        LabellerError
            If there is no such model, its card is wrong, or it is switched off. No job is started then.
        """
        from tagcat_kernel.labelling import check_model

        name = check_model(model, **options)
        return _jobs.start(
            "label",
            user=self.user,
            model=name,
            opening={
                name: os.fspath(value) if isinstance(value, os.PathLike) else value
                for name, value in options.items()
            },
            keys=None if items is None else keys_of(items),
            minimum_score=minimum_score,
            top=top,
            again=again,
        )

    def unlabelled(self, model: str | os.PathLike[str], items: Items = None) -> int:
        """Return how many images and key frames a model has not labelled yet: what `label` would ask about.

        Raises
        ------
        ValueError
            If an item is not there.
        LabellerError
            If the model has no card that can be read.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.labelling import model_name, unlabelled

        keys = None if items is None else keys_of(items)
        return len(unlabelled(self.collection, model_name(model), keys))

    def accept_label(self, rows: Items, name: str | None = None) -> int:
        """Make a person's tag of what a model said; the label stays, and `undo` takes the tag off again.

        Parameters
        ----------
        rows
            A row or a DataFrame of `labels()`, or a list of such: each item gets its label as a tag.
        name
            Another name for the tag, on all of them.

        Returns
        -------
        int
            How many items got a tag that had it not.

        Raises
        ------
        ValueError
            If an item does not have this label, or the name can't be a tag's. Nothing is changed then.
        """
        from tagcat_kernel.graph.keys import checked_tag

        wanted = labels_of(rows)
        said = {(row["key"], row["label"]) for row in self.collection.labelled()}
        by_tag: dict[str, list[str]] = {}
        for key, label in wanted:
            if (key, label) not in said:
                raise ValueError(f"no model says {label!r} of {key!a}")
            by_tag.setdefault(name or label, []).append(key)
        for tag in by_tag:
            checked_tag(tag)
        return sum(self.collection.tag(keys, tag) for tag, keys in by_tag.items())
