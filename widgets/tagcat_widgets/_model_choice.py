"""Choosing a labelling model on a page, and allowing what it needs.

Models are those in TAGCAT_HOME, Keras' ResNet152V2 and AWS Rekognition, never a path that is typed into a
page. What would leave the machine, what it may cost, or what would be fetched is said first, and must be
allowed each time anew. On a server that others run, they say which of the last two may use the net at all.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._words import STYLE, escaped, sentence

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

SEND = "I have read this: send these pictures to Amazon, from my AWS account"
FETCH = "Let Keras fetch its weights from its own servers (about 240 MB)"


class ModelChoice:
    """The choice of a model; `view` shows what must be known of it, `choice` is the list itself.

    Parameters
    ----------
    workbench
        The collection whose pictures would be labelled.
    """

    def __init__(self, workbench: "Workbench") -> None:
        from tagcat_kernel.home import subfolder
        from tagcat_kernel.labelling import KERAS, REKOGNITION
        from tagcat_kernel.labelling.fetching import kept_models
        from tagcat_kernel.online import allowed

        self._workbench = workbench
        self._changed: Callable[[], object] = lambda: None
        models = kept_models()
        options = [(name, str(path)) for name, path in models.items()]
        options += [(f"{KERAS} (Keras)", KERAS)]
        if allowed("rekognition"):
            options += [(f"{REKOGNITION} (on Amazon's servers)", REKOGNITION)]
        self.choice = ipywidgets.Dropdown(
            options=options,
            description="Model",
            style={"description_width": "initial"},
            layout={"width": "min(100%, 400px)"},
        )
        self._consent = ipywidgets.Checkbox(False, indent=False, layout={"width": "auto"})
        self._about = ipywidgets.HTML()
        hint = ipywidgets.HTML(
            f'{STYLE}<div class="tagcat-say">There is no model in ONNX yet. Put one with its card into '
            f"<code>{escaped(subfolder('models'))}</code>, or let a terminal fetch one: "
            "<code>tagcat label --model https://…</code></div>"
        )
        hint.layout.display = "none" if models else ""
        self.view = column(hint, self._about, self._consent)
        self.choice.observe(self.ask, names="value")
        self._consent.observe(lambda _: self._changed(), names="value")
        self.ask()

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call `callback` now, and when another model is chosen or something is allowed."""
        self._changed = callback
        callback()

    @property
    def ready(self) -> bool:
        """Whether nothing is left to be allowed."""
        return bool(self._consent.value or not self._consent.description)

    def opening(self) -> dict[str, bool]:
        """Return what has been allowed for the chosen model, as `start_label` takes it."""
        from tagcat_kernel.labelling import KERAS, REKOGNITION

        name = {REKOGNITION: "enabled", KERAS: "download"}.get(self.choice.value)
        return {name: self._consent.value} if name else {}

    def ask(self, _: object = None) -> None:
        """Say what the chosen model needs, and ask for what must be allowed; nothing stays allowed."""
        words, wish = _needs(self._workbench, self.choice.value)
        self._consent.value = False
        self._consent.description = wish
        self._consent.layout.display = "" if wish else "none"
        self._about.value = STYLE + sentence(words) if words else ""
        self._about.layout.display = "" if words else "none"
        self._changed()


def _needs(workbench: "Workbench", model: str) -> tuple[str, str]:
    """Return what a person must know of a model before it is asked, and what they must allow, if anything."""
    from tagcat_kernel.labelling import KERAS, NOTICE, REKOGNITION, LabellerError, bill, check_model
    from tagcat_kernel.labelling.keras import NotFetchedError

    if model == REKOGNITION:
        return f"{NOTICE} {bill(workbench.unlabelled(model))}", SEND
    if model == KERAS:
        try:
            check_model(model, download=True)
        except LabellerError as error:
            return str(error), ""
        try:
            check_model(model)
        except NotFetchedError as error:
            place = error.place
            return f"{place.name} is not on this machine yet; Keras would keep it in {place.parent}.", FETCH
    return "", ""
