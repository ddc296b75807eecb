"""Every kernel has one owner, for life, and to everyone else it is not there.

A member's page starts a kernel, or takes one that waited; from then on it is that member's. The handlers
of Voilà and Jupyter Server reach kernels through a manager of their own: `KernelsOf`, one member's view,
which answers for a stranger's kernel exactly as for one that never was (404). Kernels that wait for a
visitor belong to nobody, so nobody reaches them.

The kernel works for its owner because `TAGCAT_USER` says so, set here and by no message. It is not started
again when it dies: its page would have to be loaded anew in any case, and a kernel that waited would come
back without having been told whose it is.
"""

from collections import Counter
from typing import Any

from tornado import web
from traitlets import Int

from tagcat_kernel.kernels import surroundings
from tagcat_kernel.serve.waiting import WaitingKernels

NO_KERNEL = "There is no such kernel."


class TeamKernels(WaitingKernels):
    """A kernel manager whose kernels belong to members."""

    most = Int(16, min=1, help="How many kernels one member may have.").tag(config=True)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._owners: dict[str, str] = {}
        self._coming: Counter[str] = Counter()  # pages of a member that wait for their kernel

    async def start_for(self, member: str, **keywords: Any) -> str:
        """Return the id of a kernel that belongs to a member from now on.

        Raises
        ------
        tornado.web.HTTPError
            429 if the member has as many as one may, each with its page open.
        """
        environment = surroundings(keywords.pop("env", {})) | {"TAGCAT_USER": member}
        self._coming[member] += 1  # before anything is waited for: pages that come at once see each other
        try:
            await self._make_room(member)
            identity = await super().start_kernel(env=environment, **keywords)
            self._owners[identity] = member
        finally:
            self._coming[member] -= 1
            self._coming += Counter()  # without those that have none
        return identity

    async def start_kernel(self, **_keywords: Any) -> str:  # type: ignore[override]
        """Refuse: a kernel is started for somebody."""
        raise web.HTTPError(403)

    def owns(self, member: str, identity: str) -> bool:
        """Return whether a kernel is there and is this member's."""
        return identity in self and self._owners.get(identity) == member

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended, and whose it was."""
        self._owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    async def _make_room(self, member: str) -> None:
        """End what a member left behind where it is too much: who was idle longest goes first."""
        while True:
            own = [name for name, owner in self._owners.items() if owner == member and name in self]
            if len(own) + self._coming[member] <= self.most:
                return
            left = [name for name in own if not self._kernel_connections.get(name)]
            if not left:
                raise web.HTTPError(429, reason="You have too many pages open")
            oldest = min(left, key=lambda name: self._manager(name).last_activity)
            del self._owners[oldest]  # nobody's, while it ends
            await self._end(oldest)


class KernelsOf:
    """One member's kernels, with as much of a kernel manager as the handlers of the routes use."""

    def __init__(self, kernels: TeamKernels, member: str) -> None:
        self._kernels = kernels
        self._member = member

    def __contains__(self, kernel_id: str) -> bool:
        return self._kernels.owns(self._member, kernel_id)

    async def start_kernel(self, **keywords: Any) -> str:
        """Start a kernel of this member's."""
        return await self._kernels.start_for(self._member, **keywords)

    def get_kernel(self, kernel_id: str) -> Any:
        """Return the manager of one kernel; HTTPError 404 where it is not this member's."""
        return self._kernels.get_kernel(self._own(kernel_id))

    def kernel_model(self, kernel_id: str) -> Any:
        """Return what the web is told about one kernel; HTTPError 404 where it is not this member's."""
        return self._kernels.kernel_model(self._own(kernel_id))

    async def shutdown_kernel(self, kernel_id: str) -> None:
        """End one kernel; HTTPError 404 where it is not this member's."""
        await self._kernels.shutdown_kernel(self._own(kernel_id))

    def _own(self, kernel_id: str) -> str:
        if kernel_id not in self:
            raise web.HTTPError(404, NO_KERNEL)
        return kernel_id
