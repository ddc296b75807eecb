"""Pages over a collection that another shares: whose it is, what one may do, and with whom one shares."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ipywidgets
import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tagcat_kernel.graph.errors import NotSharedError
from tagcat_kernel.graph.session import Endpoint
from tagcat_kernel.graph.users import add_user
from tagcat_widgets import MatchReview, TagEditor, pages
from tagcat_widgets._words import Words

MARK = uuid.uuid4().hex[:8]
EVIL = f'"><img src=x onerror=alert(1)>&collection=eve {MARK}'
BOB = f"bob {MARK}"


@pytest.fixture
def ada(embedded_endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The owner, whose name is as bad as a name can be."""
    for name in ("uri", "user", "password", "database"):
        monkeypatch.setenv(f"TAGCAT_GRAPH_{name.upper()}", getattr(embedded_endpoint, name))
    with Workbench(user=EVIL) as ada:
        if not ada.counts()["files"]:
            for number in range(3):
                picture = Image.radial_gradient("L").resize((90 + number, 70))
                picture.convert("RGB").save(tmp_path / f"{number}.png")
            ada.ingest(tmp_path, progress=False)
            ada.tag(ada.images(), "hers")
            add_user(ada.collection.graph, BOB)
        yield ada
        for user in ada.shares()["user"]:
            ada.unshare(user)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_USER", BOB)
    monkeypatch.setenv("QUERY_STRING", urlencode({"collection": EVIL}))


def every(view: Any, kind: type) -> list[Any]:
    """All widgets of a kind on a page."""
    own = [view] if isinstance(view, kind) else []
    return own + [found for child in getattr(view, "children", ()) for found in every(child, kind)]


def words(view: Any) -> str:
    return "".join(one.value for one in every(view, ipywidgets.HTML))


def buttons(view: Any) -> dict[str, Any]:
    return {button.description: button for button in every(view, ipywidgets.Button)}


def test_a_page_opens_what_its_address_names(
    ada: Workbench, visit: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotSharedError, match="not shared with bob"):
        pages.workbench()
    ada.share(BOB)
    with pages.workbench() as bob:
        assert (bob.user, bob.owner, bob.access) == (BOB, EVIL, "reading")
        assert list(bob.images()["key"]) == list(ada.images()["key"])
    told = capsys.readouterr().out
    assert "&lt;img src=x" in told
    assert "You may look at everything." in told
    ada.share(BOB, tagging=True)
    pages.workbench()
    assert "You may look at everything, and tag." in capsys.readouterr().out


def test_ones_own_page_says_nothing_of_it(
    ada: Workbench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAGCAT_USER", EVIL)
    for address in ("", "collection=", "other=1"):
        monkeypatch.setenv("QUERY_STRING", address)
        assert pages.workbench().access == "owner"
    assert capsys.readouterr().out == ""
    assert isinstance(pages.device_reading(ada), ipywidgets.VBox)


@pytest.mark.parametrize("access", ["reading", "tagging"])
def test_a_guest_is_offered_what_a_guest_may_do(ada: Workbench, visit: None, access: str) -> None:
    ada.share(BOB, tagging=access == "tagging")
    with pages.workbench() as bob:
        chosen = pages.picker(bob)
        for told in (chosen, pages.device_reading(bob)):
            assert isinstance(told, Words)
            assert "reads files into this collection" in told.text
            assert "<img" not in told.text
        assert str(pages.reading(bob, chosen)) == ""
        (review,) = every(pages.match_view(bob), MatchReview)
        (editor,) = every(pages.tag_view(bob), TagEditor)
        assert (review.access, editor.access) == (access, access)
        found = set(buttons(pages.label_view(bob)))
        assert found == ({"Make it a tag (t)", "Undo (u)"} if access == "tagging" else set())
        for view in (pages.cards(bob), pages.duplicates(bob)):
            assert isinstance(view, Words)
        assert len(pages.collection(bob).items) == 3

        # A message that no button of the page sends is not heard either.
        a, b = (row["key"] for row in pages.collection(bob).items[:2])
        review._heard(None, {"type": "keep", "kept": a, "removed": [b]}, [])
        editor._heard(None, {"type": "do", "what": "delete", "name": "hers", "value": None}, [])
        assert list(ada.tags()["name"]) == ["hers"]
        assert ada.counts()["images"] == 3


def test_a_guest_who_tags_takes_back_only_that(ada: Workbench, visit: None) -> None:
    ada.share(BOB, tagging=True)
    with pages.workbench() as bob:
        page = pages.tag_view(bob)
        (editor,) = every(page, TagEditor)
        gallery = page.children[0].children[0]  # type: ignore[union-attr]
        assert not editor.undoable, "ada's changes are not his"
        gallery.selected = [gallery.items[0]["key"]]
        editor._do("untag", "hers", None)
        assert (editor.told, editor.undoable) == ("hers: taken off 1", True)
        editor._heard(None, {"type": "do", "what": "tag", "name": "his own", "value": None}, [])
        assert "his own" in editor.told
        editor._do("undo", "", None)
        assert not editor.undoable
        assert list(ada.tags()["images"]) == [3]
        ada.unshare(BOB)
        editor._heard(None, {"type": "do", "what": "untag", "name": "hers", "value": None}, [])
        assert "not shared with bob" in editor.told
        assert list(ada.tags()["images"]) == [3]


def test_a_collection_is_shared_and_closed_on_the_page(ada: Workbench) -> None:
    bob = Workbench(user=BOB)
    panel = pages.sharing(ada)
    assert "Nobody shares a collection with you." in words(panel)
    (name,), (tagging,) = every(panel, ipywidgets.Text), every(panel, ipywidgets.Checkbox)
    buttons(panel)["Share"].click()
    assert "Type the name of another user" in words(panel)
    name.value = "nobody of that <b>name"
    buttons(panel)["Share"].click()
    assert "nobody of that &lt;b&gt;name" in words(panel)
    name.value = f" {BOB} "
    buttons(panel)["Share"].click()
    assert f"<bdi>{BOB}</bdi></b> may look at everything." in words(panel)
    tagging.value = True
    buttons(panel)["Share"].click()
    assert f"<bdi>{BOB}</bdi></b> may look at everything, and tag." in words(panel)
    assert ada.shares().to_dict("records") == [{"user": BOB, "tagging": True}]

    theirs = words(pages.sharing(bob))
    assert 'href="home.ipynb?collection=%22%3E%3Cimg%20src' in theirs
    assert "<img" not in theirs
    assert "Your own collection" not in theirs
    with Workbench(user=BOB, of=EVIL) as guest:
        there = pages.sharing(guest)
        assert every(there, ipywidgets.Button) == []
        assert 'href="home.ipynb?collection="' in words(there)
        assert "&lt;img" not in words(there), "one is there already"

    buttons(panel)["Stop"].click()
    assert f"{BOB} sees nothing of it any more." in words(panel)
    assert ada.shares().empty
    assert "Nobody shares" in words(pages.sharing(bob))
