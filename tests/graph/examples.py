"""One example of parameters for every query, on one small collection that both engines hold alike.

`fill` builds the collection through the public `Collection` only. `EXAMPLES` has one line a query: its
parameters without `$user`. A query that is added to `cypher/` needs one more line here, and where it asks
for something that the collection has not (a tag, a mark), one more call in `fill`. `state` reads all that
is stored of the user, so that a query that writes can be compared by what it changed.
"""

import re
import uuid
from typing import Any

from tagcat_kernel.graph.catalogue import Query
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.keys import bits, content_key, file_key, frame_key, label_key, tag_key
from tagcat_kernel.graph.runner import Run
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.sharing import share
from tests.graph.things import BASE, SOURCE, image, md5, near, video

USER = f"side by side {uuid.uuid4().hex[:10]}"
"""New in each run: the tests' Neo4j may be one that has seen others."""
MEMBER = f"{USER}, member"

RANDOM: set[str] = {"made"}
"""Columns and properties drawn by chance or by the clock, which differ between equal collections."""

STILLS = [f"/{letter}.jpg" for letter in "abcdef"]
CLIPS = [f"/{letter}.mp4" for letter in "ghijkl"]
GONE_STILL, GONE_CLIP = "/gone.jpg", "/gone.mp4"


def fill(graph: Graph) -> Collection:
    """Store images and clips whose matches join every pair of kinds, duplicates, marks, deleted contents."""
    own = Collection(graph, USER)
    own.store([image(path, BASE ^ number) for number, path in enumerate(STILLS)], source=SOURCE)
    own.store([image("/a copy.jpg", BASE, content=STILLS[0])], source=SOURCE)
    for number, path in enumerate(CLIPS):
        own.store([video(path, [near(4) ^ number << 8, near(30 + number)])], source=SOURCE)
    own.store([image(GONE_STILL, near(5)), video(GONE_CLIP, [near(6)])], source=SOURCE)
    own.store([image(GONE_STILL, near(40), content="new still")], source=SOURCE)
    own.store([video(GONE_CLIP, [near(44)], content="new clip")], source=SOURCE)
    own.reject(*REJECTED[0])
    own.reject(*REJECTED[1])
    own.confirm_pairs(CONFIRMED)
    for change in own.history():
        graph.write("forget_changes", user=USER, number=change.number, by="")  # noted by the clock
    Collection(graph, f"{USER}, leaving")
    graph.write("set_version", user=f"{USER}, leaving", version="no token drawn by chance")
    graph.write("mark_user_leaving", user=f"{USER}, leaving")
    share(graph, USER, Collection(graph, MEMBER).user)
    graph.write("set_version", user=MEMBER, version="no token drawn by chance")
    graph.write("set_member", user=USER, state="active", tokens_from=0.5, asked=0.25)
    graph.write("create_invitation", user=USER, digest="of a code", ends=1.5)
    own.add_tag("animals", colour="#123456")
    own.add_tag("cats", parent="animals")
    own.tag([image_at(0), video_at(0), frame_at(0)], "cats")
    own.tag([image_at(1)], "animals")
    own.tag([image_at(0), video_at(0)], "seen")
    own.label({image_at(0): [("cat", 0.75), ("dog", 0.25)], frame_at(0): [("cat", 0.5)]}, "tiny")
    own.tag([MOMENT], "animals", {MOMENT: (2**62 + 1, 7.04)})
    graph.write("create_moments", user=USER, rows=[IDLE])
    graph.write("set_version", user=USER, version="no token drawn by chance")
    return own


def image_at(number: int) -> str:
    return content_key(USER, md5(STILLS[number]))


def video_at(number: int) -> str:
    return content_key(USER, md5(CLIPS[number]))


def frame_at(number: int, second: int = 0) -> str:
    return frame_key(USER, md5(CLIPS[number]), 25 * second)


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


IMAGES = sorted(image_at(number) for number in range(len(STILLS)))
FRAMES = sorted(frame_at(number) for number in range(len(CLIPS)))
IMAGE_FIRST = next((a, b) for a in IMAGES for b in FRAMES if a < b)
FRAME_FIRST = next((a, b) for a in FRAMES for b in IMAGES if a < b)
REJECTED = [(IMAGES[0], IMAGES[1]), (FRAMES[0], FRAMES[1])]
CONFIRMED = [(IMAGES[3], IMAGES[4]), (FRAMES[3], FRAMES[4])]
NEW = content_key(USER, md5("/new.jpg"))
MOMENT = frame_at(0, 7)
IDLE = {"key": frame_at(1, 7), "video": video_at(1), "pos": 7.0, "dhash": bits(3)}
LABELLED = {"label": label_key(USER, "cat"), "score": 0.125, "model": "other"}
CATS, ANIMALS = tag_key(USER, "cats"), tag_key(USER, "animals")
NEW_FILE = {"path": "/new", "name": "new", "bytes": 7, "modified": 2**60 + 1, "source": SOURCE}


def _ends(pair: tuple[str, str]) -> dict[str, str]:
    return {"a": pair[0], "b": pair[1]}


def _links(pair: tuple[str, str], distance: int) -> dict[str, Any]:
    return {"a": pair[0], "b": [pair[1]], "dist": [distance]}


# Parameters by the query's name, without `user`: that is USER wherever the text takes it.
EXAMPLES: dict[str, dict[str, Any]] = {
    "change": {"number": 1, "by": ""},
    "changes": {},
    "collect_frames": {"rows": [MOMENT, frame_at(0)]},
    "collect_images": {"rows": [content_key(USER, md5(GONE_STILL)), image_at(0)]},
    "collect_videos": {"rows": [content_key(USER, md5(GONE_CLIP)), video_at(0)]},
    "confirm_frame_frame": {"rows": [_ends((FRAMES[1], FRAMES[2]))]},
    "confirm_frame_image": {"rows": [_ends(FRAME_FIRST)]},
    "confirm_image_frame": {"rows": [_ends(IMAGE_FIRST)]},
    "confirm_image_image": {"rows": [_ends((IMAGES[1], IMAGES[2]))]},
    "confirmed": {},
    "count_files": {},
    "count_frames": {},
    "count_images": {},
    "count_matches": {},
    "count_rejected_matches": {},
    "count_videos": {},
    "create_change": {
        "key": f"{USER}:99",
        "number": 99,
        "made": 0.5,
        "what": "tag",
        "told": "tagged",
        "undo": "[]",
        "by": "bob",
    },
    "create_moments": {"rows": [IDLE | {"key": frame_at(1, 8)}]},
    "create_tag": {"tag": tag_key(USER, "new"), "called": "new", "colour": "#000000"},
    "create_frames": {
        "rows": [
            {"video": video_at(0), "keys": [frame_at(0, 9), frame_at(0, 8)], "positions": [9.04, 8.0]}
            | {"hashes": [bits(2**63 + 5), bits(7)]}
        ]
    },
    "create_image_files": {"rows": [NEW_FILE | {"key": file_key(USER, "/new"), "content": image_at(0)}]},
    "create_images": {
        "rows": [{"key": NEW, "md5": md5("/new.jpg"), "dhash": bits(BASE), "width": None, "height": 3}]
    },
    "create_invitation": {"digest": "d", "ends": 2.5, "user": f"{USER}, leaving"},
    "create_user": {
        "max_distance": 8,
        "key_frame_distance": 6,
        "version": "t",
        "made": 1.5,
        "user": f"{USER}, new",
    },
    "create_video_files": {"rows": [NEW_FILE | {"key": file_key(USER, "/new"), "content": video_at(0)}]},
    "create_videos": {
        "rows": [
            {"key": NEW, "md5": md5("/new.jpg"), "duration": 0.04, "fps": None, "width": 9, "height": 8}
            | {"damaged": True}
        ]
    },
    "delete_tag": {"tag": CATS},
    "delete_some_of_user": {"limit": 1000},
    "delete_user": {"user": f"{USER}, leaving"},
    "delete_invitation": {},
    "deleted_contents": {},
    "forget_changes": {"number": 2, "by": ""},
    "free_tag": {"tag": CATS},
    "idle_frames": {"limit": 10},
    "invitation": {},
    "items_of_tag": {"tag": CATS},
    "drop_image_files": {"rows": [file_key(USER, STILLS[2]), "nobody's"]},
    "drop_video_files": {"rows": [file_key(USER, CLIPS[2]), "nobody's"]},
    "frame_hashes": {},
    "image_files": {},
    "image_hashes": {},
    "images": {},
    "known_frames": {"rows": [video_at(0), video_at(1), content_key(USER, md5(GONE_CLIP))]},
    "known_image_files": {"rows": [file_key(USER, STILLS[0]), file_key(USER, "/nowhere")]},
    "known_images": {"rows": [image_at(0), content_key(USER, md5(GONE_STILL)), NEW]},
    "known_video_files": {"rows": [file_key(USER, CLIPS[0]), file_key(USER, "/nowhere")]},
    "known_videos": {"rows": [video_at(0), content_key(USER, md5(GONE_CLIP)), NEW]},
    "create_labels": {"rows": [{"key": label_key(USER, "new"), "name": "new"}]},
    "label_frames": {"rows": [LABELLED | {"key": frame_at(1)}, LABELLED | {"key": "nobody's"}]},
    "label_images": {"rows": [LABELLED | {"key": image_at(1)}, LABELLED | {"key": "nobody's"}]},
    "labelled_frames": {},
    "labelled_images": {},
    "labels": {},
    "unlabel_frames": {"rows": [frame_at(0), "nobody's"], "model": "tiny"},
    "unlabel_images": {"rows": [image_at(0), "nobody's"], "model": "tiny"},
    "link_frame_frame": {"rows": [_links((FRAMES[0], FRAMES[1]), 3)]},
    "link_frame_image": {"rows": [_links(FRAME_FIRST, 0)]},
    "link_image_frame": {"rows": [_links(IMAGE_FIRST, 64)]},
    "link_image_image": {"rows": [_links((IMAGES[0], IMAGES[1]), 3)]},
    "lock": {},
    "match_in_database": {"max_distance": 8},
    "mark_user_leaving": {},
    "matches": {},
    "member": {},
    "neighbours_of_frames": {"rows": [*FRAMES, "nobody's"], "max_distance": 8},
    "neighbours_of_images": {"rows": [*IMAGES, content_key(USER, md5(GONE_STILL))], "max_distance": 2},
    "places_of_frames": {"rows": [frame_at(0), MOMENT, image_at(0)]},
    "places_of_images": {"rows": [image_at(0), video_at(0)]},
    "places_of_videos": {"rows": [image_at(0), video_at(0)]},
    "put_tag_under": {"tag": ANIMALS, "parent": CATS},
    "reject_frame_frame": {"rows": [_ends((FRAMES[1], FRAMES[2]))]},
    "reject_frame_image": {"rows": [_ends(FRAME_FIRST)]},
    "reject_image_frame": {"rows": [_ends(IMAGE_FIRST)]},
    "reject_image_image": {"rows": [_ends((IMAGES[1], IMAGES[2]))]},
    "rejected": {},
    "schema_version": {},
    "set_frames": {"rows": [{"key": frame_at(0), "pos": 0.5, "dhash": bits(7), "deleted": True}]},
    "set_images": {
        "rows": [{"key": image_at(0), "dhash": bits(2**64 - 1), "width": 1, "height": None, "deleted": True}]
    },
    "set_change_undone": {"number": 2, "by": ""},
    "set_member": {"state": "disabled", "tokens_from": 1.5, "asked": None},
    "set_settings": {"max_distance": 12, "key_frame_distance": 4},
    "set_tag": {"tag": CATS, "key": tag_key(USER, "felines"), "called": "felines", "colour": "#ffffff"},
    "share": {"member": MEMBER, "tagging": True},
    "share_check": {"member": MEMBER},
    "share_tag": {"tag": ANIMALS, "into": CATS},
    "shared_with_me": {"user": MEMBER},
    "shares": {},
    "tag_frames": {"tag": CATS, "rows": [frame_at(2), "nobody's"]},
    "tag_images": {"tag": CATS, "rows": [image_at(2), "nobody's"]},
    "tag_videos": {"tag": CATS, "rows": [video_at(2), "nobody's"]},
    "tagged_frames": {},
    "tags_together": {},
    "tagged_images": {},
    "tagged_videos": {},
    "tags": {},
    "unshare": {"member": MEMBER},
    "untag_frames": {"tag": CATS, "rows": [frame_at(0), frame_at(3)]},
    "untag_images": {"tag": CATS, "rows": [image_at(0), image_at(3)]},
    "untag_videos": {"tag": CATS, "rows": [video_at(0), video_at(3)]},
    "set_schema_version": {"version": 99},
    "set_version": {"version": "another token"},
    "set_videos": {
        "rows": [
            {"key": video_at(0), "duration": None, "fps": 23.976, "width": 1, "height": 2}
            | {"damaged": True, "deleted": True}
        ]
    },
    "unconfirm_frame": {"rows": [_ends(CONFIRMED[1])]},
    "unconfirm_image": {"rows": [_ends(CONFIRMED[0])]},
    "unlink_frame": {"rows": [{"key": FRAMES[0], "other": FRAMES[1]}]},
    "unlink_image": {"rows": [{"key": IMAGES[1], "other": IMAGES[0]}]},
    "unreject_frame": {"rows": [_ends(REJECTED[1])]},
    "unreject_image": {"rows": [_ends(REJECTED[0])]},
    "user": {},
    "version": {},
    "video_files": {},
    "videos": {},
}


def parameters_of(query: Query) -> dict[str, Any]:
    """The example of a query, with the user where the text asks for one."""
    own = EXAMPLES[query.name]
    return own if "user" in own or "$user" not in query.text else {"user": USER} | own


def state(run: Run) -> list[str]:
    """All nodes and relationships of the example's users, and the schema's version, as sorted lines."""
    nodes = run(
        "MATCH (n) WHERE n.user STARTS WITH $user OR n:Schema "
        "RETURN labels(n) AS labels, properties(n) AS facts",
        {"user": USER},
    )
    edges = run(
        "MATCH (a)-[r]->(b) WHERE a.user STARTS WITH $user "
        "RETURN a.key AS a, type(r) AS type, properties(r) AS facts, b.key AS b",
        {"user": USER},
    )
    return sorted(str(plainly(row)) for row in [*nodes, *edges])


def plainly(value: Any, name: str = "") -> Any:
    """A value in a form that two engines can be compared by: maps in the order of their names."""
    if isinstance(value, dict):
        return sorted((key, plainly(one, key)) for key, one in value.items() if key not in RANDOM)
    if isinstance(value, list):
        return [plainly(one) for one in value]
    return value


def in_rows(rows: list[dict[str, Any]]) -> list[Any]:
    """Rows in an order of their own; a row of columns of one length becomes the rows that it stands for."""
    taken = []
    for row in rows:
        columns = [value for value in row.values() if isinstance(value, list)]
        if columns and len({len(column) for column in columns}) == 1:
            single = {name: value for name, value in row.items() if not isinstance(value, list)}
            names = [name for name, value in row.items() if isinstance(value, list)]
            taken += [single | dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        else:
            taken.append(row)
    return sorted((plainly(row) for row in taken), key=repr)


def writes(query: Query) -> bool:
    """Whether the text changes something."""
    return bool(re.search(r"(?<!:)\b(CREATE|MERGE|SET|DELETE|REMOVE)\b", query.text))
