"""What one untrusted file may cost before it is given up with an error that says so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on decoding one file.

    Attributes
    ----------
    pixels
        Largest width × height of an image or a video frame; checked before anything is decoded.
    frames
        Most samples (at 25 a second) of a video; the default is 24 hours.
    seconds
        Longest time without progress, after which the worker process is killed. An image is one step;
        a video makes progress with each few frames, so that its length is not limited by this.
    memory
        Address space of a worker process in bytes, its libraries (about 1 GiB) included.

    Examples
    --------
    >>> Limits(pixels=1_000_000).pixels
    1000000
    """

    pixels: int = 256_000_000
    frames: int = 25 * 60 * 60 * 24
    seconds: float = 120.0
    memory: int = 4 * 1024**3


DEFAULT = Limits()
