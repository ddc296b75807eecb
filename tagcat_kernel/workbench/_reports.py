"""Reports of a collection: to hand over, and to run again and compare."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._sharing import owner_only

if TYPE_CHECKING:
    from tagcat_kernel.reports.making import Report
    from tagcat_kernel.reports.rerunning import Comparison


class Reports(Base):
    """The verbs about reports."""

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
            Values for the names in the notebook's cell with the tag `parameters`, each of the kind of the
            default there; the text "3" for a number is 3.
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

    @owner_only
    def rerun(
        self, manifest: str | os.PathLike[str], *, trust: bool = False, progress: bool = True
    ) -> "Comparison":
        """Run a report again on this collection and compare; nothing is written.

        Parameters
        ----------
        manifest
            The `manifest.json` in the report's folder, or that folder.
        trust
            Whether to run a notebook that is not one of TagCat's: it may do anything as you.
        progress
            Whether to show a progress bar.

        Returns
        -------
        Comparison
            `equal`, or `tables`: which differ in which rows, and `reasons`: what changed since.

        Raises
        ------
        ReportError
            If the folder is no whole report, its notebook needs trust, or a cell fails.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.reports.rerunning import rerun

        with progress_bar("cell", shown=progress) as show:
            return rerun(
                self.collection, manifest, trust=trust, progress=lambda done, total: show(done, total, "")
            )
