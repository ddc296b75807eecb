"""Chromium, the dashboards it looks at, and a record of everything that it asks for."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.serving import Home, Served, new_home
from tests.browser.team import Team, team_home

CHECKOUT = Path(__file__).resolve().parents[2]
ADVICE = "no Chromium: `apt-get install chromium`, or name one in TAGCAT_CHROMIUM"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running Chromium; skips, with the way to get it, where there is none.

    Ended with the module: Playwright keeps an event loop running, in which other tests can't run theirs.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("TAGCAT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None or not Path(program).exists():
        if os.environ.get("TAGCAT_CI"):
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    from playwright.sync_api import sync_playwright

    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--no-first-run", *quiet]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def full(full_home: Home) -> Iterator[Served]:
    """The dashboards over the demonstration collection; only looked at, never changed."""
    served = Served(full_home)
    yield served
    served.stop()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Served]:
    """The dashboards over nothing, for tests that change what there is."""
    home = new_home(tmp_path)
    served = Served(home)
    yield served
    served.stop()
    home.stop_graph()


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A team's server with the members ada, bob and eve; a test may make others.

    It believes that a proxy stands before it, so that each test can guess wrong from an address of its own.
    """
    home = team_home(tmp_path_factory.mktemp("team"))
    home.add("ada", "bob", "eve")
    served = Team(home, ("--team", "--sign-up", "--behind-proxy"))
    yield served
    served.stop()
    home.stop_graph()


class Visit:
    """A visitor's browser window, which remembers every request and everything that went wrong."""

    def __init__(self, chromium: Any, served: Served, **options: Any) -> None:
        self.served = served
        self.context = chromium.new_context(**options)
        self.context.set_default_timeout(60_000)  # a busy machine is slow, not wrong
        self.requests: list[str] = []
        self.wrong: list[str] = []
        self.page = self.context.new_page()
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("console", self._heard)
        self.page.on("dialog", self._asked)

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text}")

    def _asked(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, name: str) -> Any:
        """Open a page, with the token if it is the first, and wait until it is ready."""
        if self.page.url == "about:blank":
            self.page.goto(self.served.address, wait_until="commit")
        if not self.page.url.endswith(f"/{name}.ipynb"):
            self.page.goto(self.served.page(name), wait_until="commit")
        return self.ready()

    def ready(self) -> Any:
        """Wait until the page's widgets are there."""
        self.page.wait_for_selector("body[data-tagcat=ready]")
        return self.page

    def strangers(self) -> set[str]:
        """Return every host that was asked beside the server."""
        hosts = {urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "blob:"))}
        return hosts - {urlsplit(self.served.base).netloc}

    def close(self) -> None:
        """Close the window, and hold that nothing left the machine and nothing went wrong."""
        self.context.close()
        assert self.requests, "the visit asked for nothing: the record is broken"
        assert self.strangers() == set()
        assert self.wrong == []


@pytest.fixture
def results() -> Path:
    """The folder for screenshots."""
    folder = CHECKOUT / "test-results"
    folder.mkdir(exist_ok=True)
    return folder
