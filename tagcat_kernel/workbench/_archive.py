"""A collection as one file: to keep, to carry to another graph, to give away."""

import os
from typing import TYPE_CHECKING

from tagcat_kernel.workbench._bars import progress_bar
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._sharing import owner_only

if TYPE_CHECKING:
    from tagcat_kernel.graph.exchange import Imported


class Archives(Base):
    """The verbs that write a collection into an archive, and read one."""

    @owner_only
    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the collection into an archive: files, contents, key frames, settings, tags and marks.

        No media is in it, and no user's name. docs/archive.md tells its format.

        Raises
        ------
        FileExistsError
            If there is a file already.
        OSError
            If it can't be written; nothing is read then where there is no folder for it.
        GraphError
            If the graph can't be reached.
        """
        from tagcat_kernel.graph.archive_file import free_place, write_archive
        from tagcat_kernel.graph.exchange import read_collection
        from tagcat_kernel.ingest import source

        write_archive(free_place(path), read_collection(self.collection), source())

    @owner_only
    def import_archive(self, path: str | os.PathLike[str], *, progress: bool = True) -> "Imported":
        """Add what an archive holds to this collection.

        An empty collection takes the archive's settings. What a collection has already stands: a path that
        holds another content here stays as it is, a tag of the same name keeps its colour. Files that are
        not on this machine stay, shown as `missing`.

        Parameters
        ----------
        path
            From `export`, of whatever user.
        progress
            Whether to show a progress bar.

        Returns
        -------
        Imported
            Counts of what was added.

        Raises
        ------
        ArchiveError
            If it is no archive, or damaged or forged. Nothing is changed then.
        OSError
            If it can't be read.
        GraphError
            If the graph can't do it. What was added stays, and the same call does the rest.
        """
        from tagcat_kernel.graph.archive_file import read_archive
        from tagcat_kernel.graph.exchange import write_collection
        from tagcat_kernel.media.claims import Claims
        from tagcat_kernel.sources import on_device

        archive = read_archive(path)
        # What only an archive says opens nothing in the cache that users share.
        own = {file.md5 for at, file in self.collection.files().items() if not on_device(at)}
        said = {row["md5"] for row in (*archive.parts["images"], *archive.parts["videos"])}
        Claims(self.user).note(sorted(said - own))
        with progress_bar("item", shown=progress) as show:
            imported = write_collection(
                self.collection, archive, lambda done, total, _: show(done, total, "")
            )
        mine = self.settings.key_frame_distance
        if mine != archive.settings["key_frame_distance"] and archive.parts["videos"]:
            from tagcat_kernel.settings import choose_again

            choose_again(self.collection, [row["md5"] for row in archive.parts["videos"]])
        return imported
