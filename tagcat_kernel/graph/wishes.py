"""What is wished of a user's graph, in one form whoever wishes: files, contents and frames, by key.

`wanted` turns the records of read files into it. A removal, a move, an undo and other key frames are said
in the same form, with contents that stay as they are stored. What that changes `difference` works out.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import KINDS, checked_path, content_key, file_key, frame_key
from tagcat_kernel.graph.runner import Row
from tagcat_kernel.records import ImageRecord, VideoRecord


@dataclass(slots=True)
class Wanted:
    """What is said of files, contents and (of videos) frames of one kind, by key.

    Attributes
    ----------
    files
        Facts of files that are to be there.
    contents
        Facts of contents that are to be there; None: as they are stored.
    frames
        The key frames of each video of `contents`; of a video that is missing here they stay.
    dropped
        Keys of files that are to go.
    revived
        Keys of the frames that a deleted video has when it comes back as it is stored.
    keep
        Whether contents that are live stay as they are, whatever `contents` says.
    """

    files: dict[str, Row] = field(default_factory=dict)
    contents: dict[str, Row | None] = field(default_factory=dict)
    frames: dict[str, dict[str, Row]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    revived: dict[str, set[str]] = field(default_factory=dict)
    keep: bool = False


def wanted(user: str, records: Iterable[ImageRecord | VideoRecord], source: str) -> dict[str, Wanted]:
    """Sort records into what they say; of two records of one path the last stands.

    Raises
    ------
    NotStorableError
        If a path is no valid text, or a record has an error or lacks what every readable file has.

    Examples
    --------
    >>> record = ImageRecord("/a.jpg", md5="01", dhash=5, width=9, height=8, bytes=70, modified=1)
    >>> list(wanted("ada", [record], "Linux: tagcat 1.0")["image"].contents)
    ['ada:01']
    """
    found = {kind: Wanted() for kind in KINDS}
    last = {record.path: record for record in records}
    for path, record in last.items():
        checked_path(path)
        video = isinstance(record, VideoRecord)
        if record.error is not None or record.md5 is None or record.bytes is None or record.modified is None:
            raise NotStorableError(f"{path}: can't be stored: {record.error or 'its record is not complete'}")
        side = found["video" if video else "image"]
        key = content_key(user, record.md5)
        side.files[file_key(user, path)] = {
            "path": path,
            "name": os.path.basename(path),  # noqa: PTH119 - Path would take a backslash apart on Windows only
            "bytes": record.bytes,
            "modified": record.modified,
            "source": source,
            "content": key,
        }
        size = {"md5": record.md5, "width": record.width, "height": record.height}
        size |= {"hashed_by": record.hashed_by}
        if isinstance(record, VideoRecord):
            side.contents[key] = size | {
                "duration": record.duration,
                "fps": record.fps,
                "damaged": record.damaged,
            }
            side.frames[key] = {
                frame_key(user, record.md5, frame.sample): {
                    "pos": float(frame.position),
                    "dhash": frame.dhash,
                }
                for frame in record.frames
            }
        elif record.dhash is None:
            raise NotStorableError(f"{path}: can't be stored: its record has no hash")
        else:
            side.contents[key] = size | {"dhash": record.dhash}
    return found
