"""How many wrong guesses an address may make: some at once, then one now and then.

Each address has an allowance that a wrong guess takes one from, and that fills up again with time. All
addresses together have one, too: once that is used up, an address that guessed wrong lately waits after a
single guess more. An address that has not is never kept out, so an attack does not shut the door for
members elsewhere. What is remembered is bounded: the addresses of the longest time ago are forgotten first.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Guesses:
    """Counts wrong guesses. Threads may share it.

    Parameters
    ----------
    number
        Wrong guesses that an address may make at once.
    seconds
        Time in which as many are allowed anew.
    in_all
        Wrong guesses of all addresses at once, allowed anew in the same time.
    addresses
        How many are remembered.
    clock
        Gives seconds; a test may give its own.

    Examples
    --------
    >>> guesses = Guesses(2, 60, clock=lambda: 0.0)
    >>> for _ in range(2):
    ...     guesses.note("192.0.2.7")
    >>> guesses.wait("192.0.2.7"), guesses.wait("192.0.2.8")
    (30.0, 0.0)
    """

    def __init__(
        self,
        number: int,
        seconds: float,
        *,
        in_all: int = 1000,
        addresses: int = 4096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._number, self._seconds, self._in_all, self._addresses = number, seconds, in_all, addresses
        self._clock = clock
        self._guard = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._level, self._since = 0.0, 0.0

    def __len__(self) -> int:
        return len(self._levels)

    def wait(self, address: str) -> float:
        """Return for how many seconds an address must wait before its next guess; 0: it may guess now."""
        with self._guard:
            now = self._clock()
            level = self._level_of(network_of(address), now)
            attacked = self._all(now) >= self._in_all
            allowed = 1 if attacked else self._number
            return max(0.0, level - (allowed - 1)) * self._seconds / self._number

    def note(self, address: str) -> None:
        """Count a wrong guess of an address."""
        with self._guard:
            now = self._clock()
            known = network_of(address)
            self._levels[known] = (self._level_of(known, now) + 1, now)
            self._levels.move_to_end(known)
            while len(self._levels) > self._addresses:
                self._levels.popitem(last=False)
            self._level, self._since = self._all(now) + 1, now

    def _level_of(self, known: str, now: float) -> float:
        level, since = self._levels.get(known, (0.0, now))
        return max(0.0, level - (now - since) * self._number / self._seconds)

    def _all(self, now: float) -> float:
        return max(0.0, self._level - (now - self._since) * self._in_all / self._seconds)


def network_of(address: str) -> str:
    """Return what guesses from an address are counted by: of IPv6 the /64, which one person has whole.

    Examples
    --------
    >>> network_of("2001:db8::1:2"), network_of("::ffff:192.0.2.7"), network_of("a socket")
    ('2001:db8::/64', '192.0.2.7', 'a socket')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((int(known), 64), strict=False))
