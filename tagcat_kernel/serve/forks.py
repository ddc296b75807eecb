"""Kernels that are forked off a nursery: the server's side of it, as jupyter_client asks for kernels.

A kernelspec names the provisioner that brings its kernels to life; the dashboards' own spec names this one.
Where processes can't be forked safely or have no handles (anywhere but on Linux), and where the nursery
does not answer, kernels are started as they always are.
"""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from tagcat_kernel.kernels import OnlyThisPython, surroundings

NAME = "tagcat-fork"
POSSIBLE = sys.platform == "linux" and hasattr(os, "pidfd_open")
_LAUNCHER = "ipykernel_launcher"


class NurseryError(Exception):
    """The nursery is gone, or could not fork."""


class Forked:
    """A process that is no child of ours, with as much of `subprocess.Popen` as a kernel manager asks for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int) -> None:
        self.pid = pid
        self._handle = handle
        self._over = select.poll()
        self._over.register(handle, select.POLLIN)

    def __del__(self) -> None:
        os.close(self._handle)

    def poll(self) -> int | None:
        """Return None while it runs, then 0: its code is known to its parent alone."""
        return 0 if self._over.poll(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            If it still runs after `timeout` seconds.
        """
        if not self._over.poll(None if timeout is None else 1000 * timeout):
            raise subprocess.TimeoutExpired(_LAUNCHER, timeout or 0.0)
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process of `tagcat_kernel.serve.nursery`, started at once and asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here, there = socket.socketpair()
        with there:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tagcat_kernel.serve.nursery", str(there.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                env=surroundings(),
                start_new_session=True,
            )

    def fork(self, arguments: list[str], environment: dict[str, str], folder: str) -> Forked:
        """Return a new kernel; the first one waits until the imports are done.

        Raises
        ------
        NurseryError
            If the nursery is gone or could not fork.
        """
        asked = {"arguments": arguments, "environment": environment, "folder": folder}
        request = json.dumps(asked).encode("ascii")
        with self._lock:
            try:
                self._here.sendall(len(request).to_bytes(4) + request)
                answer, handles, _, _ = socket.recv_fds(self._here, 4, 1)
            except OSError as error:
                raise NurseryError(str(error)) from None
        if not handles:
            raise NurseryError("it could not fork" if answer else "it has ended")
        return Forked(int.from_bytes(answer), handles[0])

    def close(self) -> None:
        """End the nursery, and with it the kernels that are left."""
        self._here.close()
        self.process.wait()


_lock = threading.Lock()
_nursery: Nursery | None = None


def nursery() -> Nursery:
    """Return the nursery of this process; a new one where there is none, or the last one has ended."""
    global _nursery  # noqa: PLW0603 - one a process
    with _lock:
        if _nursery is not None and _nursery.process.poll() is not None:
            _nursery.close()
            _nursery = None
        if _nursery is None:
            _nursery = Nursery()
        return _nursery


def close() -> None:
    """End the nursery of this process, if there is one."""
    global _nursery  # noqa: PLW0603
    with _lock:
        if _nursery is not None:
            _nursery.close()
            _nursery = None


class ForkedKernel(LocalProvisioner):
    """A kernel forked off the nursery; started as usual where that can't be had."""

    async def launch_kernel(self, cmd: list[str], **keywords: Any) -> Any:
        """Bring the kernel to life and return how to reach it."""
        arguments = cmd[cmd.index(_LAUNCHER) + 1 :]
        folder = str(keywords.get("cwd") or Path.cwd())
        environment = dict(keywords.get("env") or os.environ)
        try:
            forked = await asyncio.to_thread(lambda: nursery().fork(arguments, environment, folder))
        except (NurseryError, OSError) as error:
            self.log.warning("the nursery gives no kernel (%s): it is started by itself", error)
            return await super().launch_kernel(cmd, **keywords)
        self.process = forked  # type: ignore[assignment]  # declared a Popen, used as far as Forked goes
        self.pid, self.cwd = forked.pid, folder
        with contextlib.suppress(OSError):  # it has ended already
            self.pgid = os.getpgid(forked.pid)
        return self.connection_info


class ForkedPython(OnlyThisPython):
    """The dashboards' only kernelspec, with kernels from the nursery where they can be had."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return a kernel by name, as `OnlyThisPython` does."""
        spec = super().get_kernel_spec(kernel_name)
        if POSSIBLE:
            factory = KernelProvisionerFactory.instance()
            factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:ForkedKernel", factory.GROUP_NAME)
            spec.metadata["kernel_provisioner"] = {"provisioner_name": NAME}
        return spec
