"""A person's write goes before the jobs': who is next at the writer's lock of the embedded server.

One transaction writes at a time, whoever holds `write.lock`. With that file alone, a person who says a
verdict would wait for every job that reads a folder at the same time. So there are two more:

* `next.lock` is held by whoever is next, from when they begin to wait until they have the writer's lock.
  A person takes it and waits; a job only looks whether it is free together with the writer's lock.
* `jobs.lock` is held by the one job that may look or write; all others wait behind it.

So a person waits for the transaction under way and for persons who came before, however many jobs there
are. A job that has looked for `PATIENCE` seconds takes `next.lock` as a person does: people who write
without a pause slow jobs down and never stop them.

All three are locks of files (`locks`): they end with their holder, by `kill -9` too. Neo4j needs no such
queue, since its writers wait for a user's lock node and not for strangers'.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tagcat_kernel.graph import locks

PATIENCE = 10.0
"""Seconds that a job lets persons go first."""
_PERSON, _JOB = 0.005, 0.02
"""The longest pauses in seconds between two looks; a person looks oftener, and so is there first."""


@contextlib.contextmanager
def turn(folder: Path, *, seconds: float, last: bool = False) -> Iterator[None]:
    """Be the one who writes inside the `with`; wait for it up to `seconds`.

    Parameters
    ----------
    folder
        Where the locks lie.
    seconds
        How long to wait at most.
    last
        Let everybody go first who is not `last` as well.

    Raises
    ------
    TimeoutError
        If it was never our turn.
    OSError
        If a lock's file can't be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, turn(Path(folder), seconds=1):
    ...     print("I write")
    I write
    """
    until = time.monotonic() + seconds
    writer, following = folder / "write.lock", folder / "next.lock"
    with contextlib.ExitStack() as kept:
        if last:
            kept.enter_context(locks.held(folder / "jobs.lock", seconds=seconds))
            handle = _where_nobody_waits(following, writer, min(until, time.monotonic() + PATIENCE))
            if handle is not None:
                kept.callback(os.close, handle)
                yield
                return
        with locks.held(following, seconds=until - time.monotonic(), pause=_PERSON):
            kept.enter_context(locks.held(writer, seconds=until - time.monotonic(), pause=_PERSON))
        yield


def _where_nobody_waits(following: Path, writer: Path, until: float) -> int | None:
    """Take the writer's lock at a moment when nobody is next; None where there was none."""
    while True:
        looking = locks.take(following)
        if looking is not None:
            try:
                if (handle := locks.take(writer)) is not None:
                    return handle
            finally:
                os.close(looking)
        if time.monotonic() > until:
            return None
        time.sleep(_JOB)
