"""How the hub starts a person's server: as his own account of the machine, with his own graph.

JupyterHub's LocalProcessSpawner changes to the person's account before it starts anything. So the
operating system keeps people apart: another's files, his environment in /proc and his embedded graph's
password are closed to all but him (and root). Of the hub's own environment only what JupyterHub names
(`env_keep`: the search path and the language) reaches a server.

Where `graphs` names no file, a person's collection lies in the embedded graph of his own home folder,
whose server TagCat starts with a password of its own. Where it does, he gets his account of that graph
(see `credentials`), and the hub looks for a changed password whenever it asks whether the server still
lives.
"""

import os
import pwd
import sys
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode, default

from tagcat_kernel.secrets import SecretsError
from tagcat_kernel.serve.hub.credentials import credentials_of, hand_over


class OwnServer(LocalProcessSpawner):  # type: ignore[misc]  # JupyterHub has no types
    """A server with TagCat in it, for one person."""

    graphs = Unicode("", help="The file of everyone's accounts of the graph; empty: embedded graphs.").tag(
        config=True
    )
    handed = Unicode("/run/tagcat-hub", help="The folder of the files that people get; the hub's own.").tag(
        config=True
    )

    @default("cmd")
    def _person(self) -> list[str]:
        return [sys.executable, "-m", "tagcat_kernel.serve.hub.person"]

    @property
    def own_file(self) -> Path:
        """Where this person's credentials lie while his server runs."""
        return Path(self.handed) / f"{pwd.getpwnam(self.user.name).pw_uid}.json"

    def get_env(self) -> dict[str, str]:
        """Return the environment of the server: it names the file of his credentials, never one of them."""
        environment: dict[str, str] = super().get_env()
        environment["TAGCAT_USER"] = self.user.name
        if self.graphs:
            environment["TAGCAT_SECRETS"] = f"file:{self.own_file}"
        return environment

    async def start(self) -> tuple[str, int]:
        """Hand the person his credentials and start his server.

        Raises
        ------
        SecretsError
            If he has none, or the hub's file is no good; he sees the reason, and no server starts.
        """
        try:
            self._hand_over()
        except SecretsError as error:
            # JupyterHub shows this attribute to the person; the full path is the keeper's business.
            error.jupyterhub_message = (  # type: ignore[attr-defined]
                "You have no account of the graph yet, or the hub can't read it: ask the hub's keeper."
            )
            raise
        address: tuple[str, int] = await super().start()
        return address

    async def poll(self) -> int | None:
        """Tell whether the server lives; where the hub's file has changed, hand it over again."""
        code: int | None = await super().poll()
        if code is None and self.graphs:
            try:
                if os.stat(self.graphs).st_mtime_ns > self.own_file.stat().st_mtime_ns:  # noqa: PTH116
                    self._hand_over()
            except (OSError, SecretsError) as error:  # a file half written: the next look is in half a minute
                self.log.warning("the accounts of the graph were not read again: %s", error)
        return code

    async def stop(self, now: bool = False) -> None:
        """Stop the server and take the credentials back."""
        await super().stop(now)
        if self.graphs:
            self.own_file.unlink(missing_ok=True)

    def _hand_over(self) -> None:
        if self.graphs:
            account = pwd.getpwnam(self.user.name)
            held = credentials_of(self.user.name, Path(self.graphs))
            hand_over(held, self.own_file, account.pw_uid, account.pw_gid)
