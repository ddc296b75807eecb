"""Which process is it? A number is used again after its process ends; number and birth together are not.

The birth is counted from the machine's start and not by the clock on the wall, which is set right now and
then: a process must not seem another one because of that.
"""

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
