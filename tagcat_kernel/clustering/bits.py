"""Hashes in the two shapes that clustering takes: packed, uint64[N], and as N × 64 bits."""

import numpy as np
import numpy.typing as npt

BITS = 64
Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def pack(rows: npt.ArrayLike) -> Hashes:
    """Return uint64[N] from uint64[N] itself or from an N × 64 array of 0 and 1 (first bit highest).

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> pack(np.eye(2, 64, dtype=np.uint8)).tolist() == [1 << 63, 1 << 62]
    True
    """
    array = np.asarray(rows)
    if array.ndim == 1 and array.dtype.kind == "u" and array.dtype.itemsize == 8:
        return np.ascontiguousarray(array, dtype=np.uint64)
    if array.ndim != 2 or array.shape[1] != BITS or not ((array == 0) | (array == 1)).all():
        raise ValueError(
            f"hashes are uint64[N] or an N × {BITS} array of 0 and 1, not {array.dtype}{list(array.shape)}"
        )
    packed = np.packbits(array.astype(np.uint8), axis=1)
    return np.ascontiguousarray(packed).view(">u8").ravel().astype(np.uint64)


def unpack(hashes: Hashes) -> npt.NDArray[np.uint8]:
    """Return the bits of uint64[N] as uint8[N, 64], first bit highest.

    Examples
    --------
    >>> int(unpack(np.array([1 << 63], np.uint64))[0, 0])
    1
    """
    return np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)


def check_engine(engine: str, library: str) -> None:
    """Raise ValueError unless `engine` is ours or the library's.

    Examples
    --------
    >>> check_engine("prince", "kmodes")
    Traceback (most recent call last):
    ValueError: engine must be 'tagcat' or 'kmodes', not 'prince'
    """
    if engine not in ("tagcat", library):
        raise ValueError(f"engine must be 'tagcat' or '{library}', not {engine!r}")
