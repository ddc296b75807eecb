"""Kernels that wait for visitors: they have imported what every page needs, and nothing else.

Most of the time until a page answers goes into starting Python and importing. A waiting kernel has done
that. It has read no data and opened no graph: it does not know yet who comes, to which page, or what the
collection will hold by then. (Voilà's own preheating runs whole notebooks beforehand, and shows the visitor
what was there at that time.) A visitor gets a waiting kernel, or a new one where none waits; the next one is
made ready some seconds later, so that it does not take the processor from the page that is being opened.

A kernel that waits has no page connected, and looks idle to the culler; it is left alone until it is given.
"""

import asyncio
import contextlib
import os
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ApiPath
from traitlets import Float, Int

IMPORTS = (
    "tagcat_kernel.workbench",
    "tagcat_kernel.graph.session",
    "tagcat_widgets.pages",
    "pandas",
    "neo4j",
)
"""What a waiting kernel has imported. Clustering is not among them: most visitors never use it."""

_CODE = f"[__import__(name) for name in {IMPORTS!r}]; None"
_NAME = "python3"
_PATIENCE = 60.0  # s for the imports; a kernel that takes longer is given up


class WaitingKernels(AsyncMappingKernelManager):
    """A kernel manager that keeps some kernels ready."""

    waiting = Int(1, min=0, help="How many kernels wait for visitors.").tag(config=True)
    pause = Float(4.0, help="Seconds after a visit before the next one is made ready.").tag(config=True)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._ready: list[str] = []
        self._filling: asyncio.Task[None] | None = None

    def fill_soon(self, pause: float = 0.0) -> None:
        """Make ready what is missing, `pause` seconds from now; at once returns."""
        if self._filling is None or self._filling.done():
            self._filling = asyncio.ensure_future(self._fill(pause))

    # Asynchronous, as in the class that it comes from; the oldest ancestor is not.
    async def start_kernel(self, **keywords: Any) -> str:  # type: ignore[override]
        """Return the id of a kernel for a visitor: a waiting one where there is one that lives."""
        # Only the dashboards' own Python waits, and what is asked for beside it is where it runs: the same
        # folder for every page.
        while self._ready and keywords.get("kernel_name", _NAME) == _NAME:
            identity = self._ready.pop(0)
            if identity in self and await self._manager(identity).is_alive():
                self.fill_soon(self.pause)
                return identity
        identity = str(await super().start_kernel(**keywords))
        self.fill_soon(self.pause)
        return identity

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Shut an idle kernel down, unless it waits for its visitor."""
        if kernel_id not in self._ready:
            await super().cull_kernel_if_idle(kernel_id)

    async def _fill(self, pause: float) -> None:
        await asyncio.sleep(pause)
        while len(self._ready) < self.waiting:
            identity = str(
                await super().start_kernel(kernel_name=_NAME, path=ApiPath(""), env=dict(os.environ))
            )
            try:
                await self._prepare(identity)
            except Exception as error:  # a visitor starts a kernel of their own, and sees what is wrong
                self.log.warning("no kernel could be made ready: %s", error)
                with contextlib.suppress(Exception):
                    await self.shutdown_kernel(identity, now=True)
                return
            self._ready.append(identity)
            self.log.info("Kernel waits: %s", identity)

    def _manager(self, identity: str) -> Any:
        return self.get_kernel(identity)

    async def _prepare(self, identity: str) -> None:
        client = self._manager(identity).client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=_PATIENCE)
            message = client.execute(_CODE, silent=True, store_history=False)
            while True:
                answer = await client.get_shell_msg(timeout=_PATIENCE)
                if answer["parent_header"].get("msg_id") == message:
                    break
            if answer["content"]["status"] != "ok":
                raise RuntimeError(str(answer["content"].get("evalue")))
        finally:
            client.stop_channels()
