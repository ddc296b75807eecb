"""Models from the net: fetched once from an address that a person has confirmed, checked, and kept.

The address is that of a model card (see `card`); the model, and the file of labels where there is one, lie
beside it. Everything goes over https, redirections too. The card comes first, the model must have the
card's SHA-256, and only when all of it is there and right does it get its place under
`TAGCAT_HOME/models`: half a model is never seen. What is kept is never fetched again.

Nothing here runs by itself: without `confirmed=True` no connection is made.
"""

import contextlib
import hashlib
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from tagcat_kernel.home import subfolder
from tagcat_kernel.labelling.card import LARGEST, card_content, read_card
from tagcat_kernel.labelling.labeller import LabellerError

LARGEST_MODEL = 2 * 1024**3
"""Bytes of a model; beyond it the address is taken for a mistake."""

PATIENCE = 60.0
"""Seconds that a server may be silent."""

_CARD = "card.json"
_UNFINISHED = "fetching-"
_CHUNK = 1024 * 1024


def kept_model(url: str) -> Path | None:
    """Return the card of a model that was fetched from this address before, None if it never was.

    Examples
    --------
    >>> kept_model("https://example.org/tiny.json") is None
    True
    """
    card = _place(url) / _CARD
    return card if card.is_file() else None


def kept_models() -> dict[str, Path]:
    """Return the cards of the models in `TAGCAT_HOME/models`, by the name in the card.

    What was fetched is there, and what a person put there: a card beside its model, or in a folder.

    Examples
    --------
    >>> kept_models()
    {}
    """
    folder = subfolder("models")
    found: dict[str, Path] = {}
    for path in sorted([*folder.glob("*.json"), *folder.glob("[!.]*/*.json")]):
        if path.parent.name.startswith(_UNFINISHED):
            continue
        with contextlib.suppress(LabellerError):
            found.setdefault(read_card(path).name, path)
    return found


def fetch_model(
    url: str,
    *,
    confirmed: bool = False,
    progress: Callable[[int], None] = lambda _bytes: None,
) -> Path:
    """Fetch a model with its card, and return the path of the card, which is what a labeller takes.

    Parameters
    ----------
    url
        Of the card, by https.
    confirmed
        Whether a person has said yes to this address.
    progress
        Called with the bytes of the model that have come, now and then.

    Raises
    ------
    LabellerError
        If it is not confirmed, the address is none by https, a server does not answer, or what it gives is
        not what the card says. Nothing is kept then.

    Examples
    --------
    >>> fetch_model("http://example.org/tiny.json", confirmed=True)
    Traceback (most recent call last):
        ...
    tagcat_kernel.labelling.labeller.LabellerError: http://example.org/tiny.json: only https is fetched
    """
    _check_address(url)
    if known := kept_model(url):
        return known
    if confirmed is not True:
        raise LabellerError(
            f"{url}: a model and its card would be fetched from {urlsplit(url).hostname} and kept in "
            f"{subfolder('models')}. Confirm it: confirmed=True, or --yes on the command line"
        )
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=subfolder("models")))
    try:
        _download(url, folder / _CARD, LARGEST)
        content = card_content((folder / _CARD).read_bytes(), url)
        model = _plain_name(content["file"], url)
        if isinstance(content["labels"], str):
            labels = _plain_name(content["labels"], url)
            _download(urljoin(url, quote(labels)), folder / labels, LARGEST)
        _download(urljoin(url, quote(model)), folder / model, LARGEST_MODEL, progress)
        _check_sum(folder / model, content["sha256"].lower(), urljoin(url, quote(model)))
        read_card(folder / _CARD)
        place = _place(url)
        shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)
    except OSError as error:
        if known := kept_model(url):  # another process was quicker
            return known
        raise LabellerError(f"{url}: can't be fetched: {_reason(error)}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return place / _CARD


def _place(url: str) -> Path:
    """Return where a model from this address is kept: no part of a name comes from outside."""
    return subfolder("models") / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and parts.hostname
    except ValueError:
        fine = None
    if not fine:
        raise LabellerError(f"{url}: only https is fetched")


def _plain_name(name: str, url: str) -> str:
    """Return the name of a file beside the card; it must not lead anywhere else."""
    if name != Path(name).name or "\\" in name or name in (".", "..", _CARD) or not name.isprintable():
        raise LabellerError(f"{url}: its card names {name[:60]!a}, which is no file beside it")
    return name


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any, **named: Any) -> Any:
        _check_address(named.get("newurl", asked[-1]))
        return super().redirect_request(*asked, **named)


def _download(
    url: str, target: Path, largest: int, progress: Callable[[int], None] = lambda _bytes: None
) -> None:
    opener = urllib.request.build_opener(_OnlyHttps)
    done = 0
    with opener.open(url, timeout=PATIENCE) as answer, target.open("xb") as file:
        promised = answer.headers.get("Content-Length")
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if done > largest:
                raise LabellerError(f"{url}: is larger than {largest} bytes: given up")
            file.write(chunk)
            progress(done)
    if promised is not None and promised.isdigit() and int(promised) != done:
        raise LabellerError(f"{url}: broke off after {done} of {promised} bytes: try again")


def _check_sum(model: Path, wanted: str, url: str) -> None:
    with model.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted:
        raise LabellerError(f"{url}: its SHA-256 is {found}, the card's is {wanted}: it was not kept")


def _reason(error: OSError) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server says {error.code} {error.reason}"
    reason = getattr(error, "reason", None)
    return str(reason or error.strerror or error)
