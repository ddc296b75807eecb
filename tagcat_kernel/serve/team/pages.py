"""The ways in and out: sign-in, invitation, sign-up, sign-out, and whether the server lives.

A person comes in with a token that somebody gave them, with an invitation, or waits for approval. Each form
is a POST with `_xsrf`: a link's preview opens nothing, spends no invitation, signs nobody out. The code of
an invitation stands behind the `#` of its link, which a browser never sends; the page puts it into its form
and takes it out of the address.

What is wrong is said in the door's own words. The door counts wrong guesses; these pages need not.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from jupyter_server.auth import User
from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web
from voila.handler import BaseVoilaHandler
from voila.utils import create_include_assets_functions

from tagcat_kernel.serve.team.identity import LONGEST, NO_GRAPH, address_of, forget, keep
from tagcat_kernel.serve.team.routes import Membered
from tagcat_kernel.team.tokens import RefusedError

HOME = "voila/render/home.ipynb"
_NEXT = re.compile(r"/voila/render/[a-z0-9_-]+\.ipynb(\?[\w=&%.~+-]*)?")
SIGN_UP_SECONDS = 0.5
"""How long a sign-up takes at least."""
_TOO_LONG = (
    f"The token is longer than a browser keeps ({LONGEST} bytes). Programs can still send it as Bearer."
)


class Way(Membered, BaseVoilaHandler):
    """A page that needs no sign-in."""

    @property
    def door(self) -> Any:
        """The door (`tagcat_kernel.team.door.Door`)."""
        return self.settings["tagcat_door"]

    def show(self, template: str, status: int = 200, **names: Any) -> None:
        """Answer with a page that no cache keeps."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.write(
            self.settings["voila_jinja2_env"]
            .get_template(template)
            .render(
                **self.template_namespace,
                **create_include_assets_functions("tagcat", self.base_url),
                sign_up=self.settings["tagcat_sign_up"],
                **names,
            )
        )

    async def ask(self, question: Callable[..., Any], *words: str) -> Any:
        """Ask the door in a thread; RefusedError passes through, anything else is a 503."""
        try:
            return await asyncio.to_thread(question, *words, address_of(self.request))
        except RefusedError:
            raise
        except Exception as error:
            self.log.exception("the graph could not be asked")
            raise web.HTTPError(503, reason=NO_GRAPH) from error

    async def come_in(self, token: str) -> None:
        """Sign a browser in and lead it on; raises RefusedError."""
        if len(token.encode()) > LONGEST:
            raise RefusedError(_TOO_LONG)
        name = await self.ask(self.door.who, token)
        self.log.info("signed in: %s", name)
        keep(self, token, await asyncio.to_thread(self.settings["tagcat_end"], token))
        wished = self.get_query_argument("next", "")
        self.redirect(wished if _NEXT.fullmatch(wished) else self.base_url + HOME)


class SignIn(Way):
    """`/login`: a token, pasted."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the form, and why the token that came is refused, if one did."""
        if self.current_user:
            self.redirect(self.base_url + HOME)
            return
        self.show("team-sign-in.html", wrong=self.tagcat_refusal)

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign in."""
        try:
            await self.come_in(self.get_body_argument("token", ""))
        except RefusedError as refused:
            self.show("team-sign-in.html", 401, wrong=str(refused))

    tagcat_refusal: str


class Invitation(Way):
    """`/invitation#CODE`: works once."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show what is about to happen; spend nothing."""
        self.show("team-invitation.html", wrong="")

    @allow_unauthenticated
    async def post(self) -> None:
        """Spend the invitation and sign its member in."""
        try:
            token = await self.ask(self.door.redeem, self.get_body_argument("code", ""))
            await self.come_in(token)
        except RefusedError as refused:
            self.show("team-invitation.html", 401, wrong=str(refused))


class SignUp(Way):
    """`/sign-up`: makes a member who waits; there only with `--sign-up`."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the form."""
        self.show("team-sign-up.html", wrong="", waiting="")

    @allow_unauthenticated
    async def post(self) -> None:
        """Ask for a place."""
        name = self.get_body_argument("name", "")
        try:
            # Whether a name is taken is told to nobody, not even by how long the answer takes.
            await asyncio.gather(self.ask(self.door.sign_up, name), asyncio.sleep(SIGN_UP_SECONDS))
        except RefusedError as refused:
            self.show("team-sign-up.html", 401, wrong=str(refused), waiting="")
        else:
            self.show("team-sign-up.html", wrong="", waiting=name)


class SignOut(Way):
    """`/logout`: takes the token from the browser."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign out."""
        forget(self)
        user: User | None = self.current_user
        if user:
            self.settings["tagcat_watch"].close(self.tagcat_token, "signed out")
            self.log.info("signed out: %s", user.username)
        self.redirect(f"{self.base_url}login")

    tagcat_token: str


class Health(web.RequestHandler):
    """`/healthz`: for whoever watches the server; says "ok" and nothing about it."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write("ok")
