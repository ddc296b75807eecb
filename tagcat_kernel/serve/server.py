"""The Voilà server behind the dashboards, shut as far as it can be.

Voilà turns a notebook into a page: it runs the cells in a kernel of the visitor's own, sends what they
show, never the code, and lets the page speak to that kernel's widgets and to nothing else. This class
keeps what TagCat needs of it and closes the rest:

- it listens on 127.0.0.1 and asks for a token, which becomes a cookie at the first visit: the other
  accounts of this machine reach the port, but no page, no kernel and no websocket behind it;
- `/voila/files` gives nothing (Voilà never asks who comes there), and the listings of folders are gone:
  pictures reach a page through its kernel alone;
- every answer carries a Content-Security-Policy that lets the page load from this server only, so that
  neither a library nor a hostile name can send anything elsewhere;
- no configuration file is read: Voilà would run a `voila.py` of whatever folder it was started in.

The look is the template in `jupyter/voila/templates/tagcat`; its navigation lists the notebooks by the
`title` of their metadata.
"""

import contextlib
import json
import logging
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.handler import BaseVoilaHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.utils import create_include_assets_functions
from voila.voila_identity_provider import VoilaLoginHandler

from tagcat_kernel.home import subfolder
from tagcat_kernel.serve import forks
from tagcat_kernel.serve.waiting import WaitingKernels

HOST = "127.0.0.1"
IDLE = 600
"""Seconds after which a kernel that no page is connected to is shut down."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        # The front end compiles its schemas (eval), and anywidget imports each widget from a blob.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

TEMPLATES = Path(__file__).parent / "jupyter"
_CLOSED = ("/voila/tree", "/voila/api/contents")
_ENDS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
_Route = tuple[Any, ...]


def pages(notebooks: Path) -> list[dict[str, str]]:
    """Return the pages of a folder of notebooks in the order of the navigation, home first.

    A page is `{"name", "title"}`: the notebook's name without its suffix and the `title` in its metadata.

    Examples
    --------
    >>> from tagcat_kernel.home import shipped
    >>> pages(shipped("notebooks"))[0]
    {'name': 'home', 'title': 'Home'}
    """
    found = []
    for path in sorted(notebooks.glob("*.ipynb"), key=lambda path: (path.stem != "home", path.name)):
        metadata = json.loads(path.read_text("utf-8")).get("metadata", {})
        found.append({"name": path.stem, "title": str(metadata.get("title", path.stem))})
    return found


def settings(notebooks: Path, *, port: int, token: str, user: str, log: Path, waiting: int = 1) -> Config:
    """Return the configuration of the server as traitlets' Config.

    Parameters
    ----------
    notebooks
        The folder to serve; may be read-only.
    port
        Where to listen; 0 takes a free one.
    token
        What a first visit must carry.
    user
        Whose collection it is, as the pages show it.
    log
        The server's log, as error cards name it.
    waiting
        Kernels that wait for visitors, with the imports of every page done.
    """
    config = Config()
    config.Dashboards.root_dir = str(notebooks)
    config.Dashboards.port = port
    config.Dashboards.ip = HOST
    config.Dashboards.token = token
    config.Dashboards.open_browser = False
    config.Dashboards.tornado_settings = {
        "headers": {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"},
        "allow_remote_access": False,  # only loopback names in Host: no rebinding of a foreign name to us
        "log_function": _log_request,
    }
    config.IdentityProvider.cookie_options = {"samesite": "Lax"}
    config.MappingKernelManager.cull_idle_timeout = IDLE
    config.MappingKernelManager.cull_interval = 60
    if zmq.has("curve"):
        # A kernel's ports are loopback too, and one of them tells everything it shows to whoever listens.
        config.KernelManager.transport_encryption = "auto"
    config.VoilaConfiguration.template = "tagcat"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = ["^$"]
    config.VoilaConfiguration.kernel_spec_manager_class = forks.ForkedPython
    config.VoilaConfiguration.multi_kernel_manager_class = WaitingKernels
    config.WaitingKernels.waiting = waiting
    # Nothing of the person's JupyterLab comes along: less to load, and nothing that might call home.
    config.VoilaConfiguration.extension_allowlist = [
        "@voila-dashboards/widgets-manager8",
        "@jupyter-widgets/jupyterlab-manager",
        "anywidget",
    ]
    # The template prints what went wrong in an exception's own words and never the traceback.
    config.VoilaConfiguration.show_tracebacks = True
    config.VoilaConfiguration.resources = {
        "tagcat": {"pages": pages(notebooks), "user": user, "log": str(log)},
        "language_code": "en",
    }
    return config


class Dashboards(Voila):  # type: ignore[misc]  # Voilà has no types
    """Voilà with TagCat's doors; `on_ready` is called with the address once the server answers."""

    on_ready: Callable[[str], None] | None = None
    port: int  # traits of Voilà, which has no types
    config_file_paths: list[str]
    connection_dir: str

    def initialize(self, argv: list[str] | None = None) -> None:
        """Set the server up without reading a file or a command line."""
        # Templates are found through Jupyter's search path; ours lie inside this package.
        os.environ["JUPYTER_PATH"] = os.pathsep.join(
            [str(TEMPLATES), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        )
        self.config_file_paths = []
        super().initialize(argv or [])

    def init_settings(self) -> dict[str, Any]:
        """Return Voilà's settings with our sign-in page, and the navigation for every template."""
        made: dict[str, Any] = super().init_settings()
        self.identity_provider.login_handler_class = SignIn
        resources = self.voila_configuration.resources
        made["voila_jinja2_env"].globals.update(tagcat=resources["tagcat"], base_url=self.base_url)
        return made

    def init_handlers(self) -> list[_Route]:
        """Return Voilà's routes without its listings of folders; `/` leads home."""
        routes: list[_Route] = [
            (route[0], Page, *route[2:]) if route[1] is TornadoVoilaHandler else route
            for route in super().init_handlers()
            if route[0] != self.server_url and not str(route[0]).startswith(_CLOSED)
        ]
        known = {"voila_configuration": self.voila_configuration}
        return [(self.server_url, Front, known), *routes, (r".*", Missing, known)]

    @property
    def way_in(self) -> str:
        """The address that is printed once the server listens."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def http_server(self) -> HTTPServer:
        """Return what speaks HTTP for the application."""
        return HTTPServer(self.app)

    def listen(self) -> None:
        """Listen on the chosen port, else where it did before, and serve until a signal comes.

        Raises
        ------
        OSError
            If the port is taken or may not be used.
        """
        sockets = sockets_at(self.port, self.ip)
        self.port = sockets[0].getsockname()[1]
        self.ioloop = IOLoop.current()
        for number in _ENDS:
            signal.signal(number, self._handle_signal_stop)
        self.http_server().add_sockets(sockets)
        if forks.POSSIBLE:
            forks.nursery()  # imports while the first visitor is on the way
        if self.on_ready is not None:
            self.ioloop.add_callback(self.kernel_manager.fill_soon)
            self.ioloop.add_callback(self.on_ready, self.way_in)
        try:
            self.ioloop.start()
        finally:
            self.stop()
            forks.close()

    def stop(self) -> None:
        """End every kernel, and forget after that how they were reached: one that starts still reads it.

        In the loop that serves: what is under way belongs to it, and Voilà's own way to wait takes another.
        """
        for number in _ENDS:  # it is ending: what comes now would break that off
            signal.signal(number, signal.SIG_IGN)
        self.ioloop.run_sync(self.kernel_manager.shutdown_all)
        shutil.rmtree(self.connection_dir)

    def _handle_signal_stop(self, number: int, frame: Any) -> None:
        """Stop serving; a signal that comes before there is anything to stop ends the program."""
        if not hasattr(self, "ioloop"):
            raise SystemExit(0)
        super()._handle_signal_stop(number, frame)


def sockets_at(port: int, ip: str) -> list[socket.socket]:
    """Return sockets that listen on a port; 0 takes the one of the last time, or a free one.

    What a browser keeps for a page (the handles of a person's files, say) it keeps for its address, port
    included: a server that came back elsewhere would have lost it.

    Raises
    ------
    OSError
        If the port is taken or may not be used.
    """
    if port:
        return bind_sockets(port, ip)
    known = subfolder("serve") / "port"
    with contextlib.suppress(OSError, OverflowError, ValueError):  # never noted, or another program is there
        before = int(known.read_text("ascii"))
        with socket.socket() as trial:  # tornado leaves a socket open behind it where this fails
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
            trial.bind((ip, before))
        return bind_sockets(before, ip)
    sockets = bind_sockets(0, ip)
    if not known.exists():
        known.write_text(str(sockets[0].getsockname()[1]), "ascii")
    return sockets


class Front(BaseVoilaHandler):  # type: ignore[misc]
    """`/`: takes the token out of the address (the cookie is set by now) and leads home."""

    @web.authenticated
    def get(self) -> None:
        """Redirect to the first page."""
        self.redirect(f"{self.base_url}voila/render/home.ipynb")


class Page(TornadoVoilaHandler):  # type: ignore[misc]
    """A notebook as a page, with the cookie that its farewell needs."""

    @web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Render a notebook.

        A page that is left asks for its kernel to be shut down, and Jupyter refuses a request that does
        not repeat the `_xsrf` cookie, which Voilà never sets.
        """
        _ = self.xsrf_token
        await super().get(path)


class Missing(BaseVoilaHandler):  # type: ignore[misc]
    """Every other address: a page that says so, in our own clothes."""

    @web.authenticated
    def get(self) -> None:
        """Answer 404."""
        raise web.HTTPError(404)


class SignIn(VoilaLoginHandler):  # type: ignore[misc]
    """Who comes without the token is told where to find it."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        environment = self.settings["voila_jinja2_env"]
        self.set_status(self.get_status() if message else 403)
        self.write(
            environment.get_template("sign-in.html").render(
                **create_include_assets_functions("tagcat", self.base_url),
                xsrf_form_html=self.xsrf_form_html,
                wrong=message is not None,
            )
        )


def _log_request(handler: web.RequestHandler) -> None:
    """Log refusals and failures by path alone: a query may hold the token."""
    status = handler.get_status()
    if status >= 400:
        request = handler.request
        logging.getLogger("tagcat.access").log(
            logging.ERROR if status >= 500 else logging.INFO,
            "%s %s %s",
            status,
            request.method,
            request.path,
        )
