"""The eight ways a picture can lie: as it is or mirrored, and either turned by quarters.

The grid of the hash is laid exactly, in whole numbers, so that the means of a mirrored picture are the
mirrored means, to the bit. A half turn and a mirroring only reorder the 8 × 9 means. A quarter turn needs
the means of 9 rows and 8 columns, reordered until they are 8 × 9 again. So a picture that is decoded once
and averaged twice gives the hashes of all eight.

They can't be made from the 64 bits: a bit says "brighter" or "not brighter", so mirroring turns the order
of a row round but not the bits of equal neighbours; and a quarter turn compares means that were never
compared.

Orientations go by EXIF's codes 1 to 8 and stand in that order: column k holds what code k + 1 shows.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import radius_search
from tagcat_kernel.hashing import COLUMNS, ROWS, Grey, area_means, dhash_of_means

ORIENTATIONS = (
    "as is",
    "mirrored",
    "turned 180°",
    "mirrored, turned 180°",
    "mirrored, turned 270°",
    "turned 90°",
    "mirrored, turned 90°",
    "turned 270°",
)
"""What each code does to a picture, in words: mirrored from left to right, turned clockwise."""

BACK = (0, 1, 2, 3, 4, 7, 6, 5)
"""The orientation that undoes each: only the quarter turns are not their own."""

Orientations = Literal["as is", "all"]
"""What a person asks for: a picture as it is, or in all eight orientations."""

Hashes = npt.NDArray[np.uint64]


def all_orientations(asked: str) -> bool:
    """Tell whether `asked` is "all"; a ValueError where it is not "as is" either.

    Examples
    --------
    >>> all_orientations("all"), all_orientations("as is")
    (True, False)
    """
    if asked not in get_args(Orientations):
        raise ValueError(f'orientations must be "as is" or "all", not {asked!r}')
    return asked == "all"


def turned(samples: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Return samples [H, W, ...] as EXIF's code `orientation`, 1 to 8, shows them.

    Examples
    --------
    >>> import numpy as np
    >>> turned(np.array([[1, 2], [3, 4]]), 6)
    array([[3, 1],
           [4, 2]])
    """
    if orientation >= 5:  # 5 mirrors at the main diagonal; 6, 7, 8 are that and a flip
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples


def oriented_dhashes(grey: Grey, *, bits: int | None = None, limited: bool = False) -> tuple[int, ...]:
    """Return the dHashes of a picture in its eight orientations, from two averagings of one array.

    Parameters
    ----------
    grey, bits, limited
        As `tagcat_kernel.hashing.area_means` takes them; its errors are raised.

    Returns
    -------
    tuple of 8 int
        In the order of `ORIENTATIONS`: equal, to the bit, to the dHashes of the eight turned arrays.

    Examples
    --------
    >>> ramp = np.arange(9, dtype=np.uint8).repeat(8).reshape(9, 8).T
    >>> [f"{one:016x}"[:4] for one in oriented_dhashes(ramp)]
    ['ffff', '0000', '0000', 'ffff', '0000', '0000', '0000', '0000']
    """
    upright = area_means(grey, bits=bits, limited=limited)
    lying = area_means(grey, bits=bits, limited=limited, grid=(COLUMNS, ROWS))
    return tuple(dhash_of_means(turned(upright if code < 5 else lying, code)) for code in range(1, 9))


@dataclass(frozen=True, slots=True, eq=False)
class OrientedPairs:
    """Pairs `i`, `j` (int64), their `distance` (uint8, bits) and `orientation` (uint8): arrays of one length.

    `orientation` is an index into `ORIENTATIONS`: what was done to i to make it look like j.
    """

    i: npt.NDArray[np.int64]
    j: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint8]
    orientation: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.i)


def oriented_search(asked: Hashes, hashes: Hashes, radius: int) -> OrientedPairs:
    """Return all pairs of a question and a hash that lie within a radius in any orientation.

    Parameters
    ----------
    asked
        uint64[q, 8]: the hashes of each question, as `oriented_dhashes` gives them.
    hashes
        uint64[n], each of a picture as it is.
    radius
        Largest distance in bits, inclusive, 0 to 64.

    Returns
    -------
    OrientedPairs
        `i` are indices of questions, `j` of hashes; sorted by (i, j). Each pair once, at its smallest
        distance; of several orientations at that distance the first.

    Raises
    ------
    TypeError
        If an array is not of uint64, or `radius` not an integer.
    ValueError
        If `asked` has not the shape [q, 8], or what `radius_search` refuses.

    Examples
    --------
    >>> ramp = np.arange(9, dtype=np.uint8).repeat(8).reshape(9, 8).T
    >>> asked = np.array([oriented_dhashes(ramp)], np.uint64)
    >>> found = oriented_search(asked, np.array([0x00FF, 0xFF << 56], np.uint64), 8)
    >>> [ORIENTATIONS[code] for code in found.orientation], found.distance.tolist()
    (['mirrored', 'mirrored'], [8, 8])
    """
    _check(asked)
    found = radius_search(asked.reshape(-1), hashes, radius)
    question, orientation = np.divmod(found.i, 8)
    return _closest(question, found.j, found.distance, orientation)


def oriented_join(hashes: Hashes, oriented: Hashes, radius: int) -> OrientedPairs:
    """Return all pairs of pictures that lie within a radius when one of them is turned or mirrored.

    Either of the two is turned and the other left as it is, because the grid is not square: by a quarter
    turn the two ways may give different distances. The smaller one counts.

    Parameters
    ----------
    hashes
        uint64[n], each of a picture as it is.
    oriented
        uint64[n, 8]: the hashes of each picture, as `oriented_dhashes` gives them.
    radius
        Largest distance in bits, inclusive, 0 to 64.

    Returns
    -------
    OrientedPairs
        Each pair once, i < j, sorted by (i, j), with its smallest distance and the first orientation that
        gives it.

    Raises
    ------
    TypeError, ValueError
        As `oriented_search`; ValueError also if the two differ in length.

    Examples
    --------
    >>> noise = np.random.default_rng(1).integers(0, 256, (32, 40), np.uint8)
    >>> both = np.array([oriented_dhashes(noise), oriented_dhashes(np.rot90(noise))], np.uint64)
    >>> found = oriented_join(both[:, 0], both, 8)
    >>> found.i.tolist(), found.j.tolist(), [ORIENTATIONS[code] for code in found.orientation]
    ([0], [1], ['turned 270°'])
    """
    _check(oriented)
    if len(oriented) != len(hashes):
        raise ValueError(f"{len(hashes)} hashes, but the orientations of {len(oriented)} pictures")
    found = radius_search(oriented.reshape(-1), hashes, radius)
    one, orientation = np.divmod(found.i, 8)
    other, distance = found.j, found.distance
    apart = one != other
    one, other, distance, orientation = one[apart], other[apart], distance[apart], orientation[apart]
    orientation = np.where(one < other, orientation, np.array(BACK)[orientation])
    return _closest(np.minimum(one, other), np.maximum(one, other), distance, orientation)


def _check(oriented: Hashes) -> None:
    if not isinstance(oriented, np.ndarray) or oriented.dtype != np.uint64:
        kind = oriented.dtype if isinstance(oriented, np.ndarray) else type(oriented).__name__
        raise TypeError(f"hashes of eight orientations must be a numpy array of uint64, not {kind}")
    if oriented.ndim != 2 or oriented.shape[1] != 8:
        raise ValueError(f"hashes of eight orientations must have the shape [n, 8], not {oriented.shape}")


def _closest(
    i: npt.NDArray[np.int64],
    j: npt.NDArray[np.int64],
    distance: npt.NDArray[np.uint8],
    orientation: npt.NDArray[np.int64],
) -> OrientedPairs:
    """Keep of each pair the row of the smallest distance, then of the first orientation."""
    order = np.lexsort((orientation, distance, j, i))
    i, j = i[order], j[order]
    first = np.ones(len(i), np.bool_)
    first[1:] = (i[1:] != i[:-1]) | (j[1:] != j[:-1])
    kept = order[first]
    return OrientedPairs(i[first], j[first], distance[kept], orientation[kept].astype(np.uint8))
