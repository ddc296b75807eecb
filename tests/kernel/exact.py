"""The hash by its definition, for whole pictures: two products of matrices, and a rounding in fractions.

Independent of the kernel, which never builds a matrix and never divides fractions. `tests/golden` holds a
slower form still, sample by sample, which this one is held against.
"""

import itertools
from fractions import Fraction

import numpy as np


def overlaps(parts, size):
    """The length, in 1/parts of a sample, that each of `size` samples shares with each of `parts` bands."""
    bands, samples = np.arange(parts)[:, None], np.arange(size)[None, :]
    ends = np.minimum((bands + 1) * size, (samples + 1) * parts)
    return np.maximum(ends - np.maximum(bands * size, samples * parts), 0)


def exact_means(grey, *, bits=8, limited=False):
    """The 8 × 9 means of samples [H, W]."""
    height, width = grey.shape
    cells = overlaps(8, height) @ grey.astype(np.int64) @ overlaps(9, width).T
    means = []
    for cell in cells.ravel().tolist():
        mean = Fraction(cell, height * width << (bits - 8))
        mean = (mean - 16) * 255 / 219 if limited else mean
        means.append(round(min(max(mean, 0), 255)))
    return np.array(means).reshape(8, 9)


def exact_dhash(grey, *, bits=8, limited=False):
    """The dHash of samples [H, W]."""
    bit = 0
    for row in exact_means(grey, bits=bits, limited=limited).tolist():
        for left, right in itertools.pairwise(row):
            bit = bit << 1 | (right > left)
    return bit
