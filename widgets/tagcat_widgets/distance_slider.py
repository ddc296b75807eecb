"""How near counts as near: a slider over the number of matches, or key frames, at each distance.

`counts[d]` is what there is at exactly distance `d`. Matches add up: at 8 there are those of 0 to 8,
so the slider says their sum (`cumulative=True`). Key frames do not: a larger distance gives fewer of
them, and the slider says the number at its value (`cumulative=False`). While it is dragged the value
reaches Python a few times a second, and the last value always.

Where the distance that the collection keeps is given (`stored`), the slider says what its value gains or
loses against it; and where `chance` is given, how many matches up to its value are expected to be false.
"""

from collections.abc import Iterable
from typing import Any

import traitlets

from tagcat_widgets._bundle import bundle
from tagcat_widgets._front import Front
from tagcat_widgets._items import shown


class DistanceSlider(Front):
    """A slider for a distance in bits, with a histogram.

    Parameters
    ----------
    value
        The distance in bits, 0 … `maximum`; a value beyond is brought to the nearest end.
    maximum
        Largest distance offered.
    counts
        How many there are at each distance 0 … `maximum`; may be empty until it is known.
    noun
        What is counted, in the plural: "matches", "key frames".
    label
        What the number is called beside its value.
    caption
        A heading, such as "How near counts as a match".
    cumulative
        Whether the slider says the sum up to its value, or the count at it.
    stored
        The distance that the collection keeps, to compare with; None: no comparison.
    chance
        How many of the matches up to each distance 0 … `maximum` are expected to be false, in words such
        as "about 120" or "fewer than 3"; may be empty.

    Examples
    --------
    >>> slider = DistanceSlider(2, counts=[3, 1, 4, 1, 5], maximum=4)
    >>> slider.count
    8
    >>> slider.value = 99
    >>> slider.value
    4
    >>> slider.stored = 2
    >>> slider.change
    6
    """

    _esm = bundle("distance_slider.js")
    _css = bundle("distance_slider.css")
    _from_browser = frozenset({"value"})

    value = traitlets.Int(8, help="The chosen distance in bits.").tag(sync=True)
    maximum = traitlets.Int(16, min=0, max=64, help="Largest distance offered.").tag(sync=True)
    counts = traitlets.List(traitlets.Int(min=0), help="How many at each distance from 0.").tag(sync=True)
    noun = traitlets.Unicode("matches", help="What is counted, in the plural.").tag(sync=True)
    label = traitlets.Unicode("distance", help="What the value is called.").tag(sync=True)
    caption = traitlets.Unicode("", help="The heading.").tag(sync=True)
    cumulative = traitlets.Bool(True, help="Whether counts add up to the value.").tag(sync=True)
    stored = traitlets.Int(None, allow_none=True, help="The distance to compare with.").tag(sync=True)
    chance = traitlets.List(traitlets.Unicode(), help="False ones expected, in words.").tag(sync=True)
    disabled = traitlets.Bool(False, help="Whether it can't be moved.").tag(sync=True)

    def __init__(
        self,
        value: int = 8,
        *,
        maximum: int = 16,
        counts: Iterable[int] = (),
        noun: str = "matches",
        label: str = "distance",
        caption: str = "",
        cumulative: bool = True,
        stored: int | None = None,
        chance: Iterable[str] = (),
        **keywords: Any,
    ) -> None:
        super().__init__(
            maximum=maximum,
            counts=list(counts),
            noun=noun,
            label=label,
            caption=caption,
            cumulative=cumulative,
            stored=stored,
            chance=list(chance),
            **keywords,
        )
        self.value = value

    @property
    def count(self) -> int | None:
        """How many there are at `value` as the slider says it; None where `counts` does not reach."""
        return self._count_at(self.value)

    @property
    def change(self) -> int | None:
        """How many more there are than at `stored`; None where that, or `counts` up to it, is not known."""
        before = None if self.stored is None else self._count_at(self.stored)
        return None if before is None or self.count is None else self.count - before

    def _count_at(self, value: int) -> int | None:
        if not 0 <= value < len(self.counts):
            return None
        return int(sum(self.counts[: value + 1]) if self.cumulative else self.counts[value])

    @traitlets.validate("value")
    def _check_value(self, proposal: Any) -> int:
        return max(0, min(int(proposal["value"]), int(self.maximum)))

    @traitlets.validate("counts")
    def _check_counts(self, proposal: Any) -> list[int]:
        return [int(count) for count in proposal["value"]]

    @traitlets.observe("maximum")
    def _keep_value(self, change: Any) -> None:
        self.value = min(self.value, change["new"])

    @traitlets.validate("chance")
    def _check_chance(self, proposal: Any) -> list[str]:
        return [shown(words) for words in proposal["value"]]

    @traitlets.validate("noun", "label", "caption")
    def _check_text(self, proposal: Any) -> str:
        return shown(proposal["value"])
