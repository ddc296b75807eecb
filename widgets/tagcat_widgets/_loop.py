"""The kernel's event loop, for work that is done in threads: what it found is told on the loop.

Widgets may be changed and may send only where the kernel's messages are handled. A script has no event loop;
there everything happens in the thread itself.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, None where there is none.

    Examples
    --------
    >>> running_loop() is None
    True
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def tell(loop: asyncio.AbstractEventLoop | None, call: Callable[..., object], *arguments: Any) -> None:
    """Call on an event loop from any thread; at once where there is none.

    Examples
    --------
    >>> tell(None, print, "told")
    told
    """
    if loop is None:
        call(*arguments)
    else:
        with contextlib.suppress(RuntimeError):  # the kernel is going down: nobody is left to hear
            loop.call_soon_threadsafe(call, *arguments)
