"""`tagcat ingest` on all the real media: nothing is lost, nothing stops it, and the truth holds."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TAGCAT = [sys.executable, "-m", "tagcat_kernel.cli"]
FOLDERS = ("images", "videos", "bad")
# One flat colour that fades: every frame of both is plain, so that dHash has nothing to tell them by.
ALL_PLAIN = "videos/psd__fades.mp4"


@dataclass
class Collection:
    """What the commands printed of the one collection that these tests share."""

    home: Path
    media: Path
    first: dict[str, Any]
    exit_code: int
    stderr: str
    matches: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a `tagcat` command on this collection."""
        return tagcat(self.home, *arguments)

    def alike(self, a: str, b: str, matches: list[dict[str, Any]] | None = None) -> bool:
        """Tell whether two files (named within the media folder) match or hold equal bytes."""
        matches = self.matches if matches is None else matches
        files = {str(self.media / a), str(self.media / b)}
        groups = [set(group["paths"]) for group in self.duplicates]
        if any(files <= group for group in groups):
            return True
        # A content with several files is named by its first path.
        first = {path: min(group, key=os.fsencode) for group in groups for path in group}
        wanted = {first.get(path, path) for path in files}
        return any({match["a"], match["b"]} == wanted for match in matches)


def tagcat(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TAGCAT_HOME": str(home), "TAGCAT_USER": "ada"}
    command = [*TAGCAT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280, check=False)


@pytest.fixture(scope="module")
def collection(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    home = tmp_path_factory.mktemp("collection")
    try:
        ingested = tagcat(home, "ingest", "--json", *(media / name for name in FOLDERS))
        assert ingested.returncode in (0, 1), ingested.stderr
        yield Collection(
            home=home,
            media=media,
            first=json.loads(ingested.stdout),
            exit_code=ingested.returncode,
            stderr=ingested.stderr,
            matches=json.loads(tagcat(home, "matches", "--json").stdout),
            duplicates=json.loads(tagcat(home, "duplicates", "--json").stdout),
        )
    finally:
        tagcat(home, "graph", "stop")


def groups(media: Path, kind: str) -> list[dict[str, Any]]:
    truth = json.loads((media / "truth" / "near_duplicates.json").read_text("utf-8"))
    return [group for group in truth["groups"] if group["kind"] == kind]


def test_every_file_is_stored_or_named_with_a_reason(collection: Collection) -> None:
    files = {str(path) for name in FOLDERS for path in (collection.media / name).iterdir()}
    assert len(files) == 249 + 28 + 95
    failed = {failure["path"]: failure["error"] for failure in collection.first["failed"]}
    assert collection.exit_code == 1
    assert failed.keys() <= files
    assert all(failed.values()), "each with a reason"
    for path, error in failed.items():
        assert f"failed: {path}: {error}" in collection.stderr
    stored = {path for group in collection.duplicates for path in group["paths"]}
    twice = sum(len(group["paths"]) - 1 for group in collection.duplicates)
    new = collection.first["images"] + collection.first["videos"]
    assert new + twice + len(failed) + collection.first["ignored"] == len(files)
    assert not stored & failed.keys()
    good = [path for path in failed if Path(path).parent.name != "bad"]
    assert not good, "every file of images and videos is good"
    assert len(failed) >= 40, "and most of bad is bad"


def test_a_second_run_reads_nothing_again(collection: Collection) -> None:
    if not shutil.which("strace"):
        pytest.skip("seeing which files are opened needs strace: apt install strace")
    log = collection.home / "opened"
    command = ["strace", "-f", "-e", "trace=open,openat", "-o", str(log), *TAGCAT, "ingest", "--json"]
    folders = [str(collection.media / name) for name in FOLDERS]
    environment = os.environ | {"TAGCAT_HOME": str(collection.home), "TAGCAT_USER": "ada"}
    done = subprocess.run([*command, *folders], capture_output=True, text=True, env=environment, check=False)
    again = json.loads(done.stdout)
    assert done.returncode == 1, "the failed files are still failed"
    assert again["failed"] == collection.first["failed"]
    assert (again["images"], again["videos"], again["frames"], again["matches"]) == (0, 0, 0, 0)
    total = sum(len(list((collection.media / name).iterdir())) for name in FOLDERS)
    assert again["skipped"] + len(again["failed"]) + again["ignored"] == total
    opened = [
        line
        for line in log.read_text(errors="replace").splitlines()
        if str(collection.media) in line and "O_DIRECTORY" not in line
    ]
    assert len(opened) <= again["ignored"], "only what is no media by name is looked into"


def test_near_duplicates_match(collection: Collection) -> None:
    missed = [
        f"{group['reference']} ~ {other}"
        for group in groups(collection.media, "image")
        for other in group.get("near_duplicates", [])
        if not collection.alike(group["reference"], other)
    ]
    assert not missed


def test_mirrored_and_turned_copies_are_found_in_all_orientations(collection: Collection) -> None:
    matches = json.loads(collection.run("matches", "--orientations", "all", "--json").stdout)
    asked = [
        (group["reference"], other)
        for group in groups(collection.media, "image")
        for other in group.get("same_after_rotation_or_flip", [])
    ]
    assert len(asked) == 10
    assert not [pair for pair in asked if collection.alike(*pair)], "as they are, none"
    missed = {
        Path(other).name for reference, other in asked if not collection.alike(reference, other, matches)
    }
    assert missed == {"idd__ukbench00120_rotation.jpg", "pillow__hopper_45.png"}, "turned by no quarter"
    assert len({match["orientation"] for match in matches}) == 8
    both = [{frozenset((match["a"], match["b"])) for match in some} for some in (matches, collection.matches)]
    assert both[0] >= both[1], "nothing that matches as it is was lost"


def test_distinct_pictures_do_not_match(collection: Collection) -> None:
    wrong = []
    for group in groups(collection.media, "image"):
        distinct = group.get("all_distinct", [])
        pairs = [(a, b) for number, a in enumerate(distinct) for b in distinct[number + 1 :]]
        pairs += [(group["reference"], other) for other in group.get("distinct_from", [])]
        wrong += [pair for pair in pairs if collection.alike(*pair)]
    assert not wrong


def test_duplicates_are_the_files_of_equal_bytes(collection: Collection) -> None:
    truth = json.loads((collection.media / "truth" / "exact_duplicates.json").read_text("utf-8"))
    failed = {failure["path"] for failure in collection.first["failed"]}
    expected = {
        frozenset(str(collection.media / name) for name in group)
        for group in truth["groups"]
        if not failed & {str(collection.media / name) for name in group}
    }
    assert {frozenset(group["paths"]) for group in collection.duplicates} == expected


def test_videos_of_one_source_match_and_others_do_not(collection: Collection) -> None:
    def shared(a: str, b: str) -> bool:
        wanted = {str(collection.media / a), str(collection.media / b)}
        return any({match["a"], match["b"]} == wanted for match in collection.matches)

    for group in groups(collection.media, "video"):
        if group["reference"] == ALL_PLAIN:
            continue
        for other in [*group.get("near_duplicates", []), *filter(None, [group.get("excerpt")])]:
            assert shared(group["reference"], other), f"{group['reference']} ~ {other}"
        for other in group.get("distinct_from", []):
            assert not shared(group["reference"], other), f"{group['reference']} !~ {other}"


def test_key_frames_lie_at_every_cut(collection: Collection) -> None:
    from tagcat_kernel import key_frames

    truth = json.loads((collection.media / "truth" / "cuts_expected.json").read_text("utf-8"))
    checked = 0
    for name, detectors in truth["peer_pyscenedetect"].items():
        content = [
            set(cuts) for detector, cuts in detectors.items() if detector[:7] in ("Adaptiv", "Content")
        ]
        agreed = set.intersection(*content)
        fps = frame_rate(collection.media / name)
        positions = [frame.position for frame in key_frames(collection.media / name)]
        for cut in agreed:
            assert any(abs(position * fps - cut) <= 1.001 for position in positions), (name, cut)
            checked += 1
    assert checked == 3


def frame_rate(path: Path) -> float:
    import av

    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        return float(rate)


def test_find_says_where_a_picture_is(collection: Collection) -> None:
    asked = collection.media / "images" / "tex__bm_blur-a-lot.jpg"
    answers = json.loads(collection.run("find", asked, "--json").stdout)
    paths = [Path(answer["path"]).name for answer in answers]
    assert answers[0]["distance"] == 0
    assert "tex__bm_aaa-orig.jpg" in paths
    assert all(answer["position"] is None or answer["position"] >= 0 for answer in answers)


def test_find_says_at_which_time_a_clip_is(collection: Collection) -> None:
    asked = collection.media / "videos" / "moviepy__example2.mp4"
    answers = json.loads(collection.run("find", asked, "--json").stdout)
    times = [answer["position"] for answer in answers if answer["path"].endswith("big_buck_bunny_0_30.webm")]
    assert times, "the clip is an excerpt of this film"
    assert all(4 <= time <= 31 for time in times), "which begins at its frame 120, at 24 FPS"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["find", "/no/such/file.jpg"], 1, "/no/such/file.jpg: no such file"),
        (["matches", "--distance", "65"], 2, "64"),
        (["dance"], 2, "dance"),
    ],
)
def test_wrong_use_is_told_in_a_line(
    collection: Collection, arguments: list[str], code: int, said: str
) -> None:
    done = collection.run(*arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_is_content(collection: Collection) -> None:
    done = collection.run("doctor", "--json")
    assert done.returncode == 0, done.stdout
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert "answers" in findings["graph"]["told"]


def test_matches_hold_what_the_docs_say(collection: Collection) -> None:
    assert collection.first["matches"] == len(collection.matches)
    assert all(0 <= match["distance"] <= 8 for match in collection.matches)
    assert {tuple(match) for match in collection.matches} == {
        ("a", "a_position", "b", "b_position", "distance")
    }
    kinds = {(match["a_position"] is None, match["b_position"] is None) for match in collection.matches}
    assert (True, True) in kinds
    assert (False, False) in kinds
