"""A tag editor hands on wishes that can be meant, and says what went wrong."""

import json

import pytest
import traitlets

from tagcat_widgets import TagEditor

from .conftest import HOSTILE


def listening(*names: str) -> tuple[TagEditor, list[tuple[str, str, str | None]]]:
    editor = TagEditor([{"name": name} for name in names], chosen=1)
    heard: list[tuple[str, str, str | None]] = []
    editor.on_do(lambda *wish: heard.append(wish))
    return editor, heard


def test_a_wish_reaches_python() -> None:
    editor, heard = listening("sea")
    editor.comm.custom({"type": "do", "what": "tag", "name": "new", "value": None})
    editor.comm.custom({"type": "do", "what": "rename", "name": "sea", "value": HOSTILE[0]})
    assert heard == [("tag", "new", None), ("rename", "sea", HOSTILE[0])]


@pytest.mark.parametrize(
    "message",
    [
        "do",
        {"type": "do", "what": "drop", "name": "sea"},
        {"type": "do", "what": ["tag"], "name": "sea"},
        {"type": "do", "what": "tag", "name": 7},
        {"type": "do", "what": "tag", "name": "a" * 201},
        {"type": "do", "what": "rename", "name": "sea", "value": ["x"]},
        {"type": "done", "what": "tag", "name": "sea"},
    ],
)
def test_a_forged_message_does_nothing(message: object) -> None:
    editor, heard = listening("sea")
    editor.comm.custom(message)
    assert heard == []


def test_what_goes_wrong_is_told() -> None:
    editor = TagEditor([{"name": "sea"}])

    def refuse(*_: object) -> None:
        raise ValueError("there is a tag 'sea' already")

    editor.on_do(refuse)
    editor.comm.custom({"type": "do", "what": "rename", "name": "sea", "value": "sea"})
    assert editor.told == "there is a tag 'sea' already"


def test_a_browser_opens_a_tag_that_is_there_and_writes_nothing_else() -> None:
    editor, _ = listening("sea", "dusk")
    editor.comm.write(current="sea", tags=[], chosen=9, told="forged")
    assert (editor.current, len(editor.tags), editor.chosen, editor.told) == ("sea", 2, 1, "")
    editor.comm.write(current="forged")
    assert editor.current == ""
    editor.current = "dusk"
    editor.tags = [{"name": "sea"}]
    assert editor.current == "", "a tag that is gone is open no more"


def test_tags_are_completed_and_checked() -> None:
    editor = TagEditor([{"name": "sea", "parent": "water", "count": 2}])
    assert editor.tags == [{"name": "sea", "colour": "", "parent": "water", "count": 2, "on": 0}]
    with pytest.raises(traitlets.TraitError, match="same name"):
        TagEditor([{"name": "sea"}, {"name": "sea"}])
    with pytest.raises(traitlets.TraitError, match="needs a 'name'"):
        TagEditor([{"colour": "#ffffff"}])


def test_hostile_names_can_be_sent() -> None:
    editor = TagEditor([{"name": name, "parent": name} for name in HOSTILE], empty=HOSTILE[4])
    json.dumps([editor.tags, editor.empty], ensure_ascii=False).encode("utf-8")
