"""Inside the kernel of a report: tables leave it as data too, and paths only where they may.

It is loaded as an IPython extension before the first cell. Every DataFrame that a cell shows goes out as
CSV beside its HTML, under a media type of our own, which `tables` collects. Where only names are wanted,
columns of paths are cut down to the name before anything is written. `tagcat_widgets` does the same for
widgets: each becomes a picture of its state.
"""

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tagcat_kernel.reports.options import Options

if TYPE_CHECKING:
    import pandas as pd

TABLE = "application/vnd.tagcat.table+csv"
SHOWN = 50
"""Rows of a table that a page shows; the CSV has them all."""
_SHORT = re.compile(r"<td>(-?\d[\d.,:e+-]{0,19}|True|False)</td>")
"""Cells that a narrow page must not break: numbers, times, yes and no."""


def load_ipython_extension(shell: Any) -> None:
    """Register with IPython; `shell` is the kernel's."""
    import pandas as pd

    names = Options.from_environment().paths == "names"

    def bundle(frame: "pd.DataFrame", include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG001
        return shown(frame, names=names)

    shell.display_formatter.mimebundle_formatter.for_type(pd.DataFrame, bundle)


def shown(frame: "pd.DataFrame", *, names: bool) -> dict[str, str]:
    r"""Return a table as CSV and as HTML by media type; with `names`, paths are only names in both.

    Examples
    --------
    >>> import pandas as pd
    >>> shown(pd.DataFrame({"path": ["/private/a<b>.jpg"], "bits": [3]}), names=True)[TABLE]
    'path,bits\na<b>.jpg,3\n'
    """
    import pandas as pd

    if names:
        frame = frame.copy()
        for column in frame.columns:
            if column == "path" or str(column).endswith("_path"):
                frame[column] = [
                    PurePath(path).name if isinstance(path, str) else path for path in frame[column]
                ]
    index = not isinstance(frame.index, pd.RangeIndex)
    # A lone surrogate is a byte of a file's name that is no text: CSV and HTML are UTF-8.
    csv = frame.to_csv(index=index, lineterminator="\n").encode("utf-8", "backslashreplace").decode("utf-8")
    with pd.option_context("display.max_colwidth", 400):
        page = (
            frame.head(SHOWN)
            .map(lambda cell: "" if cell is None else cell)
            .to_html(index=index, border=0, classes="tagcat-table", na_rep="", float_format="{:.6g}".format)
        )
    page = _SHORT.sub(r'<td class="tagcat-short">\1</td>', page)  # pandas escaped what is in a cell
    page = f'<div class="tagcat-table-box">{page}</div>{_rest(len(frame))}'
    page = page.encode("utf-8", "backslashreplace").decode("utf-8")
    return {TABLE: csv, "text/html": page, "text/plain": f"{len(frame)} rows"}


def _rest(rows: int) -> str:
    """Return what a page says under a table of so many rows."""
    if not rows:
        return "<p>No rows.</p>"
    left = rows - SHOWN
    noun = "row is" if left == 1 else "rows are"
    return f"<p>{left:,} more {noun} in the table's file.</p>" if left > 0 else ""
