"""Reports of a collection: to hand over, and to run again."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._sharing import owner_only

if TYPE_CHECKING:
    from tagcat_kernel.reports.making import Report


class Reports(Base):
    """The verb that makes a report."""

    @owner_only
    def report(
        self,
        folder: str | os.PathLike[str],
        notebook: str | os.PathLike[str] = "collection",
        parameters: Mapping[str, Any] | None = None,
        *,
        thumbnails: bool = False,
        paths: Literal["names", "full"] = "names",
        replace: bool = False,
        progress: bool = True,
    ) -> "Report":
        """Run a notebook on this collection and write what comes out into a folder.

        In it are `report.html` (one file that needs no network), the executed notebook, every table as
        CSV, and `manifest.json`, by which `tagcat report --rerun` makes it again and compares.

        Parameters
        ----------
        folder
            New or empty.
        notebook
            A path, or the name of a notebook that came with TagCat: "collection", "03_matching", …
        parameters
            Values for the names in the notebook's cell with the tag `parameters`.
        thumbnails
            Whether pictures are in it.
        paths
            "names": files by their names alone; "full": with the folders they lie in.
        replace
            Whether an earlier report in that folder may go.
        progress
            Whether to show a progress bar.

        Raises
        ------
        ReportError
            If there is no such notebook or parameter, a cell fails, or the folder holds something else.
        GraphError
            If the graph can't be reached.
        OSError
            If the folder can't be written.
        """
        from tagcat_kernel.reports.making import write_report
        from tagcat_kernel.reports.options import Options

        with progress_bar("cell", shown=progress) as show:
            return write_report(
                self.collection,
                folder,
                notebook,
                parameters,
                options=Options(thumbnails, paths),
                replace=replace,
                progress=lambda done, total: show(done, total, ""),
            )
