"""What counts as an image or a video."""

import os

import pytest

from tagcat_kernel.media.probe import HEAD, kind_of, kind_of_content, kind_of_name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "image"),
        ("a.JPEG", "image"),
        ("a.tar.png", "image"),
        ("a.heic", "image"),
        ("a.mp4", "video"),
        ("A.MKV", "video"),
        ("a.ts", None),
        ("a.psd", "image"),
        ("a.svg", None),
        ("a.pdf", None),
        ("a.mp3", None),
        ("a.txt", None),
        ("jpg", None),
        (".jpg", None),
        ("a.jpg.part", None),
    ],
)
def test_by_name(name, kind):
    assert kind_of_name(name) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image"),
        (b"RIFF\x10\0\0\0AVI LIST", "video"),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"\0\0\0\x1cftypavif", "image"),
        (b"\0\0\0\x1cftypheic", "image"),
        (b"\0\0\0\x1cftypisom", "video"),
        (b"\0\0\0\x1cftypM4A ", None),
        (b"\0\0\x10\0moov\0\0", "video"),
        (b"P6\n3 4\n255\n", "image"),
        (b"P5 # made by hand\n", "image"),
        (b"P4me at dawn", None),
        (b"P6 mode", None),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1", "image"),
        (b"BM is short for", None),
        (b"OggS" + bytes(24) + b"\x80theora", "video"),
        (b"OggS" + bytes(24) + b"\x01vorbis", None),
        ((b"G" + bytes(187)) * 3, "video"),
        (b"G" + bytes(600), None),
        (bytes(4) + (b"G" + bytes(191)) * 3, "video"),
        (b"#EXTM3U\n", None),
        (b"%PDF-1.7", None),
        (b"8BPS\0\1", None),
        (b"", None),
    ],
)
def test_by_content(head, kind):
    assert kind_of_content(head[:HEAD]) == kind


def test_content_is_asked_where_the_name_says_nothing(tmp_path):
    (tmp_path / "scan").write_bytes(b"\xff\xd8\xff\xe0 and more")
    (tmp_path / "code.ts").write_text("export const cat = 1\n" * 40)
    (tmp_path / "film.ts").write_bytes((b"G" + bytes(187)) * 9)
    assert [kind_of(tmp_path / name) for name in ("scan", "code.ts", "film.ts")] == ["image", None, "video"]


def test_content_wins_over_the_name(tmp_path):
    (tmp_path / "film.jpg").write_bytes(b"\x1a\x45\xdf\xa3 and more")
    (tmp_path / "photo.mp4").write_bytes(b"GIF89a and more")
    (tmp_path / "broken.png").write_bytes(b"nothing of this kind")
    (tmp_path / "empty.mov").touch()
    names = ("film.jpg", "photo.mp4", "broken.png", "empty.mov")
    assert [kind_of(tmp_path / name) for name in names] == ["video", "image", "image", "video"]


def test_pipes_and_folders_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert kind_of(tmp_path / "pipe") is None
    assert kind_of(tmp_path / "pipe.jpg") == "image"
    assert kind_of("/dev/zero") is None


def test_a_missing_file_without_a_telling_name_is_an_error(tmp_path):
    assert kind_of(tmp_path / "gone.jpg") == "image"
    with pytest.raises(FileNotFoundError):
        kind_of(tmp_path / "gone")


def test_names_of_any_bytes(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.JPG"
    assert kind_of(os.fsdecode(path)) == "image"
