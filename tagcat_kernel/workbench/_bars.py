"""The progress bar of the verbs that take long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tagcat_kernel.walk import harmless

Show = Callable[[int, int, str], None]
"""Is told how much is done, of how much, and a word on what it is at."""


@contextmanager
def progress_bar(unit: str, *, shown: bool) -> Iterator[Show]:
    """Show a bar, in a notebook or on a terminal, and yield what moves it.

    Parameters
    ----------
    unit
        What is counted.
    shown
        Whether there is one at all.

    Examples
    --------
    >>> with progress_bar("file", shown=False) as show:
    ...     show(1, 2, "cat.jpg")
    """
    from tqdm.auto import tqdm

    with tqdm(unit=unit, disable=not shown, dynamic_ncols=True) as bar:

        def show(done: int, total: int, line: str) -> None:
            bar.total = total
            bar.set_postfix_str(harmless(line[-40:]), refresh=False)
            bar.update(done - bar.n)

        yield show
