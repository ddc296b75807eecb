"""What models said of images and moments: labels, each with a score and the model's name.

Labels are never mixed with a person's tags: they are other nodes, each model's words stand beside those
of the others, and a model that looks again replaces what it said before of the same items, and nothing
else. They are no change by hand, so they are in no history; who likes a label makes a tag of it.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import KINDS, checked_label, content_key, is_frame, label_key, md5_of
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.graph.store import lock
from tagcat_kernel.graph.views import Views

Said = Mapping[str, Sequence[tuple[str, float]]]
"""Labels with their scores (0 to 1) by the key of the item; no labels: the model found nothing to say."""


class Labels(Views):
    """The part of a collection that remembers what models said."""

    def label(self, said: Said, model: str) -> int:
        """Store what a model says of some items, instead of what it said of them before.

        Parameters
        ----------
        said
            Labels and scores by the key of an image or of a moment that is stored.
        model
            Name of the model, as a tag's name can be.

        Returns
        -------
        int
            How many labels are stored.

        Raises
        ------
        NotStorableError
            If a label or the model has a name that can't be stored, or a score is not 0 to 1.
        ValueError
            If an item is not there. Nothing is changed in both cases.
        GraphError
            If the graph can't do it.
        """
        checked = checked_said(said, model)
        for key in checked:
            if not key.startswith(f"{self.user}:"):
                raise ValueError(f"{key!a} is no image or moment of {self.user}")

        def work(unit: Unit) -> int:
            lock(unit, self.user)
            there = there_of(unit, self.user, checked)
            if missing := [key for key in checked if key not in there]:
                raise ValueError(f"{missing[0]!a} is no image or moment of {self.user}")
            return put_labels(unit, self.user, checked, model)

        return self.graph.transaction(work)

    def unlabel(self, keys: Iterable[str], model: str) -> None:
        """Forget what a model said of some items."""
        self.label(dict.fromkeys(keys, ()), model)

    def labelled(self) -> list[dict[str, Any]]:
        """Return every label on every item, by path and time, the surest first.

        Rows: key, kind ("image" or "frame"), path, position (s, None for images), label, score (0 to 1),
        model.
        """
        found = self.graph.reading(lambda unit: labelled_rows(unit, self.user))
        places = {kind: self._holders(kind) for kind in KINDS}
        rows = []
        for row in found:
            kind = "frame" if is_frame(row["key"]) else "image"
            if files := places["video" if kind == "frame" else "image"].get(md5_of(row["key"])):
                rows.append({"key": row["key"], "kind": kind, "path": files[0].path, **row})
        return sorted(
            rows,
            key=lambda row: (os.fsencode(row["path"]), row["position"] or -1.0, -row["score"], row["label"]),
        )


def checked_said(said: Said, model: str) -> dict[str, list[tuple[str, float]]]:
    """Return what a model says if it can be stored: of a label that is said twice the better score.

    Raises
    ------
    NotStorableError
        If a name can't be one, or a score is not 0 to 1.

    Examples
    --------
    >>> checked_said({"ada:01": [("cat", 0.5), ("cat", 0.25)]}, "tiny")
    {'ada:01': [('cat', 0.5)]}
    """
    checked_label(model)
    found = {}
    for key, labels in said.items():
        best: dict[str, float] = {}
        for name, score in labels:
            if not (math.isfinite(score) and 0 <= score <= 1):
                raise NotStorableError(f"{name[:60]!a}: a score is 0 to 1, not {score}")
            best[checked_label(name)] = max(float(score), best.get(name, 0.0))
        found[key] = list(best.items())
    return found


def labelled_rows(unit: Unit, user: str) -> list[Row]:
    """Return key, label, score, model and position (s, None for images) of all that models said."""
    images, frames = (unit.columns(f"labelled_{kind}s", user=user) for kind in ("image", "frame"))
    images["positions"] = [None] * len(images["keys"])
    names = ("keys", "labels", "scores", "models", "positions")
    return [
        dict(zip(("key", "label", "score", "model", "position"), one, strict=True))
        for row in (images, frames)
        for one in zip(*(row[name] for name in names), strict=True)
    ]


def there_of(unit: Unit, user: str, keys: Iterable[str]) -> set[str]:
    """Return which images and moments of live videos are there."""
    wanted = list(keys)
    images = [key for key in wanted if not is_frame(key)]
    videos = sorted({content_key(user, md5_of(key)) for key in wanted if is_frame(key)})
    live = {row["key"] for row in unit.each("known_videos", videos, user=user) if not row["deleted"]}
    found = {row["key"] for row in unit.each("known_images", images, user=user) if not row["deleted"]}
    for row in unit.each("known_frames", sorted(live), user=user):
        found.update(row["keys"])
    return found


def put_labels(unit: Unit, user: str, said: Mapping[str, list[tuple[str, float]]], model: str) -> int:
    """Replace what a model said of items that are there, and return how many labels they have now."""
    known = set(unit.columns("labels", user=user)["keys"])
    names = sorted({name for labels in said.values() for name, _ in labels})
    new = [
        {"key": label_key(user, name), "name": name} for name in names if label_key(user, name) not in known
    ]
    unit.each("create_labels", new, user=user)
    count = 0
    for kind in ("image", "frame"):
        keys = [key for key in said if is_frame(key) == (kind == "frame")]
        unit.each(f"unlabel_{kind}s", keys, user=user, model=model)
        rows = [
            {"key": key, "label": label_key(user, name), "score": score, "model": model}
            for key in keys
            for name, score in said[key]
        ]
        unit.each(f"label_{kind}s", rows, user=user)
        count += len(rows)
    return count
