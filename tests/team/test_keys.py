"""Keys that change while the server runs: the new one counts at once, and guesses hammer at nobody's door."""

import json
import logging
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import OKPAlgorithm

from tagcat_kernel import secrets
from tagcat_kernel.team import keys as module
from tagcat_kernel.team.keys import Kept, Key, NoKeyError, key_set, team_key
from tagcat_kernel.team.tokens import RefusedError, Verifier, verifier
from tests.kernel.aws import aws, moto
from tests.team.issuer import AUDIENCE, ISSUER, Issuer, public

__all__ = ["aws", "moto"]
OLD, NEW = "the old key of this team, 32 bytes or more", "the new key of this team, 32 bytes or more"


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store of a value that counts how often it is asked, and can be out of order."""

    def __init__(self, value: str) -> None:
        self.value: str | Exception = value
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (secrets.SETTING, "TAGCAT_JWT_KEY", "TAGCAT_JWKS", "TAGCAT_JWT_ISSUER", "TAGCAT_JWT_AUDIENCE")
    for name in names:
        monkeypatch.delenv(name, raising=False)


def test_an_old_value_is_read_again() -> None:
    clock, store = Clock(), Store("a")
    kept = Kept(store, "a letter", clock=clock)
    store.value = "b"
    clock.now += 59
    assert (kept.get(), store.asked) == ("a", 1)
    clock.now += 1
    assert (kept.get(), kept.get(), store.asked) == ("b", "b", 2)


def test_doubt_reads_at_once_but_no_faster_than_its_pause() -> None:
    clock, store = Clock(), Store("a")
    kept = Kept(store, "a letter", pause=5.0, clock=clock)
    clock.now += 5
    store.value = "b"
    assert kept.doubted() == "b"
    for _ in range(10_000):
        kept.doubted()
    assert store.asked == 2
    for _ in range(1000):
        clock.now += 0.1
        kept.doubted()
    assert store.asked <= 2 + 100 / 5 + 1


def test_a_store_that_is_away_shuts_nobody_out_for_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    clock, store = Clock(), Store("a")
    kept = Kept(store, "the letter", clock=clock)
    store.value = OSError("away")
    with caplog.at_level(logging.WARNING):
        for _ in range(60):
            clock.now += 59
            assert kept.get() == "a"
    assert "the letter can't be read" in caplog.text
    clock.now += 600
    with pytest.raises(NoKeyError, match="the letter can't be read since"):
        kept.get()
    store.value = "b"
    clock.now += 60
    assert kept.get() == "b"


def test_one_thread_reads_and_the_others_go_on() -> None:
    clock = Clock()
    reading, go_on = threading.Event(), threading.Event()

    def read() -> str:
        if readings:
            reading.set()
            go_on.wait(60)
        readings.append(True)
        return "old" if len(readings) == 1 else "new"

    readings: list[bool] = []
    kept = Kept(read, "a word", clock=clock)
    clock.now += 61
    reader = threading.Thread(target=kept.get)
    reader.start()
    assert reading.wait(60)
    assert kept.get() == "old", "while the other reads"
    go_on.set()
    reader.join()
    assert kept.get() == "new"


def token_of(key: str) -> str:
    return Verifier(Kept(lambda: (Key(None, "HS256", key.encode()),), "a key")).issue("ada", 600)


def enters(by: Verifier, token: str) -> bool:
    try:
        return by.claims(token).name == "ada"
    except RefusedError:
        return False


def hold(path: Path, **held: str) -> None:
    path.touch(0o600)
    path.write_text(json.dumps(held), "utf-8")


def test_a_new_key_of_the_team_needs_no_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets.json"
    hold(path, jwt_key=OLD)
    monkeypatch.setenv(secrets.SETTING, f"file:{path}")
    clock = Clock()
    checks = Verifier(Kept(team_key, "the team's key", clock=clock))
    assert enters(checks, token_of(OLD))
    assert not enters(checks, token_of(NEW))
    hold(path, jwt_key=NEW)
    clock.now += 2
    assert enters(checks, token_of(NEW)), "a signature that does not fit makes it look again"
    assert not enters(checks, token_of(OLD)), "and the old key is worth nothing from then on"
    hold(path, jwt_key=OLD)
    clock.now += 61
    assert not enters(checks, token_of(NEW)), "nobody came with another token, but a minute is over"


def test_the_team_key_comes_from_every_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moto: str
) -> None:
    import boto3
    import keyring
    from keyrings.alt.file import PlaintextKeyring

    monkeypatch.setenv("TAGCAT_JWT_KEY", OLD)
    assert team_key()[0].material == OLD.encode()
    hold(tmp_path / "s.json", jwt_key=NEW)
    monkeypatch.setenv(secrets.SETTING, f"file:{tmp_path / 's.json'}")
    assert team_key()[0].material == NEW.encode()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto)
    client = boto3.client("secretsmanager")
    client.create_secret(Name="tagcat/team", SecretString=json.dumps({"jwt_key": NEW + " on AWS"}))
    monkeypatch.setenv(secrets.SETTING, "aws:tagcat/team")
    assert team_key()[0].material == (NEW + " on AWS").encode()
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        keyring.set_password("tagcat", "jwt_key", NEW + " in a keyring")
        monkeypatch.setenv(secrets.SETTING, "keyring")
        assert team_key()[0].material == (NEW + " in a keyring").encode()
    finally:
        keyring.set_keyring(before)


def test_what_a_key_set_gives(issuer: Issuer, tmp_path: Path) -> None:
    """Public keys for RS256 and ES256; all else, published or slipped in, is passed over."""
    ed = ed25519.Ed25519PrivateKey.generate().public_key()
    others = [
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "secret"},
        {"kty": "unheard of", "kid": "x"},
        {},
        public(rsa.generate_private_key(65537, 1024), kid="weak"),
        public(issuer.rsa, kid="for encryption", use="enc"),
        public(issuer.rsa, kid="another algorithm", alg="RS512"),
        public(issuer.rsa, kid="as secret", alg="HS256"),
        public(ec.generate_private_key(ec.SECP384R1()), kid="another curve"),
        dict(OKPAlgorithm.to_jwk(ed, as_dict=True)) | {"kid": "ed"},
    ]
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [*others, *issuer.keys()]}), "utf-8")
    found = [(key.identity, key.algorithm) for key in key_set(str(path))]
    assert found == [("rsa-1", "RS256"), ("rsa-2", "RS256"), ("ec-1", "ES256")]
    path.write_text(json.dumps({"keys": others}), "utf-8")
    with pytest.raises(NoKeyError):
        key_set(str(path))
    many = [public(issuer.ec, kid=f"k{number}") for number in range(3 * module.MOST)]
    path.write_text(json.dumps({"keys": many}), "utf-8")
    assert len(key_set(str(path))) <= module.MOST


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"keys": {}}', '{"keys": []}', '{"keys": [7]}', "7"]
)
def test_what_is_no_key_set(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(text, "utf-8")
    with pytest.raises(NoKeyError, match=r"jwks\.json"):
        key_set(str(path))
    with pytest.raises(NoKeyError, match="nowhere"):
        key_set(str(tmp_path / "nowhere.json"))


class Address:
    """What an issuer's address answers; changed while it is up."""

    def __init__(self) -> None:
        self.body, self.status, self.headers = b"", 200, {"Content-Type": "application/json"}
        self.hold = threading.Event()
        self.hold.set()
        self.asked = 0


@contextmanager
def at_an_address(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, Address]]:
    """An issuer's address on this machine."""
    says = Address()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says.asked += 1
            says.hold.wait(60)
            self.send_response(says.status)
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(says.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    try:
        yield f"{scheme}://{host}:{server.server_port}/keys", says
    finally:
        says.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


def trust(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_JWKS", address)
    monkeypatch.setenv("TAGCAT_JWT_ISSUER", ISSUER)
    monkeypatch.setenv("TAGCAT_JWT_AUDIENCE", AUDIENCE)


def test_an_issuer_at_an_https_address(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    with at_an_address(tls) as (address, says):
        says.body = issuer.jwks().encode()
        trust(address, monkeypatch)
        with pytest.raises(NoKeyError, match=r"(?i)certificate"):
            verifier()  # nobody trusts its certificate yet
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert enters(verifier(), issuer.token(issuer.ec, "ES256", kid="ec-1"))


def test_an_issuer_that_changes_its_keys(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new key is taken when a token names it; unknown ones make nobody ask the issuer again and again."""
    clock = Clock()
    with at_an_address() as (address, says):
        first, second, _ = issuer.keys()
        says.body = json.dumps({"keys": [first]}).encode()
        checks = Verifier(Kept(lambda: key_set(address), address, pause=10.0, clock=clock), ISSUER, AUDIENCE)
        old, new = (
            issuer.token(key, "RS256", kid=kid)
            for key, kid in ((issuer.rsa, "rsa-1"), (issuer.second, "rsa-2"))
        )
        assert enters(checks, old)
        assert not enters(checks, new)
        says.body = json.dumps({"keys": [first, second]}).encode()
        clock.now += 10
        assert enters(checks, new)
        assert enters(checks, old), "as long as the issuer lists it"
        asked = says.asked
        for number in range(500):
            assert not enters(checks, issuer.token(issuer.ec, "ES256", kid=f"unknown {number}"))
        assert says.asked == asked
        says.body = json.dumps({"keys": [second]}).encode()
        clock.now += 61
        assert not enters(checks, old), "no longer"
        says.status = 500
        clock.now += 61
        assert enters(checks, new), "an issuer that is down shuts nobody out"


def test_addresses_that_are_none(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("http://issuer.example/keys", "ftp://127.0.0.1/keys", "file:///etc/passwd", "https://"):
        with pytest.raises(NoKeyError):
            key_set(address)
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with at_an_address() as (address, says), at_an_address() as (other, elsewhere):
        elsewhere.body = issuer.jwks().encode()
        says.status, says.headers = 302, {"Location": other}
        with pytest.raises(NoKeyError):
            key_set(address)
        assert elsewhere.asked == 0, "a redirect is not followed"
        says.status, says.headers = 200, {}
        for body in (b"", b"\xff\xfe", b"[1]", b'{"keys": 7}', b"[" * 100_000):
            says.body = body
            with pytest.raises(NoKeyError):
                key_set(address)
        says.hold.clear()  # takes the connection and says nothing
        with pytest.raises(NoKeyError, match="timed out"):
            key_set(address)
    with pytest.raises(NoKeyError, match=r"refused|Connection"):
        key_set(address)
