"""How long a file says it is: Matroska, WebM and AVI promise their size in their first bytes.

FFmpeg takes the end of such a file for the end of the film, even where half of it is missing. Comparing
the promise with the file tells. MP4 needs none of this: its index names every packet, and the missing
ones are noticed when they are read.
"""

HEAD = 4096
"""First bytes of a file that hold the promise."""

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


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
    >>> promised_size(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff") is None  # a live recording
    True
    """
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        size = int.from_bytes(head[4:8], "little")
        return 8 + size if 0 < size < 0xFFFFFFFF else None
    if not head.startswith(_EBML):
        return None
    header = _number(head, len(_EBML))
    if header is None:
        return None
    start = header[0] + header[1]
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
