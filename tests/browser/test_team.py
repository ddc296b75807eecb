"""Two people at one server, in Chromium: each sees their own, and one of them is shown out."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.axe import serious
from tests.browser.conftest import Visit
from tests.browser.team import Team, token
from tests.browser.test_dashboards import choose, make_pictures


class Member(Visit):
    """A member's browser window."""

    def __init__(self, chromium: Any, team: Team, name: str, **options: Any) -> None:
        super().__init__(chromium, team, **options)
        self.name = name
        self.token = token(name)

    def open(self, name: str) -> Any:
        """Open a page as a link does."""
        self.page.goto(self.served.page(name), wait_until="commit")
        return self.ready()

    def sign_in(self, page: str = "home") -> Any:
        """Ask for a page and sign in on the way."""
        self.page.goto(self.served.page(page))
        assert self.page.locator("h1").inner_text() == "Sign in"
        self.page.get_by_label("Your token").fill(self.token)
        self.page.get_by_role("button", name="Sign in").click()
        return self.ready()

    def close(self) -> None:
        """Close the window; beside what a visit holds, no address held the token."""
        assert not [url for url in self.requests if self.token in url]
        super().close()


@pytest.fixture
def amy(chromium: Any, team: Team) -> Iterator[Member]:
    """Somebody with no pictures but those of this test: a gallery draws the rows that can be seen."""
    team.home.add("amy")
    member = Member(chromium, team, "amy", viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield member
    member.close()


@pytest.fixture
def ben(chromium: Any, team: Team) -> Iterator[Member]:
    team.home.add("ben")
    member = Member(chromium, team, "ben", viewport={"width": 800, "height": 900}, color_scheme="dark")
    yield member
    member.close()


@pytest.mark.soak
def test_each_sees_their_own_and_one_is_shown_out(amy: Member, ben: Member, team: Team, results: Any) -> None:
    media = team.home.tagcat / "media"
    make_pictures(media / "of amy")
    (media / "of ben").mkdir()
    shutil.copy(media / "of amy" / "smaller.jpg", media / "of ben" / "bens.jpg")  # the same bytes, even
    for member, folder in ((amy, "of amy"), (ben, "of ben")):
        page = member.sign_in("01_ingest")
        assert page.locator(".tc-who .tc-user").inner_text() == member.name
        assert page.locator(".tagcat-job:visible").count() == 0, "nobody else's job is shown"
        choose(page, folder)
        page.get_by_role("button", name="Read these").click()
        page.locator('.tagcat-job[data-state="done"]').wait_for()
    pages = [member.open("home") for member in (amy, ben)]
    for page, name in zip(pages, ("smaller.jpg", "bens.jpg"), strict=True):
        page.locator(".tagcat-gallery-name", has_text=name).first.wait_for()
    assert "bens.jpg" not in pages[0].locator("main").inner_text()
    assert "smaller.jpg" not in pages[1].locator("main").inner_text()
    for member in (amy, ben):
        assert serious(member.page) == []
        member.page.screenshot(path=results / f"team-{member.name}.png", full_page=True)
        assert member.token not in member.page.content()
        assert member.token not in str(member.page.evaluate("[document.cookie, {...localStorage}]"))

    team.home.tell("disable", "ben")
    page = ben.page
    page.wait_for_function(
        "() => { document.dispatchEvent(new Event('visibilitychange'));"
        " return document.getElementById('tc-banner').innerText.includes('signed out') }",
        polling=500,
    )
    page.screenshot(path=results / "team-out.png")
    page.reload()
    assert page.locator("h1").inner_text() == "Sign in"
    assert "disabled" in page.get_by_role("alert").inner_text()
    ben.wrong.clear()  # Chromium reports every 403, and the websocket that is gone
    assert amy.page.locator("#tc-banner").is_hidden()
    amy.open("06_tags")
    amy.page.get_by_role("button", name="Sign out").click()
    amy.page.wait_for_url("**/login")
    assert amy.page.locator("h1").inner_text() == "Sign in"
    assert "tagcat" not in {cookie["name"] for cookie in amy.context.cookies()}


def test_the_ways_in_look_right(chromium: Any, team: Team, results: Any) -> None:
    visit = Visit(chromium, team, viewport={"width": 1440, "height": 900})
    page = visit.page
    faults = []
    for name, address in (("sign-in", "/login"), ("invitation", "/invitation#CODE"), ("sign-up", "/sign-up")):
        for theme, width in (("light", 1440), ("dark", 800)):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            page.goto(f"{team.base}{address}")
            if name == "invitation":
                page.wait_for_url("**/invitation")
                assert page.locator("#code").input_value() == "CODE"
                assert not [url for url in visit.requests if "CODE" in url], (
                    "the code is sent by the form alone"
                )
            faults += [f"{name} {theme}: {said}" for said in serious(page)]
            page.screenshot(path=results / f"team-{name}-{theme}-{width}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{team.base}/login")
    page.get_by_label("Your token").fill("no token")
    page.get_by_role("button", name="Sign in").click()
    assert "You are not let in: " in page.get_by_role("alert").inner_text()
    faults += serious(page)
    visit.wrong.clear()  # Chromium reports the 401
    visit.close()
    assert not faults, "\n".join(faults)
