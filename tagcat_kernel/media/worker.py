"""The process in which strangers' files are decoded: `python -m tagcat_kernel.media.worker`.

It reads one request a line on standard input and answers with one line on standard output, both JSON in
ASCII (a name that is no valid text travels as escaped surrogates). Lines with "alive" say that a long
file makes progress. What decoders print is thrown away. A crash, a hang or a runaway allocation ends
this process and no other; the pool starts a new one.

Standard input also tells whether the parent still lives: when it ends, the process ends at once, in the
middle of a file if need be. Nothing is lost, because what is known is written whole or not at all.
"""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from tagcat_kernel.media.answers import answer
from tagcat_kernel.media.cache import MediaCache
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.processes import give_way

PULSE = 1.0
"""Least seconds between two signs of progress."""


def main() -> None:
    """Serve requests until standard input ends. The first line is {"limits": ..., "cache": folder}."""
    give_way(0)  # in a session of its own: as far as whoever began it does
    answers = _own_output()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    settings = json.loads(lines.get())
    limits = Limits(**settings["limits"])
    _limit_memory(limits.memory)
    cache = MediaCache(Path(settings["cache"]))
    last_pulse = 0.0

    def alive() -> None:
        nonlocal last_pulse
        if time.monotonic() - last_pulse > PULSE:
            last_pulse = time.monotonic()
            _send(answers, {"alive": True})

    while True:
        request = json.loads(lines.get())
        _send(answers, answer(request, cache, limits, alive))


def _listen(lines: "queue.SimpleQueue[bytes]") -> None:
    """Pass requests on; when the parent is gone, so is this process."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def _own_output() -> IO[bytes]:
    """Return standard output for answers alone, and send what libraries print to nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _send(answers: IO[bytes], message: dict[str, Any]) -> None:
    try:
        answers.write(json.dumps(message).encode("ascii") + b"\n")
        answers.flush()
    except BrokenPipeError:  # the pool has closed
        os._exit(0)


def _limit_memory(size: int) -> None:
    """Let allocations beyond the limit fail, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size if hard < 0 else min(size, hard), hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


if __name__ == "__main__":
    main()
