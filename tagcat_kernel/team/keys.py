"""The keys that tokens are checked by, and when they are read again.

A team has one key of its own, a secret (`jwt_key`), or it trusts an issuer's key set (JWKS, RFC 7517) in a
file or at an address. Either may change while the server runs, so a key is `Kept`: read again when it is a
minute old, and at once when a signature does not fit it, but never faster than its pause, so that guesses
can't hammer the store. A store that does not answer costs nobody their access: the key that was read last
holds for an hour more.

What a key is for is its own affair, never the token's: the team's key is for HS256, an RSA key for RS256, a
key on the curve P-256 for ES256. Every other key of a set is passed over.
"""

import ipaddress
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from tagcat_kernel.secrets import read_secrets

T = TypeVar("T")

SHORTEST = 32
"""Bytes of a team's key: as many as HS256 has (RFC 7518, 3.2)."""
SHORTEST_RSA = 2048
"""Bits (RFC 7518, 3.3)."""
SECONDS = 5
"""How long an issuer's address may take to answer."""
MOST = 100
"""Keys of a set."""
LARGEST = 1_000_000
"""Bytes of a file with a key set."""

_log = logging.getLogger("tagcat.team")


class NoKeyError(ValueError):
    """There is no key to check tokens by; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key to check signatures by.

    Attributes
    ----------
    identity
        Its `kid` in a key set; None: it has none, and is asked about every token.
    algorithm
        The one that it is for: "HS256", "RS256" or "ES256".
    material
        Bytes, or the public key as `cryptography` holds it.
    """

    identity: str | None
    algorithm: str
    material: Any = field(repr=False)


class Kept(Generic[T]):
    """A value that is read anew when it is old, or when somebody doubts it.

    Parameters
    ----------
    read
        Gives the value of now; what it raises is logged by its message and waited out.
    what
        What it is, for the log.
    age
        Seconds after which it is read again.
    pause
        Least seconds between two readings for doubt.
    patience
        Seconds that the last value holds while it can't be read.
    clock
        Gives seconds; a test may give its own.

    Raises
    ------
    Exception
        What `read` raises the first time.

    Examples
    --------
    >>> values = iter("ab")
    >>> kept = Kept(lambda: next(values), "a letter", pause=0)
    >>> kept.get(), kept.get(), kept.doubted()
    ('a', 'a', 'b')
    """

    def __init__(
        self,
        read: Callable[[], T],
        what: str,
        *,
        age: float = 60.0,
        pause: float = 1.0,
        patience: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._what, self._clock = read, what, clock
        self._age, self._pause, self._patience = age, pause, patience
        self._reading = threading.Lock()
        self._value = read()
        self._tried = self._good = clock()

    def get(self) -> T:
        """Return the value; one thread reads it anew where it is old, the others take what is there.

        Raises
        ------
        NoKeyError
            If it could not be read for longer than its patience.
        """
        if self._clock() - self._tried >= self._age and self._reading.acquire(blocking=False):
            try:
                self._anew()
            finally:
                self._reading.release()
        if self._clock() - self._good > self._age + self._patience:
            raise NoKeyError(
                f"{self._what} can't be read since {self._patience / 60:.0f} minutes: see the log"
            )
        return self._value

    def doubted(self) -> T:
        """Return the value, read anew where it was not read just now."""
        # Whoever reads at this moment reads for all; a store that hangs must not hang everybody.
        if self._reading.acquire(timeout=SECONDS):
            try:
                if self._clock() - self._tried >= self._pause:
                    self._anew()
            finally:
                self._reading.release()
        return self.get()

    def _anew(self) -> None:
        try:
            self._value = self._read()
            self._good = self._clock()
        except Exception as error:
            _log.warning("%s can't be read, the last one holds: %s", self._what, error)
        finally:
            self._tried = self._clock()


def team_key() -> tuple[Key, ...]:
    """Return the team's own key as the store of secrets has it now.

    Raises
    ------
    NoKeyError
        If there is none, it is shorter than 32 bytes, or it is a public key.
    SecretsError
        If the store does not answer.

    Examples
    --------
    >>> team_key()
    Traceback (most recent call last):
    tagcat_kernel.team.keys.NoKeyError: the team has no key: make one with `tagcat users key`, and store it \
as jwt_key where TAGCAT_SECRETS says, or as TAGCAT_JWT_KEY
    """
    from jwt.algorithms import HMACAlgorithm
    from jwt.exceptions import InvalidKeyError

    told = read_secrets().get("jwt_key", "")
    if not told:
        raise NoKeyError(
            "the team has no key: make one with `tagcat users key`, and store it as jwt_key where "
            "TAGCAT_SECRETS says, or as TAGCAT_JWT_KEY"
        )
    try:
        key = HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(told.encode())
    except (UnicodeEncodeError, InvalidKeyError):  # no valid text, or somebody's public key
        raise NoKeyError("the team's key (jwt_key) is no secret: make one with `tagcat users key`") from None
    if len(key) < SHORTEST:
        raise NoKeyError(
            f"the team's key (jwt_key) has {len(key)} bytes, fewer than {SHORTEST}: "
            "make one with `tagcat users key`"
        )
    return (Key(None, "HS256", key),)


def key_set(place: str) -> tuple[Key, ...]:
    """Return the keys of an issuer's key set that can check tokens.

    Parameters
    ----------
    place
        A file, or an https address (http on this machine only).

    Raises
    ------
    NoKeyError
        If it can't be read, is no key set, or holds no public RSA key (2048 bits or more) or key on P-256.
    """
    from jwt import PyJWKSet
    from jwt.exceptions import PyJWTError

    try:
        if "://" in place:
            found = _fetched(place)
        else:
            with Path(place).expanduser().open("rb") as stream:
                found = PyJWKSet.from_json(stream.read(LARGEST).decode())
    except OSError as error:
        raise NoKeyError(f"{place}: {error.strerror or error}: TAGCAT_JWKS names it") from None
    except NoKeyError:
        raise
    except (PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NoKeyError(f"{place} gives no key set: {error}: TAGCAT_JWKS names it") from None
    keys = tuple(key for one in found.keys[:MOST] if (key := _public(one)) is not None)
    if not keys:
        raise NoKeyError(f"{place}: no public RSA key of {SHORTEST_RSA} bits and no key on P-256 in it")
    return keys


def _fetched(address: str) -> Any:
    from jwt import PyJWKClient

    asked = urlsplit(address)
    if asked.scheme != "https" and not (asked.scheme == "http" and _is_here(asked.hostname or "")):
        raise NoKeyError(
            f"{address}: TAGCAT_JWKS takes a file or an https address: keys come by no other way"
        )
    return PyJWKClient(address, timeout=SECONDS, cache_jwk_set=False).get_jwk_set(refresh=True)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _public(found: Any) -> Key | None:
    """Return a key of a set as one of ours; None where it is none for signatures that we check."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if found.public_key_use not in ("sig", None) or not isinstance(found.key_id, str | None):
        return None
    key = found.key
    rsa = isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_RSA
    p256 = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    if (rsa and found.algorithm_name == "RS256") or (p256 and found.algorithm_name == "ES256"):
        return Key(found.key_id, found.algorithm_name, key)
    return None
