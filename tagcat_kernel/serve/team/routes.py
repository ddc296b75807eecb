"""Every address of the server, and who may ask for it.

Voilà's own list of routes is gone through once: what stands in `KEPT` is kept, in our form; anything else,
whatever a later version adds, is not there. Contents, sessions, kernel specifications, terminals, uploads,
`/voila/files`, `/voila/query`, the list of kernels, and the way to start, interrupt or restart one have no
route at all; they get the same "no such page" as any word somebody makes up.

What is left is of three kinds: files of the front end, for everyone; the ways in and out (`pages`); and
what a member may reach, which asks the door first and then looks through the member's own `KernelsOf`.
"""

import logging
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyterlab_server.themes_handler import ThemesHandler
from tornado import web
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from tagcat_kernel.serve.server import Front, Missing, Page
from tagcat_kernel.serve.team.identity import address_of
from tagcat_kernel.serve.team.kernels import KernelsOf, TeamKernels
from tagcat_kernel.serve.team.place import answers_to

_log = logging.getLogger("tagcat.access")


class Ours:
    """Mixed into every handler: which names the server answers to, and what is logged of a request."""

    request: Any
    settings: dict[str, Any]

    def check_host(self) -> bool:
        """Return whether the request is for a name of this server; Jupyter Server asks, and says 403."""
        return answers_to(self.request.host_name, self.settings["tagcat_names"])

    def _request_summary(self) -> str:
        """Return what tornado's log says of a request: never its query."""
        return f"{self.request.method} {self.request.path} ({address_of(self.request)})"

    def log_exception(self, *error: Any) -> None:
        """Log a failure without the request's own repr, which holds the whole address."""
        if isinstance(error[1], web.HTTPError):
            super().log_exception(*error)  # type: ignore[misc]
        else:
            _log.error("failed: %s", self._request_summary(), exc_info=error)


class Membered(Ours):
    """Mixed into every handler that a member reaches: it sees this member's kernels alone."""

    current_user: Any

    @property
    def kernels(self) -> TeamKernels:
        """Everybody's kernels; for the authorizer."""
        found: TeamKernels = self.settings["kernel_manager"]
        return found

    @property
    def kernel_manager(self) -> KernelsOf:
        """The kernels of whoever asks."""
        if not self.current_user:
            raise web.HTTPError(403)
        return KernelsOf(self.kernels, self.current_user.username)

    @property
    def template_namespace(self) -> dict[str, Any]:
        """What every page is made with: beside Jupyter's words, who is signed in."""
        user = self.current_user
        known: dict[str, Any] = super().template_namespace  # type: ignore[misc]
        return known | {"member": user.username if user else "", "xsrf": known["xsrf_token"]}

    def set_cors_headers(self) -> None:
        """Invite no page of another origin, not even one that knows a token."""


class Bare(Ours):
    """Mixed into what no person looks at: an error is its status alone.

    (Jupyter Server would render a page with templates that belong to its own application.)
    """

    def write_error(self, _status: int, **_keywords: Any) -> None:
        """End the answer."""
        self.finish()  # type: ignore[attr-defined]


class MemberPage(Membered, Page):
    """A dashboard, run for the member who asks; no other notebook is."""

    @web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Render one of the pages of the navigation."""
        if path not in self.settings["tagcat_pages"]:
            raise web.HTTPError(404)
        await super().get(path)  # type: ignore[misc]  # web.authenticated hides that it is a coroutine


class MemberFront(Membered, Front):
    """`/` leads home, or to the sign-in page."""


class MemberMissing(Membered, Missing):
    """Every other address."""


class OwnKernel(Membered, KernelHandler):  # type: ignore[misc]  # one's own kernels are a view of all
    """What there is to know about a kernel of one's own, and its end."""


class OwnFarewell(Membered, VoilaShutdownKernelHandler):
    """A page that is left ends its kernel."""


class OwnChannels(Bare, Membered, VoilaKernelWebsocketHandler):
    """The websocket of a page, watched as long as it is open."""

    tagcat_token: str
    tagcat_address: str

    async def open(self, kernel_id: str) -> None:
        """Open it, from now on under watch."""
        self.tagcat_address = address_of(self.request)
        self.settings["tagcat_watch"].add(self)
        await super().open(kernel_id)

    def on_close(self) -> None:
        """Let go of it."""
        self.settings["tagcat_watch"].remove(self)
        super().on_close()


class Files(Bare):
    """Mixed into tornado's own handlers of files, which ask nothing of Jupyter Server."""

    def prepare(self) -> None:
        """Refuse what is for another server."""
        if not self.check_host():
            raise web.HTTPError(403)

    async def get(self, path: str, include_body: bool = True) -> None:
        """Give a file; an address that can be none's is not there."""
        try:
            await super().get(path, include_body)  # type: ignore[misc]
        except (ValueError, AssertionError):  # what Voilà makes of too few parts, the system of a zero byte
            raise web.HTTPError(404) from None


class TemplateFiles(Files, TemplateStaticFileHandler):
    """The look of the pages."""


class StaticFiles(Files, MultiStaticFileHandler):
    """Voilà's front end."""


class Themes(Bare, ThemesHandler):  # type: ignore[misc]  # an error needs no more than its status
    """Light and dark."""


class Extensions(Bare, FileFindHandler):  # type: ignore[misc]  # as above
    """The front end's parts."""


KEPT: dict[type, type] = {
    KernelHandler: OwnKernel,
    VoilaKernelWebsocketHandler: OwnChannels,
    VoilaShutdownKernelHandler: OwnFarewell,
    TornadoVoilaHandler: MemberPage,
    TemplateStaticFileHandler: TemplateFiles,
    MultiStaticFileHandler: StaticFiles,
    ThemesHandler: Themes,
    FileFindHandler: Extensions,
}
