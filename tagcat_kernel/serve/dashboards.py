"""`tagcat serve`: the notebooks as pages in a browser, until Ctrl-C.

What the server has to say goes to `TAGCAT_HOME/dashboards.log`; the terminal gets one line, the address,
once it answers. The address carries a token made for this start. A browser that is opened here gets it
through a file that only this account can read, since a command line can be read by everyone.
"""

import contextlib
import logging
import logging.handlers
import os
import secrets
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tagcat_kernel.home import home, shipped, subfolder, user_name

if TYPE_CHECKING:
    from tagcat_kernel.serve.server import Dashboards


def start(*, port: int = 0, open_browser: bool = True, user: str | None = None, waiting: int = 1) -> int:
    """Serve the dashboards on this machine's loopback until Ctrl-C, SIGTERM or SIGHUP.

    Prints the address on a line of its own, with the token that a first visit needs, once it answers.

    Parameters
    ----------
    port
        Where to listen; 0 takes a free port.
    open_browser
        Whether to open the address in the person's browser.
    user
        Whose collection; default: `TAGCAT_USER`, else the system account.
    waiting
        Kernels that wait for visitors; each takes about 35 MB until one comes where it
        is forked (on Linux), 130 MB elsewhere.

    Returns
    -------
    int
        The exit code of the command: 0 after an orderly end, 1 where the port is taken.

    Raises
    ------
    FileNotFoundError
        If the installation came without its notebooks.
    """
    from tagcat_kernel.serve.server import HOST, Dashboards, settings

    notebooks = shipped("notebooks")
    log = home() / "dashboards.log"
    # The kernels inherit these: a page works on the same collection as this command.
    os.environ["TAGCAT_USER"] = user_name(user)
    os.environ["TAGCAT_HOME"] = str(home())
    with logging_to(log):
        server = Dashboards.instance(
            config=settings(
                notebooks,
                port=port,
                token=secrets.token_hex(24),
                user=os.environ["TAGCAT_USER"],
                log=log,
                waiting=waiting,
            )
        )

        def announce(address: str) -> None:
            print(address, flush=True)  # noqa: T201
            if open_browser:
                threading.Thread(target=_open, args=(address,), daemon=True).start()

        server.on_ready = announce
        return run(server, HOST, port)


def run(server: "Dashboards", ip: str, port: int) -> int:
    """Run a server until its end and return the command's exit code: 1 where the port is taken."""
    server.initialize()
    server.log.handlers.clear()  # its own handler writes to the terminal; the root's to our file
    server.log.propagate = True
    try:
        server.start()
    except OSError as error:
        return not_listening(ip, port, error)
    finally:
        type(server).clear_instance()
    return 0


def not_listening(ip: str, port: int, error: OSError) -> int:
    """Tell a person that a port can't be had, and return the command's exit code."""
    reason = error.strerror or str(error)
    print(  # noqa: T201
        f"tagcat: can't listen on {ip}:{port}: {reason}. Choose another with --port.", file=sys.stderr
    )
    return 1


@contextlib.contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Send every log record of this process to a file of at most 1 MB and one predecessor."""
    path.touch(mode=0o600)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def _open(address: str) -> None:
    """Open a browser on a file, readable by this account alone, that leads to the address."""
    handle, name = tempfile.mkstemp(prefix="open-", suffix=".html", dir=subfolder("serve"))
    with os.fdopen(handle, "w", encoding="utf-8") as page:
        page.write(
            f'<!doctype html><meta http-equiv="refresh" content="0;url={address}"><title>TagCat</title>'
        )
    webbrowser.open(Path(name).as_uri())
