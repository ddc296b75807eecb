"""Runs a report's notebook in a kernel of its own.

The kernel is the Python that runs TagCat, works on the same collection, and loads what turns tables into
data and widgets into pictures. The first cell that fails ends it: half a report looks like a whole one.
What the outputs must not tell (folders where only names are wanted, the graph's password) is taken out of
every text before anything is written.
"""

import asyncio
import contextlib
import html
import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tagcat_kernel.interrupts import stopping
from tagcat_kernel.reports.errors import ReportError
from tagcat_kernel.reports.options import Options

if TYPE_CHECKING:
    from tagcat_kernel.graph.server import Endpoint

Progress = Callable[[int, int], object]
"""Is told how many cells are done, and of how many."""

_DATA = re.compile(r"(data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+)")

EXTENSIONS = ("tagcat_kernel.reports.capture", "tagcat_widgets.stills")


def execute(
    notebook: Any,
    *,
    user: str,
    endpoint: "Endpoint | None",
    options: Options,
    folder: Path,
    progress: Progress | None = None,
) -> None:
    """Run all cells; the outputs are in `notebook` then.

    Parameters
    ----------
    notebook
        A notebook of nbformat 4, changed in place.
    user
        Whose collection `Workbench()` opens in it.
    endpoint
        The graph's server where it is not the embedded one, else None.
    options
        What it may show.
    folder
        Where it runs: relative paths in it count from there.
    progress
        Told after each cell.

    Raises
    ------
    ReportError
        If a cell fails, or the kernel does.
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after the kernel was ended.
    """
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = 0

    def told(cells: int) -> None:
        nonlocal done
        done += cells
        if progress:
            progress(done, total)

    told(0)
    try:
        _run_cells(notebook, _environment(user, endpoint, options), folder, told)
    except CellExecutionError as error:
        raise ReportError(f"cell {done + 1} of {total} failed: {error.ename}: {error.evalue}") from None
    except DeadKernelError:
        raise ReportError(f"cell {done + 1} of {total} ended its kernel: perhaps memory ran out") from None
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day: no two runs would be equal


def _run_cells(notebook: Any, environment: dict[str, str], folder: Path, told: Callable[[int], None]) -> None:
    """Run the cells in a thread, so that Ctrl-C can end the kernel and be said; `told` hears of each.

    nbclient takes Ctrl-C for itself in the main thread, and leaves a traceback and perhaps a kernel behind.
    """
    import zmq
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    from tagcat_kernel.kernels import OnlyThisPython

    cells: queue.SimpleQueue[int] = queue.SimpleQueue()

    def cell_done(cell: Any, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG001
        cells.put(execute_reply["content"]["status"] == "ok")

    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(
            kernel_spec_manager=OnlyThisPython(),
            transport_encryption="auto"
            if zmq.has("curve")
            else "disabled",  # others may listen on this machine
        ),
        timeout=None,
        store_widget_state=False,
        on_cell_executed=cell_done,
        extra_arguments=[f"--IPKernelApp.extensions={json.dumps(EXTENSIONS)}"],
        resources={"metadata": {"path": str(folder)}},
    )
    stop = threading.Event()

    async def run() -> None:
        task = asyncio.ensure_future(
            client.async_execute(env=environment, cleanup_kc=True)
        )  # ours, so say it
        while not (await asyncio.wait([task], timeout=0.1))[0]:
            if stop.is_set() and not task.cancelling():
                client.shutdown_kernel = "immediate"
                task.cancel()
        await task

    with stopping() as stopped, ThreadPoolExecutor(1, "report") as thread:
        running = thread.submit(lambda: asyncio.run(run()))
        try:
            while not running.done() or not cells.empty():
                with contextlib.suppress(queue.Empty):
                    told(cells.get(timeout=0.1))
                if stopped():
                    stop.set()
        finally:
            stop.set()
        if stopped():
            raise KeyboardInterrupt
        running.result()


def _environment(user: str, endpoint: "Endpoint | None", options: Options) -> dict[str, str]:
    from tagcat_kernel.kernels import surroundings

    environment = surroundings() | {"TAGCAT_USER": user, "PYTHONHASHSEED": "0"} | options.to_environment()
    environment["QUERY_STRING"] = ""  # of a page that is open on another's collection
    environment["PLOTLY_RENDERER"] = "notebook"  # with its own copy of plotly.js, for a page without network
    if endpoint is not None:
        environment |= {
            "TAGCAT_GRAPH_URI": endpoint.uri,
            "TAGCAT_GRAPH_USER": endpoint.user,
            "TAGCAT_GRAPH_PASSWORD": endpoint.password,
            "TAGCAT_GRAPH_DATABASE": endpoint.database,
        }
    return environment


_SECRET = re.compile(r"PASSW|SECRET|TOKEN|CREDENTIAL|(?:ACCESS|API|JWT|PRIVATE)_?KEY", re.IGNORECASE)


def secret_values(environment: Mapping[str, str]) -> set[str]:
    """Return what the environment holds under names of secrets, whoever's: a cell may have printed all of it.

    Examples
    --------
    >>> secret_values({"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "LANG": "C.UTF-8", "MY_TOKEN": "on"})
    {'wJalrXUtnFEMI'}
    """
    # A short one is a switch, not a secret, and would be stars in the middle of words.
    return {value for name, value in environment.items() if len(value) >= 8 and _SECRET.search(name)}


def take_out(notebook: Any, secrets: Iterable[str], folders: Iterable[str]) -> None:
    """Take secrets and folders out of every text of the outputs, however they are written there.

    Parameters
    ----------
    notebook
        Changed in place.
    secrets
        Become eight stars.
    folders
        Become nothing, together with the separator behind them: a path is then its name alone.
    """
    words = [(re.compile(_any_form(word)), "********") for word in secrets if word]
    for folder in sorted(folders, key=len, reverse=True):
        bare = folder.rstrip(os.sep)
        if bare:  # the end of a tag, such as </a>, is no folder
            ends = r"(?:/|\\u002[fF]|(?![\w/-]))"
            words.append((re.compile(rf"(?<!<)(?<!\\u003c){_any_form(bare)}{ends}"), ""))
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for kind, data in output.get("data", {}).items():
                if not kind.startswith("image/") or kind == "image/svg+xml":
                    output["data"][kind] = _clean(data, words)
            for part in ("text", "evalue", "traceback"):
                if part in output:
                    output[part] = _clean(output[part], words)


def _clean(node: Any, words: list[tuple[re.Pattern[str], str]]) -> Any:
    """Return a part of an output with the words replaced in all its texts."""
    if isinstance(node, str):
        parts = _DATA.split(node)
        for number in range(0, len(parts), 2):  # between them stand pictures, whose letters mean nothing
            for word, instead in words:
                parts[number] = word.sub(instead, parts[number])
        return "".join(parts)
    if isinstance(node, dict):
        return {key: _clean(part, words) for key, part in node.items()}
    return [_clean(part, words) for part in node] if isinstance(node, list) else node


def _any_form(word: str) -> str:
    """Return a pattern of a text as it is written plainly, in HTML, in JSON, in an address, and in a script.

    Plotly writes JSON that no page can take for its own end: <, > and / by their numbers, others & too.
    """
    forms = [word, html.escape(word), html.escape(word, quote=False), repr(word)[1:-1]]
    forms += [json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]]
    with contextlib.suppress(UnicodeEncodeError):  # a name that is no text is never an address
        forms.append(quote(word))
    for signs in ("[<>/]", "[<>/&]"):
        forms += [re.sub(signs, lambda found: f"\\u{ord(found[0]):04x}", form) for form in forms]
    return f"(?:{'|'.join(map(re.escape, dict.fromkeys(forms)))})"
