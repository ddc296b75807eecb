"""What a team's server sends to a browser, writes, and shows of itself: none of it holds a secret.

The graph's password and the team's key are planted in a file of secrets. A member signs in, reads pictures,
looks at every page, and goes on after the graph has gone; all that Chromium was sent is recorded.
"""

import base64
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tagcat_kernel.graph.server_process import read_endpoint
from tests.browser.conftest import Visit
from tests.browser.team import KEY, Team, TeamHome, graph_of, team_home, token
from tests.browser.test_dashboards import choose, make_pictures
from tests.browser.traffic import Traffic
from tests.relay import Relay
from tests.waits import wait_until

PAGES = (
    "home",
    "02_key_frames",
    "03_matching",
    "04_clustering",
    "05_labelling",
    "06_tags",
    "07_graph",
)


@dataclasses.dataclass
class InAFile(TeamHome):
    """A home whose secrets lie in a file, and whose graph is reached through a relay."""

    held: Path = Path()

    def environment(self) -> dict[str, str]:
        around = super().environment() | {"TAGCAT_SECRETS": f"file:{self.held}"}
        del around["TAGCAT_JWT_KEY"]
        return around


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[tuple[Team, Relay, tuple[str, str]]]:
    """A team's server, the relay to its graph, and the secrets that it holds."""
    home = team_home(tmp_path)
    home.add("ada")
    found = graph_of(home)
    relay = Relay(int(found["uri"].rpartition(":")[2]))
    told = found | {"uri": f"bolt://127.0.0.1:{relay.port}"}
    held = tmp_path / "secrets.json"
    names = {f"graph_{name}": value for name, value in told.items()}
    held.write_text(json.dumps(names | {"jwt_key": KEY}), "utf-8")
    held.chmod(0o600)
    team = Team(InAFile(home.tagcat, home.person, held=held), ("--team", "--sign-up"))
    yield team, relay, (found["password"], KEY)
    team.stop()
    relay.away()
    home.stop_graph()


@pytest.mark.soak
def test_no_secret_is_sent_written_or_shown(
    chromium: Any, planted: tuple[Team, Relay, tuple[str, str]], tmp_path: Path
) -> None:
    team, relay, secrets = planted
    good, record = token("ada"), tmp_path / "record.har"
    make_pictures(team.home.tagcat / "media" / "hers")
    visit = Visit(chromium, team, record_har_path=record, record_har_content="embed")
    frames = Traffic(visit.page)
    visit.page.goto(team.page("01_ingest"))
    visit.page.get_by_label("Your token").fill(good)
    visit.page.get_by_role("button", name="Sign in").click()
    choose(visit.ready(), "hers")
    visit.page.get_by_role("button", name="Read these").click()
    visit.page.locator('.tagcat-job[data-state="done"]').wait_for()
    for name in PAGES:
        visit.page.goto(team.page(name), wait_until="commit")
        visit.ready()
    shown = "".join(" ".join(one.cmdline()) for one in _all_of(team))
    relay.away()
    wait_until(lambda: team.ask("/nothing", **team.carry("ada"))[0] == 503)
    visit.page.goto(team.page("home"))
    assert "The graph does not answer" in visit.page.content()
    visit.context.close()  # which writes the record
    assert team.stop() == 0
    assert team.process.stderr is not None

    sent = [*_in(record), *(one if isinstance(one, bytes) else one.encode() for one in frames.got)]
    for part in (b"smaller.jpg", b"ada", b"The graph does not answer"):
        assert any(part in one for one in sent), f"the record is whole: it holds {part!r}"
    written = {
        path: path.read_bytes()
        for folder in (team.home.tagcat, team.home.person)
        for path in folder.rglob("*")
        if path.is_file() and path != team.home.tagcat / "graph" / "password"  # its own store
    }
    assert team.home.tagcat / "dashboards.log" in written
    for secret in secrets:
        assert not [one[:200] for one in sent if secret.encode() in one]
        assert not [path for path, content in written.items() if secret.encode() in content]
        assert secret not in shown
        assert secret not in "\n".join(team.printed)
    # Only the member's own browser was told the token: by the form, and as a cookie that no script reads.
    assert not [path for path, content in written.items() if good.encode() in content]


def _all_of(team: Team) -> list[psutil.Process]:
    """Return the server with everything that it started, and the graph's server."""
    found = read_endpoint(team.home.tagcat / "graph")
    assert found is not None
    server = psutil.Process(team.process.pid)
    return [server, *server.children(recursive=True), psutil.Process(found["pid"])]


def _in(record: Path) -> list[bytes]:
    """Return every body of the answers in an HTTP archive, and their headers."""
    answers = [entry["response"] for entry in json.loads(record.read_text("utf-8"))["log"]["entries"]]
    bodies = []
    for content in (answer["content"] for answer in answers):
        text = content.get("text", "")
        bodies.append(base64.b64decode(text) if content.get("encoding") == "base64" else text.encode())
    return [*bodies, *(str(answer["headers"]).encode() for answer in answers)]
