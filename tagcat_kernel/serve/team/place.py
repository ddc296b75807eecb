"""Where the server may listen, and what it believes about where a request comes from.

Tokens travel with every request, so beyond this machine they travel encrypted: with a certificate of the
server's own, or behind a reverse proxy that has one. Anything else is refused before a port is opened.

A proxy says in `X-Forwarded-For`, `-Proto` and `-Host` what it saw. Anybody can write these headers, so
they count with `--behind-proxy` only, and of each the last entry alone: the one that the proxy itself
added. (Tornado's own reading would let `X-Real-Ip` and `X-Scheme` win, which many proxies pass on as they
come: a guesser could appear at another address with every guess.)

A foreign name can be led to any address (DNS rebinding), and its pages would pass for ours. On loopback only
loopback's names are answered to; beyond it those of `--host`, and without one any: with a certificate the
browser has checked the name, behind a proxy the proxy chose it.
"""

import ipaddress
import re
import ssl
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

from tornado import httputil


class PlaceError(ValueError):
    """The server may not or can't listen there; says why and what to do."""


def check_place(ip: str, *, behind_proxy: bool, certificate: Path | None) -> None:
    """Hold that no token would travel in the clear.

    Raises
    ------
    PlaceError
        If `ip` lies beyond this machine and there is neither a proxy nor a certificate.

    Examples
    --------
    >>> check_place("127.0.0.1", behind_proxy=False, certificate=None)
    >>> check_place("0.0.0.0", behind_proxy=False, certificate=None)
    Traceback (most recent call last):
    ...
    tagcat_kernel.serve.team.place.PlaceError: other machines reach 0.0.0.0, and tokens would travel to it ...
    """
    if not (is_loopback(ip) or behind_proxy or certificate):
        raise PlaceError(
            f"other machines reach {ip or 'every address'}, and tokens would travel to it unencrypted. Give "
            "--certificate (with --key), or --behind-proxy where a reverse proxy with TLS stands before it."
        )


def is_loopback(ip: str) -> bool:
    """Return whether only this machine reaches an address.

    Examples
    --------
    >>> [is_loopback(ip) for ip in ("::1", "localhost", "", "192.168.0.7", "example.org")]
    [True, True, False, False, False]
    """
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return ip == "localhost"


def name_of(host: str) -> str:
    """Return a server's name as browsers write it into `Host`, without the port.

    Raises
    ------
    PlaceError
        If it is no name.

    Examples
    --------
    >>> name_of("Cats.Example"), name_of("käse.example"), name_of("[::1]")
    ('cats.example', 'xn--kse-qla.example', '::1')
    >>> name_of("https://cats.example/")
    Traceback (most recent call last):
    ...
    tagcat_kernel.serve.team.place.PlaceError: 'https://cats.example/' is no name of a server: write it ...
    """
    name = host.removeprefix("[").removesuffix("]").lower().rstrip(".")
    try:
        if _address(f"[{name}]"):
            return name
        written = name.encode("idna").decode("ascii")
        if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", written):
            raise ValueError
    except ValueError:
        raise PlaceError(
            f"{host!a} is no name of a server: write it alone, without https:// and without a port, such as "
            "cats.example.org"
        ) from None
    return written


def names_of(hosts: Iterable[str], ip: str, *, open_to_any: bool) -> frozenset[str] | None:
    """Return the names beside loopback's that a server answers to; None: any.

    Parameters
    ----------
    hosts
        What `--host` named.
    ip
        Where it listens.
    open_to_any
        Whether somebody else sees to the name: a proxy, or a browser that checks a certificate.

    Examples
    --------
    >>> names_of((), "127.0.0.1", open_to_any=False)
    frozenset()
    >>> names_of(("cats.example",), "0.0.0.0", open_to_any=True)
    frozenset({'cats.example'})
    """
    named = frozenset(name_of(host) for host in hosts)
    return None if not named and (open_to_any or not is_loopback(ip)) else named


def answers_to(host: str, names: frozenset[str] | None) -> bool:
    """Return whether a request for this name, as it stands in `Host` without a port, is for this server.

    Examples
    --------
    >>> names = frozenset({"cats.example"})
    >>> [answers_to(host, names) for host in ("cats.example.", "127.0.0.1", "evil.example")]
    [True, True, False]
    """
    name = host.removeprefix("[").removesuffix("]").lower().rstrip(".")
    return names is None or name in names or is_loopback(name)


def encryption(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return the TLS of a server.

    Parameters
    ----------
    certificate
        PEM: the server's certificate, then those between it and the authority.
    key
        PEM; default: in the same file.

    Raises
    ------
    PlaceError
        If a file can't be read, or they don't belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        for path in filter(None, (certificate, key)):
            path.read_bytes()  # ssl's own error does not say which file
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        where = getattr(error, "filename", None) or (f"{certificate} with {key}" if key else certificate)
        reason = getattr(error, "strerror", None) or str(error)
        raise PlaceError(f"can't use {where} for TLS: {reason}") from error
    return context


def _no_password() -> str:
    raise ValueError("the key has a password; give one without, in a file that only this account can read")


class Forwarded(httputil.HTTPServerConnectionDelegate):
    """A tornado application behind a proxy: it sees requests as the proxy saw them."""

    def __init__(self, application: httputil.HTTPServerConnectionDelegate) -> None:
        self._application = application

    def start_request(
        self, server_conn: object, request_conn: httputil.HTTPConnection
    ) -> httputil.HTTPMessageDelegate:
        """Begin a request."""
        return _Seen(self._application.start_request(server_conn, request_conn), request_conn)

    def on_close(self, server_conn: object) -> None:
        """End a connection."""
        self._application.on_close(server_conn)


class _Seen(httputil.HTTPMessageDelegate):
    def __init__(self, request: httputil.HTTPMessageDelegate, connection: Any) -> None:
        self._request = request
        self._context = connection.context

    def headers_received(self, start_line: Any, headers: httputil.HTTPHeaders) -> Any:
        context = self._context
        before = context.remote_ip, context.protocol
        context.remote_ip = _address(_last(headers, "X-Forwarded-For")) or context.remote_ip
        scheme = _last(headers, "X-Forwarded-Proto").lower()
        if scheme in ("http", "https"):
            context.protocol = scheme
        if host := _last(headers, "X-Forwarded-Host"):
            headers["Host"] = host
        try:
            return self._request.headers_received(start_line, headers)  # keeps all three with the request
        finally:
            # The proxy's next request on this connection may be another person's.
            context.remote_ip, context.protocol = before

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._request.data_received(chunk)

    def finish(self) -> None:
        self._request.finish()

    def on_connection_close(self) -> None:
        self._request.on_connection_close()


def _last(headers: httputil.HTTPHeaders, name: str) -> str:
    return headers.get(name, "").rpartition(",")[2].strip()


def _address(text: str) -> str:
    """Return an address without its port, "" where it is none.

    Examples
    --------
    >>> [_address(text) for text in ("1.2.3.4", "1.2.3.4:80", "[2001:db8::1]:80", "2001:db8::1", "x")]
    ['1.2.3.4', '1.2.3.4', '2001:db8::1', '2001:db8::1', '']
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
