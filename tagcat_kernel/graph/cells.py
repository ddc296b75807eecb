"""A query that a person writes in a notebook: read-only unless they say otherwise.

Neo4j refuses to write in a transaction that was opened for reading; the embedded engine takes no notice of
that. So a reading cell is held back three times. Its text is looked through first, outside of texts in
quotes and comments, for a word that writes and for a procedure that is not known to read. Then it runs in
a transaction for reading, and the engine's own account of it must not say that it wrote. And whatever it
did is rolled back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagcat_kernel.graph.drivers import remarks
from tagcat_kernel.graph.errors import GraphError
from tagcat_kernel.graph.runner import BoltRunner

if TYPE_CHECKING:
    from neo4j import ManagedTransaction

WRITING = re.compile(
    r"\b(CREATE|MERGE|SET|DELETE|DETACH|REMOVE|DROP|FOREACH|LOAD|ALTER|RENAME|GRANT|REVOKE|DENY|START|STOP"
    r"|TERMINATE|INSERT|FINISH)\b",
    re.IGNORECASE,
)
PROCEDURE = re.compile(r"\bCALL\s+([\w.]+(?:\s*\.\s*\w+)*)", re.IGNORECASE)
READING = (
    *("db.labels", "db.relationshiptypes", "db.propertykeys", "db.schema.", "dbms.components", "db.info"),
    *("apoc.meta.", "apoc.path.", "apoc.algo.", "apoc.neighbors.", "apoc.help"),
)
"""Beginnings of the names of procedures that only read."""
ASIDE = re.compile(r"""/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`""", re.DOTALL)
"""What holds words that do nothing: comments, texts in quotes, names in backticks."""
NAME = re.compile(r"[.:$|&!]\s*\w+|\b\w+(?=\s*:)")
"""Where a word is a name: `n.set`, `:Start`, `[:SET|MATCH]`, `$load`, `{start: 1}`."""
PARAMETER = re.compile(rf"\$(?:(\w+)|`((?:``|[^`])+)`)|{ASIDE.pattern}", re.DOTALL)


class CellError(GraphError):
    """A cell asks for what a cell may not do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a cell returned: the driver's values by row, and how many things of each kind it changed."""

    columns: list[str]
    rows: list[list[Any]]
    data: list[dict[str, Any]]
    changes: dict[str, int]
    remarks: list[str] = field(default_factory=list)


def parameters_in(text: str) -> list[str]:
    """Return the names of the parameters that a query takes, each once.

    Examples
    --------
    >>> parameters_in("MATCH (n {key: $key}) WHERE n.user = $user AND n.a <> '$no' RETURN $key // $not")
    ['key', 'user']
    """
    names = [plain or quoted.replace("``", "`") for plain, quoted in PARAMETER.findall(text)]
    return list(dict.fromkeys(name for name in names if name))


def writing_word(text: str) -> str | None:
    """Return the first word of a query that may write, None where it only reads.

    Examples
    --------
    >>> writing_word("MATCH (n) SET n.a = 1"), writing_word("MATCH (n) WHERE n.a = 'SET' RETURN n.set")
    ('SET', None)
    >>> writing_word("CALL apoc.create.node([], {})")
    'CALL apoc.create.node'
    """
    bare = ASIDE.sub(" x ", text)
    if found := WRITING.search(NAME.sub(" x ", bare)):
        return found[1].upper()
    for name in PROCEDURE.findall(bare):
        called = re.sub(r"\s", "", name)
        if "." in called and not called.lower().startswith(READING):
            return f"CALL {called}"
    return None


class _ReadError(Exception):
    """Carries the answer of a reading cell out of its transaction, which is rolled back by it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def run_cell(runner: BoltRunner, text: str, parameters: Mapping[str, Any], *, write: bool = False) -> Answer:
    """Run a person's own query.

    Parameters
    ----------
    runner
        Where; its limit of seconds holds.
    text
        The query.
    parameters
        Values of its parameters.
    write
        Whether it may change the graph.

    Raises
    ------
    CellError
        If it would write and may not; nothing is changed then.
    GraphError
        If the graph can't answer.

    Examples
    --------
    >>> run_cell(None, "MATCH (n) DETACH DELETE n", {})
    Traceback (most recent call last):
    tagcat_kernel.graph.cells.CellError: this would write (DETACH), and a cell only reads: begin it with \
%%cypher --write if you mean it
    """
    word = writing_word(text)
    if word and not write:
        raise _refusal(word)

    def work(transaction: "ManagedTransaction") -> Answer:
        result = transaction.run(text, dict(parameters))
        columns = list(result.keys())
        records = list(result)
        summary = result.consume()
        counters = summary.counters
        changes = {
            name.removeprefix("_"): value
            for name, value in vars(counters).items()
            if isinstance(value, int) and not isinstance(value, bool) and value
        }
        answer = Answer(
            columns,
            [list(record.values()) for record in records],
            [record.data() for record in records],
            changes,
            remarks(summary),
        )
        if write:
            return answer
        # The embedded engine calls every EXPLAIN and PROFILE a writing query.
        told = re.match(r"\s*(EXPLAIN|PROFILE)\b", ASIDE.sub(" ", text), re.IGNORECASE)
        if changes or (summary.query_type not in (None, "r") and not told):
            raise _refusal(f"type {summary.query_type!r}")
        raise _ReadError(answer)

    try:
        return runner.transact(work, write=write)
    except _ReadError as read:
        return read.answer


def _refusal(word: str) -> CellError:
    return CellError(
        f"this would write ({word}), and a cell only reads: begin it with %%cypher --write if you mean it"
    )
