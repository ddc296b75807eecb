"""How many matches are chance: what pairs of unlike pictures of this collection give at each distance.

A larger distance finds more pictures that are alike, and more that only happen to share most of their
bits. To tell how many of the latter to expect, pairs are needed that are unlike for certain, and pairs of
the collection are not: what lies near may well be alike. So items are drawn at random and one of the two
is mirrored, stood on its head, or both. Such a picture is not its copy, but it has the same kinds of
light, edges and flat places as all the others. Its hash needs no picture: upside down the rows come in the
opposite order, and in a mirror the comparisons of each row, with the opposite outcome.

Some collections hold mirrored copies, and some pictures are nearly their own mirror image: then one of the
three finds copies, and the others do not. Of the three counts the middle one is taken.

The share of such pairs within a distance, times the number of pairs that could be matches, is the number
of false matches to expect. Left out on both sides is what no distance makes a match: plain items, and two
frames of one video. Left out of the drawing are pairs that are matches at the distance the collection
keeps: a title card is nearly its own mirror image, and its copies are no chance.

Pairs are all counted where they are few, and drawn beyond that. A share that hardly a pair fell into is
no number: with fewer than `ENOUGH` there, the upper end of the 95 % Poisson confidence interval is given,
and it is said as "fewer than". What the estimate can't know: pictures that are kept together both with
mirrored and with turned ones of themselves count as chance, and a series of pictures of one subject is
alike beyond it.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagcat_kernel.edges import Items
from tagcat_kernel.matching import SLIDER
from tagcat_kernel.records import are_plain

DRAWS = 1_000_000
"""Pairs that are looked at: at most so many are counted whole, and of more so many are drawn."""

ENOUGH = 10
"""Pairs found, from which on their number is said as it is: its error is then about a third, or less."""

_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1)[:, 0]

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """False matches to expect within each distance 0 … n - 1.

    `found` is int64[n], how many of the `seen` unlike pairs lie within the distance; `pairs` is how many
    pairs of the collection could be matches.
    """

    found: npt.NDArray[np.int64]
    seen: int
    pairs: int

    @property
    def expected(self) -> Floats:
        """The share of unlike pairs within each distance times the number of pairs, float64[n]."""
        return self.found.astype(np.float64) * (self.pairs / max(self.seen, 1))

    @property
    def at_most(self) -> Floats:
        """The upper end of the one-sided 95 % Poisson confidence interval of `expected`, float64[n]."""
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self.found + 1, 0.95)) * (self.pairs / max(self.seen, 1))

    def words(self) -> list[str]:
        """Return the number for each distance as it may be said: "about 120" or "fewer than 3".

        Empty where no pair of the collection could be seen.

        Examples
        --------
        >>> Chance(np.array([0, 12]), 1000, 1000).words()
        ['fewer than 3', 'about 12']
        """
        if not self.seen:
            return []
        return [
            f"about {_rounded(expected):,}" if found >= ENOUGH else f"fewer than {_rounded_up(most):,}"
            for found, expected, most in zip(self.found, self.expected, self.at_most, strict=True)
        ]


def mirrored(hashes: Hashes) -> Hashes:
    """Return the hashes of the same pictures, seen in a mirror (where no two neighbours are equally bright).

    Parameters
    ----------
    hashes
        uint64[n], dHashes: a byte is a row of comparisons.

    Examples
    --------
    >>> [f"{dhash:016x}" for dhash in mirrored(np.array([0x01FF000000000000], np.uint64))]
    ['7f00ffffffffffff']
    """
    return ~_REVERSED[np.ascontiguousarray(hashes).view(np.uint8)].view(np.uint64)


def upside_down(hashes: Hashes) -> Hashes:
    """Return the hashes of the same pictures, stood on their heads as a mirror does it: not turned.

    Parameters
    ----------
    hashes
        uint64[n], dHashes: a byte is a row of comparisons.

    Examples
    --------
    >>> [f"{dhash:016x}" for dhash in upside_down(np.array([0x01FF000000000002], np.uint64))]
    ['020000000000ff01']
    """
    return np.asarray(hashes).byteswap()


def chance(items: Items, alike: int, up_to: int = SLIDER, *, draws: int = DRAWS, seed: int = 0) -> Chance:
    """Estimate how many pairs of a collection lie within each distance though they are unlike.

    Parameters
    ----------
    items
        Keys, hashes and owners of a collection; plain hashes are left out.
    alike
        The distance in bits within which pairs count as alike, and are left out of what is looked at.
    up_to
        The largest distance of interest, 0 to 64.
    draws
        Pairs to look at. Where there are no more than that, each is looked at once.
    seed
        Of the drawing: the same collection gives the same numbers.

    Returns
    -------
    Chance
        `up_to` + 1 numbers, from distance 0.

    Examples
    --------
    >>> hashes = np.random.default_rng(0).integers(0, 2**64, 1000, np.uint64)
    >>> found = chance(Items([f"u:{i}" for i in range(1000)], hashes, [""] * 1000), 8)
    >>> found.pairs, found.words()[8]
    (499500, 'fewer than 3')
    """
    telling = np.flatnonzero(~are_plain(np.asarray(items.hashes)))
    hashes = np.asarray(items.hashes)[telling]
    numbers: dict[object, int] = {"": 0}
    owners = np.array([numbers.setdefault(items.owners[i], len(numbers)) for i in telling.tolist()], np.int64)
    n = len(hashes)
    of_video = np.bincount(owners, minlength=1)[1:]
    could = n * (n - 1) // 2 - int((of_video * (of_video - 1) // 2).sum())
    if n * (n - 1) // 2 <= draws:
        i, j = np.triu_indices(n, 1)
    else:
        drawn = np.random.default_rng(seed).integers(0, [[n], [n - 1]], (2, draws))
        i, j = drawn
        j += j >= i  # every other item, with the same probability
    kept = (owners[i] != owners[j]) | (owners[i] == 0)
    i, j = i[kept], j[kept]
    unlike = np.bitwise_count(hashes[i] ^ hashes[j]) > alike
    i, j = i[unlike], j[unlike]
    head, mirror = upside_down(hashes), mirrored(hashes)
    within = [_within(hashes[i] ^ other[j]) for other in (head, mirror, upside_down(mirror))]
    return Chance(np.sort(within, axis=0)[1, : up_to + 1], len(i), could)


def _within(differences: Hashes) -> npt.NDArray[np.int64]:
    """Return how many have at most 0 … 64 bits set, int64[65]."""
    return np.cumsum(np.bincount(np.bitwise_count(differences), minlength=65), dtype=np.int64)


def _rounded(number: float) -> int:
    """Return a number with two digits that mean something: more is not known."""
    return int(float(f"{number:.2g}"))


def _rounded_up(number: float) -> int:
    """Return a number of two digits that is not smaller: it is a bound."""
    step = int(10 ** max(0, len(str(int(number))) - 2))
    return math.ceil(number / step) * step
