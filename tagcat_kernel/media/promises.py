"""Whether a video file is whole, as far as its first and last bytes can tell.

FFmpeg takes the end of many files for the end of the film, even where half of it is missing. Matroska,
WebM, AVI and FLV promise their size in their first bytes, MPEG-TS consists of packets of one size, and the
last page of Ogg says that it is the last. MP4 consists of boxes that tell their sizes. Its index names every
packet as well, but FFmpeg takes a file that ends between two of them for one that ends there.
"""

import struct

HEAD = 4096
"""First bytes of a file that hold the promise."""
TAIL = 65_307
"""Last bytes of a file, in which an Ogg page begins: none is longer."""

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_FLV_SIZE = b"\x00\x08filesize\x00"
_OGG_HEADER = 27
_OGG_LAST = 4


def breaks_off(head: bytes, tail: bytes, size: int) -> bool:
    """Tell whether a file is shorter than it should be; False where nothing tells.

    A recording that was cut between two packets of MPEG-TS is whole.

    Parameters
    ----------
    head, tail
        The first 4096 and the last 65,307 bytes of the file.
    size
        All its bytes.

    Examples
    --------
    >>> breaks_off(b"RIFF" + (92).to_bytes(4, "little") + b"AVI ", b"", 99)
    True
    >>> breaks_off((b"G" + bytes(187)) * 5, b"", 940), breaks_off((b"G" + bytes(187)) * 5, b"", 1000)
    (False, True)
    """
    if (promised := promised_size(head)) is not None:
        return size < promised
    if head.startswith(b"OggS"):
        return not _ends_ogg(tail)
    packet = _transport_packet(head)
    return packet is not None and size % packet > 0


def promised_size(head: bytes) -> int | None:
    r"""Return the size in bytes that the beginning of a file promises, None if it promises nothing.

    Parameters
    ----------
    head
        The first 4096 bytes of the file.

    Examples
    --------
    >>> promised_size(b"RIFF" + (92).to_bytes(4, "little") + b"AVI ")
    100
    >>> promised_size(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x88")
    18
    >>> promised_size(b"\0\0\0\x0cftypisom" + b"\0\0\x10\0mdat")
    4108
    >>> promised_size(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff") is None  # a live recording
    True
    """
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        size = int.from_bytes(head[4:8], "little")
        return 8 + size if 0 < size < 0xFFFFFFFF else None
    if head.startswith(b"FLV"):
        return _size_in_flv(head)
    if head[4:8] == b"ftyp":
        return _end_of_box(head)
    if not head.startswith(_EBML):
        return None
    header = _number(head, len(_EBML))
    start = sum(header) if header else len(head)
    if head[start : start + len(_SEGMENT)] != _SEGMENT:
        return None
    segment = _number(head, start + len(_SEGMENT))
    return None if segment is None else segment[0] + segment[1]


def _number(data: bytes, at: int) -> tuple[int, int] | None:
    """Return (value, where it ends) of EBML's variable-length number; None if unknown or cut off.

    Its leading zero bits tell how many bytes follow the first; all ones stand for "unknown".
    """
    if at >= len(data) or data[at] == 0:
        return None
    length = 9 - data[at].bit_length()
    raw = data[at : at + length]
    if len(raw) < length:
        return None
    ones = (1 << 7 * length) - 1
    value = int.from_bytes(raw, "big") & ones
    return None if value == ones else (value, at + length)


def _end_of_box(head: bytes) -> int | None:
    """Return where the first box of an MP4 ends that is not whole in `head`; None if it does not tell."""
    at = 0
    while at + 8 <= len(head):
        size, length = int.from_bytes(head[at : at + 4], "big"), 8
        if size == 1:
            size, length = int.from_bytes(head[at + 8 : at + 16], "big"), 16
        if size < length or at + length > len(head):  # to the end of the file, or nonsense
            return None
        at += size
        if at > len(head):
            return at
    return None


def _size_in_flv(head: bytes) -> int | None:
    """Return the number that an FLV's metadata give as its size."""
    number = head.partition(_FLV_SIZE)[2][:8]
    size: float = struct.unpack(">d", number)[0] if len(number) == 8 else 0.0
    return int(size) if 0 < size < 2**63 else None


def _ends_ogg(tail: bytes) -> bool:
    """Tell whether the last page that begins in `tail` is whole and says that it is the last."""
    at = tail.rfind(b"OggS")
    page = tail[at:] if at >= 0 else b""
    if len(page) < _OGG_HEADER:
        return False
    pieces = page[26]
    length = _OGG_HEADER + pieces + sum(page[_OGG_HEADER : _OGG_HEADER + pieces])
    return len(page) >= length and bool(page[5] & _OGG_LAST)


def _transport_packet(head: bytes) -> int | None:
    """Return the bytes of an MPEG-TS packet: bare, with a time before it, or with a sum behind it."""
    for length, first in ((188, 0), (192, 4), (204, 0)):
        marks = head[first::length]
        if len(marks) > 3 and set(marks) == {0x47}:
            return length
    return None
