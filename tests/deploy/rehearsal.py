"""The services of deploy/compose.yaml on this machine, with no engine for containers.

What an engine does with that file is done here with the kernel's own means, as root. Everything is read
from the file; nothing in it, in the Caddyfile or in neo4j.conf is changed for the rehearsal:

- a network namespace is the machine. Its ports are all free, it leads nowhere else, and the names of the
  services are addresses of its loopback. The thread of the test is inside, so is whatever it starts;
- a service is a mount namespace and a process with no more rights than its container's (`container`);
- services start in the order of `depends_on`, each when the ones before are healthy by their own checks;
- published ports are passed on as Docker's own proxy does.

What is not rehearsed: the images themselves (the programs are Debian's Caddy, Neo4j from Maven, and this
checkout), the start script of Neo4j's image (`_NEO4J` does the same), limits of memory and processes, and
which of the two networks a service is in.
"""

import ctypes
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import yaml

from tests.deploy.container import DEPLOY, Image, Service
from tests.graph import neo4j_server
from tests.relay import Relay

CHECKOUT = Path(__file__).parents[2]
PROGRAMS = {"caddy": "caddy", "nc": "netcat-openbsd", "setpriv": "util-linux", "ip": "iproute2"}
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h; `os` has it from Python 3.12 on

# What the start script of Neo4j's image does with what compose.yaml gives it: the configuration is copied
# into place, folders that are mounted count, the plug-in that the image holds is put where it is looked
# for, and the first password is given to Neo4j's tool.
_NEO4J = r"""
set -eu
settings=conf/neo4j.conf
cp /conf/neo4j.conf $settings
for folder in data logs plugins; do echo server.directories.$folder=/$folder; done >>$settings
[ "$NEO4J_PLUGINS" = '["apoc"]' ] && cp "$JARS"/plugins/apoc-core-*.jar /plugins/
export NEO4J_HOME=$PWD NEO4J_CONF=$PWD/conf
secret=$(cat "$NEO4J_AUTH_PATH")
[ -e /data/dbms/auth.ini ] || java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$JARS/*" \
    org.neo4j.cli.AdminTool dbms set-initial-password "${secret#neo4j/}" >/dev/null
options=$(sed -n 's/^server.jvm.additional=//p' $settings)
heap=$(sed -n 's/^server.memory.heap.initial_size=/-Xms/p; s/^server.memory.heap.max_size=/-Xmx/p' $settings)
exec java $heap $options -XX:TieredStopAtLevel=1 -cp "$JARS/*:/plugins/*" \
    org.neo4j.server.CommunityEntryPoint --console-mode --home-dir="$PWD" --config-dir="$PWD/conf"
"""


def missing() -> str | None:
    """Say what this machine lacks for a rehearsal, and how to get it; None where it lacks nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces are made by root alone: run the tests as root, on Linux"
    lacking = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if lacking:
        return f"a rehearsal of compose.yaml needs them: apt-get install {' '.join(lacking)}"
    return neo4j_server.missing()


@contextmanager
def network_of_its_own() -> Iterator[None]:
    """Put this thread, and what it starts, into a network that has only its loopback."""
    kernel = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if kernel.unshare(_NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "no network namespace can be made here")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        kernel.setns(before, _NEW_NETWORK)
        os.close(before)


def inside() -> list[psutil.Process]:
    """Return the processes in this thread's network, but for this one."""
    here = Path("/proc/thread-self/ns/net").readlink()
    found = []
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if process.pid != os.getpid() and Path(f"/proc/{process.pid}/ns/net").readlink() == here:
                found.append(process)
    return found


def composed(environment: dict[str, str]) -> dict[str, Any]:
    """Return compose.yaml with its variables replaced, as compose does."""

    def value(found: re.Match[str]) -> str:
        return environment.get(found[1]) or found[2]

    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    return yaml.safe_load(re.sub(r"\$\{(\w+):-([^}]*)\}", value, text))  # type: ignore[no-any-return]


def images() -> dict[str, Image]:
    """Return the images of the three services, TagCat's as the Containerfile describes it."""
    recipe = (DEPLOY / "Containerfile").read_text("utf-8").rpartition("\nFROM ")[2].replace("\\\n", " ")
    said = dict(re.findall(r"^(ENV|USER|WORKDIR|ENTRYPOINT|CMD) (.*)$", recipe, re.M))
    variables = dict(pair.split("=", 1) for pair in shlex.split(said["ENV"]))
    command = yaml.safe_load(said["ENTRYPOINT"]) + yaml.safe_load(said["CMD"])
    jars = neo4j_server.fetch()
    usual = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    run = ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
    return {
        "proxy": Image("", usual, run),
        "tagcat": Image(
            said["USER"],
            variables,
            command,
            said["WORKDIR"],
            # The programs of a venv name its own place, so it is there as well.
            {
                Path(sys.base_prefix): sys.base_prefix,
                CHECKOUT: str(CHECKOUT),
                Path(sys.prefix): "/opt/tagcat",
            },
        ),
        "neo4j": Image(
            "", usual | {"JARS": "/jars"}, ["bash", "-c", _NEO4J], "/var/lib/neo4j", {jars: "/jars"}
        ),
    }


def service_address(spec: dict[str, Any], name: str) -> str:
    """Return a service's address; not 127.0.0.1, where it would also be found if it listened there alone."""
    return f"127.0.{1 + list(spec['services']).index(name)}.1"


class Rehearsal:
    """All services of compose.yaml, in a network of their own, while the `with` lasts."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.spec = composed(environment)
        secrets = {name: (DEPLOY / one["file"]).resolve() for name, one in self.spec["secrets"].items()}
        brought = images()
        hosts = folder / "hosts"
        self._published: list[Relay] = []
        lines = [f"{service_address(self.spec, name)} {name}" for name in self.spec["services"]]
        hosts.write_text("\n".join([f"127.0.0.1 localhost {socket.gethostname()}", *lines, ""]), "utf-8")
        hosts.chmod(0o644)
        self.services = {
            name: Service(name, spec, brought[name], folder / name, hosts, secrets)
            for name, spec in self.spec["services"].items()
        }

    def __enter__(self) -> Self:
        try:
            for service in self._in_order():
                service.start()
                service.wait()
            for name in self.services:
                for published in self.spec["services"][name].get("ports", []):
                    outside, within = map(int, published.split(":"))
                    self._published.append(Relay(within, outside, host=service_address(self.spec, name)))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what is left; a test that wants to know how a service ends stops it itself."""
        for relay in self._published:
            relay.away()
        for service in reversed(self._in_order()):
            if service.process is not None and service.process.poll() is None:
                service.process.send_signal(signal.SIGKILL)
                service.process.wait()
        for process in inside():
            with suppress(psutil.Error):
                process.kill()

    def _in_order(self) -> list[Service]:
        found: list[Service] = []
        while len(found) < len(self.services):
            names = {service.name for service in found}
            found += [
                service
                for service in self.services.values()
                if service.name not in names and set(service.spec.get("depends_on", {})) <= names
            ]
        return found
