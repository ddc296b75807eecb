"""Lets through only so much in so much time: a page's messages are anybody's."""

import time
from collections import deque
from collections.abc import Callable


class Gate:
    """Counts what came within the last seconds, and says how long to wait before more may come.

    Parameters
    ----------
    messages, files, size
        The most that may come within `seconds`: messages, files in them, and bytes of them.
    clock
        Gives seconds that only grow.

    Examples
    --------
    >>> gate = Gate(messages=2, files=10, size=1000, seconds=10, clock=iter([0.0, 1.0, 2.0, 11.0]).__next__)
    >>> [gate.wait(files=1, size=1) for _ in range(4)]
    [0.0, 0.0, 8.0, 0.0]
    """

    def __init__(
        self,
        *,
        messages: int,
        files: int,
        size: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = (messages, files, size)
        self._seconds = seconds
        self._clock = clock
        self._came: deque[tuple[float, int, int]] = deque()

    def wait(self, *, files: int, size: int) -> float:
        """Return 0 and count a message, or the seconds after which it may come again."""
        now = self._clock()
        while self._came and self._came[0][0] <= now - self._seconds:
            self._came.popleft()
        sums = (
            len(self._came) + 1,
            sum(row[1] for row in self._came) + files,
            sum(row[2] for row in self._came) + size,
        )
        if self._came and any(have > most for have, most in zip(sums, self._most, strict=True)):
            return self._came[0][0] + self._seconds - now
        self._came.append((now, files, size))
        return 0.0
