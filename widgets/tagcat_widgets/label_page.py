"""The page of labels: ask a model, look through what it said, and make tags of what is right.

The model works in a job of its own, so the page can be left. What it says is listed label by label with
the pictures beside it; one key puts an open label on the selected pictures as a tag, and one takes it back.
"""

from typing import TYPE_CHECKING

import ipywidgets

from tagcat_widgets._layout import beside, column
from tagcat_widgets._model_choice import ModelChoice
from tagcat_widgets._tables import picture, rows
from tagcat_widgets._tagging import undoable
from tagcat_widgets._words import STYLE, Words, sentence
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.job_progress import JobProgress
from tagcat_widgets.sharing_page import nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from tagcat_kernel.jobs import Job
    from tagcat_kernel.workbench import Workbench

MOST = 2_000
"""Pictures in the gallery at once; the rest is counted and said."""
ROWS, FEW = 20, 6
"""Lines of the list of labels, at most and at least."""
ACCEPT, UNDO = "t", "u"

_EVERYTHING = "\N{EM DASH} no label: everything \N{EM DASH}"


def label_view(workbench: "Workbench") -> ipywidgets.Widget | Words:
    """Return what asks a model, and the labels that there are with their pictures.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    if not workbench.counts()["files"]:
        return nothing(workbench, "There is nothing to label yet: this collection is empty.")
    access = workbench.access
    gallery = Gallery(
        thumbnail=workbench.thumbnail,
        height=640,
        label="Pictures of the open label",
        shortcuts=ACCEPT + UNDO if access != "reading" else "",
    )
    labels = ipywidgets.Select(
        description="Labels", style={"description_width": "initial"}, layout={"width": "auto"}
    )
    accept = ipywidgets.Button(description=f"Make it a tag ({ACCEPT})", button_style="primary")
    undo = ipywidgets.Button(description=f"Undo ({UNDO})")
    told, more = ipywidgets.HTML(), ipywidgets.HTML()
    table = workbench.labels()

    def read(_: object = None) -> None:
        """Take the labels as they are in the collection now; the open one stays open."""
        nonlocal table
        table = workbench.labels()
        labels.options, kept = _lines(table), labels.value
        labels.rows = min(ROWS, max(FEW, len(labels.options)))
        labels.value = kept if (table["label"] == kept).any() else ""
        show()

    def show(_: object = None) -> None:
        if labels.value:
            held = table[table["label"] == labels.value].sort_values("score", ascending=False, kind="stable")
            found = {
                row.key: picture(row.key, row.path, row.position) | {"badge": f"{row.score:.0%}"}
                for row in rows(held.drop_duplicates("key"))
            }
        else:
            images = workbench.images().sort_values(["plain", "path"], kind="stable")
            found = {row.key: picture(row.key, row.path, float("nan")) for row in rows(images)}
        accept.disabled = not labels.value
        gallery.items = list(found.values())[:MOST]
        rest = len(found) - MOST
        more.value = STYLE + sentence(f"{rest:,} more are not shown.") * (rest > 0)

    def do(what: str) -> None:
        try:
            told.value = STYLE + sentence(_done(what))
            undo.disabled = not undoable(workbench)
        except Exception as error:
            told.value = STYLE + sentence(str(error))

    def _done(what: str) -> str:
        if what == UNDO:
            return f"undone: {workbench.undo().told}"
        if not labels.value:
            return "Open a label first: it is what becomes a tag."
        chosen = set(gallery.selected)
        wanted = table[(table["label"] == labels.value) & table["key"].isin(chosen)]
        return f"{labels.value}: a tag on {workbench.accept_label(wanted):,} more now"

    labels.observe(show, names="value")
    gallery.on_key(do)
    accept.on_click(lambda _: do(ACCEPT))
    undo.on_click(lambda _: do(UNDO))
    asking = [_asking(workbench, read)] if access == "owner" else []
    read()
    undo.disabled = not undoable(workbench)
    buttons = ipywidgets.HBox([accept, undo], layout={"flex_flow": "row wrap", "grid_gap": "8px"})
    hands = [buttons, told] if access != "reading" else []
    return column(*asking, beside(gallery, labels, *hands), more)


def _lines(table: "pd.DataFrame") -> list[tuple[str, str]]:
    """Return the lines of the list of labels: everything, then each label with its pictures, most first."""
    counts = table.groupby("label")["key"].nunique()
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(_EVERYTHING, "")] + [(f"{name} ({count:,})", str(name)) for name, count in ranked]


def _asking(workbench: "Workbench", ended: "Callable[[], None]") -> ipywidgets.Widget:
    """Return the choice of a model and the bar of its job; a page that is loaded again watches on."""
    bar = JobProgress(title="Labelling", noun="pictures")
    least = ipywidgets.FloatSlider(
        0.1, min=0.0, max=1.0, step=0.05, description="Least score", style={"description_width": "initial"}
    )
    begin = ipywidgets.Button(description="Label what is new", button_style="primary")
    told = ipywidgets.HTML()

    def look(_: object = None) -> None:
        begin.disabled = bar.state == "running" or not models.ready

    def watch(job: "Job") -> None:
        begin.disabled = True  # the bar knows of it a moment later
        current[:] = [job]
        bar.watch(lambda: workbench.job(job.id))

    def start(_: object) -> None:
        told.value = ""
        try:
            watch(workbench.start_label(model.value, minimum_score=least.value, **models.opening()))
        except Exception as error:
            told.value = STYLE + sentence(str(error))

    def done(_: str) -> None:
        models.ask()
        ended()

    current: list[Job] = [job for job in workbench.jobs() if job.kind == "label"][:1]
    models = ModelChoice(workbench)
    model = models.choice
    models.on_change(look)
    bar.observe(look, names="state")
    bar.on_end(done)
    bar.on_cancel(lambda: workbench.cancel(current[0].id))
    begin.on_click(start)
    if current and current[0].state == "running":
        watch(current[0])
    row = ipywidgets.HBox([model, least, begin], layout={"flex_flow": "row wrap", "grid_gap": "8px 20px"})
    return column(row, models.view, bar, told)
