"""Stills of ipywidgets' own: boxes are laid out as they stand, controls are their words and values."""

import base64
from typing import Any

import ipywidgets

from tagcat_widgets._words import escaped
from tagcat_widgets.stills._base import drawn, note

Box, Row, Tabs = (
    ipywidgets.Box,
    ipywidgets.HBox,
    ipywidgets.widgets.widget_selectioncontainer._SelectionContainer,
)
Valued = ipywidgets.ValueWidget


def _hidden(widget: Any) -> bool:
    layout = getattr(widget, "layout", None)
    return layout is not None and (layout.display == "none" or layout.visibility == "hidden")


def _inside(widget: Any, thumbnails: bool) -> str:
    return "" if _hidden(widget) else drawn(widget, thumbnails)


@drawn.register(Box)
def _(widget: Any, thumbnails: bool) -> str:
    inside = [_inside(child, thumbnails) for child in widget.children]
    rows = "".join(f"<div>{part}</div>" for part in inside if part)
    if not rows:
        return ""
    kind = "tagcat-still-row" if isinstance(widget, Row) else "tagcat-still"
    return f'<div class="{kind}">{rows}</div>'


@drawn.register(Tabs)
def _(widget: Any, thumbnails: bool) -> str:
    parts = []
    for number, child in enumerate(widget.children):
        title = widget.titles[number] if number < len(widget.titles) else ""
        if inside := _inside(child, thumbnails):
            parts.append(f"<h4>{escaped(title)}</h4>{inside}")
    return "".join(parts)


@drawn.register(ipywidgets.HTML)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return str(widget.value)  # its maker escaped what is not its own, for the page too


@drawn.register(ipywidgets.Image)
def _(widget: Any, thumbnails: bool) -> str:
    data = base64.b64encode(bytes(widget.value)).decode()
    kind = escaped(widget.format or "png")
    return f'<img src="data:image/{kind};base64,{data}" alt="">' if thumbnails and data else ""


@drawn.register(ipywidgets.Button)
@drawn.register(ipywidgets.FileUpload)
@drawn.register(ipywidgets.Password)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return ""  # there only to be pressed, or nobody else's to read


@drawn.register(ipywidgets.Checkbox)
@drawn.register(ipywidgets.ToggleButton)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    return note(f"{'☑' if widget.value else '☐'} {widget.description}")


@drawn.register(ipywidgets.Output)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in widget.outputs]
    return "".join(f"<pre>{escaped(text)}</pre>" for text in texts if text)


@drawn.register(Valued)
def _(widget: Any, thumbnails: bool) -> str:  # noqa: ARG001
    value = getattr(widget, "label", None) if hasattr(widget, "options") else widget.value
    name = getattr(widget, "description", "")
    if isinstance(value, (str, int, float, list, tuple)) and str(value):
        listed = value if isinstance(value, (list, tuple)) else [value]
        return note(f"{name}: {', '.join(map(str, listed))}" if name else ", ".join(map(str, listed)))
    return ""
