"""A runner without a server, for unit tests: it notes what it is asked and answers from a script."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tagcat_kernel.graph.runner import Row, Run

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """One query that a fake was asked: its text, its parameters, whether its transaction may write."""

    text: str
    parameters: dict[str, Any]
    write: bool


class FakeRunner:
    """Stands in for a server: `Graph(FakeRunner(…))` is a graph that answers from a script.

    Parameters
    ----------
    answers
        What the queries return, one after the other: rows, or an exception to be raised. When they are
        used up, no rows.

    Attributes
    ----------
    asked
        Every query that ran, in order.
    transactions
        Of each unit of work, whether it may write.

    Examples
    --------
    >>> from tagcat_kernel.graph.session import Graph
    >>> fake = FakeRunner([{"version": "a token"}])
    >>> Graph(fake).read("version", user="ada")
    [{'version': 'a token'}]
    >>> fake.asked[0].parameters, fake.transactions
    ({'user': 'ada'}, [False])
    """

    place = "a fake without a server"

    def __init__(self, *answers: list[Row] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.transactions: list[bool] = []

    def execute(self, work: Callable[[Run], T], *, write: bool) -> T:
        """Call `work` once with a `Run` that notes and answers."""
        self.transactions.append(write)

        def run(text: str, parameters: dict[str, Any]) -> list[Row]:
            # A copy: the caller may go on changing a list of rows after it was sent.
            self.asked.append(Asked(text, copy.deepcopy(parameters), write))
            answer = self.answers.pop(0) if self.answers else []
            if isinstance(answer, Exception):
                raise answer
            return answer

        return work(run)
