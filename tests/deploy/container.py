"""A service of deploy/compose.yaml as its container would be, made of namespaces instead: see `rehearsal`.

A service is a mount namespace. This machine's files are its image: an overlay, read-only, in which the
volumes, memory, secrets and configuration lie where compose.yaml says. Its process has the number of the
service's account, no capability, no new privileges, and the image's variables and the service's alone.
"""

import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parents[2] / "deploy"
PATIENCE = 600  # s until a service is healthy; a busy machine is slow, not wrong
_STARTS = 5
_PLAIN = "noexec,nosuid,nodev"  # what Docker mounts memory with, where nothing else is said


@dataclass
class Image:
    """What a service's image brings: who it runs as, its variables and its command."""

    user: str
    environment: dict[str, str]
    command: list[str]
    folder: str = "/"
    mounts: dict[Path, str] = field(default_factory=dict)  # of this machine, and where they lie in it


@dataclass
class Service:
    """One service of compose.yaml, as `spec` describes it; what it prints goes to `log`."""

    name: str
    spec: dict[str, Any]
    image: Image
    folder: Path  # of this service in the rehearsal: its overlay, its volumes, its log
    hosts: Path
    secrets: dict[str, Path]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "log"

    @property
    def account(self) -> tuple[int, int]:
        """The numbers of its user and group."""
        user, _, group = (self.spec.get("user") or self.image.user).partition(":")
        return int(user), int(group)

    @property
    def grace(self) -> float:
        """Seconds that an engine gives it to end, before it kills it: compose's own default is ten."""
        minutes, seconds = re.fullmatch(
            r"(?:(\d+)m)?(?:(\d+)s)?", self.spec.get("stop_grace_period", "10s")
        ).groups("0")  # type: ignore[union-attr]
        return 60.0 * int(minutes) + int(seconds)

    def start(self) -> None:
        """Make its mounts and start its command."""
        for folder in (self.folder, self.folder / "above", self.folder / "root"):
            folder.mkdir()
        (self.folder / "script").write_text("\n".join(self._mounts()), "utf-8")
        self._launch()

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "bash", "-eu", self.folder / "script"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as `docker compose exec` does."""
        assert self.process is not None
        enter = [
            "nsenter",
            f"--target={self.process.pid}",
            "--mount",
            "--root",
            "--",
            *self._as_itself(command),
        ]
        return subprocess.run(enter, capture_output=True, text=True, check=False, timeout=PATIENCE)

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run its health check, once."""
        kind, *command = self.spec["healthcheck"]["test"]
        assert kind == "CMD"
        return self.run(*command)

    def wait(self) -> None:
        """Wait until it is healthy; one that ends is started again some times, as compose.yaml asks for."""
        assert self.process is not None
        until, starts = time.monotonic() + PATIENCE, 1
        while (told := self.check()).returncode:
            if self.process.poll() is not None:  # TagCat gives up on a graph that takes long to come
                starts += 1
                assert starts < _STARTS, f"{self.name} ended: {self.log.read_text('utf-8')[-3000:]}"
                assert self.spec["restart"] == "unless-stopped"
                self._launch()
            assert time.monotonic() < until, (
                f"{self.name}: {told.stderr}{self.log.read_text('utf-8')[-3000:]}"
            )
            time.sleep(0.3)

    def stop(self) -> int:
        """Ask it to end, as an engine does; return its exit code. TimeoutExpired where it takes too long."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(self.grace)

    def _as_itself(self, command: tuple[str, ...] | list[str]) -> list[str]:
        user, group = self.account
        kept = "".join(f",+{name.lower()}" for name in self.spec.get("cap_add", []))
        # An engine gives an account that the image does not know this home.
        told = {"HOME": "/"} | self.image.environment | self.spec.get("environment", {})
        return [
            *("/usr/bin/env", "-i", f"--chdir={self.image.folder}", *(f"{k}={v}" for k, v in told.items())),
            *("/usr/bin/setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
            *("--no-new-privs", f"--bounding-set=-all{kept}", "--inh-caps=-all", *command),
        ]

    def _mounts(self) -> Iterator[str]:
        """Yield the lines of a script that makes its root, and becomes its command."""
        root = self.folder / "root"

        def line(*words: object) -> str:
            return shlex.join(map(str, words))

        def at(target: str) -> Path:
            return root / target.lstrip("/")

        def bind(source: Path, target: str, *, writable: bool) -> Iterator[str]:
            make = ("mkdir", "-p") if source.is_dir() else ("install", "-D", "/dev/null")
            made = f"[ -e {shlex.quote(str(at(target)))} ] || {line(*make, at(target))}"
            if any(at(target).is_relative_to(place) for place in memories):  # which is empty, and writable
                binds.append(made)
            else:
                yield made
            binds.append(line("mount", "--bind", source, at(target)))
            if not writable:
                binds.append(line("mount", "-o", "remount,ro,bind", at(target)))

        binds: list[str] = []
        memories: list[Path] = []
        above = self.folder / "above"
        yield line("mount", "-t", "tmpfs", "tmpfs", above)
        yield line("mkdir", above / "upper", above / "work")
        options = f"lowerdir=/,upperdir={above / 'upper'},workdir={above / 'work'}"
        yield line("mount", "-t", "overlay", "overlay", "-o", options, root)
        # They may lie below root's own folder, which other accounts may not enter.
        for folder in {above for source in self.image.mounts for above in source.parents}:
            yield line("chmod", "o+x", at(str(folder)))
        # Memory comes first: what the image brings may lie below it here, as a checkout in /tmp does.
        for memory in self.spec.get("tmpfs", []):
            target, _, options = memory.partition(":")
            yield line("mkdir", "-p", at(target))
            memories.append(at(target))
            binds.append(line("mount", "-t", "tmpfs", "-o", f"{_PLAIN},{options}", "tmpfs", at(target)))
        for source, target in self.image.mounts.items():
            yield from bind(source, target, writable=False)
        yield from bind(self.hosts, "/etc/hosts", writable=False)
        for volume in self.spec.get("volumes", []):
            source, target, *mode = volume.split(":")
            yield from bind(self._source(source), target, writable=mode != ["ro"])
        for secret in self.spec.get("secrets", []):
            yield from bind(self.secrets[secret], f"/run/secrets/{secret}", writable=False)
        yield line("mkdir", "-p", at(self.image.folder))
        yield line("mount", "--rbind", "/dev", at("/dev"))
        yield line("mount", "--rbind", "/proc", at("/proc"))
        if self.spec["read_only"]:
            yield line("mount", "-o", "remount,ro,bind", root)
        yield line("mount", "-t", "tmpfs", "-o", f"{_PLAIN},mode=1777,size=64m", "shm", at("/dev/shm"))
        yield from binds
        yield f"exec {line('chroot', root, *self._as_itself(self.image.command))}"

    def _source(self, source: str) -> Path:
        """Return what a volume is here: a path of compose.yaml, or a folder for a volume with a name."""
        if source.startswith((".", "/")):
            return (DEPLOY / source).resolve()
        volume = self.folder.parent / "volumes" / source
        if not volume.is_dir():  # an engine gives a new one the owner of the folder in the image
            volume.mkdir(parents=True, mode=0o700)
            os.chown(volume, *self.account)
        return volume
