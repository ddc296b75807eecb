"""A decoded video frame to the brightness that is hashed: its own Y plane wherever there is one.

Video is stored as luma and colour differences. The luma plane is taken as it lies in memory (rows are
padded to a line size), at its full depth; nothing is scaled or converted on the way. Only streams coded
in RGB, or packed so that luma does not lie in a plane of its own, go through FFmpeg's converter first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hashing import Grey, dhash, to_eight_bits, to_grey
from tagcat_kernel.media.orientation import matrix_orientation
from tagcat_kernel.orientations import turned

if TYPE_CHECKING:
    from av import VideoFrame

_FULL_RANGE = 2
"""FFmpeg's AVCOL_RANGE_JPEG."""


@dataclass(frozen=True, slots=True)
class Luma:
    """Brightness of a frame: samples [H, W], their bits, and whether black is 16 of 255."""

    samples: Grey
    bits: int
    limited: bool


def hash_frame(frame: "VideoFrame", orientation: int = 1) -> int:
    """Return the dHash of a decoded frame as it is shown.

    Examples
    --------
    >>> import av, numpy as np
    >>> ramp = np.tile(np.arange(0, 180, 10, dtype=np.uint8), (16, 1))
    >>> f"{hash_frame(av.VideoFrame.from_ndarray(ramp, 'gray')):016x}"
    'ffffffffffffffff'
    """
    luma = luma_of(frame)
    return dhash(turned(luma.samples, orientation), bits=luma.bits, limited=luma.limited)


def luma_of(frame: "VideoFrame") -> Luma:
    """Return the brightness of a decoded frame, not yet turned.

    Untagged luma counts as limited range, except yuvj.

    Examples
    --------
    >>> import av
    >>> luma = luma_of(av.VideoFrame(20, 10, "yuv420p10le"))
    >>> luma.samples.shape, luma.bits, luma.limited
    ((10, 20), 10, True)
    """
    name = frame.format.name
    parts = frame.format.components
    if frame.format.is_rgb or frame.format.has_palette or name.startswith("mono"):
        return Luma(_grey_of_rgb(frame, max(part.bits for part in parts)), 8, limited=False)
    limited = not (frame.color_range == _FULL_RANGE or name.startswith("yuvj"))
    bits = parts[0].bits
    own_plane = (frame.format.is_planar or len(parts) == 1) and bits <= 16
    if not own_plane:
        frame = frame.reformat(format="yuv444p" if bits == 8 else "yuv444p16le")
        bits = frame.format.components[0].bits
    elif name[:2] in ("p0", "p2", "p4"):
        bits = 16  # P010 and its kin keep their bits at the top of 16
    return Luma(_plane(frame, bits), bits, limited)


def _plane(frame: "VideoFrame", bits: int) -> Grey:
    """Return plane 0 as an array, without the padding of its lines."""
    plane: Any = frame.planes[0]
    width, height = frame.width, frame.height
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height]
    if bits == 8:
        return lines[:, :width]
    wide = np.ascontiguousarray(lines[:, : 2 * width]).view(">u2" if frame.format.is_big_endian else "<u2")
    return wide.astype(np.uint16, copy=False)


def _grey_of_rgb(frame: "VideoFrame", bits: int) -> npt.NDArray[np.uint8]:
    """Return grey by the formula of images."""
    if bits <= 8:
        return to_grey(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return to_grey(to_eight_bits(np.asarray(frame.to_ndarray(format="rgb48le"), np.uint16)))


def frame_orientation(frame: "VideoFrame") -> int:
    """Return EXIF's code for the frame's display matrix, 1 without one.

    Examples
    --------
    >>> import av
    >>> frame_orientation(av.VideoFrame(4, 4, "gray"))
    1
    """
    from av.sidedata import sidedata

    # Not `frame.side_data`: frame and container would hold each other, and a frame that waits for the
    # garbage collector keeps its decoder's pictures, 2 GB after some hundred videos.
    container: Any = sidedata.SideDataContainer
    try:
        for data in container(frame):
            if data.type.name == "DISPLAYMATRIX":
                return matrix_orientation(bytes(data))
    except ValueError:  # of a kind that this PyAV has no name for: the angle is known, a mirror is not
        return {-90: 6, 90: 8, 180: 3, -180: 3}.get(frame.rotation, 1)
    return 1


def preview_of(frame: "VideoFrame", longest: int) -> npt.NDArray[np.uint8]:
    """Return the frame in RGB, uint8 [h, w, 3], its longest side at most `longest` pixels, not turned.

    Examples
    --------
    >>> import av
    >>> preview_of(av.VideoFrame(640, 480, "yuv420p"), 320).shape
    (240, 320, 3)
    """
    scale = min(1.0, longest / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)
