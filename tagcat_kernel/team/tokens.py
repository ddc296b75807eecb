"""Whose a token is, and whether to believe it: JSON Web Tokens (RFC 7519), checked and signed by PyJWT.

A token is a stranger's text until its signature fits one of our keys by that key's own algorithm. The token
is asked for one thing before that: which key of a set it means (`kid`), and that chooses among our keys
only. Then `exp` and `sub` must be there, issuer and audience must be those of our settings, and the times
must hold, give or take ten seconds between clocks.

| setting | tokens are |
|---|---|
| the secret `jwt_key`, or `TAGCAT_JWT_KEY` | the team's own: HS256, signed by `issue` |
| `TAGCAT_JWKS` (a file or an https address) | an issuer's: RS256 or ES256; we sign none |
| `TAGCAT_JWT_ISSUER`, `TAGCAT_JWT_AUDIENCE` | to be for us: must be set with `TAGCAT_JWKS` |

Nothing that is raised or logged here holds a token.
"""

import base64
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from jwt import exceptions as wrong

from tagcat_kernel.graph.errors import NotStorableError
from tagcat_kernel.graph.keys import checked_user
from tagcat_kernel.team.keys import Kept, Key, NoKeyError, key_set, team_key

LONGEST = 8192
"""Characters of a token; more than a cookie or a header of common servers takes."""
LEEWAY = 10.0
"""Seconds that clocks may differ by."""

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")
_STRANGE = (wrong.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""What a forged token may raise in the libraries that read it."""

# In the order in which they are looked at; a class stands before those that it comes from.
_REASONS: dict[type[wrong.PyJWTError], str] = {
    wrong.ExpiredSignatureError: "this token has expired: ask for a new one",
    wrong.ImmatureSignatureError: "this token is not valid yet",
    wrong.InvalidIssuedAtError: "this token has no proper times",
    wrong.InvalidAudienceError: "this token is for another place (audience)",
    wrong.InvalidIssuerError: "this token is from another issuer",
    wrong.MissingRequiredClaimError: "this token lacks its end (exp), its name (sub), issuer or audience",
    wrong.InvalidSubjectError: "this token's name (sub) is no text",
    wrong.InvalidJTIError: "this token's number (jti) is no text",
}
"""What is wrong with a token whose signature fits."""
_GENUINE = tuple(_REASONS)  # what `except` takes


class RefusedError(Exception):
    """Somebody is not let in; the message says why in plain words, and never holds a token.

    Parameters
    ----------
    reason
        The message.
    name
        Who it is, where the signature was genuine; None: anybody could have made this up.
    """

    def __init__(self, reason: str, name: str | None = None) -> None:
        super().__init__(reason)
        self.name = name


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says: who, from when, until when (both in UTC)."""

    name: str
    issued: datetime
    expires: datetime


class Verifier:
    """Checks tokens; `verifier` makes one from the settings. Threads may share it.

    Parameters
    ----------
    keys
        The keys, as they are now.
    issuer, audience
        What `iss` and `aud` must be; None: a token may be from any issuer, and must be for nobody else.

    Examples
    --------
    >>> own = Verifier(Kept(lambda: (Key(None, "HS256", bytes(32)),), "a key"))
    >>> own.claims(own.issue("ada", 60)).name
    'ada'
    >>> own.claims("a.b.c")
    Traceback (most recent call last):
    tagcat_kernel.team.tokens.RefusedError: this token is none of this team's
    """

    def __init__(
        self, keys: Kept[tuple[Key, ...]], issuer: str | None = None, audience: str | None = None
    ) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience

    def claims(self, token: str) -> Claims:
        """Return what a token says, if it is to be believed.

        Raises
        ------
        RefusedError
            If it is not: forged, expired, for somebody else, or no token at all.
        NoKeyError
            If there is no key any more to check it by.
        """
        shape = _SHAPE.fullmatch(token) if len(token) <= LONGEST else None
        if shape is None or not _canonical(shape[1]):
            raise RefusedError(_FORGED)
        try:
            named = jwt.get_unverified_header(token).get("kid")
        except _STRANGE:
            raise RefusedError(_FORGED) from None
        held = self._keys.get()
        payload = self._payload(token, _meant(held, named))
        if payload is None and (fresh := self._keys.doubted()) is not held:  # the key may be another by now
            payload = self._payload(token, _meant(fresh, named))
        if payload is None:
            raise RefusedError(_FORGED)
        return _claims(payload)

    def issue(self, name: str, seconds: float, *, since: float = 0.0) -> str:
        """Return a new token for a member, signed with the team's key.

        Parameters
        ----------
        name
            The member's name; whether there is such a member is not asked here.
        seconds
            How long it holds, from now.
        since
            Seconds since 1970; it is not issued before (see `Member.tokens_from`).

        Raises
        ------
        NotStorableError
            If the name can't be a user's.
        NoKeyError
            If the tokens are an issuer's, who alone can sign them.
        """
        key = self._keys.get()[0]
        if key.algorithm != "HS256":
            raise NoKeyError("the tokens of this team are signed by its issuer (TAGCAT_JWKS): sign in there")
        # A member may have been made by a machine whose clock goes before ours.
        now = max(time.time(), since)
        told = {"sub": checked_user(name), "iat": now, "exp": now + seconds}
        told |= {"iss": self._issuer} if self._issuer else {}
        told |= {"aud": self._audience} if self._audience else {}
        return jwt.encode(told, key.material, algorithm=key.algorithm)

    @property
    def issues(self) -> bool:
        """Whether `issue` can sign: the tokens are the team's own."""
        return self._keys.get()[0].algorithm == "HS256"

    def _payload(self, token: str, keys: Sequence[Key]) -> dict[str, Any] | None:
        """Return what a genuine token holds; None where its signature fits no key.

        Raises
        ------
        RefusedError
            If the signature fits and something else is wrong.
        """
        required = ["exp", "sub", *(["iss"] if self._issuer else []), *(["aud"] if self._audience else [])]
        for key in keys:
            try:
                return jwt.decode(
                    token,
                    key.material,
                    algorithms=[key.algorithm],
                    audience=self._audience,
                    issuer=self._issuer,
                    leeway=LEEWAY,
                    options={"require": required},
                )
            except _GENUINE as error:
                reason = next(text for kind, text in _REASONS.items() if isinstance(error, kind))
                raise RefusedError(reason, _name_in(token)) from None
            except _STRANGE:
                continue
        return None


_FORGED = "this token is none of this team's"


def verifier() -> Verifier:
    """Return a verifier as the settings say.

    Raises
    ------
    NoKeyError
        If there is no usable key, or `TAGCAT_JWKS` is set without issuer and audience.
    SecretsError
        If the store of secrets does not answer.

    Examples
    --------
    >>> os.environ["TAGCAT_JWKS"] = "/etc/tagcat/jwks.json"
    >>> verifier()
    Traceback (most recent call last):
    tagcat_kernel.team.keys.NoKeyError: TAGCAT_JWKS needs TAGCAT_JWT_ISSUER and TAGCAT_JWT_AUDIENCE, too: \
an issuer signs tokens for others as well
    >>> del os.environ["TAGCAT_JWKS"]
    """
    place = os.environ.get("TAGCAT_JWKS")
    issuer = os.environ.get("TAGCAT_JWT_ISSUER") or None
    audience = os.environ.get("TAGCAT_JWT_AUDIENCE") or None
    if not place:
        return Verifier(Kept(team_key, "the team's key"), issuer, audience)
    if not (issuer and audience):
        raise NoKeyError(
            "TAGCAT_JWKS needs TAGCAT_JWT_ISSUER and TAGCAT_JWT_AUDIENCE, too: an issuer signs tokens for "
            "others as well"
        )
    return Verifier(Kept(lambda: key_set(place), place, age=300.0, pause=10.0), issuer, audience)


def issue(name: str, seconds: float) -> str:
    """Return a new token for a member, as the settings say; see `Verifier.issue`.

    Raises
    ------
    NoKeyError
        If there is no team's key.
    SecretsError
        If the store of secrets does not answer.
    """
    return verifier().issue(name, seconds)


def _canonical(part: str) -> bool:
    """Tell whether a part of a token is written in the one way that its bytes are to be written.

    The last character has spare bits, which decoders pass over: without this, some tokens that differ from a
    genuine one would be taken for it.
    """
    try:
        meant = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(meant).rstrip(b"=") == part.encode()


def _meant(keys: Sequence[Key], named: object) -> list[Key]:
    """Return the keys that a token may be signed with, by the `kid` in its header.

    A token that names none is tried with a set of one key alone: it can't be meant for any of several.
    """
    if named is None and len(keys) == 1:
        return list(keys)
    return [key for key in keys if key.identity in (None, named)]


def _name_in(token: str) -> str | None:
    """Return the name in a token whose signature is genuine, if it is a name."""
    try:
        name = jwt.decode(token, options={"verify_signature": False, "verify_sub": False}).get("sub")
        return checked_user(name) if isinstance(name, str) else None
    except _STRANGE:
        return None


def _claims(payload: dict[str, Any]) -> Claims:
    try:
        name = checked_user(payload["sub"])
    except NotStorableError as error:
        raise RefusedError(f"this token's name (sub) is nobody's here: {error}") from None
    try:
        issued, expires = (datetime.fromtimestamp(float(payload.get(one, 0)), UTC) for one in ("iat", "exp"))
    except (ValueError, TypeError, OverflowError, OSError):
        raise RefusedError("this token has no proper times", name) from None
    return Claims(name, issued, expires)
