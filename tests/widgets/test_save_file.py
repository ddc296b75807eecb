"""A file is made when a person wants it, once at a time, and what fails is told."""

import threading
import time

from tagcat_widgets import SaveFile

from .conftest import HOSTILE


def files(widget: SaveFile) -> list[tuple[str, list[bytes]]]:
    sent = [(data.get("content"), buffers) for data, buffers in widget.comm.sent]
    return [(content["name"], buffers) for content, buffers in sent if content and content["type"] == "file"]


def until(widget: SaveFile) -> None:
    limit = time.monotonic() + 10
    while widget.making:
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_one_press_is_one_file() -> None:
    hold, made = threading.Event(), []

    def make() -> bytes:
        made.append(hold.wait(10))
        return b"<html>"

    widget = SaveFile(make, name="graph.html", hint="small pictures inside")
    assert widget.told == "small pictures inside"
    for message in ({"type": "make"}, {"type": "make"}, {"type": "other"}, ["make"]):
        widget.comm.custom(message)
    assert widget.making
    hold.set()
    until(widget)
    assert made == [True]
    assert files(widget) == [("graph.html", [b"<html>"])]
    assert widget.told == "graph.html: 0.0 MB"


def test_what_fails_is_told_and_nothing_comes() -> None:
    def make() -> bytes:
        raise RuntimeError("the graph is <gone>")

    widget = SaveFile(make)
    widget.comm.custom({"type": "make"})
    until(widget)
    assert widget.told == "It could not be made: the graph is <gone>"
    assert files(widget) == []


def test_a_browser_changes_nothing_and_hostile_names_can_be_sent() -> None:
    widget = SaveFile(lambda: b"", name=HOSTILE[4], label=HOSTILE[5])
    widget.comm.write(name="other", told="x", making=True)
    assert (widget.told, widget.making) == ("", False)
    (widget.name + widget.label).encode("utf-8")
