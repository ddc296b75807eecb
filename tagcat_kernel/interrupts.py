"""Ctrl-C as a wish, not an accident: the first asks the work to stop cleanly, the second insists.

Python delivers signals to the main thread only; elsewhere nothing is caught and the flag stays False.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Within the block, note Ctrl-C (SIGINT) and SIGTERM instead of raising; yield the question "stop?".

    A second signal raises KeyboardInterrupt. The former handlers come back at the end.

    Examples
    --------
    >>> with stopping() as stopped:
    ...     stopped()
    False
    """
    wished = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        if wished.is_set():
            raise KeyboardInterrupt
        wished.set()

    if threading.current_thread() is not threading.main_thread():
        yield wished.is_set
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wished.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
