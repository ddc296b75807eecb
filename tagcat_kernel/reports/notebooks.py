"""The notebook of a report: which file it is, and the values that a person gives it.

A notebook says what it can be given in a cell with the tag `parameters`: plain assignments, each of which
is the default. Values of the person go into a cell of their own right behind it, tagged
`injected-parameters`, as papermill does it; so the executed notebook shows both. A name that the notebook
does not know is an error, not a value that nobody reads, and so is a value of another kind than its default.
"""

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat

from tagcat_kernel.home import shipped
from tagcat_kernel.reports.errors import ReportError, WrongUseError

PARAMETERS = "parameters"
INJECTED = "injected-parameters"


def find_notebook(notebook: str | os.PathLike[str]) -> Path:
    """Return the file of a notebook, given by its path or by the name of one that came with TagCat.

    Raises
    ------
    ReportError
        If there is none; the message lists the names.

    Examples
    --------
    >>> find_notebook("collection").name
    'collection.ipynb'
    """
    given = os.fspath(notebook)
    ours = {path.stem: path for path in shipped_notebooks()}
    if given in ours:
        return ours[given]
    path = Path(given).expanduser()
    if path.is_file():
        return path.resolve()
    raise WrongUseError(f"there is no notebook {given!r}: give a path, or one of {', '.join(ours)}")


def shipped_notebooks() -> list[Path]:
    """Return the notebooks that came with TagCat: those made as reports first, then the pages."""
    folder = shipped("notebooks")
    return [*sorted((folder / "reports").glob("*.ipynb")), *sorted(folder.glob("*.ipynb"))]


def read_notebook(path: Path) -> Any:
    """Return a notebook without outputs and without values of an earlier run.

    Raises
    ------
    ReportError
        If it is no notebook, or none of Python.
    """
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except Exception as error:  # nbformat looks for its parts in whatever JSON it is given
        raise ReportError(f"{path}: no notebook that Jupyter can read: {str(error)[:200]}") from error
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise ReportError(f"{path}: a notebook in {language}; reports run Python")
    notebook.cells = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    return notebook


def digest_of(notebook: Any) -> str:
    """Return the SHA-256 of what a notebook runs and says: its cells' kinds and sources, in order.

    Examples
    --------
    >>> digest_of(nbformat.v4.new_notebook())[:12]
    '4f53cda18c2b'
    """
    told = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def parameters_of(notebook: Any) -> dict[str, str]:
    """Return the names that a notebook can be given, each with its default as it is written.

    Examples
    --------
    >>> cell = nbformat.v4.new_code_cell("clusters = 8  # how many", metadata={"tags": ["parameters"]})
    >>> parameters_of(nbformat.v4.new_notebook(cells=[cell]))
    {'clusters': '8'}
    """
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and PARAMETERS in cell.metadata.get("tags", []):
            for line in ast.parse(cell.source).body:
                targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
                value = getattr(line, "value", None)
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                found.update((name, ast.unparse(value) if value else "") for name in names)
    return found


def parse_values(told: Iterable[str], defaults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the values of `name=value` lines: a Python literal where it is one, else text.

    Parameters
    ----------
    told
        The lines.
    defaults
        Those of the notebook, as `parameters_of` gives them: where one is text, the value is text too, as
        it stands.

    Raises
    ------
    ReportError
        If a line has no name.

    Examples
    --------
    >>> parse_values(["clusters=12", "title=The blue album", "marks=['a', 'b']", "most=None"])
    {'clusters': 12, 'title': 'The blue album', 'marks': ['a', 'b'], 'most': None}
    >>> parse_values(["title=1e3"], {"title": "'Album'"})
    {'title': '1e3'}
    """
    values: dict[str, Any] = {}
    for line in told:
        name, equals, text = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise WrongUseError(f"{line!r} is no parameter: write name=value")
        name = name.strip()
        value = _literal(text.strip(), text)
        is_text = isinstance(_literal((defaults or {}).get(name, "")), str)
        values[name] = text if is_text and not isinstance(value, str) else value
    return values


def fit(values: Mapping[str, Any], defaults: Mapping[str, str]) -> dict[str, Any]:
    """Return the values, each of the kind of its default: the text "3" for a number is 3.

    A default of None, or one that is computed, says nothing of a kind, and any value fits.

    Raises
    ------
    ReportError
        If one does not fit.

    Examples
    --------
    >>> fit({"clusters": "3", "share": 1}, {"clusters": "8", "share": "0.5"})
    {'clusters': 3, 'share': 1.0}
    """
    return {name: _fitting(name, value, _literal(defaults.get(name, ""))) for name, value in values.items()}


def _literal(text: str, otherwise: Any = None) -> Any:
    """Return what text says as a Python literal, else `otherwise`."""
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return otherwise


_KINDS: dict[type, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
    dict: "a mapping",
}
"""What a parameter is, in words, by the type of its default."""


def _fitting(name: str, value: Any, default: Any) -> Any:
    kind = type(default)
    if kind not in _KINDS or type(value) is kind:
        return value
    read = _literal(value.strip(), value) if isinstance(value, str) else value
    if kind is str and isinstance(value, bool | int | float):
        return str(value)
    if kind is float and type(read) is int:
        return float(read)
    if kind in (list, tuple) and isinstance(read, list | tuple):
        return kind(read)
    if kind is bool and isinstance(read, str) and read.casefold() in ("true", "false"):
        return read.casefold() == "true"
    if type(read) is kind:
        return read
    raise WrongUseError(f"parameter {name!r} is {_KINDS[kind]}, as its default {default!r} is, not {value!r}")


def give(notebook: Any, values: Mapping[str, Any]) -> None:
    """Put a cell with the values behind the notebook's own parameters.

    Raises
    ------
    ReportError
        If the notebook does not know a name, or a value is more than a literal.
    """
    known = parameters_of(notebook)
    for name, value in values.items():
        if name not in known:
            can = f"it can be given {', '.join(known)}" if known else "it takes no parameters"
            raise WrongUseError(f"the notebook has no parameter {name!r}: {can}")
        try:
            equal = ast.literal_eval(repr(value)) == value
        except (ValueError, SyntaxError):
            equal = False
        if not equal:
            raise WrongUseError(f"parameter {name!r} is no plain value: give numbers, text, lists, None")
    if not values:
        return
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    cell = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
        "\n".join(lines), metadata={"tags": [INJECTED]}
    )
    cell.id = INJECTED
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    notebook.cells.insert(next(i for i, tag in enumerate(tags) if PARAMETERS in tag) + 1, cell)
