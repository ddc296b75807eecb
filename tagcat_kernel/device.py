"""The door for what a browser hashed on a person's own device.

A browser says what it has read, in claims that `device_records` checks one by one; those that hold are
stored as the kernel's own records are, with their key frames and matches, images together and each video
in a transaction of its own. What the kernel hashed itself stands (see docs/graph.md). Nothing else comes
in: no claim reaches the cache that users share, and no answer tells more than whether a file of this user
is stored. So a forged claim changes nothing, or no more than its sender's own collection.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tagcat_kernel.device_records import (
    LARGEST_FILE,
    LATEST,
    ClaimError,
    mapping,
    record_of,
    relative_path,
    whole,
)
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.keys import content_key
from tagcat_kernel.media.sent import SentThumbnails, is_thumbnail
from tagcat_kernel.records import ImageRecord, VideoRecord
from tagcat_kernel.sources import device_source

Answer = dict[str, Any]
"""Of one file: its content's `key` where it is stored, `error` where it can't be, nothing where unknown."""

_TWIN = re.compile(r" \([0-9a-f]{8}\)(?=(\.[^./]*)?$)")


class DeviceDoor:
    """Takes one user's files from one kind of browser.

    Parameters
    ----------
    collection
        The user's.
    platform, browser
        Words of `tagcat_kernel.sources`, which make the source "Macintosh: Chrome".

    Raises
    ------
    ClaimError
        If the two are no such words.

    Examples
    --------
    >>> DeviceDoor(None, "Macintosh", "<b>")
    Traceback (most recent call last):
    tagcat_kernel.device_records.ClaimError: no platform and browser that TagCat knows
    """

    def __init__(self, collection: Collection, platform: object, browser: object) -> None:
        try:
            self.source = device_source(str(platform), str(browser))
        except ValueError as error:
            raise ClaimError(str(error)) from None
        self._collection = collection

    def known(self, claims: Sequence[object], *, thumbnails: bool = False) -> list[Answer]:
        """Tell which files are stored as they are, so that the device need not read them again.

        Parameters
        ----------
        claims
            Of each file `path`, `bytes` and `modified` (milliseconds), and no more.
        thumbnails
            Whether a file counts as known only if there is a thumbnail of it.

        Returns
        -------
        list of dict
            In the order of the claims: `key` and `kind` of what is known, `error` of a claim that can't be.

        Raises
        ------
        GraphError
            If the graph can't answer.
        """
        start = f"{self.source}/"
        stored = {
            (_TWIN.sub("", path), file.bytes, file.modified // 1_000_000): file
            for path, file in self._collection.files().items()
            if path.startswith(start)
        }
        sent = SentThumbnails(self._collection.user)
        answers: list[Answer] = []
        for claim in claims:
            try:
                path, size, modified = _offer(claim)
            except ClaimError as error:
                answers.append({"error": str(error)})
                continue
            file = stored.get((_TWIN.sub("", start + path), size, modified))
            if file is None or (thumbnails and sent.read(file.md5) is None):
                answers.append({})
            else:
                answers.append({"key": content_key(self._collection.user, file.md5), "kind": file.kind})
        return answers

    def take(
        self,
        claims: Sequence[object],
        thumbnails: Sequence[bytes | None] = (),
        *,
        key_frame_distance: int | None = None,
    ) -> list[Answer]:
        """Store what claims say of files.

        Parameters
        ----------
        claims
            As `device_records` describes them.
        thumbnails
            A JPEG for each claim, or None; none at all: none for any.
        key_frame_distance
            What the key frames of videos were chosen with; None: not known, and so not checked.

        Returns
        -------
        list of dict
            In the order of the claims: `key` of what is stored, `error` of what is wrong with a claim.

        Raises
        ------
        SettingsChangedError
            If a video's key frames were chosen with another distance than the user's now.
        GraphError
            If the graph can't do it; what came before in this call may be stored.
        """
        answers: list[Answer] = []
        records: dict[int, ImageRecord | VideoRecord] = {}
        pictures = [*thumbnails, *[None] * (len(claims) - len(thumbnails))]
        for number, (claim, picture) in enumerate(zip(claims, pictures, strict=False)):
            try:
                records[number] = record_of(claim, self.source)
                if picture is not None and not is_thumbnail(picture):
                    raise ClaimError("its thumbnail is no JPEG of at most 320 pixels a side and 64 KiB")
                answers.append({})
            except ClaimError as error:
                records.pop(number, None)
                answers.append({"error": str(error)})
        self._refuse_other_kind(records, answers)
        self._store(records, claims, key_frame_distance)
        sent = SentThumbnails(self._collection.user)
        for number, record in records.items():
            answers[number]["key"] = content_key(self._collection.user, str(record.md5))
            if (picture := pictures[number]) is not None:
                sent.store(str(record.md5), picture)
        return answers

    def _refuse_other_kind(
        self, records: dict[int, ImageRecord | VideoRecord], answers: list[Answer]
    ) -> None:
        """Drop the records of contents that are stored as the other kind: equal bytes are one content."""
        kinds: dict[str, str] = self._collection.kinds({str(record.md5) for record in records.values()})
        for number, record in list(records.items()):
            kind = "video" if isinstance(record, VideoRecord) else "image"
            stored = kinds.setdefault(str(record.md5), kind)
            if stored != kind:
                del records[number]
                answers[number]["error"] = f"the same bytes are in the collection as {_AS[stored]}"

    def _store(
        self,
        records: Mapping[int, ImageRecord | VideoRecord],
        claims: Sequence[Any],
        distance: int | None,
    ) -> None:
        was = {record.path: claims[number].get("was") for number, record in records.items()}
        before = {path: md5 for path, md5 in was.items() if md5}
        images = [record for record in records.values() if isinstance(record, ImageRecord)]
        videos = [[record] for record in records.values() if isinstance(record, VideoRecord)]
        if images:
            self._collection.store(images, source=self.source, replaces=before)
        for video in videos:
            self._collection.store(video, source=self.source, replaces=before, key_frame_distance=distance)


_AS = {"image": "an image", "video": "a video"}


def _offer(claim: object) -> tuple[str, int, int]:
    said = mapping(claim)
    if said.keys() != {"path", "bytes", "modified"}:
        raise ClaimError("a file is offered by 'path', 'bytes' and 'modified'")
    return (
        relative_path(said["path"]),
        whole(said, "bytes", 0, LARGEST_FILE),
        whole(said, "modified", -LATEST, LATEST),
    )
