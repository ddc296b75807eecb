"""The dashboards of one person, opened to a team.

What `tagcat_kernel.serve.server` does for one person stays: the pages, the look, the policy that lets
nothing load from elsewhere, no configuration file read. Instead of one token made at the start, the door
says who comes; instead of one collection, each kernel works for its owner; and the routes are those of
`routes`, no others.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from traitlets.config import Config

from tagcat_kernel.serve.server import Dashboards, pages, settings
from tagcat_kernel.serve.team.channels import Watch, WidgetMessages
from tagcat_kernel.serve.team.identity import Asked, MemberIdentity, OwnKernels
from tagcat_kernel.serve.team.kernels import TeamKernels
from tagcat_kernel.serve.team.pages import Health, Invitation, SignIn, SignOut, SignUp
from tagcat_kernel.serve.team.place import Forwarded, names_of
from tagcat_kernel.serve.team.routes import KEPT, MemberFront, MemberMissing

LONGEST_FORM = 64 * 1024
"""Bytes of the body of a request."""

_Route = tuple[Any, ...]


@dataclass(frozen=True)
class Doors:
    """How the server is reached: what `tagcat serve --team` was told."""

    ip: str = "127.0.0.1"
    port: int = 0
    behind_proxy: bool = False
    encryption: ssl.SSLContext | None = None
    sign_up: bool = False
    hosts: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str] | None:
        """The names that the server answers to; see `place.names_of`."""
        return names_of(self.hosts, self.ip, open_to_any=self.behind_proxy or bool(self.encryption))


def team_settings(notebooks: Path, doors: Doors, *, log: Path, waiting: int = 1) -> Config:
    """Return the configuration of the server as traitlets' Config.

    Parameters
    ----------
    notebooks
        The folder to serve; may be read-only.
    doors
        Where to listen, and what to believe.
    log
        The server's log. Its place is told to no member.
    waiting
        Kernels that wait for visitors.
    """
    config = settings(notebooks, port=doors.port, token="", user="", log=log, waiting=waiting)
    config.Dashboards.ip = doors.ip
    config.Dashboards.identity_provider_class = MemberIdentity
    config.Dashboards.authorizer_class = OwnKernels
    config.Dashboards.kernel_websocket_connection_class = WidgetMessages
    config.Dashboards.tornado_settings |= {
        "xsrf_cookie_kwargs": {"samesite": "Lax", "secure": bool(doors.encryption)},
        "websocket_max_message_size": 10 * 1024 * 1024,
    }
    config.VoilaConfiguration.multi_kernel_manager_class = TeamKernels
    config.VoilaConfiguration.prelaunch_hook = _signed
    config.VoilaConfiguration.resources["tagcat"]["log"] = ""
    config.KernelManager.autorestart = False
    return config


class TeamDashboards(Dashboards):
    """The dashboards with a team's doors; `door` and `doors` are set before it starts.

    `end_of` gives the time at which a genuine token expires.
    """

    door: Asked
    doors: Doors
    end_of: Callable[[str], datetime]

    def init_settings(self) -> dict[str, Any]:
        """Return the settings with what the team's handlers look for."""
        made = super().init_settings()
        self.identity_provider.door = self.door
        self.watch = Watch(self.door)
        return made | {
            "tagcat_door": self.door,
            "tagcat_end": self.end_of,
            "tagcat_names": self.doors.names,
            "tagcat_pages": {f"{page['name']}.ipynb" for page in pages(Path(self.root_dir))},
            "tagcat_sign_up": self.doors.sign_up,
            "tagcat_watch": self.watch,
        }

    def init_handlers(self) -> list[_Route]:
        """Return every route that there is; see `routes`."""
        known = {"voila_configuration": self.voila_configuration}
        ways = [("login", SignIn), ("logout", SignOut), ("invitation", Invitation)]
        if self.doors.sign_up:
            ways.append(("sign-up", SignUp))
        kept = [
            (route[0], KEPT[route[1]], *route[2:])
            for route in super(Dashboards, self).init_handlers()
            if route[1] in KEPT
        ]
        return [
            (self.server_url, MemberFront, known),
            (f"{self.server_url}healthz", Health),
            *((f"{self.server_url}{name}", handler, known) for name, handler in ways),
            *kept,
            (r".*", MemberMissing, known),
        ]

    @property
    def way_in(self) -> str:
        """The address that is printed: it holds no token."""
        host = f"[{self.ip}]" if ":" in self.ip else self.ip or "0.0.0.0"  # noqa: S104 - printed, not bound
        return f"http{'s' if self.doors.encryption else ''}://{host}:{self.port}/"

    def http_server(self) -> HTTPServer:
        """Return what speaks HTTP or HTTPS for the application, and begin to watch who is connected."""
        self.watch.begin()
        application = Forwarded(self.app) if self.doors.behind_proxy else self.app
        return HTTPServer(
            application,
            ssl_options=self.doors.encryption,
            # Strangers may send forms, too. Nothing longer than a token comes as one.
            max_body_size=LONGEST_FORM,
            body_timeout=60,
            idle_connection_timeout=600,  # longer than proxies keep theirs
        )


def _signed(handler: Any, notebook: Any, cwd: str) -> None:  # noqa: ARG001 - Voilà's names
    """Tell the template of a page whose it is, through the notebook that it renders."""
    notebook.metadata["tagcat"] = {
        "member": handler.current_user.username,
        "xsrf": handler.xsrf_token.decode("ascii"),
    }
