"""Who has which account of the graph: a file that the hub alone reads, and one file for each person.

The hub's file is a JSON object by the name of the person:

    {"ada": {"graph_uri": "neo4j+s://…", "graph_user": "ada", "graph_password": "…"}, "bob": …}

`graph_database` may stand there, too. Two people with one account are refused: then each of them would
hold the other's credentials. What a person gets is his own object, in a file that only his account can
read and that lies in a folder of the hub's, where he can put neither a file nor a link. TagCat reads it
as `TAGCAT_SECRETS=file:…`, and reads it again when the graph refuses an old password, so a changed one
needs no restart. Credentials never stand in an environment: every program that a person starts would
inherit them there.
"""

import json
import os
import tempfile
from pathlib import Path

from tagcat_kernel.secrets import SecretsError, private

NEEDED = ("graph_uri", "graph_user", "graph_password")
KNOWN = (*NEEDED, "graph_database")


def credentials_of(person: str, path: Path) -> dict[str, str]:
    """Return what the hub's file holds for one person.

    Raises
    ------
    SecretsError
        If others may read the file, it is no such object, two people share an account of the graph, or the
        person has none. The message holds no credential.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "graphs.json"
    >>> path.touch(mode=0o600)
    >>> _ = path.write_text('{"ada": {"graph_uri": "bolt://x", "graph_user": "a", "graph_password": "p"}}')
    >>> credentials_of("ada", path)["graph_user"]
    'a'
    """
    everyone = _read(path)
    owners: dict[tuple[str, str], str] = {}
    for name, held in everyone.items():
        other = owners.setdefault((held["graph_uri"], held["graph_user"]), name)
        if other != name:
            raise SecretsError(f"{path}: {other} and {name} have the same account: give each his own")
    if person not in everyone:
        raise SecretsError(f"{path}: {person} has no account of the graph: add one")
    return everyone[person]


def hand_over(credentials: dict[str, str], path: Path, uid: int, gid: int) -> None:
    """Write a person's file, readable by his account alone; who reads meanwhile sees the old or the new.

    `path` lies in a folder that the hub's account owns. It is made where it is missing, so that others may
    open what they know the name of, but neither list nor change it.

    Raises
    ------
    OSError
        If it can't be written, or given to the person.
    """
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    path.parent.chmod(0o711)
    handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(credentials, stream)
            os.fchown(stream.fileno(), uid, gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        with private(path, "the hub's") as stream:
            everyone = json.load(stream)
    except OSError as error:
        raise SecretsError(f"{path}: {error.strerror}") from None
    except ValueError:  # no JSON, or no UTF-8
        everyone = None
    if not isinstance(everyone, dict) or not all(_is_whole(held) for held in everyone.values()):
        raise SecretsError(f"{path}: no JSON object that gives each person {', '.join(NEEDED)} as text")
    return {name: {key: held[key] for key in KNOWN if key in held} for name, held in everyone.items()}


def _is_whole(held: object) -> bool:
    return (
        isinstance(held, dict)
        and all(held.get(name) for name in NEEDED)
        and all(isinstance(held.get(name, ""), str) for name in KNOWN)
    )
