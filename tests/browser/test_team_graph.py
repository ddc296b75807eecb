"""A team's server whose graph goes away and comes back: what everyone is told until then."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import cookies
from tests.browser.team import Team, TeamHome, graph_of, team_home, token
from tests.relay import Relay
from tests.waits import wait_until


class Elsewhere(TeamHome):
    """A home whose graph is reached through a relay, as one that somebody else runs."""

    relay: Relay
    told: dict[str, str]

    def environment(self) -> dict[str, str]:
        return super().environment() | self.told


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Team]:
    home = team_home(tmp_path)
    home.add("ada")
    found = graph_of(home)
    relay = Relay(int(found["uri"].rpartition(":")[2]))
    away = Elsewhere(home.tagcat, home.person)
    away.relay = relay
    told = found | {"uri": f"bolt://127.0.0.1:{relay.port}"}
    away.told = {f"TAGCAT_GRAPH_{name.upper()}": value for name, value in told.items()}
    team = Team(away, ("--team", "--sign-up"))
    yield team
    team.stop()
    relay.away()
    home.stop_graph()


@pytest.mark.soak  # the server tries for three seconds each time before it says so
def test_a_graph_that_goes_and_comes_back(served: Team) -> None:
    relay = served.home.relay  # type: ignore[attr-defined]  # an Elsewhere, see above
    good, kernel = served.carry("ada"), served.kernel_of("ada")
    _, headers, page = served.ask("/login")
    mark = page.partition('name="_xsrf" value="')[2].partition('"')[0]
    relay.away()
    wait_until(lambda: served.ask("/nothing", **good)[0] == 503)
    assert served.ask("/healthz")[0] == 200
    assert served.ask("/login")[0] == 200, "who brings nothing is asked for a token"
    for path, body in (
        ("/voila/render/home.ipynb", ""),
        ("/login", f"token={token('ada')}&_xsrf={mark}"),
        ("/sign-up", f"name=zoe&_xsrf={mark}"),
    ):
        carried = {"Cookie": cookies(headers)} if body else good
        status, _, page = served.ask(path, "POST" if body else "GET", body, **carried)
        assert status == 503, path
        assert "The graph does not answer just now" in page
        assert "Load this page again" in page
        assert "Traceback" not in page
        assert str(relay.port) not in page
    status, _, text = served.ask(f"/api/kernels/{kernel}", **good)
    assert status == 503
    assert json.loads(text)["reason"] == "The graph does not answer just now"
    relay.back()
    wait_until(lambda: served.ask("/nothing", **good)[0] == 404)
    assert served.kernel_of("ada")
