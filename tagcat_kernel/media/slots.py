"""One decoder process, kept alive or replaced, and asked one file at a time.

A thread takes a request, writes it down the pipe as a line of JSON, and waits for the answer. A timer
kills the process when it shows no sign of progress for too long; a process that died is replaced for the
next file, and the file that it died of gets an error for an answer.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tagcat_kernel.media.limits import Limits, raised_by

Task = tuple[dict[str, Any], "Future[Any]", Callable[[dict[str, Any]], Any]]
"""A request, its future, and what makes the future's result of the worker's answer."""

CANCELLED = "cancelled"
"""The error of a file that was being decoded when the pool was closed."""


class Slot:
    """One worker process and the thread that feeds it.

    Parameters
    ----------
    take
        Waits for a task (request, future, and what makes the future's result of the answer); None ends
        the thread.
    finished
        Called after each task.
    limits, cache
        The folder of the cache and the limits are the worker's settings.
    """

    def __init__(
        self, take: Callable[[], Task | None], finished: Callable[[], None], *, limits: Limits, cache: Path
    ) -> None:
        self._take = take
        self._finished = finished
        self._limits = limits
        self._cache = cache
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._dead = False
        self.thread = threading.Thread(target=self._run, name="tagcat-decoder", daemon=True)
        self.thread.start()

    def kill(self) -> None:
        """End the process at once, and start no other."""
        with self._lock:
            self._dead = True
            if self._process:
                self._process.kill()

    def _run(self) -> None:
        while (task := self._take()) is not None:
            request, future, make = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(make(self._ask(request)))
                except Exception as error:  # a future must never be left without an answer
                    future.set_exception(error)
            self._finished()
        self._end(kill=False)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer, or an error in its place."""
        seconds = self._limits.seconds
        late = threading.Event()
        process = self._started()
        if process is None:
            return {"path": request["path"], "error": CANCELLED}
        fields = None
        with contextlib.suppress(OSError, ValueError):
            _write(process, request)
            fields = self._listen(process, late, seconds)
        if fields is not None:
            return fields
        status = self._end(kill=True)
        with self._lock:
            if self._dead:
                return {"path": request["path"], "error": CANCELLED}
        if late.is_set():
            error = f"gave no sign for {seconds:g} seconds: given up ({raised_by('seconds')})"
        else:
            error = f"the decoder crashed ({_status(status)})"
        return {"path": request["path"], "error": error}

    def _listen(
        self, process: "subprocess.Popen[bytes]", late: threading.Event, seconds: float
    ) -> dict[str, Any] | None:
        """Wait for the answer, killing the process when `seconds` pass without a line."""

        def give_up() -> None:
            late.set()
            process.kill()

        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        while True:
            timer = threading.Timer(seconds, give_up)
            timer.daemon = True
            timer.start()
            try:
                line = process.stdout.readline()
            finally:
                timer.cancel()
            if not line.endswith(b"\n"):
                return None
            fields: dict[str, Any] = json.loads(line)
            if "alive" not in fields:
                return fields

    def _started(self) -> "subprocess.Popen[bytes] | None":
        """Return the running process, a new one where there is none; None once killed."""
        if self._process is not None and self._process.poll() is not None:
            self._end(kill=False)  # it died between two files, which is no file's doing
        with self._lock:
            if self._dead:
                return None
            if self._process is not None:
                return self._process
            process = self._process = _start()
        settings = {"limits": asdict(self._limits), "cache": str(self._cache)}
        with contextlib.suppress(OSError):
            _write(process, settings)
        return process

    def _end(self, *, kill: bool) -> int | None:
        """Let go of the process and return its exit status."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return None
        if kill:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        return process.wait()


def _start() -> "subprocess.Popen[bytes]":
    """Start a worker: out of reach of Ctrl-C, one thread for each numeric library."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONSAFEPATH": "1",  # `-m` would else import from the current folder
    }
    place = Path(__file__).resolve().parents[2]
    if place.name not in ("site-packages", "dist-packages"):  # a checkout that is not installed
        environment["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(place), os.environ.get("PYTHONPATH")) if part
        )
    return subprocess.Popen(
        [sys.executable, "-m", "tagcat_kernel.media.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _write(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
    process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
    process.stdin.flush()


def _status(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
