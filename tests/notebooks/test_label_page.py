"""The page of labels: which models there are, what each needs; nothing leaves before it is allowed."""

import html
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from tagcat_kernel import Workbench, online
from tagcat_kernel.graph import server
from tagcat_kernel.labelling import KERAS, NOTICE, REKOGNITION, LabellerError, open_model
from tagcat_kernel.labelling.keras import NAMES, WEIGHTS
from tagcat_widgets import pages
from tagcat_widgets._model_choice import FETCH, SEND, ModelChoice
from tests.kernel.models import colour_model


@pytest.fixture
def workbench(tagcat_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tagcat_home / "models").mkdir(parents=True)
    colour_model(tagcat_home / "models", name="<b>colours")
    for number, colour in enumerate(("red", "blue")):
        Image.radial_gradient("L").resize((90, 70 + number)).convert("RGB").save(tmp_path / f"{colour}.png")
    with Workbench(user="ada") as bench:
        bench.ingest(tmp_path, progress=False)
        yield bench
    server.stop()


def parts(choice: ModelChoice) -> tuple[Any, Any, Any]:
    """What is said before the choice, what is said of a model, and what must be allowed."""
    return choice.view.children


def test_what_a_model_needs_is_said_and_asked_each_time(workbench: Workbench, tmp_path: Path) -> None:
    choice = ModelChoice(workbench)
    hint, about, consent = parts(choice)
    assert [name for name, _ in choice.choice.options] == [
        "<b>colours",
        "ResNet152V2 (Keras)",
        "AWS Rekognition (on Amazon's servers)",
    ]
    assert (hint.layout.display, about.value, choice.ready, choice.opening()) == ("none", "", True, {})

    choice.choice.value = REKOGNITION
    assert html.escape(NOTICE) in about.value
    assert "2 pictures would be sent to Amazon, for about 0.00 US dollars." in about.value
    assert (consent.description, choice.ready, choice.opening()) == (SEND, False, {"enabled": False})
    consent.value = True
    assert (choice.ready, choice.opening()) == (True, {"enabled": True})
    choice.ask()
    assert choice.opening() == {"enabled": False}, "what was allowed once is asked again"

    consent.value = True
    choice.choice.value = KERAS
    assert WEIGHTS in about.value
    assert "--download" not in about.value, "no words of the command line's"
    assert (consent.description, consent.value, choice.ready) == (FETCH, False, False)
    consent.value = True
    assert choice.opening() == {"download": True}
    for name in (WEIGHTS, NAMES):
        (tmp_path / "keras" / "models").mkdir(parents=True, exist_ok=True)
        (tmp_path / "keras" / "models" / name).touch()
    choice.ask()
    assert (about.value, consent.description, choice.ready) == ("", "", True)


def test_what_is_off_starts_no_job(workbench: Workbench) -> None:
    for options in ({}, {"enabled": False}, {"enabled": 1}):
        with pytest.raises(LabellerError, match=r"is off: .*paid request"):
            workbench.start_label(REKOGNITION, **options)
    with pytest.raises(LabellerError, match="ResNet152V2 takes no enabled"):
        workbench.start_label("keras", enabled=True)
    with pytest.raises(LabellerError, match=r"tagcat\[keras\]|is not there"):
        workbench.start_label("keras", weights="/no/such.weights.h5")
    assert workbench.jobs() == []
    view: Any = pages.label_view(workbench)
    undo = view.children[1].children[1].children[1].children[1]
    assert (undo.description, undo.disabled) == ("Undo (u)", True), "nothing was done yet"
    row = view.children[0].children[0]
    choice, _least, begin = row.children
    assert not begin.disabled
    choice.value = REKOGNITION
    assert begin.disabled


def test_whoever_runs_a_server_says_what_may_use_the_net(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(online.VARIABLE, "")
    choice = ModelChoice(workbench)
    _hint, about, consent = parts(choice)
    assert [name for name, _ in choice.choice.options] == ["<b>colours", "ResNet152V2 (Keras)"]
    choice.choice.value = KERAS
    assert "unless whoever runs it puts the file there or allows that" in about.value
    assert (consent.description, consent.layout.display) == ("", "none")
    consent.value = True  # as a forged message would
    for model, options in ((KERAS, choice.opening()), (REKOGNITION, {"enabled": True})):
        with pytest.raises(LabellerError, match="on this server"):
            workbench.start_label(model, **options)
        with pytest.raises(LabellerError, match="on this server"):
            workbench.label(model, progress=False, **options)
    assert workbench.jobs() == []

    with pytest.raises(LabellerError, match="off on this server"):
        open_model(REKOGNITION, enabled=True)  # as a job does, that was ordered while it was allowed

    monkeypatch.setenv(online.VARIABLE, " Rekognition,")
    assert ModelChoice(workbench).choice.options[-1][1] == REKOGNITION
    with pytest.raises(LabellerError, match="is off: AWS"):
        workbench.start_label(REKOGNITION)


@pytest.mark.soak
def test_a_page_asks_amazon_once_it_is_allowed(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    amazon = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    amazon.start()
    host, port = amazon.get_host_and_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_REKOGNITION": f"http://{host}:{port}",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    view: Any = pages.label_view(workbench)
    row, models, bar, told = view.children[0].children
    choice, _least, begin = row.children
    consent = models.children[2]
    choice.value = REKOGNITION
    consent.value = True
    assert not begin.disabled
    begin.click()
    until = time.monotonic() + 60
    while bar.state not in ("done", "failed"):
        assert time.monotonic() < until
        time.sleep(0.05)
    bar.join()
    amazon.stop()
    assert (bar.state, told.value) == ("done", "")
    assert set(workbench.labels()["model"]) == {REKOGNITION}
    assert (consent.value, begin.disabled) == (False, True), "each time is allowed anew"
    assert "0 pictures would be sent" in models.children[1].value
