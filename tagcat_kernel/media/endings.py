"""Files that lost nothing but their end mark.

An image counts only if the whole picture decodes. Pillow calls a file truncated as soon as its end mark
is missing, although every pixel may be there. Two questions tell: does a PNG decode without its broken
last chunk, and does a JPEG decode to the same picture whatever is put behind its last byte?
"""

JPEG_END = b"\xff\xd9"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_END = b"\0\0\0\0IEND\xae\x42\x60\x82"


def with_jpeg_ends(data: bytes) -> tuple[bytes, bytes]:
    """Return the JPEG with an end mark, and with other picture data and an end mark.

    If both decode to the same pixels, no pixel was missing: libjpeg fills what is missing with what it
    finds.

    Examples
    --------
    >>> [len(file) for file in with_jpeg_ends(b"")]
    [2, 2050]
    """
    data = data.removesuffix(b"\xff")  # half an end mark
    return data + JPEG_END, data + b"\x55\xaa" * 1024 + JPEG_END


def with_png_end(data: bytes) -> bytes | None:
    r"""Return the PNG with an end mark in place of its broken last chunk; None without whole pixel chunks.

    Whether the chunks that are whole hold all pixels is the decoder's to tell.

    Examples
    --------
    >>> chunk = bytes(3) + b"\x01IDATx" + bytes(4)
    >>> with_png_end(PNG_SIGNATURE + chunk + b"broken")[-25:] == chunk + PNG_END
    True
    >>> with_png_end(PNG_SIGNATURE + chunk[:-1]) is None
    True
    """
    at, pixels = len(PNG_SIGNATURE), False
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            break
        pixels |= kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND":
            return None
    return data[:at] + PNG_END if pixels else None
