"""The deployment of one machine, as compose.yaml says it, rehearsed without containers: see `rehearsal`.

The tests are in the order of a server's life; the last one ends it.
"""

import asyncio
import http.client
import json
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psutil
import pytest
from PIL import Image
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.browser.conftest import chromium, results
from tests.browser.serving import cookies
from tests.browser.team import leave, message, token
from tests.browser.traffic import parse
from tests.deploy.container import DEPLOY
from tests.deploy.rehearsal import Rehearsal, inside, missing, network_of_its_own

__all__ = ["chromium", "results"]
pytestmark = pytest.mark.soak  # three services take half a minute to start
KERNEL = r'"kernelId": "([^"]+)"'


@dataclass
class Stage:
    """The rehearsal, and how it is visited."""

    services: Rehearsal
    folder: Path
    trust: ssl.SSLContext

    def ask(self, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        """Send one request over HTTPS, follow nothing; return status, headers and text."""
        connection = http.client.HTTPSConnection("localhost", 443, timeout=120, context=self.trust)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("POST" if body else "GET", path, body or None, given)
            answer = connection.getresponse()
            known: dict[str, str] = {}
            for name, value in answer.getheaders():  # a header may come twice, as Set-Cookie does
                known[name.lower()] = ", ".join(filter(None, [known.get(name.lower()), value]))
            return answer.status, known, answer.read().decode("utf-8")
        finally:
            connection.close()

    def tagcat(self, *command: str) -> str:
        """Run a command as `docker compose exec tagcat` does; return what it printed."""
        done = self.services.services["tagcat"].run("tagcat", *command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def bearer(self, name: str) -> dict[str, str]:
        """Make a member and return what a program of theirs sends: a token by the key that `prepare` made."""
        self.tagcat("users", "add", name)
        key = json.loads((self.folder / "secrets" / "tagcat.json").read_text("utf-8"))["jwt_key"]
        return {"Authorization": f"Bearer {token(name, key=key)}"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    lacking = missing()
    if lacking and os.environ.get("TAGCAT_CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("rehearsal")
    made, media = folder / "made", folder / "media"
    subprocess.run([DEPLOY / "prepare", made], check=True, capture_output=True)
    media.mkdir()
    Image.linear_gradient("L").resize((640, 480)).rotate(30).save(media / "slope.jpg")
    environment = {
        "TAGCAT_CERTIFICATES": str(made / "certificates"),
        "TAGCAT_SECRET_FOLDER": str(made / "secrets"),
        "TAGCAT_MEDIA": str(media),
    }
    with network_of_its_own(), Rehearsal(folder, environment) as services:
        # Where docs/deployment.md says that people find what they have to trust.
        authority = made / "certificates" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        yield Stage(services, made, ssl.create_default_context(cafile=authority))


def test_every_service_is_healthy_and_closed(stage: Stage) -> None:
    for name, service in stage.services.services.items():
        assert service.check().returncode == 0, name
        assert service.process is not None
        status = Path(f"/proc/{service.process.pid}/status").read_text("ascii")
        told = dict(re.findall(r"^(\w+):\t(.*)$", status, re.M))
        assert told["Uid"].split() == [str(service.account[0])] * 4
        assert (int(told["CapEff"], 16), int(told["CapPrm"], 16), told["NoNewPrivs"]) == (0, 0, "1")
        assert service.run("touch", "/usr/here").returncode != 0
    assert stage.services.services["tagcat"].run("touch", "/media/here").returncode != 0
    began = stage.services.services["proxy"].log.read_text("utf-8")
    assert '"level":"error"' not in began, began
    valid = ("caddy", "validate", "--config", "/etc/caddy/Caddyfile")
    told = stage.services.services["proxy"].run(*valid)
    assert told.returncode == 0, told.stderr


def test_http_leads_to_https(stage: Stage) -> None:
    connection = http.client.HTTPConnection("localhost", 80, timeout=60)
    connection.request("GET", "/voila/render/home.ipynb?collection=ada")
    answer = connection.getresponse()
    assert answer.status == 308
    assert answer.headers["Location"] == "https://localhost/voila/render/home.ipynb?collection=ada"
    connection.close()
    status, headers, _ = stage.ask("/")
    assert (status, headers["location"].partition("?")[0]) == (302, "/login")


def test_the_sign_in_page_and_its_headers(stage: Stage) -> None:
    status, headers, page = stage.ask("/login")
    assert status == 200
    assert "<h1>Sign in</h1>" in page
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert stage.ask("/healthz")[2] == "ok"


def test_an_invitation_works_once(stage: Stage) -> None:
    link = stage.tagcat("users", "invite", "ada", "--address", "https://localhost").split()[0]
    address, _, code = link.partition("#")
    assert address == "https://localhost/invitation"

    def redeem() -> tuple[int, dict[str, str], str]:
        _, headers, page = stage.ask("/invitation")
        mark = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
        return stage.ask("/invitation", urlencode({"code": code, "_xsrf": mark}), Cookie=cookies(headers))

    status, headers, _ = redeem()
    assert (status, headers["location"]) == (302, "/voila/render/home.ipynb")
    (session,) = re.findall(r"\btagcat=[^;]+;[^,]*,[^,]*", headers["set-cookie"])
    for wanted in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert re.search(rf"; {wanted}(;|,|$)", session, re.I), (wanted, session)
    assert redeem()[0] == 401
    assert code not in stage.services.services["proxy"].log.read_text("utf-8")


def test_a_visitor_does_not_choose_the_address_that_is_counted(stage: Stage) -> None:
    _, headers, page = stage.ask("/login")
    mark = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
    told = {"X_Forwarded_For": "192.0.2.66", "X_Forwarded_Host": "evil.example"}
    answer = stage.ask(
        "/login", urlencode({"token": "guess", "_xsrf": mark}), Cookie=cookies(headers), **told
    )
    assert answer[0] == 401
    log = stage.services.services["tagcat"].run("cat", "/data/tagcat/dashboards.log").stdout
    assert "127.0.0.1" in log
    assert "192.0.2.66" not in log
    assert "evil.example" not in log


def test_a_program_reaches_its_own_kernel_and_nobody_elses(stage: Stage) -> None:
    bob, eve = stage.bearer("bob"), stage.bearer("eve")
    status, _, page = stage.ask("/voila/render/home.ipynb", **bob)
    assert status == 200
    assert "tc-error" not in page
    path = f"/api/kernels/{re.findall(KERNEL, page)[0]}"
    assert [stage.ask(path, **who)[0] for who in (bob, eve, {})] == [200, 404, 403]

    def channel(who: dict[str, str]) -> Any:
        place = f"wss://localhost{path}/channels?session_id={uuid4()}"
        return websocket_connect(HTTPRequest(place, headers=who, ssl_options=stage.trust))

    async def life() -> None:
        for who in (eve, {}):  # a kernel's pictures, too, come this way alone
            with pytest.raises(Exception, match=r"HTTP 40[34]"):
                await channel(who)
        socket = await channel(bob)
        await socket.write_message(message("comm_info_request", {}))
        while True:
            said = await asyncio.wait_for(socket.read_message(), 60)
            assert said is not None, "closed"
            if parse(said).kind == "comm_info_reply":
                break
        await leave(socket)

    asyncio.run(life())


def test_a_page_is_ready_in_a_browser_and_shows_a_picture_of_the_server(
    stage: Stage, chromium: Any, results: Path
) -> None:
    read = stage.tagcat("ingest", "--user", "ada", "--json", "/media")
    assert '"images": 1' in read
    link = stage.tagcat("users", "invite", "ada", "--address", "https://localhost").split()[0]
    # Python has checked the certificate above; the browser would ask its own store for the authority.
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_selector("body[data-tagcat=ready]")
    page.locator(".tagcat-gallery-name", has_text="slope.jpg").first.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.tagcat-gallery img')].some(one => one.naturalWidth > 0)"
    )
    assert page.evaluate("isSecureContext"), "or a browser hashes no file of its own device"
    assert page.evaluate("crypto.subtle !== undefined")
    page.screenshot(path=results / "deploy-home.png")


def test_no_secret_in_an_environment_or_on_a_command_line(stage: Stage) -> None:
    held = (stage.folder / "secrets" / "tagcat.json").read_text("utf-8")
    secrets = re.findall(r"[\w-]{48}", held)
    assert len(secrets) == 2
    seen = 0
    for process in inside():
        if _uid(process) in {service.account[0] for service in stage.services.services.values()}:
            held_by = Path(f"/proc/{process.pid}")
            told = (held_by / "environ").read_bytes() + (held_by / "cmdline").read_bytes()
            assert not [secret for secret in secrets if secret.encode() in told], process
            seen += 1
    logs = [service.log for service in stage.services.services.values()]
    logs += [path for path in (stage.services.folder / "volumes").rglob("*.log") if path.is_file()]
    assert len(logs) > 3
    for log in logs:
        assert not [secret for secret in secrets if secret in log.read_text("utf-8", "replace")], log


def test_all_ends_in_order(stage: Stage) -> None:
    services = stage.services.services
    home = stage.services.folder / "volumes" / "tagcat" / "tagcat"
    for name in ("proxy", "tagcat", "neo4j"):  # the other way round than they start
        assert services[name].stop() == 0, services[name].log.read_text("utf-8")[-3000:]
    ours = {service.account[0] for service in services.values()}
    assert [process for process in inside() if _uid(process) in ours] == []
    assert "Traceback" not in (home / "dashboards.log").read_text("utf-8")
    printed = services["tagcat"].log.read_text("utf-8")
    assert printed.endswith("http://0.0.0.0:8888/\n"), "the address, and nothing after it"
    assert "Traceback" not in printed


def _uid(process: psutil.Process) -> int | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else int(process.uids().real)
    except psutil.Error:
        return None
