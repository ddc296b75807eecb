"""What there is: images, videos, key frames and files as tables."""

import os
from typing import TYPE_CHECKING

import numpy as np

from tagcat_kernel.records import are_plain
from tagcat_kernel.sources import is_missing
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._tables import md5_in, table

if TYPE_CHECKING:
    import pandas as pd


class Contents(Base):
    """The verbs that list what is stored."""

    def counts(self) -> dict[str, int]:
        """Return the numbers of `images`, `videos`, `frames`, `matches` and `files`."""
        return self.collection.counts()

    def images(self) -> "pd.DataFrame":
        """Return the images, one row each.

        Columns: key, path, name, files (how many hold it), width, height (pixels), bytes, md5, dhash
        (16 hex digits), plain, missing (no file of it is where it was).
        """
        columns = ["key", "path", "name", "files", "width", "height", "bytes", "md5", "dhash", "plain"]
        return self._with_missing(table(self.collection.images(), columns))

    def videos(self) -> "pd.DataFrame":
        """Return the videos, one row each.

        Columns: key, path, name, files, duration (s), fps (1/s), width, height (pixels), bytes, frames
        (number of key frames), damaged, md5, missing (no file of it is where it was).
        """
        columns = ["key", "path", "name", "files", "duration", "fps", "width", "height", "bytes"]
        return self._with_missing(table(self.collection.videos(), [*columns, "frames", "damaged", "md5"]))

    def files(self) -> "pd.DataFrame":
        """Return the files in the order of their paths.

        Columns: path, kind ("image" or "video"), bytes, md5, missing (it is not where it was; False for a
        file on a person's device, which can't be looked at from here).
        """
        files = sorted(self.collection.files().values(), key=lambda file: os.fsencode(file.path))
        rows = [
            {"path": file.path, "kind": file.kind, "bytes": file.bytes, "md5": file.md5}
            | {"missing": is_missing(file.path)}
            for file in files
        ]
        return table(rows, ["path", "kind", "bytes", "md5", "missing"])

    def frames(self, video: str | None = None) -> "pd.DataFrame":
        """Return the key frames of one video (its key or MD5) or of all, in the order of time.

        Columns: key, video (MD5), path, name, position (s), sample (at 25 a second), dhash (16 hex
        digits), plain.
        """
        columns = ["key", "video", "path", "name", "position", "sample", "dhash", "plain"]
        return table(self.collection.frames(md5_in(video) if video else None), columns)

    def plain(self) -> "pd.DataFrame":
        """Return the plain images and frames (black, flat, gradient), which match nothing by default.

        Columns: key, path, position (s, NaN for images).
        """
        hashes = self.collection.hashes()
        flags = are_plain(hashes.hashes)
        return self._located(np.asarray(hashes.keys, dtype=object)[flags])

    def duplicates(self) -> "pd.DataFrame":
        """Return the files of equal bytes: columns md5, path; files of one content stand together."""
        rows = [
            {"md5": group["md5"], "path": path}
            for group in self.collection.duplicates()
            for path in group["paths"]
        ]
        return table(rows, ["md5", "path"])

    def _with_missing(self, contents: "pd.DataFrame") -> "pd.DataFrame":
        """Add the column `missing`; further files are looked for only where the first is not there."""
        contents["missing"] = np.array([is_missing(path) for path in contents["path"]], dtype=bool)
        for row in contents.index[contents["missing"] & (contents["files"] > 1)]:
            others = self.collection.paths(str(contents.at[row, "md5"]))
            contents.at[row, "missing"] = all(is_missing(path) for path in others)
        return contents
