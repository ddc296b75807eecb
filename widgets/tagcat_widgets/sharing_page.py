"""Whose collection a page shows, and with whom one's own is shared.

A page's address may name a collection that is shared with its visitor: `?collection=ada`. Jupyter hands
the address on to the kernel as `QUERY_STRING`; the page's script keeps it in its links. A page opens it
through the kernel, which looks at the share with every query, so a name that somebody made up opens
nothing. Whatever a user is called, it reaches a page as text.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

import ipywidgets

from tagcat_widgets._layout import column
from tagcat_widgets._tables import rows
from tagcat_widgets._words import STYLE, Words, escaped, sentence

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MAY = {"reading": "look at everything", "tagging": "look at everything, and tag"}
"""What a guest may do, in words."""
MORE = {"reading": "things", "tagging": "anything else"}
"""What a guest may not change, in words."""
EMPTY = "This collection is empty."
BEGIN = "Begin with your own pictures:"
"""What follows `EMPTY` where the collection is the visitor's."""


def workbench() -> "Workbench":
    """Return the workbench of a page, and say on the page whose it is where it is not the visitor's own.

    In a notebook, which has no address, it is one's own: `Workbench()`.

    Raises
    ------
    NotSharedError
        If the page's address names a collection that is not shared with the visitor.
    GraphError
        If the graph can't be reached.

    Examples
    --------
    >>> workbench().of is None
    True
    """
    from tagcat_kernel.workbench import Workbench

    opened = Workbench(of=named(os.environ))
    if told := whose(opened):
        from IPython.display import display

        show: Callable[[object], object] = display  # which has no types
        show(told)
    return opened


def named(environment: Mapping[str, str]) -> str | None:
    """Return the collection that a page's address names, None for one's own.

    Examples
    --------
    >>> named({"QUERY_STRING": "collection=ada%20l&x=1"}), named({"QUERY_STRING": "collection="}), named({})
    ('ada l', None, None)
    """
    names = parse_qs(environment.get("QUERY_STRING", "")).get("collection")
    return names[0] if names else None


def whose(workbench: "Workbench") -> Words | None:
    """Return a line that says whose collection this is and what one may do there; None for one's own.

    Raises
    ------
    NotSharedError
        If it is not shared (any more).
    """
    access = workbench.access
    if access == "owner":
        return None
    owner = f"<bdi>{escaped(workbench.owner)}</bdi>"
    told = f"This is the collection of <b>{owner}</b>. You may {MAY[access]}."
    told += f" What the texts here say of changing {MORE[access]} is for {owner} alone."
    return Words(f'<div class="tagcat-say" role="note">{told} {_link("", "Your own collection")}</div>')


def owners_only(workbench: "Workbench", what: str) -> Words | None:
    """Return a line that says that only the owner does this, None where the visitor is the owner."""
    if workbench.access == "owner":
        return None
    return Words(f'<div class="tagcat-say">Only <bdi>{escaped(workbench.owner)}</bdi> {escaped(what)}.</div>')


def nothing(workbench: "Workbench", told: str, begin: str = "") -> Words:
    """Return a line that says that there is nothing to show; it leads whose collection it is to Ingest."""
    if workbench.access != "owner":
        return Words(sentence(told))
    return Words(sentence(f"{told} {begin}".rstrip(), ("01_ingest", "Ingest")))


def sharing(workbench: "Workbench") -> ipywidgets.VBox:
    """Return the collections that are shared with the visitor, and what shares the visitor's own.

    Raises
    ------
    GraphError
        If the graph can't be reached.
    """
    others = ipywidgets.HTML(STYLE + _collections(workbench))
    if workbench.access != "owner":
        return column(others)
    name = ipywidgets.Text(
        description="Share with", placeholder="A user's name", style={"description_width": "initial"}
    )
    tagging = ipywidgets.Checkbox(False, description="who may also tag", indent=False)
    tagging.layout.width = "auto"
    begin = ipywidgets.Button(description="Share", button_style="primary")
    told = ipywidgets.HTML()
    now = ipywidgets.VBox(layout={"grid_gap": "6px"})

    def say(text: str) -> None:
        told.value = STYLE + sentence(text)

    def draw() -> None:
        now.children = [line(row.user, row.tagging) for row in rows(workbench.shares())]

    def line(user: str, tagging: bool) -> ipywidgets.HBox:
        end = ipywidgets.Button(
            description="Stop", tooltip=f"Stop sharing with {user}", button_style="danger"
        )
        end.on_click(lambda _: do(lambda: workbench.unshare(user), f"{user} sees nothing of it any more."))
        other = ipywidgets.Button(description=_OTHERWISE[tagging], tooltip=f"{_OTHERWISE[tagging]}: {user}")
        other.on_click(lambda _: give(user, not tagging))
        about = ipywidgets.HTML(f"<b><bdi>{escaped(user)}</bdi></b> may {escaped(_may(tagging))}.")
        return ipywidgets.HBox([end, other, about], layout={"flex_flow": "row wrap", "grid_gap": "10px"})

    def give(user: str, tagging: bool) -> None:
        do(lambda: workbench.share(user, tagging=tagging), f"{user} may {_may(tagging)}, from now on.")

    def do(what: Callable[[], None], done: str) -> None:
        try:
            what()
        except Exception as error:
            say(str(error))
            return
        say(done)
        draw()

    def share(_: object) -> None:
        user = name.value.strip()
        if not user:
            say("Whom with? Type the name of another user of this server.")
            return
        give(user, tagging.value)

    begin.on_click(share)
    draw()
    form = ipywidgets.HBox([name, tagging, begin], layout={"flex_flow": "row wrap", "grid_gap": "8px"})
    return column(others, form, told, now)


_OTHERWISE = {False: "Let tag too", True: "Only look"}
"""The button that changes what somebody may do, by whether they may tag now."""


def _collections(workbench: "Workbench") -> str:
    """Return the collections that the visitor may open, as links."""
    own = [_link("", "Your own collection")] if workbench.access != "owner" else []
    links = own + [
        _link(row.owner, f"The collection of {row.owner}") + f": you may {_may(row.tagging)}."
        for row in rows(workbench.shared_with_me())
        if row.owner != workbench.of
    ]
    if not links:
        return sentence("Nobody shares a collection with you.")
    return f'<ul class="tagcat-open">{"".join(f"<li>{link}</li>" for link in links)}</ul>'


def _may(tagging: bool) -> str:
    return MAY["tagging" if tagging else "reading"]


def _link(owner: str, words: str) -> str:
    return f'<a href="home.ipynb?collection={quote(owner, safe="")}"><bdi>{escaped(words)}</bdi></a>'
