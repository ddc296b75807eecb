"""The `%%cypher` cell: options, parameters from the notebook, the answer as a table or a picture.

Whatever goes wrong is shown as one line, without a traceback: IPython does so with a `UsageError`.
"""

import datetime
import os
import uuid
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from tagcat_kernel.cells.picture import GraphPicture, picture_of
from tagcat_kernel.graph.cells import Answer, parameters_in, run_cell
from tagcat_kernel.graph.errors import GraphError, GraphWarning
from tagcat_kernel.home import user_name
from tagcat_kernel.walk import harmless

if TYPE_CHECKING:
    import pandas as pd

SECONDS = 120.0
LARGEST = 2**63
"""Integers of the graph have 64 bits, one of them the sign."""


@magics_class
class CypherMagics(Magics):
    """Adds `%%cypher` to a notebook; `%load_ext tagcat_kernel` registers it."""

    @magic_arguments()
    @argument("--write", action="store_true", help="Let this cell change the graph.")
    @argument("--graph", action="store_true", help="Show nodes and relationships as a picture.")
    @argument("--to", metavar="NAME", help="Give the answer to a variable instead of showing it.")
    @argument("--seconds", type=float, default=SECONDS, help="How long it may take (default: 120).")
    @cell_magic
    def cypher(self, line: str, cell: str) -> "pd.DataFrame | GraphPicture | None":
        """Ask the graph; `$name` in the query is the notebook's variable of that name."""
        options = parse_argstring(self.cypher, line)
        if options.to and not options.to.isidentifier():
            raise UsageError(f"--to {options.to!a}: this can't be a variable's name")
        if not options.seconds > 0:
            raise UsageError("--seconds must be more than 0")
        variables = self.shell.user_ns if self.shell is not None else {}
        try:
            parameters = _parameters(cell, variables)
            answer = _ask(cell, parameters, write=options.write, seconds=options.seconds)
        except (GraphError, ValueError) as error:
            raise UsageError(harmless(str(error))) from None
        for remark in answer.remarks:
            warnings.warn(remark, GraphWarning, stacklevel=2)
        if answer.changes:
            print("changed: " + ", ".join(f"{name} {number}" for name, number in answer.changes.items()))  # noqa: T201
        shown = picture_of(answer.rows) if options.graph else _table(answer)
        if isinstance(shown, GraphPicture) and not shown.dots:
            raise UsageError("--graph: the answer has no nodes; RETURN nodes, relationships or paths")
        if options.to:
            variables[options.to] = shown
            return None
        return shown if options.graph or answer.columns else None


def _ask(text: str, parameters: Mapping[str, Any], *, write: bool, seconds: float) -> Answer:
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.runner import BoltRunner

    graph = connect(seconds=seconds)
    assert isinstance(graph.runner, BoltRunner)  # noqa: S101 - `connect` makes no other
    answer = run_cell(graph.runner, text, parameters, write=write)
    if write:
        # What processes remember of this user's hashes may be void now.
        user = parameters.get("user", user_name())
        graph.write("set_version", user=user, version=str(uuid.uuid4()))
    return answer


def _parameters(text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in parameters_in(text):
        if name in variables:
            found[name] = _plain(variables[name], name)
        elif name == "user":
            found[name] = user_name()
        else:
            raise UsageError(f"${name}: the notebook has no variable {name!r}")
    return found


def _plain(value: Any, name: str) -> Any:
    """Return a notebook's value as the graph takes it: numpy and pandas become Python's own."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a DataFrame: one map a row
        value = value.to_dict("records")
    elif hasattr(value, "tolist"):  # numpy's arrays and numbers, pandas' columns
        value = value.tolist()
    plain: Any
    if value is None or isinstance(value, (bool, float, str, datetime.date, datetime.time)):
        plain = value
    elif isinstance(value, int):
        if not -LARGEST <= value < LARGEST:
            raise UsageError(f"${name}: {value} has more than 64 bits; a hash is text: f'{{value:064b}}'")
        plain = int(value)
    elif isinstance(value, os.PathLike):
        plain = os.fspath(value)
    elif isinstance(value, dict):
        plain = {str(key): _plain(one, name) for key, one in value.items()}
    elif isinstance(value, (list, tuple, set, frozenset)):
        plain = [_plain(one, name) for one in value]
    else:
        raise UsageError(
            f"${name} is of type {type(value).__name__}: a parameter is text, a number, true or false, "
            "a list, a map or a table"
        )
    return plain


def _table(answer: Answer) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(answer.data, columns=answer.columns)
