"""Where secrets come from: one setting says it, `TAGCAT_SECRETS`.

| TAGCAT_SECRETS | the secrets are |
|---|---|
| unset, `environment` | the variables `TAGCAT_GRAPH_PASSWORD` and its like |
| `file:/path/secrets.json` | a JSON object in a file that only its owner can read (0600) |
| `keyring`, `keyring:SERVICE` | entries of the system's keyring, by the service's name (`tagcat`) |
| `aws:NAME-OR-ARN` | one JSON object in AWS Secrets Manager, as in the first TagCat |

All stores know the same names: `graph_uri`, `graph_user`, `graph_password`, `graph_database`, `jwt_key` (a
team's key for tokens), `notices` (where a team's notices go). What a store does not hold comes from the
environment, so that an address need not be a secret. Nothing is kept here: whoever needs a secret again,
since the old one is refused, asks again and gets the new one.
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

SETTING = "TAGCAT_SECRETS"
NAMES = ("graph_uri", "graph_user", "graph_password", "graph_database", "jwt_key", "notices")
HIDDEN = ("graph_password", "jwt_key")
"""What must never be seen in anything that TagCat writes; the rest are names and addresses."""
SECONDS = 5
"""How long a service of somebody else's may take to answer."""
SERVICE = "tagcat"


class SecretsError(Exception):
    """The secrets can't be had; the message says why and what to do, and holds none of them."""


def read_secrets() -> dict[str, str]:
    """Return all secrets that there are now, by name.

    Raises
    ------
    SecretsError
        If the setting names no store, or the store does not answer or can be read by others.

    Examples
    --------
    >>> os.environ["TAGCAT_GRAPH_PASSWORD"] = "hush"
    >>> read_secrets()["graph_password"]
    'hush'
    >>> del os.environ["TAGCAT_GRAPH_PASSWORD"]
    """
    told = os.environ.get(SETTING) or "environment"
    kind, _, place = told.partition(":")
    if kind == "environment" and not place:
        held: Mapping[str, str] = {}
    elif kind == "file" and place:
        held = _checked(_from_file(Path(place).expanduser()), place)
    elif kind == "keyring":
        held = _from_keyring(place or SERVICE)
    elif kind == "aws" and place:
        held = _checked(_from_aws(place), place)
    else:
        raise SecretsError(
            f"{SETTING} is {told!a}: write environment, file:/path, keyring, keyring:SERVICE or aws:NAME"
        )
    around = {name: os.environ.get(f"TAGCAT_{name.upper()}") for name in NAMES}
    return {name: value for name, value in around.items() if value} | dict(held)


@contextmanager
def private(path: Path, whose: str = "yours") -> Iterator[TextIO]:
    """Open a file of secrets for reading, if it is this account's and no other can read it.

    Raises
    ------
    SecretsError
        If it is not; the message says that it is not `whose`.
    OSError
        If it can't be opened.
    """
    with path.open(encoding="utf-8") as stream:
        facts = os.fstat(stream.fileno())
        if os.name == "posix" and (stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid()):
            raise SecretsError(f"{path}: others may read it or it is not {whose}: chown it, chmod 600")
        yield stream


def _from_file(path: Path) -> str:
    try:
        with private(path) as stream:
            return stream.read(1_000_000)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise SecretsError(f"{path}: {why}: {SETTING} names it") from None


def _from_keyring(service: str) -> dict[str, str]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SecretsError(f"{SETTING}=keyring needs the package: pip install 'tagcat[keyring]'") from None
    try:
        found = {name: keyring.get_password(service, name) for name in NAMES}
    except KeyringError as error:
        raise SecretsError(f"the system's keyring does not answer: {error}") from None
    return {name: value for name, value in found.items() if value}


def _from_aws(secret: str) -> str:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise SecretsError(f"{SETTING}=aws:… needs boto3: pip install 'tagcat[aws]'") from None
    try:
        brief = Config(connect_timeout=SECONDS, read_timeout=SECONDS)
        answer = boto3.client("secretsmanager", config=brief).get_secret_value(SecretId=secret)
    except (BotoCoreError, ClientError) as error:
        raise SecretsError(f"AWS Secrets Manager gives no {secret!r}: {error}") from None
    return str(answer.get("SecretString", ""))


def _checked(text: str, place: str) -> dict[str, str]:
    """Return the object in a store's text; an error tells nothing of what is in it."""
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict) or not all(isinstance(held.get(name, ""), str) for name in NAMES):
        raise SecretsError(f"{place}: no JSON object with text for {', '.join(NAMES)}")
    return {name: held[name] for name in NAMES if held.get(name)}
