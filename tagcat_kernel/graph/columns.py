"""The live hashes of a user as columns, remembered in the process for as long as they are true.

Reading 100,000 hashes takes half a second, and every stored video needs them. So a process keeps the
columns with the version token that the User node had, and reads them again only when the token there
is another one. A writer that holds the lock knows the next state without reading: it computes it, and
remembers it once its transaction is committed.

The token also says how many hashes there are. For Neo4j lets a reader see a commit by half while it is
written: the new token, and not yet all the frames of the video that it stands for.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import Items, Table
from tagcat_kernel.graph.keys import hashes_of, is_frame, md5_of
from tagcat_kernel.graph.session import Unit
from tagcat_kernel.stars import Objects, objects

PAUSES = (0.02, 0.1, 0.5)
"""Seconds before columns are read again that are not as many as their token says, a reading each."""


@dataclass(frozen=True)
class Hashes:
    """The live images and key frames of a user, as columns of equal length N.

    Attributes
    ----------
    keys
        Object array of str: `user:md5` of an image, `user:md5:sample` of a frame.
    hashes
        uint64[N].
    positions
        float64[N]: seconds of a frame's moment, NaN for an image.

    Examples
    --------
    >>> one = Hashes.of({"ada:01": (5, None), "ada:02:25": (6, 1.0)})
    >>> one.owners.tolist(), one.md5s.tolist(), one.samples.tolist()
    (['', '02'], ['01', '02'], [-1, 25])
    """

    keys: Objects
    hashes: npt.NDArray[np.uint64]
    positions: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, found: Mapping[str, tuple[int, float | None]]) -> "Hashes":
        """Make columns of (hash, position) by key."""
        return cls(
            objects(list(found)),
            np.array([dhash for dhash, _ in found.values()], dtype=np.uint64),
            np.array([np.nan if pos is None else pos for _, pos in found.values()], dtype=np.float64),
        )

    @cached_property
    def owners(self) -> Objects:
        """Object array of str: the MD5 of a frame's video, "" for an image."""
        return objects([md5_of(key) if is_frame(key) else "" for key in self.keys])

    @cached_property
    def md5s(self) -> Objects:
        """Object array of str: the MD5 of the image or of the frame's video."""
        return objects([md5_of(key) for key in self.keys])

    @cached_property
    def samples(self) -> npt.NDArray[np.int64]:
        """int64[N]: a frame's sample number at 25 a second, -1 for an image."""
        return np.array(
            [int(key.rsplit(":", 1)[1]) if is_frame(key) else -1 for key in self.keys], dtype=np.int64
        )

    @property
    def items(self) -> Items:
        """The columns as the edge rule takes them."""
        return Items(self.keys, self.hashes, self.owners)

    @cached_property
    def table(self) -> Table:
        """The items that can link, sorted by hash: a writer needs them with every change."""
        return Table.of(self.items)

    def sorted(self) -> "Hashes":
        """Return the same rows in the order of their keys."""
        order = np.array(sorted(range(len(self)), key=self.keys.__getitem__), dtype=np.int64)
        return Hashes(self.keys[order], self.hashes[order], self.positions[order])

    def changed(self, gone: frozenset[str], come: "Hashes", table: Table) -> "Hashes":
        """Return the columns without the keys of `gone` and with the rows of `come`; their table is known."""
        kept: Hashes = self
        owners = self.owners
        if gone:
            mask = np.array([key not in gone for key in self.keys], dtype=bool)
            kept, owners = Hashes(self.keys[mask], self.hashes[mask], self.positions[mask]), owners[mask]
        fresh = Hashes(
            np.concatenate([kept.keys, come.keys]),
            np.concatenate([kept.hashes, come.hashes]),
            np.concatenate([kept.positions, come.positions]),
        )
        fresh.__dict__["table"] = table
        # Known already, and costly to take from a hundred thousand keys again.
        fresh.__dict__["owners"] = np.concatenate([owners, come.owners])
        return fresh


@dataclass(frozen=True)
class Remembered:
    """Columns with the token of the version that they are."""

    version: str
    hashes: Hashes

    @property
    def whole(self) -> bool:
        """Whether there are as many hashes as the token says; tokens of older programs say nothing."""
        told = self.version.rpartition(" ")[2]
        return not told.isdigit() or int(told) == len(self.hashes)

    @cached_property
    def ordered(self) -> Hashes:
        """The columns in the order of their keys, sorted when a view first asks."""
        return self.hashes.sorted()


def read_hashes(unit: Unit, user: str) -> Hashes:
    """Read the columns of a user, in the order that the graph gives them."""
    images = unit.columns("image_hashes", user=user)
    frames = unit.columns("frame_hashes", user=user)
    positions = np.full(len(images["keys"]) + len(frames["keys"]), np.nan)
    positions[len(images["keys"]) :] = frames["positions"]
    return Hashes(
        objects([*images["keys"], *frames["keys"]]),
        hashes_of([*images["hashes"], *frames["hashes"]]),
        positions,
    )


def new_version(number: int) -> str:
    """Return a fresh token for a set of so many live hashes.

    Examples
    --------
    >>> new_version(7).rpartition(" ")[2]
    '7'
    """
    return f"{uuid.uuid4()} {number}"


def current_hashes(unit: Unit, user: str, known: Remembered | None) -> Remembered:
    """Return the columns as they are now: the known ones if their version still is the one of the graph.

    Without the lock a writer may commit between two reads, so the version is looked at before and after;
    with writers at work all the time the last reading stands. It goes under the version from before: no
    later look can take it for the newer one. The last one stands, too, where a person has added or deleted
    items by a query of their own: the next writer counts anew.
    """
    version: str = unit.run("version", user=user)[0]["version"]
    for pause in PAUSES:
        if known is not None and known.version == version:
            return known
        last = known = Remembered(version, read_hashes(unit, user))
        version = unit.run("version", user=user)[0]["version"]
        if known.version == version and not known.whole:
            time.sleep(pause)
            known = None
    return last
