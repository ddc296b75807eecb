"""The door for devices, over real graphs: what is stored, what is told, and what never gets in."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel.device import DeviceDoor
from tagcat_kernel.device_records import ClaimError
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Graph, NotSharedError
from tagcat_kernel.media.cache import ImageFacts, MediaCache, Track
from tagcat_kernel.media.sent import SentThumbnails
from tagcat_kernel.media.thumbnails import thumbnail_of
from tagcat_kernel.records import MediaError
from tagcat_kernel.settings import change_settings
from tagcat_kernel.team import members
from tagcat_kernel.workbench import Workbench
from tests.graph.engines import snapshot
from tests.graph.things import BASE, md5, near

JPEG = thumbnail_of(np.zeros((30, 40, 3), np.uint8))


def image(path: str, dhash: int = BASE, content: str | None = None, **facts: Any) -> dict[str, Any]:
    claim = {"kind": "image", "path": path, "md5": md5(content or path), "dhash": f"{dhash:016x}"}
    return claim | {"bytes": 70, "modified": 1_000, "width": 4, "height": 3} | facts


def video(path: str, dhashes: list[int], **facts: Any) -> dict[str, Any]:
    claim = image(path) | {"kind": "video", "duration": 9.0, "fps": 25.0}
    del claim["dhash"]
    return claim | {"frames": [[25 * k, float(k), f"{d:016x}"] for k, d in enumerate(dhashes)]} | facts


def offer(claim: dict[str, Any]) -> dict[str, Any]:
    return {name: claim[name] for name in ("path", "bytes", "modified")}


@pytest.fixture
def door(collection: Collection) -> DeviceDoor:
    return DeviceDoor(collection, "Macintosh", "Chrome")


def test_files_are_stored_with_their_matches(door: DeviceDoor, collection: Collection) -> None:
    claims = [image("Holiday/a.jpg"), video("b.mp4", [near(3), near(40)]), image("c.jpg", near(20))]
    keys = [f"{collection.user}:{claim['md5']}" for claim in claims]
    assert door.take(claims) == [{"key": key} for key in keys]
    assert collection.counts() == {"images": 2, "videos": 1, "frames": 2, "matches": 1, "files": 3}
    row = collection.matches()[0]
    assert {row["a_path"], row["b_path"]} == {"Macintosh: Chrome/Holiday/a.jpg", "Macintosh: Chrome/b.mp4"}


def test_what_is_stored_need_not_be_read_again(door: DeviceDoor) -> None:
    one, other = image("a.jpg", content="1"), image("a.jpg", content="2", modified=2_000)
    assert door.known([offer(one)]) == [{}]
    answers = door.take([one, other])
    assert door.known([offer(one), offer(other)]) == [answer | {"kind": "image"} for answer in answers]
    changed = offer(one) | {"bytes": 71}
    assert door.known([changed, {"path": "../a"}, 7])[0] == {}
    assert all("error" in answer for answer in door.known([offer(one) | {"path": ".."}, 7, offer(one) | one]))


def test_a_file_without_a_thumbnail_is_read_again_for_one(door: DeviceDoor) -> None:
    claim = image("a.jpg")
    door.take([claim])
    assert door.known([offer(claim)], thumbnails=True) == [{}]
    door.take([claim], [JPEG])
    assert "key" in door.known([offer(claim)], thumbnails=True)[0]


def test_one_bad_claim_stops_no_other(door: DeviceDoor, collection: Collection) -> None:
    answers = door.take([image("a.jpg"), {"kind": "image"}, image("b.jpg"), None], [None, None, b"GIF", None])
    assert ["key" in answer for answer in answers] == [True, False, False, False]
    assert "thumbnail" in answers[2]["error"]
    assert [row["name"] for row in collection.images()] == ["a.jpg"]


def test_equal_bytes_are_of_one_kind(door: DeviceDoor, collection: Collection) -> None:
    same = md5("same")
    first = door.take([image("a.jpg", md5=same), video("b.mp4", [BASE], md5=same)])
    assert ["error" in answer for answer in first] == [False, True]
    assert "as an image" in door.take([video("b.mp4", [BASE], md5=same)])[0]["error"]
    assert collection.counts()["videos"] == 0


@pytest.mark.parametrize(("platform", "browser"), [("Mac", "Chrome"), ("Linux", ""), (["Linux"], None)])
def test_a_source_is_one_of_few(collection: Collection, platform: Any, browser: Any) -> None:
    with pytest.raises(ClaimError):
        DeviceDoor(collection, platform, browser)


def test_nothing_of_a_device_enters_the_cache_that_users_share(door: DeviceDoor) -> None:
    claims = [image("a.jpg"), video("b.mp4", [BASE])]
    door.take(claims, [JPEG, JPEG])
    cache = MediaCache()
    for claim in claims:
        assert cache.image(claim["md5"]) is cache.track(claim["md5"]) is cache.thumbnail(claim["md5"]) is None
    assert not (cache.folder / "thumbnails").exists()


def test_a_claimed_md5_shows_nothing_that_others_own(graph: Graph, user: str) -> None:
    """Eve knows the MD5 of ada's picture and claims it: she sees only what she sent herself."""
    secret = md5("secret")
    cache = MediaCache()
    cache.store_image(secret, ImageFacts(near(50), 9, 8))
    cache.store_thumbnail(secret, None, b"ada's picture")
    eve = Workbench(f"{user} eve", graph)
    door = eve.device("Linux", "Firefox")
    door.take([image("x.jpg", BASE, md5=secret)])
    key = f"{eve.user}:{secret}"
    assert eve.thumbnail(key) is None
    assert eve.images()["dhash"][0] == f"{BASE:016x}"
    door.take([image("x.jpg", BASE, md5=secret)], [JPEG])
    assert eve.thumbnail(key) == JPEG
    ada = Workbench(f"{user} ada", graph)
    assert ada.thumbnail(key) is ada.thumbnail(f"{ada.user}:{secret}") is None
    SentThumbnails(eve.user).store(md5("never stored"), JPEG)
    assert eve.thumbnail(f"{eve.user}:{md5('never stored')}") is None


def test_what_a_device_sent_is_shown_to_whom_it_is_shared_with(graph: Graph, user: str) -> None:
    """Call by call; what was not sent is a picture for nobody here, whoever else has the same bytes."""
    ada, bob, eve = (Workbench(f"{user} {name}", graph) for name in ("ada", "bob", "eve"))
    claims = [image("sent.jpg"), image("kept.jpg", near(20)), video("film.mp4", [near(35), near(50)])]
    ada.device("Linux", "Chrome").take(claims, [JPEG, None, JPEG])
    theirs = thumbnail_of(np.full((30, 40, 3), 200, np.uint8))
    for other in (bob, eve):
        other.device("Linux", "Chrome").take([image("kept.jpg", near(20))], [theirs])
    sent, kept, film = (f"{ada.user}:{claim['md5']}" for claim in claims)
    of_ada = {name: Workbench(name, graph, of=ada.user) for name in (bob.user, eve.user)}
    calls = [getattr(Workbench, name) for name in ("thumbnail", "picture", "video_bytes", "key_frame_counts")]

    def seen(wb: Workbench, keys: tuple[str, ...] = (sent, kept, film, f"{film}:0")) -> list[object]:
        assert [wb.picture(key) for key in keys] == [None] * len(keys), "the file is nowhere here"
        for call in calls[2:]:
            with pytest.raises(MediaError, match=r"no file of such|lies on a person's|no such video"):
                call(wb, keys[2])
        return [wb.thumbnail(key) for key in keys]

    def refused(wb: Workbench) -> None:
        for call in calls:
            with pytest.raises(NotSharedError, match="is not shared with"):
                call(wb, film)
        with pytest.raises(NotSharedError, match="is not shared with"):
            wb.key_frames_at(film, 6)

    for wb in of_ada.values():
        refused(wb)
    for tagging in (False, True):
        ada.share(bob.user, tagging=tagging)
        guest = of_ada[bob.user]
        assert seen(guest) == seen(ada) == [JPEG, None, JPEG, None]
        assert guest.key_frames_at(film, 6).equals(ada.key_frames_at(film, 6))
        refused(of_ada[eve.user])
        for wb in (bob, eve):  # each at home: neither by ada's keys, nor as if they were theirs
            assert seen(wb) == [None] * 4
            forged = tuple(key.replace(ada.user, wb.user) for key in (sent, kept, film, f"{film}:0"))
            assert seen(wb, forged) == [None, theirs, None, None]
            assert guest.thumbnail(forged[1]) is None
    ada.remove("Linux: Chrome/sent.jpg")
    assert guest.thumbnail(sent) is ada.thumbnail(sent) is None
    members.disable(graph, bob.user)
    refused(guest)
    members.enable(graph, bob.user)
    assert guest.thumbnail(film) == JPEG
    ada.unshare(bob.user)
    refused(guest)
    assert ada.thumbnail(film) == JPEG


def test_other_settings_open_no_cache_to_a_claimed_md5(graph: Graph, user: str) -> None:
    """Eve claims a film that the kernel decoded for ada: a new distance gives her none of its samples."""
    secret = md5("film")
    hashes = np.array([near(bits) for bits in (0, 9, 18, 27)], np.uint64)
    MediaCache().store_track(secret, Track(hashes, np.arange(4) / 25, 0.16, 25.0, 9, 8, False))
    eve = Workbench(user, graph)
    eve.device("Linux", "Firefox").take([video("x.mp4", [BASE, near(40)], md5=secret)])
    before = list(eve.frames()["dhash"])
    report = change_settings(eve.collection, key_frame_distance=3)
    assert [failure.path for failure in report.failed] == ["Linux: Firefox/x.mp4"]
    assert "lies on a person's device" in report.failed[0].error
    assert list(eve.frames()["dhash"]) == before
    with pytest.raises(MediaError, match="lies on a person's device"):
        eve.key_frame_counts(f"{user}:{secret}")


def test_removed_and_brought_back(door: DeviceDoor, collection: Collection) -> None:
    """An undo brings a device's files back as they were."""
    door.take([image("a.jpg", near(2)), video("b.mp4", [near(3), near(40)])])
    before = (collection.images(), collection.videos(), collection.frames(), collection.matches())
    collection.remove(list(collection.files()))
    assert collection.counts()["files"] == 0
    collection.undo()
    assert (collection.images(), collection.videos(), collection.frames(), collection.matches()) == before


def test_the_kernel_opens_no_file_of_a_device(
    graph: Graph, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of that very name in the kernel's folder is another file, and stays closed."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Linux: Chrome" / "a.png"
    path.parent.mkdir()
    target = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).save(target, "PNG")
    path.write_bytes(target.getvalue())
    with Workbench(user, graph) as bench:
        bench.device("Linux", "Chrome").take([image("a.png", content=""), video("b.mp4", [BASE])])
        assert bench.thumbnail(f"{user}:{md5('a.png')}") is None
        film = f"{user}:{md5('b.mp4')}"
        assert list(bench.key_frames_at(film, 6)["sample"]) == [0]
        with pytest.raises(MediaError, match="lies on a person's device"):
            bench.key_frames_at(film, 5)
        # The kernel's own file of that place is another one beside it.
        assert bench.ingest(tmp_path, progress=False).images == 1
        assert sorted(bench.collection.files()) == [str(path), "Linux: Chrome/a.png", "Linux: Chrome/b.mp4"]


def test_a_file_on_both_sides_is_one_content(graph: Graph, user: str, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 80, 3), dtype=np.uint8)).save(picture)
    import hashlib

    content = hashlib.md5(picture.read_bytes()).hexdigest()
    graphs = []
    for first in ("kernel", "device"):
        with Workbench(f"{user} {first}", graph) as bench:
            claim = image("a.png", near(3), md5=content)
            door = bench.device("Windows", "Edge")
            for side in (first, {"kernel": "device", "device": "kernel"}[first]):
                door.take([claim]) if side == "device" else bench.ingest(picture, progress=False)
            row = bench.images().iloc[0]
            assert (row["files"], row["path"]) == (2, str(picture))
            assert (row["width"], row["height"]) == (80, 90)
            assert row["dhash"] != f"{near(3):016x}"
            assert bench.thumbnail(row["key"]) is not None
            graphs.append(snapshot(graph, bench.user))
    assert graphs[0] == graphs[1]


def test_what_is_collected_leaves_no_sent_thumbnail(door: DeviceDoor, graph: Graph, user: str) -> None:
    door.take([image("a.jpg"), image("b.jpg", near(20)), image("c.jpg", near(40))], [JPEG, JPEG, JPEG])
    own, sent = Workbench(user, graph), SentThumbnails(user)
    paths = dict(zip(own.images()["name"], own.images()["path"], strict=True))
    own.remove(paths["a.jpg"])
    own.collect()
    assert len(sent.stored()) == 3, "an undo may bring it back"
    own.collect(everything=True)
    own.remove(paths["b.jpg"])
    assert sent.stored() == sorted(md5(name) for name in ("b.jpg", "c.jpg"))
    own.undo()
    assert own.thumbnail(f"{user}:{md5('b.jpg')}") == JPEG
