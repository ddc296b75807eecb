"""`tagcat users` for a team: what is printed opens, once, and wrong use is told in a line."""

import json
import re

import pytest
from typer.testing import CliRunner

from tagcat_kernel.cli import app
from tagcat_kernel.graph.session import Endpoint, connect
from tagcat_kernel.team import members
from tagcat_kernel.team.door import Door
from tagcat_kernel.team.tokens import verifier


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["users", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_from_a_key_to_members(
    embedded_endpoint: Endpoint, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGCAT_HOME", str(embedded_endpoint.home).removesuffix("/graph"))
    assert "users key" in run("invite", user, code=2)
    key = run("key").strip()
    assert len(key) == 43
    assert run("key").strip() != key
    assert len(json.loads(run("key", "--json"))["jwt_key"]) == 43
    monkeypatch.setenv("TAGCAT_JWT_KEY", key)
    graph = connect(embedded_endpoint)
    door = Door(graph, verifier())
    assert "there is no user" in run("token", user, code=2)
    for wrong in ("0", "-1", "nan", "inf", "99999"):
        assert "--days" in run("invite", user, "--days", wrong, code=2)
    assert "no address" in run("invite", user, "--address", "cats", code=2)
    assert members.member(graph, user) is None, "nobody was made by wrong use"
    link = run("invite", user, "--days", "1", "--address", "https://cats.example/").strip()
    told = re.fullmatch(r"https://cats\.example/invitation#([\w.-]+)", link)
    assert told
    assert "waiting" in run("token", user, code=2)
    (row,) = [one for one in json.loads(run("list", "--json")) if one["name"] == user]
    assert (row["state"], row["leaving"]) == ("waiting", False)
    assert row["invited_until"] > 0
    assert f"{user} (waiting, invited until" in run("list")
    token = door.redeem(told[1], "192.0.2.7")
    assert door.who(token, "192.0.2.7") == user
    other = run("token", user, "--days", "0.5").strip()
    assert door.who(other, "192.0.2.7") == user
    assert json.loads(run("token", user, "--json"))["token"].count(".") == 2
    assert json.loads(run("disable", user, "--json")) == {"name": user, "state": "disabled", "changed": True}
    assert run("disable", user).strip() == f"{user} is disabled already"
    assert "disabled" in run("token", user, code=2)
    assert "enable" in run("approve", user, code=2)
    assert "enable" in run("invite", user, code=2)
    assert run("enable", user).strip() == f"{user} is active"
    assert json.loads(run("remove", user, "--yes", "--json"))["name"] == user
    assert "there is no user" in run("enable", user, code=2)
    assert json.loads(run("add", user, "--json")) == {"name": user, "added": True}
    assert json.loads(run("add", user, "--json")) == {"name": user, "added": False}
