"""Members and their invitations, on both engines: one opens it, by one's own server or two at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.graph.users import User, remove_user, users
from tagcat_kernel.team import members
from tagcat_kernel.team.tokens import RefusedError
from tests.graph.engines import snapshot


def state(graph: Graph, name: str) -> str | None:
    found = members.member(graph, name)
    return found and found.state


def listed(graph: Graph, name: str) -> User:
    return next(one for one in users(graph) if one.name == name)


def test_users_of_before_are_active(graph: Graph, user: str) -> None:
    assert members.member(graph, user) is None
    Collection(graph, user)
    for query in ("REMOVE u.made", "REMOVE u.state"):  # as an older program stored them
        graph.runner.execute(
            lambda run, text=query: run(f"MATCH (u:User {{key: $user}}) {text}", {"user": user}), write=True
        )
    found = members.member(graph, user)
    assert found == members.Member("active", tokens_from=0.0)
    assert listed(graph, user).state == "active"


def test_an_invitation_works_once(graph: Graph, user: str) -> None:
    before = time.time()
    code = members.invite(graph, user, 3600)
    assert state(graph, user) == "waiting"
    assert before + 3600 <= (listed(graph, user).invited_until or 0) <= time.time() + 3600
    assert code.split(".")[1] not in str(snapshot(graph, user)), "a digest only"
    name, own = members.redeem(graph, code)
    assert (name, own.state, state(graph, user)) == (user, "active", "active")
    assert before <= own.tokens_from <= time.time()
    assert listed(graph, user).invited_until is None
    with pytest.raises(RefusedError, match="was used"):
        members.redeem(graph, code)


def test_two_who_open_it_at_once(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 3600)
    start = threading.Barrier(4)

    def go(_: int) -> str:
        start.wait(60)
        try:
            return members.redeem(graph, code)[0]
        except RefusedError as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(go, range(4)))
    assert ended.count(user) == 1
    assert sum("was used" in one for one in ended) == 3


def test_an_invitation_that_has_ended(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 0.0)
    with pytest.raises(RefusedError, match="has ended"):
        members.redeem(graph, code)
    assert state(graph, user) == "waiting"
    members.redeem(graph, members.invite(graph, user, 60))


def test_a_new_invitation_ends_the_one_before(graph: Graph, user: str) -> None:
    Collection(graph, user)
    old, new = (members.invite(graph, user, 60) for _ in range(2))
    assert state(graph, user) == "active", "a second device"
    with pytest.raises(RefusedError):
        members.redeem(graph, old)
    assert members.redeem(graph, new)[0] == user


def test_codes_that_open_nothing_change_nothing(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 60)
    head, secret = code.split(".")
    before = snapshot(graph, user)
    wrong = [
        "",
        ".",
        "x",
        head,
        f"{head}.",
        f".{secret}",
        f"{head}.{secret}x",
        f"{head}.{secret[:-1]}",
        f"{head}={secret}",
        code.upper(),
        code + "\n",
        " " + code,
        "é" + code,
        "\udcff" + code,
        "Og.x",  # a name that is a colon
        "x" * 1_000_000,
        members._written(f"{user}, nobody") + "." + secret,
    ]
    for one in wrong:
        with pytest.raises(RefusedError) as refused:
            members.redeem(graph, one)
        assert secret not in str(refused.value)
        assert refused.value.name is None, "a guess"
    assert snapshot(graph, user) == before
    assert graph.runner.execute(
        lambda run: run("MATCH (u:User {key: $user}) RETURN u.writes AS n", {"user": user}), write=False
    ) == [{"n": 1}], "guesses take no lock"
    assert members.redeem(graph, code)[0] == user


def test_a_disabled_member_has_no_way_in(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 60)
    before = time.time()
    assert members.disable(graph, user)
    assert not members.disable(graph, user)
    found = members.member(graph, user)
    assert found is not None
    assert before <= found.tokens_from <= time.time()
    with pytest.raises(RefusedError):
        members.redeem(graph, code)
    with pytest.raises(ValueError, match="is disabled: enable"):
        members.invite(graph, user, 60)
    with pytest.raises(ValueError, match="enable them instead"):
        members.approve(graph, user)
    assert listed(graph, user).invited_until is None
    assert members.enable(graph, user)
    assert not members.enable(graph, user)
    again = members.member(graph, user)
    assert again == members.Member("active", tokens_from=found.tokens_from), "old tokens stay void"


def test_an_invitation_of_before_they_were_disabled(graph: Graph, user: str) -> None:
    """Though it is still there, as when it was restored from a backup."""
    code = members.invite(graph, user, 60)
    graph.write("set_member", user=user, state="disabled", tokens_from=time.time(), asked=None)
    with pytest.raises(RefusedError, match="disabled"):
        members.redeem(graph, code)
    assert state(graph, user) == "disabled"


def test_who_signs_up_waits(graph: Graph, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert members.sign_up(graph, user)
    assert state(graph, user) == "waiting"
    assert listed(graph, user).asked == pytest.approx(time.time(), abs=60)
    asked = listed(graph, user).asked
    assert not members.sign_up(graph, user)
    assert listed(graph, user).asked == asked, "nothing was changed"
    with pytest.raises(ValueError, match="approve them instead"):
        members.enable(graph, user)
    assert members.approve(graph, user)
    assert not members.approve(graph, user)
    assert not members.sign_up(graph, user), "nor for who is a member"
    assert (state(graph, user), listed(graph, user).asked) == ("active", None)
    for name in ("", "a:b", "x" * 201, "\udcff", "a\nb"):
        with pytest.raises(RefusedError, match="can't be a user's name"):
            members.sign_up(graph, name)
    waiting = sum(one.state == "waiting" and one.asked is not None for one in users(graph))
    monkeypatch.setattr(members, "MOST_WAITING", waiting)
    with pytest.raises(RefusedError, match="too many"):
        members.sign_up(graph, f"{user} 2")
    assert state(graph, f"{user} 2") is None


def test_a_user_goes_with_the_invitation(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 60)
    made = members.member(graph, user)
    assert remove_user(graph, user) == 2
    assert snapshot(graph, user) == {"nodes": [], "edges": []}
    with pytest.raises(RefusedError):
        members.redeem(graph, code)
    assert state(graph, user) is None
    Collection(graph, user)
    again = members.member(graph, user)
    assert made is not None
    assert again is not None
    assert again.tokens_from >= made.tokens_from + 0.001, (
        "no token of the first one opens what the second has"
    )


def test_whoever_is_leaving_is_not_called_back(graph: Graph, user: str) -> None:
    code = members.invite(graph, user, 60)
    graph.write("mark_user_leaving", user=user)
    with pytest.raises(RefusedError):
        members.redeem(graph, code)
    for change in (members.enable, members.disable, members.approve):
        with pytest.raises(ValueError, match="being removed"):
            change(graph, user)
    with pytest.raises(ValueError, match="being removed"):
        members.invite(graph, user, 60)


def test_names_that_nobody_has_or_can_have(graph: Graph, user: str) -> None:
    for change in (members.enable, members.disable, members.approve):
        with pytest.raises(ValueError, match="there is no user"):
            change(graph, user)
    with pytest.raises(NotStorableError):
        members.invite(graph, "a:b", 60)


@pytest.mark.parametrize(
    "address", ["", "cats.example", "ftp://cats", "https://", "https://a b", "https://a#b"]
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        members.link(address, "code")
