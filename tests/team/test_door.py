"""The door: who comes in, who does not, what is remembered and what is said of it."""

import base64
import logging
import threading
import time
from collections.abc import Callable

import jwt
import pytest

from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.session import Endpoint, Graph, connect
from tagcat_kernel.graph.users import remove_user
from tagcat_kernel.team import door as module
from tagcat_kernel.team import members
from tagcat_kernel.team.door import Door
from tagcat_kernel.team.keys import Kept, Key
from tagcat_kernel.team.tokens import RefusedError, Verifier

HOME, AWAY = "192.0.2.7", "198.51.100.9"


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Told:
    """A notifier that keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notify(self, subject: str, message: str) -> None:
        self.notices.append(f"{subject}: {message}")


def verifier_of(key: str = "k") -> Verifier:
    return Verifier(Kept(lambda: (Key(None, "HS256", (key * 32).encode()),), "a key"))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(graph: Graph, told: Told, clock: Clock) -> Door:
    return Door(graph, verifier_of(), tell=told, clock=clock)


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as refused:
        call()
    return str(refused.value)


def test_a_member_comes_in_and_is_out_a_moment_after_being_disabled(
    graph: Graph, user: str, door: Door, clock: Clock
) -> None:
    tokens = verifier_of()
    stranger = tokens.issue(user, 60)
    assert "no member" in reason(lambda: door.who(stranger, HOME))
    Collection(graph, user)
    clock.now += 1
    assert "void" in reason(lambda: door.who(stranger, HOME)), "issued before there was such a member"
    token = tokens.issue(user, 60)
    assert door.who(token, HOME) == user
    members.disable(graph, user)
    clock.now += 0.51
    assert "disabled" in reason(lambda: door.who(token, HOME))
    members.enable(graph, user)
    clock.now += 0.51
    assert "void" in reason(lambda: door.who(token, HOME)), "enabled, but that token is of before"
    assert door.who(tokens.issue(user, 60), HOME) == user
    remove_user(graph, user)
    clock.now += 0.51
    assert "no member" in reason(lambda: door.who(token, HOME))
    Collection(graph, user)
    clock.now += 0.51
    assert "void" in reason(lambda: door.who(token, HOME)), "another of the same name"


def test_another_server_of_the_team_knows_it_too(graph: Graph, user: str, clock: Clock, told: Told) -> None:
    one, other = (Door(graph, verifier_of(), tell=told, clock=clock) for _ in range(2))
    token = other.redeem(members.invite(graph, user, 60), HOME)
    assert (one.who(token, HOME), other.who(token, HOME)) == (user, user)


def test_who_waits_or_leaves(graph: Graph, user: str, door: Door, clock: Clock) -> None:
    door.sign_up(user, HOME)
    token = verifier_of().issue(user, 60)
    assert "waits" in reason(lambda: door.who(token, HOME))
    members.approve(graph, user)
    clock.now += 0.51
    assert door.who(token, HOME) == user
    graph.write("mark_user_leaving", user=user)
    clock.now += 0.51
    assert "no member" in reason(lambda: door.who(token, HOME))


def test_a_name_that_is_taken_is_told_to_the_administrator_alone(
    graph: Graph, user: str, door: Door, told: Told
) -> None:
    Collection(graph, user)
    door.sign_up(user, HOME)
    door.sign_up(f"{user} 2", HOME)
    assert told.notices == [
        f"TagCat: somebody asked for a name that is taken: {user}: nothing was changed",
        f"TagCat: somebody signed up: {user} 2 waits for approval: tagcat users approve",
    ]
    found = members.member(graph, user)
    assert found is not None
    assert found.state == "active"


def test_an_invitation_gives_a_token_once_and_a_notice(
    graph: Graph, user: str, door: Door, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = members.invite(graph, user, 60)
    token = door.redeem(code, HOME)
    assert door.who(token, HOME) == user
    assert told.notices == [f"TagCat: an invitation was opened: {user} came in by an invitation"]
    assert "was used" in reason(lambda: door.redeem(code, HOME))
    said = caplog.text + str(told.notices)
    assert not [secret for secret in (token, code, code.split(".")[1]) if secret in said]


def test_a_fresh_token_counts_though_the_clocks_differ(
    graph: Graph, user: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine that made the invitation goes five seconds before this one."""
    now = time.time
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: now() + 5)
        code = members.invite(graph, user, 60)
    assert door.who(door.redeem(code, HOME), HOME) == user


def test_a_token_that_does_not_say_when_it_was_issued(embedded_endpoint: Endpoint, user: str) -> None:
    graph = connect(embedded_endpoint)
    Collection(graph, user)
    door = Door(graph, verifier_of())
    token = jwt.encode({"sub": user, "exp": time.time() + 60}, "k" * 32, algorithm="HS256")
    assert "(iat)" in reason(lambda: door.who(token, HOME))


def test_an_issuers_team_has_no_invitations(graph: Graph, user: str, told: Told) -> None:
    from tests.team.issuer import AUDIENCE, ISSUER, Issuer

    issuer = Issuer()
    public = (Key("rsa-1", "RS256", issuer.rsa.public_key()),)
    elsewhere = Door(graph, Verifier(Kept(lambda: public, "keys"), ISSUER, AUDIENCE), tell=told)
    code = members.invite(graph, user, 60)
    assert "no invitations" in reason(lambda: elsewhere.redeem(code, HOME))
    assert members.redeem(graph, code)[0] == user, "it was not spent"
    token = issuer.token(issuer.rsa, "RS256", kid="rsa-1", sub=user, iat=time.time())
    assert elsewhere.who(token, HOME) == user


def test_ten_thousand_guesses(embedded_endpoint: Endpoint, user: str, told: Told, clock: Clock) -> None:
    """From one address, then from thousands: all refused, all logged, in bounded memory; members come in."""
    graph = connect(embedded_endpoint)
    door = Door(graph, verifier_of(), tell=told, clock=clock)
    Collection(graph, user)
    good, foreign = verifier_of().issue(user, 600), verifier_of("x")
    lines: list[str] = []
    log = logging.getLogger("tagcat.door")
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    log.propagate = False
    try:
        for number in range(10_000):
            with pytest.raises(RefusedError):
                door.who(foreign.issue(f"guess {number}", 60) if number < 30 else f"a.b.{number}", HOME)
        assert len(lines) == 10_000
        assert "too many" in reason(lambda: door.who(good, HOME)), (
            "a good one that was not seen before neither"
        )
        assert door.who(good, AWAY) == user
        assert door.who(good, HOME) == user, "now it is known: its owner sits beside the guesser"
        for number in range(5000):
            with pytest.raises(RefusedError):
                door.who(f"a.b.{number}", f"10.0.{number >> 8}.{number & 255}")
        assert len(lines) == 15_001
        assert len(door._guesses) <= 4096
        assert len(door._known) == len(door._states) == 1
        other = verifier_of().issue(user, 700)
        assert door.who(other, "203.0.113.1") == user, "in the midst of it, from where nobody guessed"
        clock.now += 120
        assert door.who(verifier_of().issue(user, 800), HOME) == user, "in time it is over"
    finally:
        log.propagate = True
        log.removeHandler(handler)


def test_guesses_at_invitations_and_sign_ups_are_limited(
    graph: Graph, user: str, door: Door, clock: Clock
) -> None:
    code = members.invite(graph, user, 60)
    for number in range(30):
        with pytest.raises(RefusedError):
            door.redeem(f"{code[:-3]}{number}", HOME)
    assert "too many" in reason(lambda: door.redeem(code, HOME))
    assert door.who(door.redeem(code, AWAY), AWAY) == user
    for number in range(5):
        door.sign_up(f"{user} {number}", HOME)
    assert "too many" in reason(lambda: door.sign_up(f"{user} 5", HOME))
    door.sign_up(f"{user} 6", AWAY)


def test_what_was_genuine_is_no_guess(graph: Graph, user: str, told: Told, clock: Clock) -> None:
    """Forgotten pages go on sending what has expired, or was signed by the key of before."""
    Collection(graph, user)
    keys = ["k"]
    checks = Verifier(
        Kept(lambda: (Key(None, "HS256", (keys[0] * 32).encode()),), "a key", pause=0.0, clock=clock)
    )
    door = Door(graph, checks, tell=told, clock=clock)
    token, expired = verifier_of().issue(user, 60), verifier_of().issue(user, -60)
    for _ in range(100):
        assert "expired" in reason(lambda: door.who(expired, HOME))
    assert door.who(token, HOME) == user
    keys[0] = "n"
    new = verifier_of("n").issue(user, 60)
    assert door.who(new, HOME) == user
    for _ in range(100):
        assert "none of this team's" in reason(lambda: door.who(token, HOME))
    assert door.who(verifier_of("n").issue(user, 90), HOME) == user


@pytest.mark.parametrize(
    "address", ["", "a\nforged line", "x" * 100_000, "\udcff", "::ffff:192.0.2.7", "fe80::1%eth0"]
)
def test_addresses_are_a_strangers_word(
    graph: Graph, door: Door, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(30):
        with pytest.raises(RefusedError):
            door.who("a.b.c", address)
    assert all(
        "\n" not in record.getMessage() and len(record.getMessage()) < 1500 for record in caplog.records
    )
    assert len(caplog.records) == 30


def test_the_log_names_who_is_certain_and_never_a_token(
    graph: Graph, user: str, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Collection(graph, user)
    members.disable(graph, user)
    genuine, forged = verifier_of().issue(user, 60), verifier_of("x").issue(user, 60)
    for token in (genuine, forged, "", "x" * 9000, "ÿþ", forged + "\n", base64.b64encode(b"x").decode()):
        with pytest.raises(RefusedError) as refused:
            door.who(token, HOME)
        assert not token or len(token) < 5 or token not in str(refused.value)
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(lines) == 7
    assert all(HOME in line for line in lines)
    assert [user in line for line in lines] == [True] + [False] * 6
    assert not [part for token in (genuine, forged) for part in token.split(".")[1:] if part in caplog.text]


def test_the_graph_is_asked_twice_a_second_at_most(
    graph: Graph, user: str, door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Collection(graph, user)
    token = verifier_of().issue(user, 60)
    asked: list[str] = []
    real = members.member
    monkeypatch.setattr(members, "member", lambda graph, name: asked.append(name) or real(graph, name))
    for _ in range(100):
        door.who(token, HOME)
        clock.now += 0.04
    assert len(asked) <= 9
    monkeypatch.setattr(module, "REMEMBERED", 10)
    for number in range(30):
        with pytest.raises(RefusedError):
            door.who(verifier_of().issue(f"{user} {number}", 60), HOME)
    assert len(door._states) <= 10


def test_many_threads_share_it(graph: Graph, user: str, door: Door) -> None:
    Collection(graph, user)
    token = verifier_of().issue(user, 600)
    errors: list[BaseException] = []

    def knock() -> None:
        try:
            for number in range(50):
                assert door.who(token, HOME) == user
                with pytest.raises(RefusedError):
                    door.who(f"a.b.{number}", AWAY)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
