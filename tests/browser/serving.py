"""The real dashboards in a process of their own, for tests: `tagcat serve` with a home of its own.

The surroundings are hostile on purpose: the first kernelspec named "python3" on Jupyter's path leads
nowhere, and the folder that the server is started in holds a `voila.py`. Neither may be used.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tagcat_kernel.serve.nursery import NAME

# -P: as the installed `tagcat` command, it must not import from the folder that it is started in.
TAGCAT = [sys.executable, "-P", "-m", "tagcat_kernel.cli"]


@dataclass
class Home:
    """A TAGCAT_HOME, and the home folder of the person who uses it."""

    tagcat: Path
    person: Path
    user: str = "ada"

    def environment(self) -> dict[str, str]:
        """Return the environment of every process that works here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TAGCAT_GRAPH")}
        return kept | {
            "TAGCAT_HOME": str(self.tagcat),
            "TAGCAT_USER": self.user,
            "HOME": str(self.person),
            "JUPYTER_PATH": str(self.person / "jupyter"),
            "IPYTHONDIR": str(self.person / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
        }

    def run(self, *arguments: str) -> str:
        """Run a command of tagcat and return what it printed."""
        done = subprocess.run(
            [*TAGCAT, *arguments], env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop_graph(self) -> None:
        """Stop the graph's server, so that no test leaves one behind."""
        subprocess.run([*TAGCAT, "graph", "stop"], env=self.environment(), capture_output=True, check=False)


def new_home(folder: Path) -> Home:
    """Make a home in an empty folder, with its traps."""
    home = Home(folder / "tagcat", folder / "person")
    set_traps(home)
    return home


def set_traps(home: Home) -> None:
    """Surround a home with what must not be used."""
    trap = home.person / "jupyter" / "kernels" / "python3"
    trap.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python"], "display_name": "A stranger", "language": "python"}
    (trap / "kernel.json").write_text(json.dumps(spec), "utf-8")
    (home.person / "voila.py").write_text("open('executed', 'w').close()\n", "utf-8")


@dataclass
class Served:
    """`tagcat serve`, answering at `base`; `address` is what it printed, with the token."""

    home: Home
    options: tuple[str, ...] = ("--no-browser",)
    waiting: int = 0  # kernels that wait for visitors; none, so that a test can count its own
    process: subprocess.Popen[str] = field(init=False)
    printed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [*TAGCAT, "serve", *self.options, "--waiting", str(self.waiting)],
            env=self.home.environment(),
            cwd=self.home.person,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line.rstrip("\n"))
            if line.startswith("http"):
                return
        raise AssertionError(f"no address was printed: {self.printed} {self.process.communicate()[1]}")

    @property
    def address(self) -> str:
        return self.printed[-1]

    @property
    def base(self) -> str:
        return self.address.partition("?")[0].rstrip("/")

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]

    @property
    def log(self) -> str:
        return (self.home.tagcat / "dashboards.log").read_text("utf-8")

    def page(self, name: str) -> str:
        """Return the address of a page."""
        return f"{self.base}/voila/render/{name}.ipynb"

    def kernels(self) -> list[psutil.Process]:
        """Return the kernels that run for this server now."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if _is_kernel(child)]

    def ask(
        self, path: str, method: str = "GET", body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Send one request exactly as given, follow nothing, return status, headers and text."""
        place = urlsplit(self.base)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if body:
                connection.putheader("Content-Type", "application/x-www-form-urlencoded")
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body.encode("ascii"))
            answer = connection.getresponse()
            known: dict[str, str] = {}
            for name, value in answer.getheaders():  # a header may come twice, as Set-Cookie does
                known[name.lower()] = ", ".join(filter(None, [known.get(name.lower()), value]))
            # A websocket that was let in says 101 and then waits for us: there is no body to read.
            text = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
            return answer.status, known, text
        finally:
            connection.close()

    def cookie(self) -> str:
        """Visit with the token and return the cookies of that visit as a header."""
        status, headers, _ = self.ask(f"/?token={self.token}")
        assert status == 302
        return cookies(headers)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode


def cookies(headers: dict[str, str]) -> str:
    """Return the cookies that an answer sets, as the header that gives them back."""
    return "; ".join(re.findall(r"((?:username|_xsrf)[^=,;]*=[^;]+);", headers["set-cookie"]))


def _is_kernel(process: psutil.Process) -> bool:
    """Tell a kernel that was forked, or started by itself."""
    try:
        return process.name() == NAME or "ipykernel_launcher" in process.cmdline()
    except psutil.Error:
        return False
