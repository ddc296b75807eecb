"""Work that may not take longer than so many seconds, whatever becomes of the other side.

A server may answer late, or never: a frozen process, a network that swallows packets. Neo4j can be told a
limit, the embedded engine takes no notice of it. So the work is done in a thread of its own and waited
for. What was given up must not take effect afterwards: the work asks its `Limit` before the step by which
it would, and that step, once begun, is waited for.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class GivenUpError(Exception):
    """Nobody waits for this work any more: it must end without taking effect."""


class OverTimeError(Exception):
    """The work took longer than its limit; `stopped` where it is sure that it takes no effect."""

    def __init__(self, *, stopped: bool) -> None:
        super().__init__("over time")
        self.stopped = stopped


class Limit:
    """Whether the one who waits still does."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._given_up = False
        self.at_last_step = False

    def begin(self) -> None:
        """Begin the work, or begin it again after its last step failed.

        Raises
        ------
        GivenUpError
            If nobody waits any more.
        """
        self._go_on(at_last_step=False)

    def begin_last_step(self) -> None:
        """Begin the step by which the work takes effect.

        Raises
        ------
        GivenUpError
            If nobody waits any more.
        """
        self._go_on(at_last_step=True)

    def _go_on(self, *, at_last_step: bool) -> None:
        with self._guard:
            if self._given_up:
                raise GivenUpError
            self.at_last_step = at_last_step

    def give_up(self) -> bool:
        """Give the work up, and tell whether that was in time to stop it."""
        with self._guard:
            self._given_up = True
            return not self.at_last_step


def within(seconds: float, work: Callable[[Limit], T], *, last_step: float = 10.0) -> T:
    """Return what `work` returns, or raise what it raises, if that takes no longer than `seconds`.

    Parameters
    ----------
    seconds
        How long to wait; its last step, once begun, is given `last_step` seconds more.

    Raises
    ------
    OverTimeError
        If it takes longer; it tells whether the work was stopped before its last step.

    Examples
    --------
    >>> within(1, lambda limit: 6 * 7)
    42
    >>> import time
    >>> within(0.01, lambda limit: time.sleep(0.1))
    Traceback (most recent call last):
    tagcat_kernel.graph.limits.OverTimeError: over time
    """
    limit = Limit()
    results: list[T] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work(limit))
        except BaseException as error:  # raised again where it is waited for
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True, name="graph").start()
    if not done.wait(seconds):
        stopped = limit.give_up()
        if stopped or not done.wait(last_step):
            raise OverTimeError(stopped=stopped)
    if errors:
        raise errors[0]
    return results[0]
