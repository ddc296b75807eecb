"""A real Neo4j 5 with APOC core on this machine, from Maven coordinates, without Docker.

`make neo4j` runs it until Ctrl-C and says how to point TagCat at it; the tests start their own. The jars
(130 MB) are copied once into a cache outside the checkout. Needed: Java 17 or newer, and Maven.
"""

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tagcat_kernel.graph import locks
from tagcat_kernel.graph.server import Endpoint
from tagcat_kernel.home import subfolder

POM = Path(__file__).resolve().parents[2] / "deploy" / "neo4j" / "pom.xml"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagcat-neo4j"
ADVICE = "on Debian: apt install maven default-jre-headless; or set TAGCAT_TEST_NEO4J_URI and …_PASSWORD"
START_SECONDS = 120
# A server of a few minutes: compiling to the utmost costs more than it gives.
BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


def missing() -> str | None:
    """Say what this machine lacks to run a Neo4j, and how to get it; None where it lacks nothing."""
    java = shutil.which("java")
    if java is None:
        return f"no Neo4j: there is no java; {ADVICE}"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < 17:
        return f"no Neo4j: java is too old, it needs 17 or newer; {ADVICE}"
    if shutil.which("mvn") is None and not _jars().is_dir():
        return f"no Neo4j: there is no mvn; {ADVICE}"
    return None


def _version() -> str:
    found = re.search(r"<version>([\d.]+)</version>", POM.read_text("utf-8"))
    assert found is not None
    return found[1]


def _jars() -> Path:
    return CACHE / _version()


def fetch() -> Path:
    """Return the folder of jars; the first call copies them there, a minute with a fast network."""
    folder = _jars()
    CACHE.mkdir(parents=True, exist_ok=True)
    with locks.held(CACHE / "fetch.lock", seconds=900):
        if not folder.is_dir():
            fresh = CACHE / f"{folder.name}.unfinished"
            shutil.rmtree(fresh, ignore_errors=True)
            copy = ["dependency:copy-dependencies", f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
            done = subprocess.run(
                ["mvn", "-q", "-B", "-f", str(POM), *copy], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(
                    f"Maven could not fetch Neo4j:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                )
            # Neo4j looks for procedures in the jars of its plugin folder only.
            (fresh / "plugins").mkdir()
            for jar in fresh.glob("apoc-core-*.jar"):
                jar.rename(fresh / "plugins" / jar.name)
            fresh.rename(folder)
    return folder


class Neo4jServer:
    """A Neo4j that runs inside the `with`; its data stay in `home`."""

    def __init__(self, home: Path, port: int = 0, *, brief: bool = False) -> None:
        self.home = home
        self.port = port or _free_port()
        self.brief = brief
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        jars = fetch()
        for name in ("conf", "logs"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").write_text(self._settings(jars), "utf-8")
        log = self.home / "logs" / "neo4j.log"
        log.unlink(missing_ok=True)
        brief = BRIEF if self.brief else ()
        opens = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENS]
        places = [f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"]
        path = f"{jars}/*{os.pathsep}{jars}/plugins/*"
        with (self.home / "logs" / "console.log").open("wb") as console:
            self._process = subprocess.Popen(
                [
                    "java",
                    "-Xmx1g",
                    *brief,
                    *opens,
                    "-cp",
                    path,
                    "org.neo4j.server.CommunityEntryPoint",
                    *places,
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        until = time.monotonic() + START_SECONDS
        # Nothing comes on stdout: the log says when it is ready.
        while not (log.exists() and "Started." in log.read_text("utf-8")):
            if self._process.poll() is not None or time.monotonic() > until:
                told = (self.home / "logs" / "console.log").read_text("utf-8", "replace")
                self.__exit__(None, None, None)
                raise RuntimeError(f"Neo4j did not start:\n{told[-2000:]}")
            time.sleep(0.2)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None:
            # A brief server's data are thrown away: no need to wait until it has tidied up.
            self._process.kill() if self.brief else self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _settings(self, jars: Path) -> str:
        return "\n".join(
            [
                "server.default_listen_address=127.0.0.1",
                f"server.bolt.listen_address=127.0.0.1:{self.port}",
                "server.http.enabled=false",
                f"server.directories.plugins={jars / 'plugins'}",
                "dbms.usage_report.enabled=false",
                "dbms.security.procedures.unrestricted=apoc.*",
                "dbms.security.auth_minimum_password_length=8",
                "server.memory.heap.max_size=1g",
                "server.memory.pagecache.size=256m",
                "",
            ]
        )

    def endpoint(self) -> Endpoint:
        """Return where it answers; the first login gives it a random password, kept in a 0600 file."""
        from neo4j import GraphDatabase

        path = self.home / "password"
        uri = f"bolt://127.0.0.1:{self.port}"
        if not path.exists():
            password = secrets.token_urlsafe(24)
            with GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password",
                    password=password,
                    database_="system",
                )
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(password)
        return Endpoint(uri, "neo4j", path.read_text("utf-8"), "neo4j")

    def wait(self) -> None:
        """Wait until the server ends."""
        assert self._process is not None
        self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Run a Neo4j until Ctrl-C; its data lie under TAGCAT_HOME/neo4j."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=7687)
    port = parser.parse_args().port
    trouble = missing()
    if trouble:
        sys.exit(trouble)
    home = subfolder("neo4j")
    with Neo4jServer(home, port) as server:
        endpoint = server.endpoint()
        print("Neo4j answers. To point TagCat at it:")
        print(f"  export TAGCAT_GRAPH_URI={endpoint.uri} TAGCAT_GRAPH_USER={endpoint.user}")
        print(f'  export TAGCAT_GRAPH_PASSWORD="$(cat {home / "password"})"', flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
