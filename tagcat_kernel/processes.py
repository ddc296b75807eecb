"""Tell one process from another, let it outlive us, and let others go first.

A number is used again after its process ends; number and birth together are not. The birth is counted
from the machine's start and not by the clock on the wall, which is set right now and then: a process must
not seem another one because of that.
"""

import atexit
import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def birth(process: "psutil.Process") -> float:
    """Return when a process began, in seconds since the machine's start.

    Raises
    ------
    psutil.Error
        If there is no such process, or it may not be looked at.

    Examples
    --------
    >>> import psutil
    >>> birth(psutil.Process()) > 0
    True
    """
    import psutil

    return process.create_time() - psutil.boot_time()


def lives(number: int, born: float) -> bool:
    """Tell whether the process `number` that began at `born` still runs; a zombie does not.

    Examples
    --------
    >>> import psutil
    >>> me = psutil.Process()
    >>> lives(me.pid, birth(me)), lives(me.pid, birth(me) - 60)
    (True, False)
    """
    import psutil

    try:
        process = psutil.Process(number)
        return process.status() != psutil.STATUS_ZOMBIE and abs(birth(process) - born) < 1.0
    except psutil.Error:
        return False


_detached: list["subprocess.Popen[bytes]"] = []


def detach(process: "subprocess.Popen[bytes]") -> None:
    """Take note of a process that this one started and that may outlive it.

    Examples
    --------
    >>> import subprocess, sys
    >>> detach(subprocess.Popen([sys.executable, "-c", "pass"]))
    """
    _detached.append(process)


def reap() -> None:
    """Take note of the ends of detached processes, so that a long-lived starter keeps no zombies.

    Examples
    --------
    >>> reap()
    """
    for process in _detached:
        process.poll()


@atexit.register
def _leave() -> None:
    """Keep Python, as it ends, from warning of processes that are meant to go on."""
    for process in _detached:
        process.returncode = process.poll() or 0


_gives_way = False


def give_way(by: int = 10) -> None:
    """Let others go first, from now on: at locks this process, on the processors those that it starts, too.

    On Linux niceness often counts within a session only, and sessions share alike (autogroup): then the
    session is made as nice as the process is. Meant for a process that leads a session of its own.

    Parameters
    ----------
    by
        How much nicer to be, 0 to 19; 0 only makes a new session as nice as its first process.

    Examples
    --------
    >>> import subprocess, sys
    >>> code = "from tagcat_kernel.processes import give_way; give_way(); import os; print(os.nice(0))"
    >>> run = subprocess.run([sys.executable, "-c", code], start_new_session=True, capture_output=True)
    >>> int(run.stdout) >= 10
    True
    """
    global _gives_way  # noqa: PLW0603 - it is the process that gives way
    _gives_way |= by > 0
    if hasattr(os, "nice") and (niceness := os.nice(by)) > 0:
        with contextlib.suppress(OSError):  # not on Linux, or not allowed
            Path("/proc/self/autogroup").write_text(str(niceness), "ascii")


def gives_way() -> bool:
    """Tell whether this process does background work for which nobody waits: it has called `give_way`.

    Examples
    --------
    >>> gives_way()
    False
    """
    return _gives_way
