"""Who comes: what the door says of the token that a request carries, asked again at every request.

A token (a JSON Web Token) comes in one of two ways: in the cookie `tagcat`, which the sign-in page sets
and no script can read, or in the header `Authorization: Bearer …`, which programs send. It is never taken
from an address, where histories and logs would keep it. A request that carries the header is judged by it
alone, and needs no `_xsrf`: no foreign page can send it. A cookie comes along by itself, so whatever
changes something must repeat `_xsrf`.

The door reads the graph, so it is asked in a thread; the server goes on with the others meanwhile.
"""

import asyncio
import re
from datetime import datetime
from typing import Any, Protocol

from jupyter_server.auth import Authorizer, User
from jupyter_server.auth.identity import IdentityProvider
from tornado import httputil, web

from tagcat_kernel.serve.team.kernels import NO_KERNEL, KernelsOf
from tagcat_kernel.team.tokens import RefusedError

COOKIE = "tagcat"
LONGEST = 3500
"""Bytes of a token in a cookie. A browser drops one above 4096 with its attributes, and says nothing."""

NO_GRAPH = "The graph does not answer just now"

_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


class Asked(Protocol):
    """What of a `tagcat_kernel.team.door.Door` is used here."""

    def who(self, token: str, address: str) -> str:
        """Return the member's name; raises RefusedError."""


class MemberIdentity(IdentityProvider):
    """Jupyter Server's question "who is this?", answered by the door."""

    door: Asked

    async def get_user(self, handler: web.RequestHandler) -> User | None:
        """Return the member whose token the request carries, or None.

        Leaves on the handler what comes of it: `tagcat_token`, or `tagcat_refusal` in plain words.

        Raises
        ------
        tornado.web.HTTPError
            503 if the graph can't be asked.
        """
        token, by_header = carried(handler)
        state: Any = handler
        state.tagcat_token, state.tagcat_refusal = "", ""
        if not token:
            return None
        try:
            name = await asyncio.to_thread(self.door.who, token, address_of(handler.request))
        except RefusedError as refused:
            state.tagcat_refusal = str(refused)
            return None
        except Exception as error:
            state.current_user = state._jupyter_current_user = None  # the page that says so asks for them
            self.log.exception("the graph could not be asked who comes")
            raise web.HTTPError(503, reason=NO_GRAPH) from error
        state.tagcat_token = token
        state._token_authenticated = by_header
        return User(name)

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return no pages: `server` lists every route in one place."""
        return []


class OwnKernels(Authorizer):
    """What a member may do once known: look at, end and talk to kernels of their own. Nothing else.

    Every route of the server is checked on its own as well; this is for a handler of Jupyter Server's that
    a later version would bring along.
    """

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        """Return whether a member may do something to the kernel that the address names.

        Raises
        ------
        tornado.web.HTTPError
            404 if the kernel is another member's, or nobody's, or not there: all the same from outside.
        """
        if resource != "kernels" or action not in _ACTIONS:
            return False
        if handler.path_kwargs.get("kernel_id", "") not in KernelsOf(handler.kernels, user.username):
            raise web.HTTPError(404, NO_KERNEL)
        return True


_ACTIONS = ("read", "write", "execute")  # "execute" is Jupyter's word for opening the websocket


def carried(handler: web.RequestHandler) -> tuple[str, bool]:
    """Return the token that a request carries, "" for none, and whether it came in the header."""
    header = handler.request.headers.get("Authorization")
    if header is not None:
        found = _BEARER.fullmatch(header)
        return (found[1] if found else ""), True
    return handler.get_cookie(COOKIE) or "", False


def address_of(request: httputil.HTTPServerRequest) -> str:
    """Return where a request comes from, as far as this server can know."""
    return request.remote_ip or "unknown"


def keep(handler: web.RequestHandler, token: str, expires: datetime) -> None:
    """Give a browser its token, to be sent back until it expires."""
    handler.set_cookie(
        COOKIE,
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=handler.request.protocol == "https",
        expires=expires,
    )


def forget(handler: web.RequestHandler) -> None:
    """Take the token from a browser."""
    handler.clear_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
