"""Files of devices in a real graph: names that never collide, and whose word counts."""

from dataclasses import replace
from itertools import permutations

import pytest

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.records import HASHED_BY, ImageRecord, VideoRecord
from tests.graph.engines import snapshot
from tests.graph.things import BASE, SOURCE, image, md5, near, video

PHONE = "Android: Chrome"


def seen(record: ImageRecord | VideoRecord, by: str = "device") -> ImageRecord | VideoRecord:
    """The record as a device would send it."""
    return replace(record, hashed_by=by)


def stored(collection: Collection) -> dict[str, str]:
    return {path: file.md5 for path, file in collection.files().items()}


def test_two_files_of_one_name_are_both_kept(collection: Collection) -> None:
    path = f"{PHONE}/DCIM/1.jpg"
    first, second = (seen(image(path, near(bits), content=str(bits))) for bits in (1, 2))
    third = seen(video(path, [BASE], content="film"))
    for _ in range(2):  # a second time nothing changes
        collection.store([first], source=PHONE)
        collection.store([second, third], source=PHONE)
        assert stored(collection) == {
            path: md5("1"),
            f"{PHONE}/DCIM/1 ({md5('2')[:8]}).jpg": md5("2"),
            f"{PHONE}/DCIM/1 ({md5('film')[:8]}).jpg": md5("film"),
        }


def test_a_changed_file_takes_its_name_along(collection: Collection) -> None:
    path = f"{PHONE}/1.jpg"
    collection.store([seen(image(path, content="before"))], source=PHONE)
    after = seen(image(path, near(3), content="after"))
    collection.store([after], source=PHONE, replaces={path: md5("before")})
    assert stored(collection) == {path: md5("after")}
    other = seen(image(path, near(4), content="other"))
    collection.store([other], source=PHONE, replaces={path: md5("before")})
    assert len(stored(collection)) == 2, "what it held before is not there any more"


def test_paths_of_the_kernel_are_never_renamed(collection: Collection) -> None:
    collection.store([image("/1.jpg", content="a")], source=SOURCE)
    collection.store([image("/1.jpg", content="b")], source=SOURCE, replaces={"/1.jpg": "x"})
    assert stored(collection) == {"/1.jpg": md5("b")}


def test_one_content_on_both_sides(collection: Collection) -> None:
    phone = f"{PHONE}/a.jpg"
    collection.store([image("/z/a.jpg", content="a")], source=SOURCE)
    added = collection.store([seen(image(phone, content="a"))], source=PHONE)
    assert (added.images, added.files) == (0, 1)
    row = collection.images()[0]
    assert (row["files"], row["path"]) == (2, "/z/a.jpg"), "the kernel's path names it"
    assert collection.paths(md5("a")) == ["/z/a.jpg"], "what the kernel can open"


@pytest.mark.parametrize("order", list(permutations(HASHED_BY)), ids=" ".join)
def test_the_most_trustworthy_hash_stands(graph: Graph, user: str, order: tuple[str, ...]) -> None:
    """In every order of arrival the graph is the same: the kernel's image, and the kernel's frames."""
    hashes = {"approximate": near(9), "device": near(5), "kernel": near(1)}
    frames = {"approximate": [near(9)], "device": [near(5), near(30)], "kernel": [near(1), BASE, near(40)]}
    graphs = []
    for number, turn in enumerate((order, HASHED_BY)):
        own = Collection(graph, f"{user} {number}")
        own.store([image("/near.jpg", near(2))], source=SOURCE)
        for by in turn:
            place = "/kernel" if by == "kernel" else f"{PHONE}/{by}"
            still = seen(image(f"{place}/a.jpg", hashes[by], content="a"), by)
            film = seen(video(f"{place}/b.mp4", frames[by], content="b"), by)
            for record in (still, film):
                own.store([record], source=PHONE)
                own.store([record], source=PHONE)
        images = {row["md5"]: row["dhash"] for row in own.images()}
        assert images[md5("a")] == f"{near(1):016x}"
        assert [row["dhash"] for row in own.frames(md5("b"))] == [f"{h:016x}" for h in frames["kernel"]]
        nodes = snapshot(graph, own.user)
        live = [node for node in nodes["nodes"] if "('deleted', True)" not in node]
        graphs.append((live, [edge for edge in nodes["edges"] if "MATCH" in edge]))
    assert graphs[0] == graphs[1]


def test_what_was_deleted_has_no_word(collection: Collection) -> None:
    collection.store([image("/a.jpg", near(1), content="a")], source=SOURCE)
    collection.store([image("/a.jpg", near(2), content="b")], source=SOURCE)
    collection.store([seen(image(f"{PHONE}/a.jpg", near(7), content="a"))], source=PHONE)
    hashes = {row["md5"]: row["dhash"] for row in collection.images()}
    assert hashes[md5("a")] == f"{near(7):016x}"


def test_the_device_that_decodes_anew_corrects_itself(collection: Collection) -> None:
    for bits in (5, 3):
        collection.store([seen(image(f"{PHONE}/a.jpg", near(bits), content="a"))], source=PHONE)
    assert collection.images()[0]["dhash"] == f"{near(3):016x}"
