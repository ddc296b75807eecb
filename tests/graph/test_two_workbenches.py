"""Two people with overlapping files: every public call of one's workbench, tried on what is the other's.

None reads, changes or deletes anything of the first's. A verb that is added to `Workbench` needs a line in
`TRIALS`, else a test fails.
"""

import inspect
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tagcat_kernel import MediaError, Workbench
from tagcat_kernel.graph.archive_file import read_archive
from tagcat_kernel.graph.session import Graph, NotSharedError
from tagcat_kernel.reports.errors import ReportError
from tests.graph.engines import snapshot
from tests.kernel.films import short_film
from tests.kernel.models import colour_model

pytestmark = pytest.mark.usefixtures("one_decoder")


@dataclass
class Two:
    """Ada, who has all files and a secret; Eve, who has some of the same; and Ada's keys."""

    ada: Workbench
    eve: Workbench
    still: str
    clip: str
    frame: str
    job: str
    folder: Path

    @property
    def secret(self) -> Path:
        return self.folder / "secret" / "still.jpg"

    def hers(self, key: str) -> str:
        """A key of Ada's as it would be if the content were Eve's."""
        return key.replace(self.ada.user, self.eve.user, 1)


@pytest.fixture
def two(
    graph: Graph, user: str, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Two]:
    for name in ("uri", "user", "password", "database"):  # for the jobs, which are processes of their own
        monkeypatch.setenv(f"TAGCAT_GRAPH_{name.upper()}", getattr(graph.runner.endpoint, name))
    stills = sorted(drawn.rglob("*.jpg"))[:3]
    (tmp_path / "secret").mkdir()
    (tmp_path / "shared").mkdir()
    for path in stills[:2]:
        shutil.copy(path, tmp_path / "shared" / path.name)
    (tmp_path / "shared" / "both.mp4").write_bytes(short_film(1, 2, 3))
    shutil.copy(stills[2], tmp_path / "secret" / "still.jpg")
    (tmp_path / "secret" / "clip.mp4").write_bytes(short_film(3, 4, 5, 6))
    with Workbench(user=user, graph=graph) as ada, Workbench(user=f"{user}x", graph=graph) as eve:
        ada.ingest(tmp_path / "shared", tmp_path / "secret", progress=False)
        eve.ingest(tmp_path / "shared", progress=False)
        videos = ada.videos().set_index("name")["key"]
        key = videos["clip.mp4"]
        ada.tag(ada.images(), "hush")
        ada.tag([*ada.images()["key"], *videos], "secret tag")
        ada.tag(ada.item(tmp_path / "secret" / "clip.mp4", 0.5), "secret tag")
        ada.collection.label({ada.images()["key"][0]: [("secret label", 0.5)]}, "secret model")
        first = ada.matches().iloc[0]
        ada.reject(first)
        ada.confirm(ada.matches())
        job = ada.start_settings()
        ended(ada, job.id)
        still = ada.images().set_index("path")["key"][str(tmp_path / "secret" / "still.jpg")]
        yield Two(ada, eve, still, key, ada.frames(key)["key"].iloc[0], job.id, tmp_path)


def ended(workbench: Workbench, job: str) -> str:
    deadline = time.monotonic() + 60
    while (now := workbench.job(job)).state == "running":
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    return now.state


def refused(call: Callable[..., object], *arguments: Any, **options: Any) -> bool:
    with pytest.raises((ValueError, KeyError, MediaError, ReportError)):
        call(*arguments, **options)
    return True


def exported(two: Two) -> Any:
    path = two.folder / "eve.zip"
    path.unlink(missing_ok=True)
    two.eve.export(path)
    return read_archive(path)


def reported(two: Two) -> str:
    notebook = two.folder / "eve.ipynb"
    source = "from tagcat_kernel import Workbench\nWorkbench().files()"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), notebook)
    made = two.eve.report(two.folder / "report", notebook, paths="full", replace=True, progress=False)
    notebook.unlink()
    told = [path.read_text("utf-8") for path in made.folder.rglob("*") if path.is_file()]
    assert any(str(two.folder / "shared") in text for text in told), "her own files are in it"
    return "".join(told)


# What Eve tries; it must return something without a trace of Ada's secrets, and not False.
TRIALS: dict[str, Callable[[Two], object]] = {
    "accept_label": lambda two: (
        refused(two.eve.accept_label, two.ada.labels())
        and refused(two.eve.accept_label, {"key": two.hers(two.still), "label": "secret label"})
    ),
    "access": lambda two: two.eve.access == "owner",
    "add_tag": lambda two: two.eve.add_tag("mine"),
    "cancel": lambda two: refused(two.eve.cancel, two.job),
    "chance": lambda two: two.eve.chance().words(),
    "changes": lambda two: two.eve.changes(),
    "cluster": lambda two: two.eve.cluster(2),
    "cluster_costs": lambda two: two.eve.cluster_costs(),
    "collect": lambda two: two.eve.collect(everything=True),
    "collection": lambda two: two.eve.collection.user == two.eve.user,
    "colour_tag": lambda two: refused(two.eve.colour_tag, "hush", "#000000"),
    "confirm": lambda two: (
        refused(two.eve.confirm, two.still, two.frame)
        and refused(two.eve.confirm, two.ada.matches())
        and refused(two.eve.confirm, two.eve.images()["key"][0], two.still)
        and refused(two.eve.confirm, two.hers(two.still), two.hers(two.frame))
    ),
    "counts": lambda two: two.eve.counts()["files"] == 3,
    "delete_tag": lambda two: refused(two.eve.delete_tag, "hush"),
    "device": lambda two: two.eve.device("Linux", "Chrome").source,
    "distance_counts": lambda two: two.eve.distance_counts(),
    "duplicates": lambda two: two.eve.duplicates(),
    "export": exported,
    "files": lambda two: two.eve.files(),
    "find": lambda two: (
        two.eve.find(two.ada.collection.hashes().hashes, 64).to_csv()
        + two.eve.find(two.secret, 64)[["key", "path"]].to_csv()
    ),
    "frames": lambda two: two.eve.frames(two.clip).empty and two.eve.frames(),
    "groups": lambda two: two.eve.groups(64),
    "images": lambda two: two.eve.images(),
    "import_archive": lambda two: exported(two) and two.eve.import_archive(two.folder / "eve.zip"),
    "ingest": lambda two: two.eve.ingest(two.folder / "shared", progress=False),
    "item": lambda two: refused(two.eve.item, two.secret),
    "job": lambda two: refused(two.eve.job, two.job),
    "jobs": lambda two: two.job not in [job.id for job in two.eve.jobs()],
    "key_frame_counts": lambda two: refused(two.eve.key_frame_counts, two.clip),
    "key_frames_at": lambda two: refused(two.eve.key_frames_at, two.clip, 3),
    "label": lambda two: (
        refused(two.eve.label, colour_model(two.folder), two.still, progress=False)
        and refused(two.eve.label, colour_model(two.folder), two.hers(two.clip), progress=False)
        and two.eve.label(colour_model(two.folder), minimum_score=0, progress=False)
    ),
    "labels": lambda two: two.eve.labels(),
    "match": lambda two: two.eve.match(),
    "matches": lambda two: two.eve.matches(),
    "merge_tags": lambda two: refused(two.eve.merge_tags, "hush", "secret tag"),
    "move_tag": lambda two: refused(two.eve.move_tag, "hush", "secret tag"),
    "neighbourhood": lambda two: (
        refused(two.eve.neighbourhood, two.still) and refused(two.eve.neighbourhood, two.hers(two.still))
    ),
    "pairs": lambda two: two.eve.pairs(64),
    "picture": lambda two: (
        two.eve.picture(two.still) is None
        and two.eve.picture(two.hers(two.still)) is None
        and two.eve.picture(two.frame) is None
        and two.eve.picture(two.hers(two.frame)) is None
    ),
    "plain": lambda two: two.eve.plain(),
    "reject": lambda two: (
        refused(two.eve.reject, two.still, two.frame)
        and refused(two.eve.reject, two.ada.matches())
        and refused(two.eve.reject, two.eve.images()["key"][0], two.still)
        and refused(two.eve.reject, two.hers(two.still), two.hers(two.frame))
    ),
    "remove": lambda two: (
        refused(two.eve.remove, two.secret)
        and refused(two.eve.remove, two.still)
        and refused(two.eve.remove, two.ada.images())
        and refused(two.eve.remove, two.hers(two.clip))
    ),
    "rename_tag": lambda two: refused(two.eve.rename_tag, "hush", "loud"),
    "report": reported,
    "rerun": lambda two: refused(two.eve.rerun, two.folder / "no report", progress=False),
    "resume": lambda two: refused(two.eve.resume, two.job),
    "set": lambda two: two.eve.set(max_distance=9, key_frame_distance=5, progress=False),
    "settings": lambda two: two.eve.settings,
    "share": lambda two: refused(two.eve.share, two.eve.user) and refused(two.eve.share, "nobody at all"),
    "shared_with_me": lambda two: two.eve.shared_with_me().empty,
    "shares": lambda two: two.eve.shares().empty,
    "start_ingest": lambda two: ended(two.eve, two.eve.start_ingest([two.folder / "shared"]).id) == "done",
    "start_label": lambda two: (
        ended(two.eve, two.eve.start_label(colour_model(two.folder), again=True).id) == "done"
        and ended(two.eve, two.eve.start_label(colour_model(two.folder), two.hers(two.still)).id) == "failed"
    ),
    "start_settings": lambda two: ended(two.eve, two.eve.start_settings(max_distance=8).id) == "done",
    "tag": lambda two: (
        refused(two.eve.tag, two.still, "x")
        and refused(two.eve.tag, two.hers(two.still), "x")
        and refused(two.eve.tag, two.hers(two.clip) + ":3", "x")
        and refused(two.eve.tag, two.ada.frames(), "x")
    ),
    "tagged": lambda two: two.eve.tagged().empty and refused(two.eve.tagged, "secret tag"),
    "tags_together": lambda two: two.eve.tags_together().empty,
    "tags": lambda two: "hush" not in list(two.eve.tags()["name"]),
    "thumbnail": lambda two: (
        two.eve.thumbnail(two.still) is None
        and two.eve.thumbnail(two.hers(two.still)) is None
        and two.eve.thumbnail(two.frame) is None
        and two.eve.thumbnail(two.hers(two.frame)) is None
    ),
    "undo": lambda two: refused(two.eve.undo, two.ada.changes()["number"].max()),
    "unconfirm": lambda two: (
        refused(two.eve.unconfirm, two.still, two.frame) and two.eve.unconfirm(two.eve.matches()) == 0
    ),
    "unlabelled": lambda two: (
        refused(two.eve.unlabelled, colour_model(two.folder), two.still)
        and refused(two.eve.unlabelled, colour_model(two.folder), two.hers(two.clip))
        and two.eve.unlabelled("keras") == len(two.eve.images()) + len(two.eve.frames())
    ),
    "unreject": lambda two: (
        refused(two.eve.unreject, two.still, two.frame) and two.eve.unreject(two.eve.matches())
    ),
    "unshare": lambda two: refused(two.eve.unshare, two.ada.user),
    "untag": lambda two: (
        refused(two.eve.untag, two.still) and refused(two.eve.untag, two.eve.images(), "secret tag")
    ),
    "verdicts": lambda two: two.eve.verdicts().empty,
    "video_bytes": lambda two: (
        refused(two.eve.video_bytes, two.clip) and refused(two.eve.video_bytes, two.hers(two.clip))
    ),
    "videos": lambda two: two.eve.videos(),
}


def test_every_public_call_has_a_trial() -> None:
    public = [name for name, _ in inspect.getmembers(Workbench) if not name.startswith("_")]
    assert sorted(TRIALS) == sorted(public)


@pytest.mark.soak_on_neo4j
def test_no_call_reaches_the_other_person(two: Two, graph: Graph) -> None:
    before, job = snapshot(graph, two.ada.user), two.ada.job(two.job)
    secrets = (f"{two.ada.user}:", "secret", "hush", two.still.split(":")[1], two.clip.split(":")[1])
    for name, trial in sorted(TRIALS.items()):
        answer = trial(two)
        assert answer is not False, name
        told = answer.to_csv() if hasattr(answer, "to_csv") else repr(answer)
        assert not any(secret in told for secret in secrets), name
        assert snapshot(graph, two.ada.user) == before, name
    assert two.ada.job(two.job) == job
    assert two.ada.jobs() == [job]
    assert two.ada.thumbnail(two.still), "and Ada sees hers"
    assert two.ada.thumbnail(two.frame)


def test_an_archive_opens_no_picture_of_another(two: Two) -> None:
    path = two.folder / "ada.zip"
    two.ada.export(path)
    away = two.folder / "away"
    (two.folder / "secret").rename(away)
    two.eve.import_archive(path, progress=False)
    for key in (two.still, two.clip, two.frame):
        assert two.ada.thumbnail(key), "Ada's cache has it"
        assert two.eve.thumbnail(two.hers(key)) is None
    with pytest.raises(MediaError, match="imported"):
        two.eve.key_frame_counts(two.hers(two.clip))
    assert all(two.eve.thumbnail(key) for key in two.eve.images()["key"] if key != two.hers(two.still))
    away.rename(two.folder / "secret")
    for key in (two.still, two.clip, two.frame):
        assert two.eve.thumbnail(two.hers(key)) == two.ada.thumbnail(key), "the file is there and is it"
    assert two.eve.key_frame_counts(two.hers(two.clip)) == two.ada.key_frame_counts(two.clip)


# What Eve asks of Ada's collection by `Workbench(of=…)`: with arguments that would work for Ada.
ASKED: dict[str, Callable[[Workbench, Two], object]] = {
    "accept_label": lambda wb, two: wb.accept_label(two.ada.labels()),
    "access": lambda wb, _: wb.access,
    "add_tag": lambda wb, _: wb.add_tag("new"),
    "cancel": lambda wb, two: wb.cancel(two.job),
    "chance": lambda wb, _: wb.chance().words(),
    "changes": lambda wb, _: wb.changes(),
    "cluster": lambda wb, _: wb.cluster(2),
    "cluster_costs": lambda wb, _: wb.cluster_costs(),
    "collect": lambda wb, _: wb.collect(everything=True),
    "collection": lambda wb, _: wb.collection.files(),
    "colour_tag": lambda wb, _: wb.colour_tag("hush", "#000000"),
    "confirm": lambda wb, two: wb.confirm(two.still, two.frame),
    "counts": lambda wb, _: wb.counts(),
    "delete_tag": lambda wb, _: wb.delete_tag("hush"),
    "device": lambda wb, _: wb.device("Linux", "Chrome"),
    "distance_counts": lambda wb, _: wb.distance_counts(),
    "duplicates": lambda wb, _: wb.duplicates(),
    "export": lambda wb, two: wb.export(two.folder / "hers.zip"),
    "files": lambda wb, _: wb.files(),
    "find": lambda wb, two: wb.find(two.secret),
    "frames": lambda wb, two: wb.frames(two.clip),
    "groups": lambda wb, _: wb.groups(64),
    "images": lambda wb, _: wb.images(),
    "import_archive": lambda wb, two: wb.import_archive(two.folder / "eve.zip"),
    "ingest": lambda wb, two: wb.ingest(two.folder / "shared", progress=False),
    "item": lambda wb, two: wb.item(two.folder / "secret" / "clip.mp4", 0.5),
    "job": lambda wb, two: wb.job(two.job),
    "jobs": lambda wb, _: wb.jobs(),
    "key_frame_counts": lambda wb, two: wb.key_frame_counts(two.clip),
    "key_frames_at": lambda wb, two: wb.key_frames_at(two.clip, 3),
    "label": lambda wb, two: wb.label(colour_model(two.folder), progress=False),
    "labels": lambda wb, _: wb.labels(),
    "match": lambda wb, _: wb.match(),
    "matches": lambda wb, _: wb.matches(),
    "merge_tags": lambda wb, _: wb.merge_tags("hush", "secret tag"),
    "move_tag": lambda wb, _: wb.move_tag("hush", "secret tag"),
    "neighbourhood": lambda wb, two: wb.neighbourhood(two.still),
    "pairs": lambda wb, _: (wb.pairs(64).to_csv(), wb.pairs(8, engine="graph").to_csv()),
    "picture": lambda wb, two: (wb.picture(two.still), wb.picture(two.frame)),
    "plain": lambda wb, _: wb.plain(),
    "reject": lambda wb, two: wb.reject(two.still, two.frame),
    "remove": lambda wb, two: wb.remove(two.secret),
    "rename_tag": lambda wb, _: wb.rename_tag("hush", "loud"),
    "report": lambda wb, two: wb.report(two.folder / "report of hers", progress=False),
    "rerun": lambda wb, two: wb.rerun(two.folder / "report of hers", progress=False),
    "resume": lambda wb, two: wb.resume(two.job),
    "set": lambda wb, _: wb.set(max_distance=9, progress=False),
    "settings": lambda wb, _: wb.settings,
    "share": lambda wb, _: wb.share("root"),
    "shared_with_me": lambda wb, _: wb.shared_with_me(),
    "shares": lambda wb, _: wb.shares(),
    "start_ingest": lambda wb, two: wb.start_ingest([two.folder / "shared"]),
    "start_label": lambda wb, two: wb.start_label(colour_model(two.folder)),
    "start_settings": lambda wb, _: wb.start_settings(max_distance=9),
    "tag": lambda wb, two: (wb.tag(two.frame, "hush"), wb.tag(f"{two.clip}:3", "secret tag")),
    "tagged": lambda wb, _: wb.tagged("secret tag"),
    "tags": lambda wb, _: wb.tags(),
    "tags_together": lambda wb, _: wb.tags_together(),
    "thumbnail": lambda wb, two: (wb.thumbnail(two.still), wb.thumbnail(two.frame), wb.thumbnail(two.clip)),
    "unconfirm": lambda wb, two: wb.unconfirm(two.ada.matches()),
    "undo": lambda wb, _: wb.undo(),
    "unlabelled": lambda wb, _: wb.unlabelled("keras"),
    "unreject": lambda wb, two: wb.unreject(two.ada.matches()),
    "unshare": lambda wb, two: wb.unshare(two.eve.user),
    "untag": lambda wb, two: wb.untag(two.still, "hush"),
    "verdicts": lambda wb, _: wb.verdicts(),
    "video_bytes": lambda wb, two: wb.video_bytes(two.clip),
    "videos": lambda wb, _: wb.videos(),
}
ANYBODYS = {"shared_with_me"}
"""What is about Eve, whoever's collection is opened."""
READS = {"chance", "changes", "cluster", "cluster_costs", "collection", "counts", "distance_counts"}
READS |= {"duplicates", "files", "find", "frames", "groups", "images", "item", "key_frame_counts", "labels"}
READS |= {"key_frames_at", "matches", "neighbourhood", "pairs", "picture", "plain", "settings", "tagged"}
READS |= {"tags", "tags_together", "thumbnail", "unlabelled", "verdicts", "video_bytes", "videos"}
TAGS = {"tag", "untag", "undo", "accept_label"}


def difference(before: dict[str, list[Any]], now: dict[str, list[Any]]) -> list[str]:
    """Return what two snapshots do not share, a line each."""
    return [line for kind in before for line in set(before[kind]) ^ set(now[kind])]


def holds_only_tags(changed: list[str], two: Two) -> None:
    """Hold that only three changes to tags differ: their notes, tags, and a moment that holds one."""
    assert len(changed) == 3 + 3 + 2
    moment = ("'Frame'", f"user:{two.clip.split(':')[1]}:3")
    for line in changed:
        assert "['Change']" in line or "'TAGGED'" in line or all(part in line for part in moment), line


def told(answer: object) -> str:
    return answer.to_csv() if hasattr(answer, "to_csv") else repr(answer)


def test_every_public_call_is_asked_of_another_s_collection() -> None:
    assert sorted(ASKED) == sorted(TRIALS)


def test_a_member_is_told_what_is_shared_and_no_more(two: Two, graph: Graph) -> None:
    def answers() -> dict[str, str]:
        """What the calls tell her that are not refused; they change nothing of Ada's."""
        found, before, files = {}, snapshot(graph, two.ada.user), sorted(two.folder.rglob("*"))
        for name in sorted(set(ASKED) - TAGS - {"access"} - ANYBODYS):
            try:
                found[name] = told(ASKED[name](hers, two))
            except NotSharedError as error:
                assert str(error).startswith(f"{two.ada.user}'s collection is "), name
        assert snapshot(graph, two.ada.user) == before
        assert two.ada.jobs() == [two.ada.job(two.job)], "no job was started"
        assert sorted(two.folder.rglob("*")) == files, "nothing was written"
        return found

    colour_model(two.folder)
    hers = Workbench(user=two.eve.user, graph=graph, of=two.ada.user)
    assert (hers.user, hers.of, hers.owner) == (two.eve.user, two.ada.user, two.ada.user)
    with hers:
        assert answers() == {}
        assert told(hers.shared_with_me()) == told(two.eve.shared_with_me())
        for name in (*TAGS, "access"):
            with pytest.raises(NotSharedError, match="is not shared with"):
                ASKED[name](hers, two)

        two.ada.share(two.eve.user)
        seen = {name: told(ASKED[name](two.ada, two)) for name in READS}
        assert answers() == seen
        assert hers.access == "reading"
        assert hers.shared_with_me().to_dict("records") == [{"owner": two.ada.user, "tagging": False}]
        whole = snapshot(graph, two.ada.user)
        for name in TAGS:
            with pytest.raises(NotSharedError, match="for reading only"):
                ASKED[name](hers, two)
        assert snapshot(graph, two.ada.user) == whole

        two.ada.share(two.eve.user, tagging=True)
        assert answers() == seen
        whole = snapshot(graph, two.ada.user)
        assert hers.access == "tagging"
        assert two.ada.shares().to_dict("records") == [{"user": two.eve.user, "tagging": True}]
        before = told(two.ada.tagged())
        assert (hers.tag(two.frame, "hush"), hers.tag(f"{two.clip}:3", "secret tag")) == (1, 1)
        assert hers.untag(two.still, "hush") == 1
        with pytest.raises(ValueError, match="has no tag 'secret label', and only"):
            hers.accept_label(two.ada.labels())
        assert hers.accept_label(two.ada.labels(), "secret tag") == 0, "it is there"
        assert list(two.ada.changes()["by"][:4]) == [two.eve.user] * 3 + [two.ada.user]
        assert told(two.ada.tagged()) != before
        holds_only_tags(difference(whole, snapshot(graph, two.ada.user)), two)
        for _ in range(3):
            hers.undo()
        with pytest.raises(ValueError, match="nothing to undo"):
            hers.undo()
        assert told(two.ada.tagged()) == before

        two.ada.unshare(two.eve.user)
        assert answers() == {}
        assert two.ada.access == two.eve.access == "owner"
    assert Workbench(user="ada", of="ada").of is None
