"""A process that has done every page's imports, and forks a kernel whenever the server asks for one.

Starting Python and importing costs a kernel a second and a hundred megabytes of its own. A fork costs some
milliseconds, and what was imported before stays one copy in memory, however many kernels there are. For a
fork to be whole, the nursery has done its imports and nothing else: no thread, no event loop, no graph.

The server holds the other end of a socket. What it sends is the length of a request (four bytes) and the
request, a JSON object of a kernel's `arguments`, `environment` and `folder`; what it gets is the id of the
new process with a handle on it (a pidfd, which never means another process). When the server is gone, the
socket ends, and with it the nursery; the kernels see that their parent went, and end as well.
"""

import atexit
import contextlib
import gc
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

IMPORTS = (
    "tagcat_kernel.workbench",
    "tagcat_kernel.graph.session",
    "tagcat_widgets.pages",
    "pandas",
    "neo4j",
)
"""What every page imports. Clustering is not among them: most visitors never use it."""

NAME = "tagcat-kernel"
"""What a forked kernel is called among the processes."""

_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")


def main(number: int) -> None:
    """Import, then fork kernels for whoever holds the other end of a socket, until it is closed."""
    # Registered first, it runs last, in every kernel too: Python would take apart what ipykernel's threads
    # have begun, and complain of it where a kernel ends early.
    atexit.register(os._exit, 0)
    connection = socket.socket(fileno=number)
    for name in (*IMPORTS, *_KERNEL):
        __import__(name)
    gc.collect()
    gc.freeze()  # the collector would write to every object, and so copy the memory that is shared
    signal.signal(signal.SIGCHLD, _reap)
    # As ipykernel does once it runs: an interrupt is for a kernel's cells, and must not break its start off.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with connection:
        while request := _next(connection):
            if kernel := _fork(connection, request):
                connection.close()
                break
        else:
            return
    _become(kernel)


def _next(connection: socket.socket) -> dict[str, Any] | None:
    """Return the next request; None where the server is gone."""
    with contextlib.suppress(OSError):
        if length := connection.recv(4, socket.MSG_WAITALL):
            return dict(json.loads(connection.recv(int.from_bytes(length), socket.MSG_WAITALL)))
    return None


def _fork(connection: socket.socket, request: dict[str, Any]) -> dict[str, Any] | None:
    """Fork; return the request in the child, None here."""
    try:
        if os.fork():
            return None
    except OSError:  # no more processes, say: the server starts its kernel in another way
        connection.sendall(bytes(4))
        return None
    # The child answers, once it leads a session: only then is what an interrupt is sent to its own.
    os.setsid()
    handle = os.pidfd_open(os.getpid())
    socket.send_fds(connection, [os.getpid().to_bytes(4)], [handle])
    os.close(handle)
    return request


def _become(request: dict[str, Any]) -> None:
    """Be the kernel that was asked for, as if it had been started for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    Path("/proc/self/comm").write_text(NAME, "ascii")  # for `ps` and `top`
    # ipykernel reads the variable for it when it is imported, which was before.
    sys.argv = ["ipykernel_launcher", *request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]
    import ipywidgets
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()  # its global state was copied, and would be the same in every kernel
    kernel: Any = IPKernelApp.instance()  # has no types
    kernel.initialize()
    ipywidgets.load_ipython_extension(kernel.shell)  # its import does so where there is a kernel by then
    kernel.start()


def _reap(*_signal: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
