"""Is this file an image, a video, or nothing of ours? First its name, then its first bytes.

A name alone is enough: a broken photograph is a failure to be told, not a file to be passed over. The
first bytes find media whose name says nothing, and win where the two disagree (a film named .jpg). Names
that other trades use too, such as TypeScript's .ts, count only with the right bytes.
"""

import os
import stat
from typing import Literal

Kind = Literal["image", "video"]

IMAGE_NAMES = frozenset(
    [
        "apng",
        "avif",
        "avifs",
        "bmp",
        "cur",
        "dds",
        "dib",
        "gif",
        "hdr",
        "heic",
        "heif",
        "hif",
        "ico",
        "j2c",
        "j2k",
        "jfif",
        "jp2",
        "jpc",
        "jpe",
        "jpeg",
        "jpf",
        "jpg",
        "jpx",
        "mpo",
        "pam",
        "pbm",
        "pcx",
        "pfm",
        "pgm",
        "pic",
        "png",
        "pnm",
        "ppm",
        "psb",  # Photoshop's are pictures to a person: not read, so named as failed
        "psd",
        "pxm",
        "qoi",
        "ras",
        "sgi",
        "sr",
        "sun",
        "tga",
        "tif",
        "tiff",
        "webp",
        "xbm",
        "xpm",
    ]
)
VIDEO_NAMES = frozenset(
    [
        "3g2",
        "3gp",
        "asf",
        "avi",
        "divx",
        "dv",
        "f4v",
        "flv",
        "h264",
        "h265",
        "hevc",
        "ivf",
        "m1v",
        "m2t",
        "m2ts",
        "m2v",
        "m4v",
        "mj2",
        "mjpeg",
        "mjpg",
        "mkv",
        "mov",
        "mp4",
        "mpe",
        "mpeg",
        "mpg",
        "mxf",
        "nut",
        "ogv",
        "qt",
        "rm",
        "rmvb",
        "vob",
        "webm",
        "wmv",
        "y4m",
        "264",
        "265",
    ]
)

HEAD = 512
"""Bytes that are read to know a file by its content."""

HEIC_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"))
"""What a HEIC or HEIF file calls itself; Pillow reads some of the last two (AVIF's)."""

_MOVIE_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")
_IMAGE_BRANDS = frozenset((b"avif", b"avis"))
_AUDIO_BRANDS = frozenset((b"M4A ", b"M4B ", b"M4P "))
_IMAGE_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"qoif",
    b"DDS ",
    b"#?RADIANCE",
    b"#?RGBE",
    b"\x59\xa6\x6a\x95",
)
_VIDEO_STARTS = (
    b"\x1a\x45\xdf\xa3",
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    b"\0\0\x01\xba",
    b"\0\0\x01\xb3",
    b"DKIF\0\0",
    b".RMF",
    b"YUV4MPEG2 ",
)


def kind_of(path: str | os.PathLike[str]) -> Kind | None:
    """Tell whether a file is an image, a video or neither, by its name and its first bytes.

    Parameters
    ----------
    path
        The file. It is opened only to read its first 512 bytes.

    Returns
    -------
    str or None
        "image", "video", or None for a file that is media neither by name nor by content. What is no
        regular file (a pipe, a device) is judged by its name alone.

    Raises
    ------
    OSError
        If the file's name says nothing and the file can't be read.

    Examples
    --------
    >>> kind_of("/gone/cat.JPG"), kind_of("/gone/cat.mkv")
    ('image', 'video')
    """
    named = kind_of_name(path)
    try:
        found = kind_of_content(_head(path))
    except OSError:
        if named is None:
            raise
        found = None
    return found or named


def kind_of_name(path: str | os.PathLike[str]) -> Kind | None:
    """Tell what a file's name says.

    Examples
    --------
    >>> kind_of_name("cat.jpeg"), kind_of_name("cat.ts"), kind_of_name(".png")
    ('image', None, None)
    """
    extension = os.path.splitext(os.fspath(path))[1][1:].lower()  # noqa: PTH122 - any bytes, as they are
    if extension in IMAGE_NAMES:
        return "image"
    return "video" if extension in VIDEO_NAMES else None


def kind_of_content(head: bytes) -> Kind | None:
    r"""Tell what the first bytes of a file say.

    Examples
    --------
    >>> kind_of_content(b"GIF89a..."), kind_of_content(b"\x1a\x45\xdf\xa3..."), kind_of_content(b"#!/bin/sh")
    ('image', 'video', None)
    """
    if _is_image(head):
        return "image"
    return "video" if _is_video(head) else None


def _is_image(head: bytes) -> bool:
    box, brand = head[4:8], head[8:12]
    return (
        head.startswith(_IMAGE_STARTS)
        or (head[:4] == b"RIFF" and brand == b"WEBP")
        or (box == b"ftyp" and brand in _IMAGE_BRANDS | HEIC_BRANDS)
        or _is_pnm_or_bmp(head)
    )


def _is_video(head: bytes) -> bool:
    box, brand = head[4:8], head[8:12]
    # Words such as "wide" stand in texts, too: there a letter stands where a box has its length.
    size = int.from_bytes(head[:4], "big")
    if box in _MOVIE_BOXES and size not in range(2, 8) and (size < 1 << 24 or box in (b"mdat", b"moov")):
        return not (box == b"ftyp" and brand in _AUDIO_BRANDS)
    if head[:4] == b"OggS":
        return b"\x80theora" in head[:64] or b"\x01video" in head[:64]
    # Transport streams repeat their sync byte every 188 bytes (192 with a time code before each).
    synced = (head[at::step][:3] == b"GGG" for at, step in ((0, 188), (4, 192)))
    return head.startswith(_VIDEO_STARTS) or (head[:4] == b"RIFF" and brand == b"AVI ") or any(synced)


def _is_pnm_or_bmp(head: bytes) -> bool:
    """Two letters are little proof, so the next fields must make sense as well."""
    if head[:2] == b"BM":
        return len(head) > 18 and head[14] in (12, 16, 40, 52, 56, 64, 108, 124) and head[15:18] == b"\0\0\0"
    if head[:1] != b"P" or head[1:2] not in b"123456":
        return False
    fields = head[2:].split(None, 1)
    return len(fields) > 0 and head[2:3].isspace() and (fields[0].isdigit() or fields[0].startswith(b"#"))


def _head(path: str | os.PathLike[str]) -> bytes:
    """Return the first bytes of a regular file; nothing of a pipe or device, which could wait for ever."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        return os.read(handle, HEAD) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
