"""The user's settings, and what follows when they change."""

from typing import TYPE_CHECKING

from tagcat_kernel import jobs as _jobs
from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._sharing import owner_only

if TYPE_CHECKING:
    from tagcat_kernel.settings import SettingsReport


class Settings(Base):
    """The verbs that change `max_distance` and `key_frame_distance`."""

    @owner_only
    def set(
        self,
        *,
        max_distance: int | None = None,
        key_frame_distance: int | None = None,
        progress: bool = True,
    ) -> "SettingsReport":
        """Give other settings; stored matches and key frames follow, tags, labels and marks stay.

        Ctrl-C (the stop button of a notebook) ends between two videos; the same call again does the rest.

        Parameters
        ----------
        max_distance
            Largest distance of a match, in bits; default: as it is.
        key_frame_distance
            What a key frame must exceed, in bits, never above `max_distance`; default: as it is.
        progress
            Whether to show a progress bar.

        Returns
        -------
        SettingsReport
            Counts of what changed, and `failed`: videos that keep their key frames, with the reason.

        Raises
        ------
        ValueError
            If the distances can't be. Nothing is changed then.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.interrupts import stopping
        from tagcat_kernel.settings import change_settings

        with stopping() as stopped, progress_bar("video", shown=progress) as show:
            return change_settings(
                self.collection,
                max_distance=max_distance,
                key_frame_distance=key_frame_distance,
                progress=show,
                cancelled=stopped,
            )

    @owner_only
    def start_settings(
        self, *, max_distance: int | None = None, key_frame_distance: int | None = None
    ) -> _jobs.Job:
        """Start the same work as a job of its own that lives on when this notebook is closed.

        Raises
        ------
        ValueError
            If the distances can't be. No job is started then.
        """
        from tagcat_kernel.graph.collection import Settings as Distances
        from tagcat_kernel.graph.collection import checked_settings

        now = self.settings
        checked_settings(
            Distances(
                now.max_distance if max_distance is None else max_distance,
                now.key_frame_distance if key_frame_distance is None else key_frame_distance,
            )
        )
        return _jobs.start(
            "settings", user=self.user, max_distance=max_distance, key_frame_distance=key_frame_distance
        )
