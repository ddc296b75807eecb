"""How a page sets its widgets: one below the other, or two side by side that make way on a narrow screen."""

import ipywidgets


def column(*parts: ipywidgets.Widget) -> ipywidgets.VBox:
    """Return widgets one below the other.

    Examples
    --------
    >>> len(column(ipywidgets.HTML(), ipywidgets.HTML()).children)
    2
    """
    return ipywidgets.VBox(parts, layout={"grid_gap": "14px", "overflow": "visible"})


def beside(wide: ipywidgets.Widget, *narrow: ipywidgets.Widget) -> ipywidgets.HBox:
    """Return a wide widget with narrow ones beside it, or below it where the screen is narrow.

    Examples
    --------
    >>> len(beside(ipywidgets.HTML(), ipywidgets.HTML()).children)
    2
    """
    wide.layout.flex = "3 1 480px"
    wide.layout.min_width = "0"
    side = ipywidgets.VBox(
        narrow, layout={"flex": "1 1 280px", "min_width": "260px", "grid_gap": "10px", "overflow": "visible"}
    )
    return ipywidgets.HBox(
        [wide, side], layout={"flex_flow": "row wrap", "grid_gap": "20px", "overflow": "visible"}
    )
