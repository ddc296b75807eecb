"""The demonstration collection: made once, whole, and full of what it should show."""

from pathlib import Path

from tagcat_kernel.demo import demonstration


def test_it_is_made_once_and_never_half(tagcat_home: Path) -> None:
    half = tagcat_home / "demonstration" / "unfinished" / "photographs"
    half.mkdir(parents=True)
    (half / "torn.jpg").write_bytes(b"half a file")
    folder = demonstration()
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"temple.jpg", "dahlia, re-encoded.jpg", "excursion.mp4", "trailer.mp4"} <= names
    assert "torn.jpg" not in names
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    demonstration()
    assert times == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}, "nothing is made again"
