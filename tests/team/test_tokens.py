"""Tokens, by every way to get them wrong: each is refused, none is told, and nothing else than one enters."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.team.keys import Kept, Key, NoKeyError
from tagcat_kernel.team.tokens import LEEWAY, LONGEST, RefusedError, Verifier, verifier
from tests.team.issuer import AUDIENCE, ISSUER, Issuer

KEY = "a team's key of thirty-two bytes or more"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Verifier:
    monkeypatch.setenv("TAGCAT_JWT_KEY", KEY)
    return verifier()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def trusting(issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verifier:
    """A verifier that trusts the issuer's key set in a file."""
    path = tmp_path / "jwks.json"
    path.write_text(issuer.jwks(), "utf-8")
    monkeypatch.setenv("TAGCAT_JWKS", str(path))
    monkeypatch.setenv("TAGCAT_JWT_ISSUER", ISSUER)
    monkeypatch.setenv("TAGCAT_JWT_AUDIENCE", AUDIENCE)
    return verifier()


def signed(key: Any = KEY, algorithm: str = "HS256", *, headers: Any = None, **claims: Any) -> str:
    told = {"sub": "ada", "iat": int(time.time()), "exp": int(time.time()) + 60} | claims
    told = {name: value for name, value in told.items() if value is not None}
    return jwt.encode(told, key, algorithm=algorithm, headers=headers)


def part(content: Any) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def refused(by: Verifier, token: str) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        by.claims(token)
    told = str(raised.value) + repr(raised.value)
    assert not any(len(one) > 20 and one in told for one in (token, *token.split("."))), "a piece of it"
    return raised.value


def test_what_a_good_token_says(own: Verifier) -> None:
    before = time.time()
    claims = own.claims(own.issue("Ada Lovelace", 60))
    assert claims.name == "Ada Lovelace"
    assert claims.issued.tzinfo is UTC
    assert before <= claims.issued.timestamp() + 1e-6
    assert claims.expires.timestamp() - claims.issued.timestamp() == pytest.approx(60, abs=1)


def test_another_program_of_the_team_may_sign(own: Verifier) -> None:
    assert own.claims(signed(headers={"kid": "ours"})).name == "ada"
    assert own.claims(signed(iat=None)).issued == datetime(1970, 1, 1, tzinfo=UTC)


def test_names_that_can_not_be(own: Verifier) -> None:
    with pytest.raises(NotStorableError):
        own.issue("a:b", 60)
    for name in ("a:b", "", " ada", "x" * 201, "a\nb", ["ada"], 7, {"ada": 1}):
        refused(own, signed(sub=name) if isinstance(name, str) else raw(sub=name))


def raw(**claims: Any) -> str:
    """A token that PyJWT would not write, with the team's key."""
    body = {"sub": "ada", "iat": int(time.time()), "exp": int(time.time()) + 60} | claims
    return jwt.PyJWS().encode(json.dumps(body).encode(), KEY, algorithm="HS256")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": int(time.time()) - 3600}, "expired"),
        ({"exp": 0}, "expired"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"iat": int(time.time()) + 3600}, "not valid yet"),
        ({"exp": None}, "lacks"),
        ({"sub": None}, "lacks"),
        ({"aud": "another"}, "another place"),
    ],
)
def test_genuine_but_not_now_or_not_for_us(own: Verifier, claims: dict[str, Any], reason: str) -> None:
    error = refused(own, signed(**claims))
    assert reason in str(error)
    assert error.name == (None if claims == {"sub": None} else "ada"), "the signature is genuine"


@pytest.mark.parametrize("exp", ["soon", "Infinity", 1e400, [], {}, True, -1, 10**30, "NaN", float("nan")])
def test_an_end_that_is_none(own: Verifier, exp: Any) -> None:
    refused(own, raw(exp=exp))
    refused(own, raw(iat=exp, nbf=exp, exp=exp))


def test_clocks_may_differ_a_little(own: Verifier) -> None:
    now = int(time.time())
    assert own.claims(signed(exp=now - 3)).name == "ada"
    assert own.claims(signed(iat=now + 3, nbf=now + 3)).name == "ada"
    assert LEEWAY <= 30


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "\x00\xff\xfe",
        "ÿ.ÿ.ÿ",
        "\ud800.\udfff.a",
        "a b.c.d",
        "e30.e30.",
        "e30.e30.e30",
        "W10.e30.e30",
        "bnVsbA.e30.e30",
        part(b"[" * 3000) + ".e30.e30",
        part({"alg": "HS256", "kid": ["x"]}) + ".e30.e30",
        part({"alg": ["HS256"]}) + ".e30.e30",
        part({"alg": None}) + ".e30.e30",
        ("a" * 50 + ".") * 5,
    ],
)
def test_what_is_no_token_at_all(own: Verifier, trusting: Verifier, token: str) -> None:
    for one in (own, trusting):
        assert refused(one, token).name is None


def test_a_huge_token_is_not_even_read(own: Verifier) -> None:
    token = own.issue("ada", 60)
    for huge in (token + "A" * LONGEST, signed(more="x" * LONGEST), "A" * 10_000_000):
        refused(own, huge)


def test_a_token_of_no_algorithm_or_of_another(own: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    body = part({"sub": "ada", "exp": int(time.time()) + 60})
    for name in ("none", "None", "NONE", "nOnE", "", "HS256"):
        for signature in ("", part(b"x"), part(b"x" * 32)):
            refused(own, f"{part({'alg': name})}.{body}.{signature}")
    long = KEY * 2
    monkeypatch.setenv("TAGCAT_JWT_KEY", long)
    assert verifier().claims(signed(long)).name == "ada"
    for name in ("HS384", "HS512"):
        refused(verifier(), signed(long, name))
    refused(own, jwt.encode({"sub": "ada", "exp": time.time() + 60}, None, algorithm="none") + part(b"x"))


def test_a_foreign_key(own: Verifier, trusting: Verifier, issuer: Issuer) -> None:
    refused(own, signed("another key of thirty-two bytes or more"))
    refused(own, signed(KEY + " "))
    for kid in ("rsa-1", "not there", None):
        refused(trusting, issuer.token(issuer.stranger, "RS256", kid=kid))
    refused(trusting, issuer.token(ec.generate_private_key(ec.SECP256R1()), "ES256", kid="ec-1"))
    refused(trusting, signed(iss=ISSUER, aud=AUDIENCE))


def test_a_public_key_is_no_secret(trusting: Verifier, issuer: Issuer) -> None:
    """HS256 with the issuer's public key as the secret, in all forms in which it is public."""
    public = issuer.rsa.public_key()
    forms = [
        public.public_bytes(encoding, form)
        for encoding, form in (
            (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
            (serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
        )
    ]
    forms += [form.strip() for form in forms]
    forms.append(part(public.public_numbers().n.to_bytes(256, "big")).encode())
    forms.append(issuer.jwks().encode())
    for form in forms:
        for kid in ("rsa-1", "ec-1", None):
            refused(trusting, hs256(form, kid, iss=ISSUER, aud=AUDIENCE))


def hs256(secret: bytes, kid: str | None, **claims: Any) -> str:
    """A token signed by our own hand: PyJWT refuses to use a public key so."""
    import hashlib
    import hmac

    head = part({"alg": "HS256", "typ": "JWT"} | ({"kid": kid} if kid else {}))
    text = f"{head}.{part({'sub': 'ada', 'exp': int(time.time()) + 60} | claims)}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def test_the_oracle_signs_as_pyjwt_does(own: Verifier) -> None:
    assert own.claims(hs256(KEY.encode(), None)).name == "ada"


def test_an_issuers_tokens(trusting: Verifier, issuer: Issuer) -> None:
    for key, algorithm, kid in (
        (issuer.rsa, "RS256", "rsa-1"),
        (issuer.second, "RS256", "rsa-2"),
        (issuer.ec, "ES256", "ec-1"),
    ):
        assert trusting.claims(issuer.token(key, algorithm, kid=kid)).name == "ada"
        assert trusting.claims(issuer.token(key, algorithm, kid=kid, aud=["x", AUDIENCE])).name == "ada"
    refused(trusting, issuer.token(issuer.rsa, "RS256", kid="rsa-2"))
    refused(trusting, issuer.token(issuer.rsa, "RS256", kid="ec-1"))
    refused(trusting, issuer.token(issuer.rsa, "RS512", kid="rsa-1"))
    refused(trusting, issuer.token(issuer.rsa, "PS256", kid="rsa-1"))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": [""]},
        {"iss": "https://another.example"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"iss": ISSUER + "/"},
        {"exp": None},
        {"sub": None},
        {"exp": 1},
    ],
)
def test_an_issuers_tokens_for_others(trusting: Verifier, issuer: Issuer, claims: dict[str, Any]) -> None:
    refused(trusting, issuer.token(issuer.rsa, "RS256", kid="rsa-1", **claims))


def test_headers_that_ask_for_more_than_we_do(trusting: Verifier, issuer: Issuer, own: Verifier) -> None:
    for more in ({"crit": ["b64"], "b64": False}, {"crit": ["exp"]}, {"crit": []}, {"b64": False}):
        head = {"alg": "HS256", **more}
        body = part({"sub": "ada", "exp": int(time.time()) + 60})
        refused(own, by_hand(head, body))
    jwk = json.loads(issuer.jwks())["keys"][0]
    for more in ({"jwk": jwk}, {"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example/c"}):
        refused(trusting, issuer.token(issuer.stranger, "RS256", kid="rsa-1", headers=more))


def by_hand(head: dict[str, Any], body: str) -> str:
    import hashlib
    import hmac

    text = f"{part(head)}.{body}"
    return f"{text}.{part(hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest())}"


SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é"
GENUINE = Verifier(Kept(lambda: (Key(None, "HS256", KEY.encode()),), "a key"))
TOKEN = GENUINE.issue("ada", 3600)


@given(
    st.sampled_from(("change", "insert", "delete", "cut", "case", "twice")),
    st.integers(0, len(TOKEN) - 1),
    st.sampled_from(SIGNS),
)
def test_no_mutation_of_a_token_is_accepted(way: str, at: int, sign: str) -> None:
    changed = {
        "change": TOKEN[:at] + sign + TOKEN[at + 1 :],
        "insert": TOKEN[:at] + sign + TOKEN[at:],
        "delete": TOKEN[:at] + TOKEN[at + 1 :],
        "cut": TOKEN[:at],
        "case": TOKEN[:at] + TOKEN[at].swapcase() + TOKEN[at + 1 :],
        "twice": TOKEN[:at] + TOKEN,
    }[way]
    if changed != TOKEN:
        refused(GENUINE, changed)
    assert GENUINE.claims(TOKEN).name == "ada"


def test_every_other_spelling_of_the_last_letter(own: Verifier) -> None:
    """Its last two bits mean nothing in base64: four letters would stand for one signature."""
    token = own.issue("ada", 60)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [one for one in letters if enters(own, token[:-1] + one)] == [token[-1]]
    for tail in ("=", "==", "\n", " ", ".", "A"):
        assert not enters(own, token + tail)
        assert not enters(own, tail + token)


def enters(by: Verifier, token: str) -> bool:
    try:
        return by.claims(token).name == "ada"
    except RefusedError:
        return False


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda some: some.decode("latin-1")))
def test_garbage_is_refused_and_nothing_else_happens(text: str) -> None:
    refused(GENUINE, text)


def test_settings_that_can_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: Issuer) -> None:
    for name in ("TAGCAT_JWT_KEY", "TAGCAT_JWKS", "TAGCAT_JWT_ISSUER", "TAGCAT_JWT_AUDIENCE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoKeyError, match="no key: make one"):
        verifier()
    monkeypatch.setenv("TAGCAT_JWT_KEY", "short marker")
    with pytest.raises(NoKeyError, match="12 bytes") as raised:
        verifier()
    assert "marker" not in str(raised.value)
    path = tmp_path / "keys.json"
    path.write_text(issuer.jwks(), "utf-8")
    monkeypatch.setenv("TAGCAT_JWKS", str(path))
    for issuer_, audience in ((None, None), (ISSUER, None), (None, AUDIENCE), (ISSUER, "")):
        for name, value in (("TAGCAT_JWT_ISSUER", issuer_), ("TAGCAT_JWT_AUDIENCE", audience)):
            monkeypatch.setenv(name, value or "")
        with pytest.raises(NoKeyError, match="needs TAGCAT_JWT_ISSUER and TAGCAT_JWT_AUDIENCE"):
            verifier()


def test_an_issuers_server_makes_no_tokens(trusting: Verifier) -> None:
    with pytest.raises(NoKeyError, match="signed by its issuer"):
        trusting.issue("ada", 60)


def test_nothing_shows_the_key(own: Verifier) -> None:
    shown: list[Callable[[object], str]] = [str, repr]
    for show in shown:
        assert KEY not in show(own) + show(own._keys) + show(own._keys.get())
