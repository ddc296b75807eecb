"""Kernels that wait for visitors: they have imported what every page needs, and nothing else.

Starting Python, importing and setting a kernel up is much of the time until a page answers (less where it is
forked off the nursery, see `forks`). A waiting kernel has done that. It has read no data and opened no
graph: it does not know yet who comes, to which page, or what the collection will hold by then. (Voilà's own
preheating runs whole notebooks beforehand, and shows the visitor what was there at that time.) A visitor
gets a waiting kernel, or a new one where none waits; the next one is made ready some seconds later, so that
it does not take the processor from the page that is being opened.

What a visit brings (the page's `QUERY_STRING`, for one) reaches a new kernel in its environment. A waiting
kernel has one already, so what differs is told to it before it is given away: by this process, as text that
it can only take for text.

A kernel that waits has no page connected, and looks idle to the culler; it is left alone until it is given.

When the server ends, a kernel may be half started: its process runs, and nobody can reach it yet. Such a
one is waited for, since a start that is broken off leaves a process that is nobody's; then all are ended.
"""

import asyncio
import contextlib
import json
import os
import time
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ApiPath
from tornado import web
from traitlets import Float, Int

from tagcat_kernel.kernels import surroundings
from tagcat_kernel.serve.nursery import IMPORTS

_CODE = f"[__import__(name) for name in {IMPORTS!r}]"
_NAME = "python3"
_PATIENCE = 60.0  # s; a kernel that takes longer for the imports is given up


class WaitingKernels(AsyncMappingKernelManager):
    """A kernel manager that keeps some kernels ready."""

    waiting = Int(1, min=0, help="How many kernels wait for visitors.").tag(config=True)
    pause = Float(4.0, help="Seconds after a visit before the next one is made ready.").tag(config=True)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._ready: list[str] = []
        self._filling: asyncio.Task[None] | None = None
        self._over = False

    def fill_soon(self, pause: float = 0.0) -> None:
        """Make ready what is missing, `pause` seconds from now; at once returns."""
        if not self._over and (self._filling is None or self._filling.done()):
            self._filling = asyncio.ensure_future(self._fill(pause))

    # Asynchronous, as in the class that it comes from; the oldest ancestor is not.
    async def start_kernel(self, **keywords: Any) -> str:  # type: ignore[override]
        """Return the id of a kernel for a visitor: a waiting one where there is one that lives.

        Raises
        ------
        tornado.web.HTTPError
            503 if the server is ending.
        """
        if self._over:
            raise web.HTTPError(503, reason="The server is ending")
        # Only the dashboards' own Python waits. Beside it are asked for the folder that it runs in, the same
        # for every page, and its environment.
        while self._ready and keywords.get("kernel_name", _NAME) == _NAME:
            identity = self._ready.pop(0)
            if identity in self and await self._manager(identity).is_alive():
                try:
                    await self._tell(identity, keywords.get("env") or {})
                except Exception as error:  # it heard half of it, or nothing: nobody gets it
                    self.log.warning("a kernel that waited did not listen: %s", error)
                    await self._end(identity)
                    continue
                self.fill_soon(self.pause)
                return identity
        identity = str(await super().start_kernel(**keywords))
        self.fill_soon(self.pause)
        return identity

    async def settle(self) -> None:
        """Start no more kernels, and wait until none is half started or half ended."""
        self._over = True
        if coming := [task for task in self._pending_kernels.values() if not task.done()]:
            await asyncio.wait(coming, timeout=_PATIENCE)
        self._pending_kernels.clear()  # of one that failed, the entry stays
        if self._filling is not None:  # it sleeps, or waits for a kernel's imports
            self._filling.cancel()
            await asyncio.wait([self._filling])
        while self._ready:
            await self._end(self._ready.pop())

    async def shutdown_all(self, now: bool = False) -> None:  # type: ignore[override]
        """End every kernel, and start no more."""
        await self.settle()
        ending = [self.shutdown_kernel(identity, now=now) for identity in self.list_kernel_ids()]
        for outcome in await asyncio.gather(*ending, return_exceptions=True):
            if isinstance(outcome, Exception):  # its page ended it at the same moment
                self.log.info("a kernel was ended by somebody else: %s", outcome)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Shut an idle kernel down, unless it waits for its visitor."""
        if kernel_id not in self._ready:
            await super().cull_kernel_if_idle(kernel_id)

    async def _fill(self, pause: float) -> None:
        await asyncio.sleep(pause)
        while len(self._ready) < self.waiting and not self._over:
            identity = ""
            try:
                identity = str(
                    await super().start_kernel(kernel_name=_NAME, path=ApiPath(""), env=surroundings())
                )
                await self._run(identity, _CODE)
            except asyncio.CancelledError:  # the server ends
                await self._end(identity)
                raise
            except Exception as error:  # a visitor starts a kernel of their own, and sees what is wrong
                self.log.warning("no kernel could be made ready: %s", error)
                await self._end(identity)
                return
            self._ready.append(identity)
            self.log.info("Kernel waits: %s", identity)

    async def _tell(self, identity: str, environment: dict[str, str]) -> None:
        """Give a kernel that waited the environment that a new one would start with."""
        news = {name: value for name, value in environment.items() if os.environ.get(name) != value}
        if news:
            # As JSON: Voilà's names are members of an enumeration, whose repr is no literal.
            told = f"__import__('json').loads({json.dumps(news)!a})"
            await self._run(identity, f"__import__('os').environ.update({told})")

    async def _end(self, identity: str) -> None:
        """End a kernel that nobody uses; at once, for one that starts would complain of an interrupt."""
        with contextlib.suppress(Exception):
            await self._manager(identity).provisioner.kill()
            await self.shutdown_kernel(identity, now=True)

    def _manager(self, identity: str) -> Any:
        return self.get_kernel(identity)

    async def _run(self, identity: str, code: str) -> None:
        """Run code in a kernel, unseen: it shows nothing, counts nothing, keeps and names nothing."""
        kernel = self._manager(identity)
        heard: asyncio.Future[list[bytes]] = asyncio.Future()
        stream = kernel.connect_shell()
        stream.on_recv(lambda parts: None if heard.done() else heard.set_result(parts))
        try:
            kernel.session.send(
                stream,
                "execute_request",
                {
                    "code": f"{code}; None",
                    "silent": True,
                    "store_history": False,
                    "user_expressions": {},
                    "allow_stdin": False,
                },
            )
            until = time.monotonic() + _PATIENCE
            while not (await asyncio.wait([heard], timeout=1))[0]:
                if time.monotonic() > until or not await kernel.is_alive():
                    raise RuntimeError("it does not answer")
            _, parts = kernel.session.feed_identities(heard.result())
            answer = kernel.session.deserialize(parts)["content"]
            if answer["status"] != "ok":
                raise RuntimeError(str(answer.get("evalue")))
        finally:
            stream.close()
