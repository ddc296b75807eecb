"""Widgets as pictures of their state: what a report shows where there is no kernel behind the page.

`still` turns a widget, and all that is in it, into HTML that stands alone: pictures are data in it, maps
and graphs are SVG, nothing runs and nothing is asked of anybody. A control that says something is shown as
its words; one that is only there to be pressed is left out. In the kernel of a report this module is
loaded as an IPython extension, and every widget that a cell shows leaves as such a picture.
"""

from typing import Any

import ipywidgets

from tagcat_kernel.reports.options import Options
from tagcat_widgets.stills import _controls, _maps, _pictures  # noqa: F401  # they register themselves
from tagcat_widgets.stills._base import STYLE, still

__all__ = ["STYLE", "load_ipython_extension", "still"]


def load_ipython_extension(shell: Any) -> None:
    """Register with IPython; `shell` is the kernel's."""
    thumbnails = Options.from_environment().thumbnails

    def bundle(widget: ipywidgets.Widget, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG001
        page = STYLE + still(widget, thumbnails=thumbnails)
        return {"text/html": page, "text/plain": type(widget).__name__}

    shell.display_formatter.mimebundle_formatter.for_type(ipywidgets.Widget, bundle)
