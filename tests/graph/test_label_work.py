"""A model is asked about real files: what it says is stored, gone on with, and made a tag of."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.labelling import LabellerError, Labels, OnnxLabeller, label_items, work
from tagcat_kernel.media.shown import Fit, Pixels
from tagcat_kernel.media.workers import DecoderPool
from tests.graph.engines import snapshot
from tests.kernel.films import short_film
from tests.kernel.models import colour_model

pytestmark = pytest.mark.usefixtures("one_decoder")
NAMES = {"a.png": "red", "b.png": "green", "c.png": "blue"}


@pytest.fixture
def wb(graph: Graph, user: str, tmp_path: Path) -> Iterator[Workbench]:
    """Three pictures of one colour each (with something on them), and a clip of four key frames."""
    folder = tmp_path / "media"
    folder.mkdir()
    for number, (name, colour) in enumerate(NAMES.items()):
        picture = Image.new("RGB", (60, 60), {"green": "lime"}.get(colour, colour))
        picture.paste((9, 9, 9), (10 * number, 0, 10 * number + 9, 60))
        picture.save(folder / name)
    (folder / "clip.mp4").write_bytes(short_film(1, 2, 3, 4))
    with Workbench(user=user, graph=graph) as workbench:
        workbench.ingest(folder, progress=False)
        yield workbench


@pytest.fixture
def labeller(tmp_path: Path) -> OnnxLabeller:
    return OnnxLabeller(colour_model(tmp_path))


def surest(wb: Workbench) -> dict[str, str]:
    """The first label of every image, by the name of its file."""
    labels = wb.labels()
    first = labels[labels["kind"] == "image"].drop_duplicates("key")
    return {Path(path).name: label for path, label in zip(first["path"], first["label"], strict=True)}


def test_a_model_is_asked_about_a_collection(
    wb: Workbench, labeller: OnnxLabeller, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One collection for all of it, and for most of it one decoder: to start them takes the longest."""
    images_and_key_frames_are_labelled_and_tags_stay(wb, labeller)
    forgotten(wb)
    a_cancel_is_gone_on_with(wb, labeller)
    forgotten(wb)
    with DecoderPool(workers=1) as pool, monkeypatch.context() as patch:
        patch.setattr(work, "DecoderPool", lambda: nullcontext(pool))
        only_the_items_that_are_meant(wb, labeller, graph)
        forgotten(wb)
        a_label_becomes_a_tag_and_is_taken_back(wb, labeller)
        with monkeypatch.context() as batches:
            batches.setattr(work, "BATCH", 2)
            what_goes_meanwhile_and_a_model_that_fails_lose_nothing_else(wb)
        forgotten(wb)
        a_file_that_is_gone_or_changed_costs_itself_only(wb, labeller)


def forgotten(wb: Workbench) -> None:
    wb.collection.unlabel(set(wb.labels()["key"]), "colours")
    wb.collection.unlabel(set(wb.labels()["key"]), "stubborn")
    assert wb.labels().empty


def images_and_key_frames_are_labelled_and_tags_stay(wb: Workbench, labeller: OnnxLabeller) -> None:
    wb.tag(wb.images()["key"][0], "mine")
    report = wb.label(labeller, minimum_score=0.2, progress=False)
    frames = wb.frames()
    assert (report.items, report.failed, report.cancelled) == (3 + len(frames), [], False)
    assert surest(wb) == NAMES
    labels = wb.labels()
    assert len(labels) == report.labels
    assert set(labels["model"]) == {"colours"}
    assert labels["score"].between(0.2, 1).all()
    assert set(labels["key"][labels["kind"] == "frame"]) == set(frames["key"])
    assert wb.tags()["name"].tolist() == ["mine"]
    assert len(wb.tagged()) == 1


def a_cancel_is_gone_on_with(wb: Workbench, labeller: OnnxLabeller) -> None:
    calls = itertools.count()
    seen: list[tuple[int, int, str]] = []
    first = label_items(
        wb.collection,
        labeller,
        minimum_score=0,
        cancelled=lambda: next(calls) >= 2,
        progress=lambda *step: seen.append(step),
    )
    total = 3 + len(wb.frames())
    assert (first.items, first.cancelled) == (2, True)
    assert [step[:2] for step in seen] == [(0, total), (2, total)]
    before = wb.labels()
    second = label_items(wb.collection, labeller, minimum_score=0)
    assert (second.items, second.skipped, second.cancelled) == (total - 2, 2, False)
    assert wb.labels().merge(before).shape[0] == len(before), "what was there stays"
    third = label_items(wb.collection, labeller)
    assert (third.items, third.skipped) == (0, total)
    assert label_items(wb.collection, labeller, again=True, minimum_score=0.9).items == total
    assert len(wb.labels()) < len(before) + second.labels, "it said less this time"


def only_the_items_that_are_meant(wb: Workbench, labeller: OnnxLabeller, graph: Graph) -> None:
    images, videos = wb.images(), wb.videos()
    wb.label(labeller, images.iloc[1], minimum_score=0, top=1, progress=False)
    assert wb.labels()["key"].tolist() == [images["key"][1]]
    wb.label(labeller, videos, progress=False, minimum_score=0)
    assert set(wb.labels()["key"]) == {images["key"][1], *wb.frames()["key"]}
    before = snapshot(graph, wb.user)
    for wrong in (f"{wb.user}:{'0' * 32}", "else:00", [images["key"][0], "x"]):
        with pytest.raises(ValueError, match="is no image, key frame or video"):
            wb.label(labeller, wrong, progress=False)
    for options in ({"top": 0}, {"top": 11}, {"minimum_score": 1.5}):
        with pytest.raises(ValueError, match="is "):
            wb.label(labeller, progress=False, **options)  # type: ignore[arg-type]
    assert snapshot(graph, wb.user) == before


def a_file_that_is_gone_or_changed_costs_itself_only(wb: Workbench, labeller: OnnxLabeller) -> None:
    paths = {Path(path).name: Path(path) for path in wb.files()["path"]}
    paths["clip.mp4"].unlink()
    paths["a.png"].write_bytes(paths["b.png"].read_bytes())
    report = wb.label(labeller, minimum_score=0, progress=False)
    assert {(Path(one.path).name, one.error.split(":")[0]) for one in report.failed} == {
        ("a.png", "the file holds another picture now"),
        ("clip.mp4", "is not there any more"),
    }
    assert len(report.failed) == 2, "a video that is gone is one failure"
    assert set(surest(wb)) == {"b.png", "c.png"}


class Stubborn:
    """A model that answers once and then no more; it removes what it was asked about meanwhile."""

    name, fit = "stubborn", Fit(8, 8)

    def __init__(self, wb: Workbench) -> None:
        self.wb, self.answered = wb, 0

    def label(self, pictures: Sequence[Pixels]) -> list[Labels]:
        if self.answered:
            raise LabellerError("no more")
        self.answered += 1
        self.wb.remove([path for path in self.wb.images()["path"] if path.endswith("a.png")])
        return [[("thing", 0.5)] for _ in pictures]


def what_goes_meanwhile_and_a_model_that_fails_lose_nothing_else(wb: Workbench) -> None:
    with pytest.raises(LabellerError, match="no more"):
        wb.label(Stubborn(wb), progress=False)
    labels = wb.labels()
    assert [Path(path).name for path in labels["path"][labels["model"] == "stubborn"]] == ["b.png"]
    wb.undo()


def a_label_becomes_a_tag_and_is_taken_back(wb: Workbench, labeller: OnnxLabeller) -> None:
    wb.label(labeller, minimum_score=0.5, progress=False)
    labels = wb.labels()
    reds = labels[labels["label"] == "red"]
    assert wb.accept_label(reds) == len(reds) >= 1
    assert wb.accept_label(reds) == 0
    assert set(wb.tagged("red")["key"]) == set(reds["key"])
    assert len(wb.labels()) == len(labels), "the label stays"
    wb.undo()
    assert wb.tagged("mine").shape[0] == len(wb.tagged())
    first = labels.iloc[0]
    assert wb.accept_label(first, "something red") == 1
    assert wb.tagged("something red")["key"].tolist() == [first["key"]]
    for wrong in ({"key": first["key"], "label": "no such"}, {"key": "else:00", "label": first["label"]}):
        with pytest.raises(ValueError, match="no model says"):
            wb.accept_label(wrong)
    with pytest.raises(ValueError, match="can't be a tag's name"):
        wb.accept_label(labels, " ")
    with pytest.raises(TypeError):
        wb.accept_label(first["key"])
