"""An issuer of tokens as others have one: three keys, a key set that publishes them, and tokens."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://issuer.example"
AUDIENCE = "tagcat"


class Issuer:
    """Two RSA keys and one on P-256: "rsa-1", "rsa-2" and "ec-1"; and `stranger`, a key of somebody else."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.second = rsa.generate_private_key(65537, 2048)
        self.stranger = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def keys(self) -> list[dict[str, Any]]:
        """The public keys, as a key set lists them."""
        return [
            public(self.rsa, kid="rsa-1", use="sig", alg="RS256"),
            public(self.second, kid="rsa-2"),
            public(self.ec, kid="ec-1", use="sig"),
        ]

    def jwks(self) -> str:
        return json.dumps({"keys": self.keys()})

    def token(
        self,
        key: Any,
        algorithm: str,
        *,
        kid: str | None,
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token of ada's for a minute; a claim that is None is left out."""
        now = int(time.time())
        told = {"sub": "ada", "iat": now, "exp": now + 60, "iss": ISSUER, "aud": AUDIENCE} | claims
        told = {name: value for name, value in told.items() if value is not None}
        odd = not isinstance(told.get("iss", ""), str)
        named = (headers or {}) | ({"kid": kid} if kid else {})
        if odd:  # PyJWT would not write that
            return jwt.PyJWS().encode(json.dumps(told).encode(), key, algorithm=algorithm, headers=named)
        return jwt.encode(told, key, algorithm=algorithm, headers=named)


def public(key: Any, **more: str) -> dict[str, Any]:
    """The public half of a key as JSON Web Key."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return dict(algorithm.to_jwk(key.public_key(), as_dict=True)) | more
