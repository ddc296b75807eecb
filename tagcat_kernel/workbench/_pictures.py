"""Key frames at a distance that is tried, and pictures to look at."""

from pathlib import Path
from typing import TYPE_CHECKING

from tagcat_kernel.matching import SLIDER
from tagcat_kernel.records import MediaError, is_plain
from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._tables import md5_in, table

if TYPE_CHECKING:
    import pandas as pd

    from tagcat_kernel.media.cache import Track


class Pictures(Base):
    """The verbs that show moments and thumbnails."""

    def key_frame_counts(self, video: str, up_to: int = SLIDER) -> list[int]:
        """Return how many key frames a video has at each `key_frame_distance` 0 … `up_to`.

        Raises
        ------
        MediaError
            If there is no such video, or neither the cache nor a file has its sampled hashes any more.
        """
        from tagcat_kernel.keyframes import choose_key_frames

        hashes = self._track(video).hashes
        return [len(choose_key_frames(hashes, distance)) for distance in range(up_to + 1)]

    def key_frames_at(self, video: str, distance: int) -> "pd.DataFrame":
        """Return a video's key frames at another distance; nothing is stored.

        Columns: key (also of moments that are no stored key frame), position (s), sample, dhash. Of a video
        on a person's device only the key frames at the stored distance are known.

        Raises
        ------
        MediaError
            If there is no such video, or neither the cache nor a file has its sampled hashes any more.
        """
        from tagcat_kernel.graph.keys import frame_key
        from tagcat_kernel.keyframes import choose_key_frames

        if distance == self.settings.key_frame_distance and self._only_on_device(md5_in(video)):
            return table(self.collection.frames(md5_in(video)), ["key", "position", "sample", "dhash"])
        track = self._track(video)
        rows = [
            {
                "key": frame_key(self.owner, md5_in(video), int(sample)),
                "position": float(track.positions[sample]),
                "sample": int(sample),
                "dhash": f"{int(track.hashes[sample]):016x}",
            }
            for sample in choose_key_frames(track.hashes, distance)
        ]
        return table(rows, ["key", "position", "sample", "dhash"])

    def thumbnail(self, key: str) -> bytes | None:
        """Return an item's thumbnail as JPEG bytes, drawn now if the cache has none.

        What lies on a person's device has one only if the device sent it; of a video, one for the whole.

        Parameters
        ----------
        key
            Of an image or video (`user:md5`) or a moment of a video (`user:md5:sample`) of this user.

        Returns
        -------
        bytes | None
            None where the key is not this user's, or no file of it can be read any more.
        """
        user, md5, *rest = key.split(":")
        if user != self.owner:
            return None
        paths = self.collection.paths(md5)
        return (paths and self._own_thumbnail(paths, md5, rest)) or self._sent_thumbnail(md5, rest)

    def picture(self, key: str, side: int = 960) -> bytes | None:
        """Return an item large enough to look at, as JPEG bytes; decoded now, nothing is kept.

        Parameters
        ----------
        key
            Of an image or video (`user:md5`), or of a video's moment at `sample / 25` s (`user:md5:sample`);
            a moment behind the end shows the last one.
        side
            Longest side in pixels, 1 to 2048.

        Returns
        -------
        bytes | None
            None where the key is not this user's, or no file of it is here.

        Raises
        ------
        MediaError
            If there is a file, but it can't be read any more.
        """
        from tagcat_kernel.media.shown import Fit, jpeg_of

        user, md5, *rest = key.split(":")
        if user != self.owner:
            return None
        sample = int(rest[0]) if rest else self._cover(md5)
        track = self._cache.track(md5)
        if sample is not None and track is not None:
            sample = min(sample, len(track.hashes) - 1)
        error = None
        for path in self._readable(md5):
            shown = self._decoder.show(path, md5, sample, Fit(side)).result()
            if shown.pixels is not None:
                return jpeg_of(shown.pixels)
            error = f"{path}: {shown.error}"
        if error:
            raise MediaError(error)
        return None

    def video_bytes(self, video: str, most: int = 64 * 2**20) -> bytes:
        """Return a video's file as it is, to be played elsewhere; its content is checked first.

        Raises
        ------
        MediaError
            If no file of this user's video is here, it holds other bytes now, or more than `most`.
        """
        import hashlib

        from tagcat_kernel.media.files import opened

        md5 = md5_in(video)
        error = f"{video}: no file of such a video lies here"
        for path in self._readable(md5) if video == f"{self.owner}:{md5}" else []:
            try:
                with opened(path) as (file, stamp):
                    if stamp.bytes > most:
                        raise MediaError(f"larger than {most >> 20} MB ({stamp.bytes >> 20} MB)")
                    data = b"".join(iter(lambda: file.read(2**20), b""))
            except MediaError as problem:
                error = f"{path}: {problem}"
                continue
            if hashlib.md5(data, usedforsecurity=False).hexdigest() == md5:
                return data
            error = f"{path}: the file holds another video now: ingest it again"
        raise MediaError(error)

    def _readable(self, md5: str) -> list[str]:
        """Return the places of a content in this user's collection where a file lies now."""
        return [path for path in self.collection.paths(md5) if Path(path).is_file()]

    def _own_thumbnail(self, paths: list[str], md5: str, rest: list[str]) -> bytes | None:
        from tagcat_kernel.media.claims import Claims

        if not Claims(self.owner).hold(md5, paths):
            return None
        sample = int(rest[0]) if rest else self._cover(md5)
        cached = self._cache.thumbnail(md5, sample)
        if cached is not None:
            return cached
        for path in paths:  # a copy whose bytes have changed gives nothing, another may
            drawn = self._decoder.thumbnail(path, md5, sample).result() if Path(path).is_file() else None
            if drawn is not None:
                return drawn
        return None

    def _sent_thumbnail(self, md5: str, rest: list[str]) -> bytes | None:
        from tagcat_kernel.media.sent import SentThumbnails

        if rest or not self.collection.kinds([md5]):
            return None
        return SentThumbnails(self.owner).read(md5)

    def _only_on_device(self, md5: str) -> bool:
        return not self.collection.paths(md5) and bool(self.collection.kinds([md5]))

    def _cover(self, md5: str) -> int | None:
        """Return the sample that stands for a video: its first key frame that is not plain, if any."""
        from tagcat_kernel.keyframes import choose_key_frames

        track = self._cache.track(md5)
        if track is None:
            return None  # an image
        chosen = choose_key_frames(track.hashes, self.settings.key_frame_distance)
        telling = (int(sample) for sample in chosen if not is_plain(int(track.hashes[sample])))
        return next(telling, 0)

    def _track(self, video: str) -> "Track":
        """Return a video's sampled hashes, decoded again where the cache has lost them."""
        from tagcat_kernel.media.claims import Claims

        md5 = md5_in(video)
        paths = self.collection.paths(md5)
        if self._only_on_device(md5):
            raise MediaError(
                f"{video}: lies on a person's device, where its sampled hashes stay; its key frames are "
                f"known at distance {self.settings.key_frame_distance} only"
            )
        if not paths:
            raise MediaError(f"{video}: there is no such video in this collection")
        if not Claims(self.owner).hold(md5, paths):
            raise MediaError(f"{paths[0]}: was imported, and no file here is it: add the file first")
        track = self._cache.track(md5)
        readable = next((path for path in paths if Path(path).is_file()), None)
        if track is None and readable:
            self._decoder.read_video(readable, self.settings.key_frame_distance).result()
            track = self._cache.track(md5)
        if track is None:
            raise MediaError(f"{paths[0]}: can't be read any more, and the cache has lost its sampled hashes")
        return track
