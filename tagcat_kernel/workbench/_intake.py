"""What goes into a collection: files that are read here, and jobs that read them elsewhere."""

import os
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from tagcat_kernel import jobs as _jobs
from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._sharing import owner_only

if TYPE_CHECKING:
    from tagcat_kernel.device import DeviceDoor
    from tagcat_kernel.ingest import IngestReport


class Intake(Base):
    """The verbs that store files, at once or as a job."""

    @owner_only
    def ingest(
        self, *paths: str | os.PathLike[str], progress: bool = True, executor: Executor | None = None
    ) -> "IngestReport":
        """Store every new image and video of files, folders and glob patterns, with their matches.

        Ctrl-C (the stop button of a notebook) stores what is decoded and ends; the same call again does
        the rest.

        Parameters
        ----------
        paths
            What to read.
        progress
            Whether to show a progress bar.
        executor
            Any `concurrent.futures.Executor` to decode on, a Dask client's too (`client.get_executor()`);
            default: processes on this machine.

        Returns
        -------
        IngestReport
            Counts of what is new, and `failed`: every file that could not be read, with the reason.

        Raises
        ------
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.ingest import ingest
        from tagcat_kernel.interrupts import stopping

        with (
            stopping() as stopped,
            progress_bar("file", shown=progress) as show,
        ):
            return ingest(self.collection, paths, progress=show, cancelled=stopped, executor=executor)

    @owner_only
    def start_ingest(
        self, paths: Iterable[str | os.PathLike[str]], *, inside: str | os.PathLike[str] | None = None
    ) -> _jobs.Job:
        """Start the same work as a job of its own that lives on when this notebook is closed.

        `inside` is a folder that no file may lie outside of, wherever links lead.
        """
        names = [os.path.abspath(os.path.expanduser(os.fspath(path))) for path in paths]  # noqa: PTH100, PTH111
        limit = None if inside is None else os.fspath(inside)
        return _jobs.start("ingest", user=self.user, paths=names, inside=limit)

    @owner_only
    def device(self, platform: str, browser: str) -> "DeviceDoor":
        """Return the door for what a browser hashed on this user's own device.

        Parameters
        ----------
        platform, browser
            Words of `tagcat_kernel.sources`, such as "Macintosh" and "Chrome".

        Raises
        ------
        ClaimError
            If the two are no such words.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.device import DeviceDoor

        return DeviceDoor(self.collection, platform, browser)

    @owner_only
    def jobs(self) -> list[_jobs.Job]:
        """Return this user's jobs, the newest first."""
        return _jobs.jobs(user=self.user)

    @owner_only
    def job(self, identity: str) -> _jobs.Job:
        """Return one job as it stands now; KeyError where there is none."""
        return _jobs.job(identity, user=self.user)

    @owner_only
    def resume(self, identity: str) -> _jobs.Job:
        """Start a cancelled or failed job's work again; what it stored is skipped."""
        return _jobs.resume(identity, user=self.user)

    @owner_only
    def cancel(self, identity: str) -> None:
        """Ask a job to stop; what it has decoded is stored."""
        _jobs.cancel(identity, user=self.user)
