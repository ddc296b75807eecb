"""Where a team's server may listen, and what it believes of a proxy: asked of real sockets."""

import http.client
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.browser.serving import TAGCAT
from tests.browser.team import Team, team_home, token

SEEN = (
    ("nothing", {}, ["127.0.0.1", "http", "own"]),
    ("all", {"For": "192.0.2.7", "Proto": "https", "Host": "cats"}, ["192.0.2.7", "https", "cats"]),
    ("the last word", {"For": "6.6.6.6, 192.0.2.7", "Proto": "http, https"}, ["192.0.2.7", "https", "own"]),
    ("the last name", {"Host": "evil, cats"}, ["127.0.0.1", "http", "cats"]),
    ("a port", {"For": "192.0.2.7:4711"}, ["192.0.2.7", "http", "own"]),
    ("IPv6", {"For": "[2001:db8::7]:4711"}, ["2001:db8::7", "http", "own"]),
    ("rubbish", {"For": "somewhere", "Proto": "gopher", "Host": ""}, ["127.0.0.1", "http", "own"]),
)


def test_what_a_proxy_saw_counts_for_its_request_alone() -> None:
    """One connection, as a proxy keeps it, with the requests of many people."""
    import asyncio

    from tornado import web
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    from tagcat_kernel.serve.team.place import Forwarded

    class Echo(web.RequestHandler):
        def get(self) -> None:
            request = self.request
            self.write(
                json.dumps([request.remote_ip, request.protocol, request.host, request.headers["Host"]])
            )

    async def life() -> list[list[str]]:
        server = HTTPServer(Forwarded(web.Application([("/", Echo)])))
        (socket,) = bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        reader, writer = await asyncio.open_connection(*socket.getsockname())
        answers = []
        for _, headers, _ in SEEN:
            lines = ["GET / HTTP/1.1", "Host: own", "X-Real-Ip: 10.6.6.6", "X-Scheme: https"]
            lines += [f"X-Forwarded-{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].split()[0])
            answers.append(json.loads(await reader.readexactly(length)))
        writer.close()
        server.stop()
        await server.close_all_connections()
        return answers

    for (what, _, expected), found in zip(SEEN, asyncio.run(life()), strict=True):
        assert found == [*expected, expected[2]], what


def refused(*options: str, **environment: str) -> str:
    """Return what `tagcat serve` says when it refuses to begin."""
    done = subprocess.run(
        [*TAGCAT, "serve", *options],
        env=environment or None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_it_listens_nowhere_that_tokens_would_be_read(tmp_path: Path) -> None:
    said = refused("--team", "--ip", "0.0.0.0")
    assert "tokens would travel to it unencrypted" in said
    assert "--certificate" in said
    assert "--behind-proxy" in said
    certificate = tmp_path / "none.pem"
    assert f"can't use {certificate} for TLS: No such file" in refused(
        "--team", "--certificate", str(certificate)
    )
    assert "is no name of a server" in refused("--team", "--host", "cats.example:8080")
    wrong = os.environ | {"TAGCAT_HOME": str(tmp_path), "TAGCAT_ONLINE_MODELS": "keras,all"}
    assert "TAGCAT_ONLINE_MODELS names models that may use the net" in refused("--team", **wrong)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--ip", "0.0.0.0"], "--ip is for --team"),
        (["--behind-proxy"], "--behind-proxy is for --team"),
        (["--sign-up"], "--sign-up is for --team"),
        (["--host", "cats.example"], "--host is for --team"),
        (["--team", "--user", "ada"], "no --user"),
        (["--team", "--key", "x.pem"], "--key belongs to a --certificate"),
    ],
)
def test_options_that_do_not_go_together_are_named(options: list[str], reason: str) -> None:
    from typer.testing import CliRunner

    from tagcat_kernel.cli import app

    done = CliRunner().invoke(app, ["serve", *options])
    assert done.exit_code == 2
    assert reason in " ".join(done.output.split())


class Encrypted(Team):
    """The same, asked over TLS at the name of its certificate."""

    authority: trustme.CA

    def asked(self, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """Send one request, a POST where it has a body; return status, cookies that are set, and text."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        port = int(self.base.rpartition(":")[2])
        connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=context)
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        if body:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("POST" if body else "GET", path, body or None, given)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("set-cookie", ""), answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    """A server that other machines may reach: with a certificate, and behind a proxy as well."""
    folder = tmp_path_factory.mktemp("encrypted")
    authority, home = trustme.CA(), team_home(folder)
    made = authority.issue_cert("localhost", "cats.example")
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    home.add("ada")
    names = ("--host", "Cats.example", "--host", "192.0.2.1")
    places = (*names, "--ip", "0.0.0.0", "--behind-proxy", "--certificate", str(chain), "--key", str(key))
    Encrypted.authority = authority
    served = Encrypted(home, ("--team", *places))
    yield served
    served.stop()
    home.stop_graph()


def test_with_a_certificate_all_is_encrypted(encrypted: Encrypted) -> None:
    assert encrypted.address.startswith("https://0.0.0.0:")
    assert encrypted.asked("/healthz") == (200, "", "ok")
    status, given, page = encrypted.asked("/login", Host="cats.example")
    assert status == 200
    assert "Secure" in given
    carried = {"Cookie": given.partition(";")[0], "X_Forwarded_For": "192.0.2.7"}
    mark = page.partition('name="_xsrf" value="')[2].partition('"')[0]
    assert encrypted.asked("/login", f"token=wrong&_xsrf={mark}", **carried)[0] == 401
    assert "192.0.2.7" in encrypted.log, "whom a refusal is held against is the proxy's client"
    good = token("ada")
    status, given, _ = encrypted.asked("/login", f"token={good}&_xsrf={mark}", **carried)
    assert status == 302
    assert "Secure" in given
    status, _, page = encrypted.asked("/nothing", Cookie=f"tagcat={good}", Host="cats.example")
    assert (status, ">ada</span>" in page) == (404, True)
    assert encrypted.asked("/sign-up", Cookie=f"tagcat={good}")[0] == 404, "it was not switched on"


def test_it_answers_to_its_own_names_alone(encrypted: Encrypted) -> None:
    """Whoever leads a name of theirs here gets nothing, with or without a member's token."""
    good = {"Cookie": f"tagcat={token('ada')}"}
    pages = ("/login", "/nothing", "/voila/templates/tagcat/static/tagcat.css", "/voila/labextensions/none")
    for path in (*pages, "/voila/static/voila.js", "/voila/render/home.ipynb"):
        for name in ("evil.example", "cats.example.evil.example", "192.0.2.2"):
            assert encrypted.asked(path, Host=name, **good)[0] == 403, (path, name)
    assert encrypted.asked("/nothing", Host="localhost", X_Forwarded_Host="evil.example", **good)[0] == 403
    assert encrypted.asked("/nothing", Host="evil.example", X_Forwarded_Host="cats.example", **good)[0] == 404
    for name in ("cats.example", "CATS.example.:8443", "192.0.2.1", "127.0.0.1:1", "localhost"):
        assert encrypted.asked("/nothing", Host=name, **good)[0] == 404, name
    assert encrypted.asked("/healthz", Host="10.0.0.1")[0] == 200, "a balancer asks by the address"
