"""The 64-bit dHash: a picture becomes 9 × 8 means, and each mean asks whether it is brighter than its left.

Everything here is in whole numbers, so that every machine (and the browser) gets the same bits. A picture
of H × W samples is laid under a grid of 8 rows and 9 columns. Measured in eighths of a sample
vertically, sample y covers [8y, 8y + 8) and band k covers [kH, (k + 1)H): every overlap is a whole
number of eighths, and the weights of a band add up to H. Horizontally the same holds in ninths and W. So
a mean is an integer sum divided by H · W, for any size from 1 × 1, and rounding to the nearest integer
(ties to even) compares integers, never floats.

The kernel goes over the rows first: adding whole rows of samples is what a processor does fastest, and
only 8 summed rows are left for the horizontal step. Video luma is stretched from limited range before
the rounding, inside the same fraction.

numba is loaded by the first hash, not by importing this module; the compiled code stays on disk.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 8, 9
"""The grid of means: 8 rows of 9 give 8 × 8 comparisons."""

Grey = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""Samples of brightness, shape [H, W]."""


def _column_sums(grey: Any, sums: Any, narrow: Any) -> None:
    """Add to sums[8, W] each band's rows, weighted in eighths of a row; grey's lines may be longer.

    narrow[W] is scratch of twice the width of a sample: as many rows as it can hold go through it, because
    a processor adds twice as many narrow numbers at a time.
    """
    height = grey.shape[0]
    holds = 1 << (8 * grey.itemsize)
    rows, width = sums.shape
    for band in range(rows):
        first = band * height // rows
        last = ((band + 1) * height - 1) // rows
        start = band * height
        end = start + height
        total = sums[band]
        if last > first + 1:
            # Whole rows weigh 8: add them bare and multiply once.
            for top in range(first + 1, last, holds):
                narrow[:] = 0
                for y in range(top, min(top + holds, last)):
                    row = grey[y]
                    for x in range(width):
                        narrow[x] += row[x]
                for x in range(width):
                    total[x] += narrow[x]
            for x in range(width):
                total[x] *= rows
        weight = min(end, (first + 1) * rows) - start
        row = grey[first]
        for x in range(width):
            total[x] += row[x] * weight
        if last > first:
            weight = end - last * rows
            row = grey[last]
            for x in range(width):
                total[x] += row[x] * weight


def _cell_sums(sums: Any, cells: Any) -> None:
    """Add to cells[8, 9] the column sums of each cell, weighted in ninths of a column."""
    rows, width = sums.shape
    columns = cells.shape[1]
    for band in range(rows):
        for column in range(columns):
            start = column * width
            end = start + width
            first = start // columns
            last = (end - 1) // columns
            total = np.int64(0)
            for x in range(first + 1, last):
                total += np.int64(sums[band, x])
            total *= columns
            total += np.int64(sums[band, first]) * (min(end, (first + 1) * columns) - start)
            if last > first:
                total += np.int64(sums[band, last]) * (end - last * columns)
            cells[band, column] = total


def _grey_rgb(pixels: Any, grey: Any) -> None:
    """Write the grey of pixels[H, W, 3]."""
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            red, green, blue = pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2]
            grey[y, x] = (
                np.uint32(red) * 9798 + np.uint32(green) * 19235 + np.uint32(blue) * 3735 + 16384
            ) >> 15


def _grey_rgba(pixels: Any, grey: Any) -> None:
    """Write the grey of pixels[H, W, 4] composed over black."""
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            alpha = np.uint32(pixels[y, x, 3])
            red = (np.uint32(pixels[y, x, 0]) * alpha + 127) // 255
            green = (np.uint32(pixels[y, x, 1]) * alpha + 127) // 255
            blue = (np.uint32(pixels[y, x, 2]) * alpha + 127) // 255
            grey[y, x] = (red * 9798 + green * 19235 + blue * 3735 + 16384) >> 15


@lru_cache(maxsize=1)
def _kernels() -> tuple[Any, Any, Any, Any]:
    """Compile the loops above (once a machine: the code is cached on disk)."""
    import numba

    loops = (_column_sums, _cell_sums, _grey_rgb, _grey_rgba)
    try:
        compiled = tuple(numba.njit(nogil=True, cache=True)(loop) for loop in loops)
    except RuntimeError:  # nowhere to keep the compiled code: a read-only installation without a home
        compiled = tuple(numba.njit(nogil=True)(loop) for loop in loops)
    return compiled[0], compiled[1], compiled[2], compiled[3]


def area_means(
    grey: Grey, *, bits: int | None = None, limited: bool = False, grid: tuple[int, int] = (ROWS, COLUMNS)
) -> npt.NDArray[np.int64]:
    """Return the 8 × 9 exact area means of a picture on the scale 0 to 255, ties rounded to even.

    Parameters
    ----------
    grey
        Brightness, uint8 or uint16, shape [H, W], any size from 1 × 1.
    bits
        Bits of a sample (10 for 10-bit luma): the means are divided by 2 ** (bits - 8), after the
        averaging. Default: 8 for uint8, 16 for uint16.
    limited
        Whether black is 16 and white 235: the means are stretched by (m - 16) · 255 / 219. In either
        case they are clipped to 0 to 255 before they are rounded.
    grid
        Rows and columns of means; other than 8 and 9 only where a picture is to be turned afterwards.

    Returns
    -------
    numpy.ndarray
        int64, shape [8, 9], or that of `grid`.

    Raises
    ------
    ValueError
        If `grey` is not a non-empty two-dimensional array of uint8 or uint16, or `bits` does not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.arange(9, dtype=np.uint8).repeat(2)[None, :].repeat(16, axis=0)
    >>> area_means(ramp)[0]
    array([0, 1, 2, 3, 4, 5, 6, 7, 8])
    """
    if grey.ndim != 2 or grey.size == 0 or grey.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"grey must be uint8 or uint16 [H, W] and not empty, not {grey.dtype} {grey.shape}")
    own_bits = 8 * grey.dtype.itemsize
    bits = own_bits if bits is None else bits
    if not 8 <= bits <= own_bits:
        raise ValueError(f"bits must be from 8 to {own_bits} for {grey.dtype}, not {bits}")
    column_sums, cell_sums, _, _ = _kernels()
    height, width = grey.shape
    fits = height << own_bits < 1 << 32
    sums = np.zeros((grid[0], width), np.uint32 if fits else np.int64)
    column_sums(_lines(grey), sums, np.empty(width, f"u{2 * grey.dtype.itemsize}"))
    cells = np.empty(grid, np.int64)
    cell_sums(sums, cells)
    count = height * width << (bits - 8)
    if limited:
        cells = (cells - 16 * count) * 255
        count *= 219
    cells = np.clip(cells, 0, 255 * count)
    quotient, remainder = np.divmod(cells, count)
    up = (2 * remainder > count) | ((2 * remainder == count) & (quotient % 2 == 1))
    return np.asarray(quotient + up, np.int64)


def _lines(grey: Grey) -> npt.NDArray[Any]:
    """Return an array without gaps whose first W columns are `grey`, without copying padded lines.

    Decoders pad the lines of a plane; the padding becomes part of the array and is never read.
    """
    step, size = grey.strides[0], grey.dtype.itemsize
    if grey.flags.c_contiguous or grey.strides[1] != size or step % size or step < grey.shape[1] * size:
        return np.ascontiguousarray(grey)
    shape = (grey.shape[0], step // size)
    return np.lib.stride_tricks.as_strided(grey, shape, (step, size), writeable=False)


def dhash_of_means(means: npt.NDArray[np.integer[Any]]) -> int:
    """Return the dHash of 8 × 9 means: a bit is 1 where a mean is brighter than its left neighbour.

    Row by row, the first bit most significant: the layout of ImageHash and imagededup.

    Examples
    --------
    >>> import numpy as np
    >>> means = np.zeros((8, 9), np.int64)
    >>> means[0, 1:] = 7
    >>> f"{dhash_of_means(means):016x}"
    '8000000000000000'
    """
    if means.shape != (ROWS, COLUMNS):
        raise ValueError(f"means must have the shape (8, 9), not {means.shape}")
    brighter = means[:, 1:] > means[:, :-1]
    return int.from_bytes(np.packbits(brighter).tobytes(), "big")


def dhash(grey: Grey, *, bits: int | None = None, limited: bool = False) -> int:
    """Return the 64-bit dHash of a picture's brightness (parameters and errors: see `area_means`).

    Examples
    --------
    >>> import numpy as np
    >>> f"{dhash(np.arange(90, dtype=np.uint8).reshape(9, 10)):016x}"
    'ffffffffffffffff'
    """
    return dhash_of_means(area_means(grey, bits=bits, limited=limited))


def to_grey(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the grey of RGB or RGBA pixels: (9798 R + 19235 G + 3735 B + 16384) >> 15.

    Parameters
    ----------
    pixels
        uint8, shape [H, W, 3] or [H, W, 4]; with four channels the picture is composed over black
        first, (rgb · a + 127) // 255.

    Returns
    -------
    numpy.ndarray
        uint8, shape [H, W].

    Raises
    ------
    ValueError
        If the shape or the dtype is another.

    Examples
    --------
    >>> import numpy as np
    >>> to_grey(np.array([[[255, 0, 0], [0, 255, 0], [9, 9, 9]]], np.uint8))
    array([[ 76, 150,   9]], dtype=uint8)
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"pixels must be uint8 [H, W, 3 or 4], not {pixels.dtype} {pixels.shape}")
    _, _, grey_rgb, grey_rgba = _kernels()
    grey = np.empty(pixels.shape[:2], np.uint8)
    (grey_rgb if pixels.shape[2] == 3 else grey_rgba)(np.ascontiguousarray(pixels), grey)
    return grey


def to_eight_bits(samples: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """Return 16-bit samples as 8-bit ones, (v + 128) // 257, so that 65535 becomes 255.

    Examples
    --------
    >>> import numpy as np
    >>> to_eight_bits(np.array([0, 128, 129, 65535], np.uint16))
    array([  0,   0,   1, 255], dtype=uint8)
    """
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
