"""Who gets in and what can be had: the dashboards asked directly, without a browser."""

import asyncio
import json
import os
import re
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tagcat_kernel.serve.server import sockets_at
from tests.browser.serving import TAGCAT, Home, Served, cookies, new_home
from tests.browser.team import token

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Version": "13",
}
NO_KERNEL = "7f2c3f0e-5a0b-4b52-9a55-0d7a3f1e6c11"


@pytest.mark.parametrize(
    "path",
    ["/", "/?token=wrong", "/voila/render/home.ipynb", "/voila/render/home.ipynb?token=", "/nothing"],
)
def test_without_the_token_a_person_is_told_the_way_in(full: Served, path: str) -> None:
    before = len(full.kernels())
    status, headers, _ = full.ask(path)
    assert (status, headers["location"].partition("?")[0]) == (302, "/login")
    status, _, text = full.ask(headers["location"])
    assert status == 403
    assert "The way in" in text
    assert "Your collection" not in text
    assert len(full.kernels()) == before, "a stranger's visit must not start a kernel"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/kernels/{NO_KERNEL}"),
        ("DELETE", f"/api/kernels/{NO_KERNEL}"),
        ("POST", f"/voila/api/shutdown/{NO_KERNEL}"),
    ],
)
def test_without_the_token_no_kernel_answers(full: Served, method: str, path: str) -> None:
    assert full.ask(path, method, Content_Length="0")[0] == 403


def test_a_websocket_needs_the_cookie_and_our_own_origin(full: Served) -> None:
    cookie = full.cookie()
    _, _, text = full.ask("/voila/render/home.ipynb", Cookie=cookie)
    kernel = text.partition('"kernelId": "')[2].partition('"')[0]
    channel = f"/api/kernels/{kernel}/channels?session_id=test"
    # The server leaves a refused upgrade at 403 (or 401), a taken one at 101.
    assert full.ask(channel, Origin=full.base, **UPGRADE)[0] in (401, 403)
    assert full.ask(channel, Origin="http://evil.example", Cookie=cookie, **UPGRADE)[0] == 403
    assert full.ask(channel, Origin=full.base, Cookie=cookie, **UPGRADE)[0] == 101


def test_a_page_can_run_no_code(full: Served, tmp_path: Path) -> None:
    """Widgets' messages reach a kernel; a request to run code is dropped on the way."""
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    cookie, ran = full.cookie(), tmp_path / "ran"
    _, _, text = full.ask("/voila/render/home.ipynb", Cookie=cookie)
    kernel = text.partition('"kernelId": "')[2].partition('"')[0]
    place = full.base.replace("http", "ws", 1) + f"/api/kernels/{kernel}/channels?session_id=test"

    def message(kind: str, **content: object) -> str:
        header = {"msg_id": uuid4().hex, "msg_type": kind, "username": "", "session": "", "version": "5.3"}
        rest = {"parent_header": {}, "metadata": {}, "buffers": [], "channel": "shell"}
        return json.dumps({"header": header, "content": content, **rest})

    async def talk() -> None:
        socket = await websocket_connect(HTTPRequest(place, headers={"Cookie": cookie, "Origin": full.base}))
        await socket.write_message(message("execute_request", code=f"open({str(ran)!r}, 'w')", silent=False))
        await socket.write_message(message("kernel_info_request"))
        while json.loads(await socket.read_message() or "null")["msg_type"] != "kernel_info_reply":
            pass
        socket.close()

    asyncio.run(asyncio.wait_for(talk(), 60))
    assert not ran.exists()


def test_the_token_becomes_a_cookie_and_leaves_the_address(full: Served) -> None:
    status, headers, _ = full.ask(f"/?token={full.token}")
    assert (status, headers["location"]) == (302, "/voila/render/home.ipynb")
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=Lax" in headers["set-cookie"]
    status, headers, text = full.ask("/voila/render/home.ipynb", Cookie=full.cookie())
    assert status == 200
    assert full.token not in text


def test_a_token_may_be_pasted(full: Served) -> None:
    _, headers, text = full.ask("/login")
    given = cookies(headers)
    sign = re.findall(r'name="_xsrf" value="([^"]+)"', text)[0]
    status, headers, text = full.ask("/login", "POST", f"password=wrong&_xsrf={sign}", Cookie=given)
    assert status == 401
    assert "That is not the token" in text
    assert "username" not in headers.get("set-cookie", "")
    status, headers, _ = full.ask("/login", "POST", f"password={full.token}&_xsrf={sign}", Cookie=given)
    assert status == 302
    status, _, text = full.ask("/voila/render/home.ipynb", Cookie=cookies(headers))
    assert status == 200
    assert "Your collection" in text


def test_every_answer_keeps_the_page_on_this_machine(full: Served) -> None:
    _, headers, text = full.ask("/voila/render/home.ipynb", Cookie=full.cookie())
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy, "no other host is allowed"
    assert headers["referrer-policy"] == "same-origin"
    assert "https://" not in text.replace("https://jupyter", ""), "no address of another host in the page"


def test_no_file_can_be_fetched(full: Served, full_home: Home) -> None:
    """Voilà never asks who wants /voila/files, so it must have nothing to give."""
    picture = next((full_home.tagcat / "demonstration").rglob("*.jpg"))
    cookie = full.cookie()
    up = "../" * 12
    for path in (
        "home.ipynb",
        "",
        str(picture),
        str(picture).lstrip("/"),
        f"{up}{str(picture).lstrip('/')}",
        f"static/{up}etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        f"{up}{str(full_home.tagcat / 'dashboards.log').lstrip('/')}",
    ):
        for headers in ({}, {"Cookie": cookie}):
            status, _, text = full.ask(f"/voila/files/{path.replace(' ', '%20')}", **headers)
            assert status in (403, 404), path
            assert "root:" not in text
    for path in (
        f"/voila/static/{up}etc/passwd",
        f"/voila/templates/tagcat/static/{up}etc/passwd",
        f"/voila/labextensions/{up}etc/passwd",
        f"/voila/render/{up}etc/passwd",
    ):
        status, _, text = full.ask(path, Cookie=cookie)
        assert status in (302, 400, 403, 404, 500), path
        assert "root:" not in text, path


@pytest.mark.parametrize("path", ["/voila/tree", "/voila/tree/", "/voila/api/contents", "/api/contents"])
def test_no_folder_is_listed(full: Served, path: str) -> None:
    status, _, text = full.ask(path, Cookie=full.cookie())
    assert status == 404
    assert "There is no such page" in text


def test_a_foreign_name_for_this_machine_is_refused(full: Served) -> None:
    """A page elsewhere could let its own name lead to 127.0.0.1 and read our answers."""
    assert full.ask("/voila/render/home.ipynb", Host="evil.example", Cookie=full.cookie())[0] == 403


def test_an_address_chooses_neither_template_nor_theme(full: Served) -> None:
    _, _, text = full.ask("/voila/render/home.ipynb?template=lab&theme=dark", Cookie=full.cookie())
    assert 'class="tc-bar"' in text
    assert "cdn.jsdelivr" not in text


def test_it_takes_no_token_of_a_team(full: Served) -> None:
    """One person's server knows the token of its start, and nothing else."""
    for carried in ({"Authorization": f"Bearer {token('ada')}"}, {"Cookie": f"tagcat={token('ada')}"}):
        assert full.ask("/voila/render/home.ipynb", **carried)[0] == 302
    for path in ("/invitation", "/sign-up", "/healthz"):
        assert full.ask(path, Cookie=full.cookie())[0] == 404


def test_the_log_holds_no_token_and_is_ours_alone(full: Served, full_home: Home) -> None:
    full.ask(f"/nothing?token={full.token}")
    assert full.token not in full.log
    assert (full_home.tagcat / "dashboards.log").stat().st_mode & 0o077 == 0


def test_it_prints_what_it_found_then_the_address(full: Served) -> None:
    found, address = full.printed
    assert found.startswith("26 images, 2 videos, ")
    assert address.startswith("http://127.0.0.1:")


def test_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    names = sorted(path.name for path in NOTEBOOKS.iterdir())
    served = Served(home)
    try:
        status, _, text = served.ask("/voila/render/home.ipynb", Cookie=served.cookie())
        assert status == 200
        assert "tc-error" not in text, "the kernel must be this Python, whatever kernelspec lies about"
        kernels = served.kernels()
        assert kernels
    finally:
        code = served.stop()
        home.stop_graph()
    assert code == 0
    gone = time.monotonic() + 10
    while any(kernel.is_running() for kernel in kernels) and time.monotonic() < gone:
        time.sleep(0.1)
    assert not any(kernel.is_running() for kernel in kernels)
    assert not (home.person / "executed").exists(), "no configuration of the folder around may be run"
    assert sorted(path.name for path in NOTEBOOKS.iterdir()) == names, (
        "the shipped notebooks stay as they are"
    )


def test_a_taken_port_is_named(full: Served, full_home: Home) -> None:
    port = full.base.rpartition(":")[2]
    done = subprocess.run(
        [*TAGCAT, "serve", "--no-browser", "--port", port],
        env=full_home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.isdir("/proc/net"), reason="looks at /proc/net/tcp, which only Linux has")  # noqa: PTH112
def test_it_listens_on_loopback_only(full: Served) -> None:
    port = int(full.base.rpartition(":")[2])
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [place for place in listening if int(place.partition(":")[2], 16) == port] == [
        f"0100007F:{port:04X}"
    ]


def test_it_comes_back_where_it_was(tagcat_home: Path) -> None:
    """A browser keeps things for an address, so the port stays; a taken one is nobody's loss."""
    first = sockets_at(0, "127.0.0.1")
    port = first[0].getsockname()[1]
    second = sockets_at(0, "127.0.0.1")
    assert second[0].getsockname()[1] != port
    for one in (*first, *second):
        one.close()
    third = sockets_at(0, "127.0.0.1")
    assert third[0].getsockname()[1] == port
    third[0].close()
    (tagcat_home / "serve" / "port").write_text("99999 or so", "ascii")
    sockets_at(0, "127.0.0.1")[0].close()
