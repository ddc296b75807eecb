"""A collection that one member shares with another, in Chromium: looked at, tagged, closed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.guests import Shared, new_shared
from tests.browser.team import Team
from tests.browser.test_dashboards import PICTURES_SHOWN
from tests.browser.test_team import Member

FAY, GUS = "fay", "gus"
WRITING = ("A match", "Not a match", "Keep", "Tag", "Undo", "Share", "Read these", "Label what is new")


@pytest.fixture
def shared(team: Team, tmp_path: Path) -> Iterator[Shared]:
    yield from new_shared(team, FAY, GUS, tmp_path)


def until_told(page: Any, words: str) -> None:
    page.get_by_role("status").filter(has_text=words).wait_for()


def test_two_members_and_one_collection(shared: Shared, team: Team, chromium: Any, results: Path) -> None:
    size = {"width": 1440, "height": 900}
    hers = Member(chromium, team, FAY, viewport=size, color_scheme="light")
    his = Member(chromium, team, GUS, viewport=size, color_scheme="dark")
    home, page = hers.sign_in(), his.page
    home.get_by_label("Share with").fill(GUS)
    home.get_by_role("button", name="Share", exact=True).click()
    home.get_by_text(f"{GUS} may look at everything, from now on.").wait_for()
    before = shared.all

    # He looks: pictures and their match are there, and nothing that changes anything.
    page.goto(f"{team.page('03_matching')}?collection={FAY}")
    page.get_by_label("Your token").fill(his.token)
    page.get_by_role("button", name="Sign in").click()
    his.ready()
    assert (
        f"This is the collection of {FAY}. You may look at everything."
        in page.get_by_role("note").inner_text()
    )
    page.wait_for_function(PICTURES_SHOWN)
    assert page.locator(".tagcat-review-count").first.inner_text() == "1"
    shown = [button.inner_text() for button in page.get_by_role("button").all() if button.is_visible()]
    assert not [told for told in shown if told.split("\n")[0] in WRITING], shown
    page.locator(".tagcat-review").focus()
    for key in ("m", "n", "l", "r", "t", "u", "Delete"):
        page.keyboard.press(key)
    page.screenshot(path=results / "team-shared-looking.png", full_page=True)
    assert shared.all == before

    # She lets him tag: his tag is in her graph, with his name in her history.
    home.get_by_role("button", name="Let tag too").click()
    home.get_by_text("and tag, from now on.").wait_for()
    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Tags").click()
    his.ready()
    items = page.locator(".tagcat-gallery-item")
    items.nth(1).click()
    field = page.get_by_role("combobox", name="Tag 1 selected item")
    field.fill("her word")
    field.press("Enter")
    until_told(page, "her word: put on 1")
    assert shared.held == [2]
    hers.open("home")
    home.get_by_text(f"tagged 1 item 'her word' · by {GUS}").wait_for()
    home.screenshot(path=results / "team-shared-tagged.png", full_page=True)

    # She stops it: his page, still open, says so at what he does next.
    tagged = shared.all
    home.get_by_role("button", name="Stop").click()
    home.get_by_text(f"{GUS} sees nothing of it any more.").wait_for()
    items.nth(2).click()
    field.fill("her word")
    field.press("Enter")
    until_told(page, f"{FAY}'s collection is not shared with {GUS}: ask {FAY} to share it")
    page.screenshot(path=results / "team-shared-stopped.png", full_page=True)
    assert shared.held == [2]
    assert shared.all["nodes"] == tagged["nodes"]
    for member in (hers, his):
        member.close()
