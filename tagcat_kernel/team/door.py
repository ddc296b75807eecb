"""The door of a team's server, for whoever comes with a token, an invitation or the wish to join.

A token must be genuine (`tokens`), and its member active in the graph (`members`), whose word is at most
half a second old: who is disabled is out. Wrong guesses are counted by address (`guesses`): after a few,
nothing more from there is looked at, but for tokens that came in before, so that a guesser does not lock out
colleagues behind the same address. An expired token, or one of a disabled member, is no guess.

Every refusal is logged: address, reason, and the name where the token was genuine. No token and no code is
logged, ever.
"""

import hashlib
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from tagcat_kernel.graph.session import Graph
from tagcat_kernel.team import members
from tagcat_kernel.team.guesses import Guesses
from tagcat_kernel.team.members import Member
from tagcat_kernel.team.notices import Notifier, notifier
from tagcat_kernel.team.tokens import Claims, RefusedError, Verifier
from tagcat_kernel.walk import harmless

K = TypeVar("K")
V = TypeVar("V")

STATE_SECONDS = 0.5
"""How old the graph's word on a member may be."""
TOKEN_SECONDS = 30 * 86_400.0
"""How long the token of an invitation holds."""
REMEMBERED = 10_000
"""Members' states, and tokens that came in, of which a digest is kept."""

_log = logging.getLogger("tagcat.door")


class Door:
    """Lets members in. Threads may share it, and should: it waits for the graph.

    Parameters
    ----------
    graph
        From `tagcat_kernel.graph.connect`.
    verifier
        From `tagcat_kernel.team.tokens.verifier`.
    tell
        Where notices go; default: as `TAGCAT_NOTICES` says.
    clock
        Gives seconds; a test may give its own.

    Raises
    ------
    SecretsError
        If `TAGCAT_NOTICES` can't be.

    Examples
    --------
    >>> from tagcat_kernel.graph.fake import FakeRunner
    >>> from tagcat_kernel.team.keys import Kept, Key
    >>> tokens = Verifier(Kept(lambda: (Key(None, "HS256", bytes(32)),), "a key"))
    >>> row = {"state": "active", "leaving": False, "tokens_from": 0.0, "asked": None}
    >>> door = Door(Graph(FakeRunner([row])), tokens)
    >>> door.who(tokens.issue("ada", 60), "192.0.2.7")
    'ada'
    """

    def __init__(
        self,
        graph: Graph,
        verifier: Verifier,
        *,
        tell: Notifier | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._graph, self._verifier, self._clock = graph, verifier, clock
        self._notifier = tell or notifier()
        self._guesses = Guesses(20, 60, clock=clock)
        self._sign_ups = Guesses(5, 3600, in_all=50, clock=clock)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._states: OrderedDict[str, tuple[float, Member | None]] = OrderedDict()

    def who(self, token: str, address: str) -> str:
        """Return the name of the member whose token this is.

        Parameters
        ----------
        token
            From a cookie or a header, as it came.
        address
            Where it came from.

        Raises
        ------
        RefusedError
            If it is not genuine, its member is not active, or too many wrong ones came from there.
        NoKeyError
            If there is no key any more to check it by.
        GraphError
            If the graph can't answer.
        """
        with self._logged(address):
            if not token:
                raise RefusedError("sign in first")
            digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
            if digest in self._known:  # a page of before the key was changed is no guesser either
                claims = self._verifier.claims(token)
            else:
                self._hold_back(address)
                with self._counted(address):
                    claims = self._verifier.claims(token)
            self._admit(claims)
            _remember(self._known, digest, None)
            return claims.name

    def redeem(self, code: str, address: str) -> str:
        """Spend an invitation and return a token for its member.

        Raises
        ------
        RefusedError
            If it was used, has ended or never was one, its user is disabled, too many wrong ones came from
            there, or the team's tokens are signed elsewhere.
        NoKeyError
            If there is no key any more; the invitation is not spent then.
        GraphError
            If the graph can't do it; the invitation is not spent then.
        """
        with self._logged(address):
            self._hold_back(address)
            if not self._verifier.issues:
                raise RefusedError("this team has no invitations: sign in where its tokens are signed")
            with self._counted(address):
                name, own = members.redeem(self._graph, code)
            self._states.pop(name, None)
        self._tell("an invitation was opened", f"{name} came in by an invitation", address)
        return self._verifier.issue(name, TOKEN_SECONDS, since=own.tokens_from)

    def sign_up(self, name: str, address: str) -> None:
        """Make a user who waits for approval, and give a notice.

        Of a name that is taken the notice alone tells: a stranger who tries names learns of no member.

        Raises
        ------
        RefusedError
            If the name can't be a user's, or too many asked, from there or in all.
        GraphError
            If the graph can't do it.
        """
        with self._logged(address):
            if wait := self._sign_ups.wait(address):
                minutes = math.ceil(wait / 60)
                raise RefusedError(f"too many people signed up from this address: wait {minutes} minutes")
            self._sign_ups.note(address)
            new = members.sign_up(self._graph, name)
        if new:
            self._tell("somebody signed up", f"{name} waits for approval: tagcat users approve", address)
        else:
            self._tell("somebody asked for a name that is taken", f"{name}: nothing was changed", address)

    def _hold_back(self, address: str) -> None:
        if wait := self._guesses.wait(address):
            raise RefusedError(f"too many wrong guesses came from this address: wait {math.ceil(wait)} s")

    @contextmanager
    def _counted(self, address: str) -> Iterator[None]:
        """Count a refusal of what anybody could have made up."""
        try:
            yield
        except RefusedError as refused:
            if refused.name is None:
                self._guesses.note(address)
            raise

    @contextmanager
    def _logged(self, address: str) -> Iterator[None]:
        try:
            yield
        except RefusedError as refused:
            who = f" ({harmless(refused.name)})" if refused.name else ""
            _log.warning("refused %s: %s%s", harmless(address[:100]), harmless(str(refused)), who)
            raise

    def _admit(self, claims: Claims) -> None:
        own, name = self._state(claims.name), claims.name
        if own is None or own.leaving:
            raise RefusedError("there is no member of this name: ask the administrator", name)
        if own.state == "waiting":
            raise RefusedError("this member waits for approval", name)
        if own.state != "active":
            raise RefusedError("this member was disabled: ask the administrator", name)
        # Both rounded alike, to microseconds: a token of the very moment counts.
        if own.tokens_from and not claims.issued.timestamp():
            raise RefusedError("this token does not say when it was issued (iat): ask for another", name)
        if claims.issued < datetime.fromtimestamp(own.tokens_from, UTC):
            raise RefusedError("this token is of an earlier time and void: ask for a new one", name)

    def _state(self, name: str) -> Member | None:
        now = self._clock()  # before the graph is asked: its word is not younger than the question
        found = self._states.get(name)
        if found is None or now - found[0] > STATE_SECONDS:
            found = (now, members.member(self._graph, name))
            _remember(self._states, name, found)
        return found[1]

    def _tell(self, subject: str, message: str, address: str) -> None:
        _log.info("%s (%s)", harmless(message), harmless(address[:100]))
        self._notifier.notify(f"TagCat: {subject}", harmless(message))


def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
