"""Who gets in where, call by call: a team's server asked directly, as nobody, as another and as the owner."""

import asyncio
import hashlib
import re
import signal
import time
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tagcat_kernel.serve.team.channels import GONE
from tagcat_kernel.team.tokens import LEEWAY
from tests.browser.serving import cookies
from tests.browser.team import KEY, UPGRADE, Team, channels, ended, leave, message, packed, token
from tests.browser.traffic import parse

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "DELETE")  # what ends a kernel comes last
WHO = ("", "bob", "ada")  # nobody, another member, and the member whose kernel it is
UUID = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"

NEWER = "v1.kernel.websocket.jupyter.org"

Answers = dict[str, tuple[int, int, int]]
"""What WHO get, by method."""

INSIDE: Answers = {
    **dict.fromkeys(METHODS, (403, 405, 405)),
    "GET": (302, 405, 405),
    "HEAD": (302, 405, 405),  # to the sign-in page
}
"""What an address answers that is for members, where nothing else is said."""
API = INSIDE | dict.fromkeys(("GET", "HEAD"), (403, 405, 405)) | {"OPTIONS": (200, 200, 200)}
FILES = {**dict.fromkeys(METHODS, (405, 405, 405)), "GET": (200, 200, 200), "HEAD": (200, 200, 200)}
FOUND = {**INSIDE, "GET": (404, 404, 404), "HEAD": (404, 404, 404)}

ROUTES: dict[str, tuple[str, Answers]] = {
    "/": ("/", INSIDE | {"GET": (302, 302, 302)}),
    "/healthz": ("/healthz", dict.fromkeys(METHODS, (405, 405, 405)) | {"GET": (200, 200, 200)}),
    "/login": ("/login", INSIDE | {"GET": (200, 302, 302), "POST": (403, 401, 401)}),
    "/logout": ("/logout", INSIDE | {"POST": (403, 302, 302)}),
    "/invitation": ("/invitation", INSIDE | {"GET": (200, 200, 200), "POST": (403, 401, 401)}),
    "/sign-up": ("/sign-up", INSIDE | {"GET": (200, 200, 200), "POST": (403, 401, 401)}),
    f"/api/kernels/{UUID}": (
        "/api/kernels/KERNEL",
        API | {"GET": (403, 404, 200), "DELETE": (403, 404, 204)},
    ),
    f"/api/kernels/{UUID}/channels": (
        "/api/kernels/KERNEL/channels",
        INSIDE | {"GET": (403, 404, 400), "HEAD": (403, 405, 405)},
    ),
    "/voila/api/shutdown/(.*)": ("/voila/api/shutdown/KERNEL", API | {"POST": (403, 404, 204)}),
    "/voila/render/(.*)": ("/voila/render/home.ipynb", INSIDE | {"GET": (302, 200, 200)}),
    "/voila/templates/(.*)": ("/voila/templates/tagcat/static/tagcat.css", FILES),
    "/voila/static/(.*)": ("/voila/static/voila.js", FILES),
    "/voila/api/themes/(.*)": ("/voila/api/themes/none", FOUND),
    "/voila/labextensions/(.*)": ("/voila/labextensions/none", FOUND),
    ".*": ("/nothing", INSIDE | {"GET": (302, 404, 404)}),
}
"""Every route of the server: an address of it, and what that answers. A new route belongs in here."""

NO_ROUTE = (
    *("/api", "/api/status", "/api/me", "/api/spec.yaml", "/api/shutdown", "/api/events", "/metrics"),
    *("/api/kernels", "/api/kernels/KERNEL/interrupt", "/api/kernels/KERNEL/restart", "/api/kernelspecs"),
    *("/api/sessions", "/api/contents", "/api/contents/home.ipynb", "/api/config/x", "/api/nbconvert"),
    *("/api/terminals", "/terminals/1", "/terminals/websocket/1", "/files/home.ipynb", "/view/home.ipynb"),
    *("/lab", "/tree", "/notebooks/home.ipynb", "/nbconvert/html/home.ipynb", "/static/style/style.min.css"),
    *("/voila/tree", "/voila/api/contents", "/voila/files/home.ipynb"),
    *("/voila/query/KERNEL", "/voila/execution/KERNEL", "/voila/render/reports/collection.ipynb"),
    *("/voila/render/../home.ipynb", "/voila/render/home", "/voila/render/"),
)
"""What Jupyter and Voilà have elsewhere, and what must not be here."""


def test_every_route_is_known_here(tagcat_home: Path) -> None:
    """The server's own list, as tornado will look through it."""
    from tornado.web import Application

    from tagcat_kernel.home import shipped
    from tagcat_kernel.serve.team.server import Doors, TeamDashboards, team_settings

    doors = Doors(sign_up=True)
    server = TeamDashboards(config=team_settings(shipped("notebooks"), doors, log=tagcat_home / "log"))
    server.door, server.doors, server.end_of = None, doors, None
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.initialize()
        application = Application(**server.init_settings())
        application.add_handlers(".*$", server.init_handlers())
        (inner,) = [
            rule.target for rule in application.default_router.rules if hasattr(rule.target, "rules")
        ][:1]
        found = {rule.matcher.regex.pattern.removesuffix("$") for rule in inner.rules}
    finally:
        TeamDashboards.clear_instance()
        for number, handler in before.items():  # Voilà takes them when it is set up
            signal.signal(number, handler)
    assert found == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_what_each_route_answers(team: Team, route: str) -> None:
    address, answers = ROUTES[route]
    path = address.replace("KERNEL", team.kernel_of("ada")) if "KERNEL" in address else address
    found = {
        method: tuple(team.ask(path, method, Content_Length="0", **team.carry(who))[0] for who in WHO)
        for method in METHODS
    }
    assert found == answers


def test_nothing_else_is_there(team: Team) -> None:
    """For the owner; what nobody and another get at an address without a route is in ROUTES."""
    kernel, who = team.kernel_of("ada"), team.carry("ada")
    for path in (path.replace("KERNEL", kernel) for path in NO_ROUTE):
        assert team.ask(path, Origin=team.base, **UPGRADE, **who)[0] == 404, path
        assert team.ask(path, "POST", Content_Length="0", **who)[0] == 405, path
    assert team.ask(f"/api/kernels/{kernel}", **team.carry("ada"))[0] == 200


def test_files_of_the_front_end_lead_to_no_others(team: Team) -> None:
    """However the way up is written; what can't be an address is not there, and is no failure."""
    target = team.home.tagcat / "dashboards.log"
    assert target.exists()
    up = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "....//", "%252e%252e%252f", ".%00./")
    ends = [f"{step * 20}{str(target)[1:]}" for step in up]
    ends += [
        str(target),
        f"/{target}",
        "%00",
        "..",
        "../",
        "a/../../..",
        "x",
        "x/y",
        "x/y/z",
        "//",
        "~/",
        "%ff",
    ]
    bases = (
        "templates/",
        "templates/tagcat/static/",
        "templates/../",
        "static/",
        "labextensions/",
        "api/themes/",
    )
    for base in bases:
        for end in ends:
            for path in (f"/voila/{base}{end}", f"//voila/{base}{end}"):
                status, _, text = team.ask(f"{path}?token=planted", **team.carry("ada"))
                assert status in (302, 400, 403, 404, 405), (path, status)
                assert "tagcat.access" not in text, path
    assert "planted" not in team.log
    assert "Traceback" not in team.log


def test_a_stranger_sends_no_more_than_a_form(team: Team) -> None:
    _, headers, page = team.ask("/login")
    mark = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
    for length, refused in ((60_000, False), (100_000, True)):
        body = f"_xsrf={mark}&token=".ljust(length, "x")
        try:
            status = team.ask("/login", "POST", body, Cookie=cookies(headers))[0]
        except ConnectionError:  # it was shut before all was sent
            status = 400
        assert (status in (400, 413), status == 401) == (refused, not refused)


def test_a_strangers_kernel_is_one_that_never_was(team: Team) -> None:
    """Nobody can tell from an answer whose kernels there are, or whether one waits."""
    kernel = team.kernel_of("ada")
    for path in ("/api/kernels/K", "/api/kernels/K/channels?session_id=x"):
        answers = [
            team.ask(path.replace("K", one), Origin=team.base, **UPGRADE, **team.carry("bob"))
            for one in (kernel, str(uuid4()))
        ]
        assert [answer[0] for answer in answers] == [404, 404]
        assert answers[0][2].replace(kernel, "") == answers[1][2]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "none",
        token("ada", -60),
        token("ada", key="another key, which is as long as it has to be"),
        token("stranger"),
        token("ada").rpartition(".")[0] + ".",
        token("ada").partition(".")[2],
    ],
    ids=["empty", "no token", "expired", "a foreign key", "nobody's name", "not signed", "cut"],
)
def test_a_wrong_token_opens_nothing(team: Team, bad: str) -> None:
    address = {"X_Forwarded_For": f"192.0.2.{zlib.crc32(bad.encode()) % 256}"}  # guesses are counted by it
    for carried in ({"Authorization": f"Bearer {bad}"}, {"Cookie": f"tagcat={bad}"}):
        headers = carried | address
        assert team.ask("/voila/render/home.ipynb", **headers)[0] == 302
        assert team.ask(f"/api/kernels/{uuid4()}", **headers)[0] == 403
    if "." in bad:
        assert bad not in team.log


def test_a_token_in_the_address_is_no_sign_in(team: Team) -> None:
    good = team.carry("ada")["Authorization"].removeprefix("Bearer ")
    assert team.ask(f"/voila/render/home.ipynb?token={good}")[0] == 302
    assert team.ask(f"/nothing?token={good}", **team.carry("bob"))[0] == 404
    assert team.ask(f"/voila/api/shutdown/x?token={good}", "POST", Content_Length="0")[0] == 403
    assert good not in team.log


def test_a_wrong_header_is_not_made_good_by_a_cookie(team: Team) -> None:
    good = team.carry("ada")["Authorization"].removeprefix("Bearer ")
    assert team.ask("/nothing", Cookie=f"tagcat={good}")[0] == 404
    assert team.ask("/nothing", Cookie=f"tagcat={good}", Authorization="Bearer x")[0] == 302
    assert team.ask("/nothing", Authorization=f"token {good}")[0] == 302


def sign_in(team: Team, text: str, place: str = "/login") -> tuple[int, dict[str, str], str]:
    """Fill the form in as a browser does; return the answer."""
    _, headers, page = team.ask(place)
    mark = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
    return team.ask(place, "POST", f"token={text}&_xsrf={mark}", Cookie=cookies(headers))


def test_signing_in_and_out(team: Team) -> None:
    good = token("ada")
    status, headers, _ = sign_in(team, good)
    assert (status, headers["location"]) == (302, "/voila/render/home.ipynb")
    given = headers["set-cookie"]
    assert f"tagcat={good}; " in given
    for wanted in ("HttpOnly", "SameSite=Lax", "Path=/", "expires="):
        assert wanted in given
    assert "Secure" not in given, "it came over http; with a proxy's https, see test_team_places"

    status, headers, page = team.ask("/voila/render/home.ipynb", Cookie=f"tagcat={good}")
    assert status == 200
    assert good not in page
    assert ">ada</span>" in page
    mark = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
    marked = f"{cookies(headers)}; tagcat={good}"
    status, headers, _ = team.ask("/logout", "POST", f"_xsrf={mark}", Cookie=marked)
    assert (status, headers["location"]) == (302, "/login")
    assert 'tagcat=""' in headers["set-cookie"]
    assert good not in team.log


def test_what_a_cookie_changes_needs_xsrf(team: Team) -> None:
    """A foreign page can make a browser send the cookie; it can't read `_xsrf`."""
    kernel = team.kernel_of("ada")
    cookie = f"tagcat={token('ada')}"
    for path, method in (
        (f"/voila/api/shutdown/{kernel}", "POST"),
        (f"/api/kernels/{kernel}", "DELETE"),
        ("/logout", "POST"),
    ):
        assert team.ask(path, method, Content_Length="0", Cookie=cookie)[0] == 403
        assert (
            team.ask(path, method, Content_Length="0", Cookie=f"{cookie}; _xsrf=x", X_XSRFToken="y")[0] == 403
        )
    evil = {"Origin": "http://evil.example", "Cookie": cookie}
    assert team.ask(f"/api/kernels/{kernel}/channels?session_id=x", **evil, **UPGRADE)[0] == 403
    assert team.ask(f"/api/kernels/{kernel}", **evil)[0] == 404
    _, headers, _ = team.ask("/healthz", Origin="http://evil.example", **team.carry("ada"))
    assert "access-control-allow-origin" not in headers
    _, headers, _ = team.ask("/nothing", Origin="http://evil.example", **team.carry("ada"))
    assert "access-control-allow-origin" not in headers, "not even for a page that knows a token"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/voila/render/home.ipynb",
        "/\\evil.example",
        "/logout",
        "/voila/render/",
    ],
)
def test_signing_in_leads_nowhere_else(team: Team, elsewhere: str) -> None:
    assert (
        sign_in(team, token("ada"), f"/login?next={elsewhere}")[1]["location"] == "/voila/render/home.ipynb"
    )


def test_signing_in_leads_back(team: Team) -> None:
    _, headers, _ = team.ask("/voila/render/06_tags.ipynb?collection=ada%20l")
    place = headers["location"]
    assert (
        sign_in(team, token("ada"), place)[1]["location"] == "/voila/render/06_tags.ipynb?collection=ada%20l"
    )


def test_what_is_wrong_is_said(team: Team) -> None:
    for bad, reason in (("rubbish", "token"), (token("ada", -60), "expired"), ("x" * 4000, "token")):
        status, headers, page = sign_in(team, bad)
        assert status == 401
        assert 'role="alert"' in page
        assert reason in page
        assert bad not in page
        assert "tagcat=" not in headers.get("set-cookie", "")


def test_an_invitation_is_opened_by_its_form_alone(team: Team) -> None:
    code = team.home.tell("invite", "ivy", more=", 60").strip()
    for method in ("GET", "HEAD"):
        assert team.ask("/invitation", method)[0] in (200, 302), "a preview of the link spends nothing"
    _, headers, page = team.ask("/invitation")
    mark, given = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0], cookies(headers)
    status, headers, _ = team.ask("/invitation", "POST", f"code={code}&_xsrf={mark}", Cookie=given)
    assert (status, headers["location"]) == (302, "/voila/render/home.ipynb")
    own = re.findall(r"tagcat=[^;]+", headers["set-cookie"])[0]
    assert ">ivy</span>" in team.ask("/nothing", Cookie=own)[2]
    status, headers, page = team.ask("/invitation", "POST", f"code={code}&_xsrf={mark}", Cookie=given)
    assert status == 401
    assert "tagcat=" not in headers.get("set-cookie", "")
    assert code not in page + team.log


def test_who_signs_up_waits(team: Team) -> None:
    _, headers, page = team.ask("/sign-up")
    mark, given = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0], cookies(headers)
    status, headers, page = team.ask("/sign-up", "POST", f"name=zoe&_xsrf={mark}", Cookie=given)
    assert status == 200
    assert "waits for approval" in page
    assert "tagcat=" not in headers.get("set-cookie", "")
    assert team.ask("/nothing", Authorization=f"Bearer {token('zoe')}")[0] == 302
    team.home.tell("approve", "zoe")
    time.sleep(0.6)  # the door may remember a state for half a second
    assert team.ask("/nothing", Authorization=f"Bearer {token('zoe')}")[0] == 404
    sent = team.ask("/sign-up", "POST", f"name=zoe&_xsrf={mark}", Cookie=given)
    assert (sent[0], sent[2]) == (status, page), "whether there is such a member is told to nobody"


def test_only_widgets_messages_reach_a_kernel(team: Team, tmp_path: Path) -> None:
    """In both forms of the protocol, on every channel; the kernel answers what comes after."""
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w')"
    comm = {"comm_id": uuid4().hex, "target_name": "jupyter.widget", "data": {"state": {}}}
    forbidden: list[tuple[str, dict[str, Any]]] = [
        ("execute_request", {"code": code, "silent": True, "user_expressions": {"x": code}}),
        ("complete_request", {"code": code, "cursor_pos": 1}),
        ("inspect_request", {"code": code, "cursor_pos": 1}),
        ("is_complete_request", {"code": code}),
        ("history_request", {"hist_access_type": "tail", "n": 9}),
        ("input_reply", {"value": code}),
        ("debug_request", {"command": "evaluate", "arguments": {"expression": code}}),
        ("create_subshell_request", {}),
        ("interrupt_request", {}),
        ("shutdown_request", {"restart": False}),
        ("comm_open", comm),
        ("comm_open", comm | {"target_name": "anything.else"}),
        ("comm_open", {"comm_id": "1"}),
        ("", {}),
    ]
    twice = message("comm_msg", {"comm_id": "1", "data": {}}).replace(
        '"msg_type": "comm_msg"', '"msg_type": "comm_msg", "msg_type": "execute_request"'
    )
    broken = ["", "null", "[]", "{", "x" * 9, '{"header": {}}', twice, b"\xff" * 64, b"", bytes(16)]

    async def talk(form: Any, protocol: list[str]) -> list[str]:

        kernel = await asyncio.to_thread(team.kernel_of, "ada")
        socket = await channels(team, kernel, team.carry("ada"), *protocol)
        for kind, content in forbidden:
            for channel in ("shell", "control", "stdin", "iopub", "none"):
                said = form(kind, content, channel)
                await socket.write_message(said, binary=isinstance(said, bytes))
        for kind in ("comm_msg", "comm_info_request", "kernel_info_request"):
            for channel in ("control", "stdin"):
                said = form(kind, {"comm_id": "1", "data": {}}, channel)
                await socket.write_message(said, binary=isinstance(said, bytes))
        for said in broken:
            await socket.write_message(said, binary=isinstance(said, bytes))
        said = form("comm_info_request", {})
        await socket.write_message(said, binary=isinstance(said, bytes))
        kinds: list[str] = []
        while "comm_info_reply" not in kinds:
            answer = await socket.read_message()
            assert answer is not None, "what is refused closes no websocket"
            text = answer if isinstance(answer, str) else answer.decode("latin-1")
            kinds += re.findall(r'"msg_type": ?"(\w+)"', text)
        await leave(socket)
        assert (await asyncio.to_thread(team.ask, f"/api/kernels/{kernel}", **team.carry("ada")))[0] == 200
        return kinds

    for form, protocol in ((message, []), (packed, [NEWER])):
        kinds = asyncio.run(asyncio.wait_for(talk(form, protocol), 60))
        replies = {kind for kind in kinds if kind.endswith("_reply")}
        assert replies == {"comm_info_reply"}, kinds
    assert not ran.exists()
    assert "execute_request" in team.log
    assert str(ran) not in team.log


def test_a_strangers_thumbnail_is_not_shown(team: Team) -> None:
    """Even where a page tells its own gallery that the stranger's picture is among what it shows."""
    from PIL import Image

    md5 = {}
    for name in ("ada", "eve"):
        picture = team.home.tagcat / "media" / f"{name}.png"
        Image.effect_noise((64, 64), 90).convert("RGB").save(picture)
        team.home.run("ingest", str(picture), "--user", name)
        md5[name] = hashlib.md5(picture.read_bytes()).hexdigest()
    own, foreign, mixed = f"eve:{md5['eve']}", f"ada:{md5['ada']}", f"eve:{md5['ada']}"
    kernel = team.kernel_of("eve")

    async def talk() -> set[str]:
        socket = await channels(team, kernel, team.carry("eve"), NEWER)

        async def tell(kind: str, comm: str, data: dict[str, object], **more: object) -> None:
            content = {"comm_id": comm, "data": data, **more}
            await socket.write_message(packed(kind, content), binary=True)

        await tell("comm_open", "all", {}, target_name="jupyter.widget.control")
        await tell("comm_msg", "all", {"method": "request_states"})
        said: set[str] = set()
        asked = False
        while own not in said:
            heard = parse(await socket.read_message())
            print(heard.kind, str(heard.content)[:300], flush=True)
            states = heard.content.get("data", {}).get("states", {}) if not asked else {}
            for comm, widget in states.items():
                if "arrangement" in widget["state"]:  # a gallery
                    items = [{"key": key, "name": key} for key in (foreign, mixed, own)]
                    await tell("comm_msg", comm, {"method": "update", "state": {"items": items}})
                    wish = {"type": "thumbnails", "view": "v", "keys": [foreign, mixed, own]}
                    await tell("comm_msg", comm, {"method": "custom", "content": wish})
                    asked = True
            if heard.custom and heard.custom.get("view") == "v":
                said |= set(heard.custom["found"])
        await leave(socket)
        return said

    assert asyncio.run(asyncio.wait_for(talk(), 60)) == {own}, "they are drawn in the order of the wish"


def test_a_kernel_knows_whose_it_is_and_no_secret(team: Team) -> None:
    """What it was started with; that the page shows the owner's collection is in test_team."""
    before = {process.pid for process in team.kernels()}
    team.kernel_of("eve", "home", "?seen=before")
    (process,) = [one for one in team.kernels() if one.pid not in before]
    assert KEY not in str(process.environ())


@pytest.mark.soak
def test_a_websocket_ends_with_its_member_and_with_its_token(team: Team) -> None:
    team.home.add("dan")

    kernels = {name: team.kernel_of(name) for name in ("ada", "dan", "bob")}

    soon: list[str] = []

    async def talk() -> None:
        ada = await channels(team, kernels["ada"], team.carry("ada"))
        dan = await channels(team, kernels["dan"], team.carry("dan"))
        soon.append(token("bob", seconds=6 - LEEWAY))  # counts for six seconds yet
        bob = await channels(team, kernels["bob"], {"Authorization": f"Bearer {soon[0]}"})
        await asyncio.to_thread(team.home.tell, "disable", "dan")
        assert await ended(dan) == GONE
        assert await ended(bob) == GONE
        await ada.write_message(message("comm_info_request", {}))
        while "comm_info_reply" not in str(await ada.read_message()):
            pass
        await leave(ada)

    asyncio.run(talk())
    assert team.ask("/voila/render/home.ipynb", **team.carry("dan"))[0] == 302
    assert team.tokens["dan"] not in team.log
    assert soon[0] not in team.log


def test_signing_out_ends_the_websockets_of_that_browser(team: Team) -> None:
    good = token("ada")
    kernel = team.kernel_of("ada")

    async def talk() -> None:
        socket = await channels(team, kernel, {"Cookie": f"tagcat={good}"})
        headers = {"Authorization": f"Bearer {good}"}
        await asyncio.to_thread(team.ask, "/logout", "POST", Content_Length="0", **headers)
        assert await ended(socket) == GONE

    asyncio.run(talk())
