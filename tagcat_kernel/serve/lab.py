"""`tagcat lab`: the notebooks in JupyterLab, as copies that a person may change.

The shipped notebooks belong to the installation and stay as they are. Their copies lie in
`TAGCAT_HOME/notebooks` or where the person says. A copy that was changed is never overwritten; one that
was not follows the installation. `.tagcat.json` beside the copies remembers what was put there.
"""

import hashlib
import json
import os
import socket
from pathlib import Path

from tagcat_kernel.home import home, shipped, subfolder, user_name
from tagcat_kernel.serve.dashboards import not_listening

LEDGER = ".tagcat.json"
HOST = "127.0.0.1"
CONFIG = Path(__file__).parent / "jupyter" / "config"


def working_copies(folder: Path | None = None) -> Path:
    """Bring the copies of the notebooks up to date and return their folder.

    Parameters
    ----------
    folder
        Where they lie; made where it is missing. Default: `TAGCAT_HOME/notebooks`.

    Raises
    ------
    OSError
        If the folder can't be made or written.

    Examples
    --------
    >>> (working_copies() / "home.ipynb").is_file()
    True
    """
    folder = subfolder("notebooks") if folder is None else folder.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    ledger = folder / LEDGER
    try:
        known: dict[str, str] = json.loads(ledger.read_text("utf-8"))
    except (OSError, json.JSONDecodeError):
        known = {}  # then every file that is there counts as the person's own
    for source in sorted(shipped("notebooks").glob("*.ipynb")):
        copy, content = folder / source.name, source.read_bytes()
        if copy.exists() and _digest(copy.read_bytes()) != known.get(source.name):
            continue
        copy.write_bytes(content)
        known[source.name] = _digest(content)
    ledger.write_text(json.dumps(known, indent=1), "utf-8")
    return folder


def start(
    folder: Path | None = None, *, port: int = 0, open_browser: bool = True, user: str | None = None
) -> int:
    """Run JupyterLab on working copies of the notebooks until Ctrl-C.

    JupyterLab prints its own address, with its token. It listens on loopback only.

    Parameters
    ----------
    folder
        Where the copies lie; default: `TAGCAT_HOME/notebooks`.
    port
        Where to listen; 0 takes a free port.
    open_browser
        Whether to open the address in the person's browser.
    user
        Whose collection; default: `TAGCAT_USER`, else the system account.

    Returns
    -------
    int
        JupyterLab's exit code; 1 where the port is taken.

    Raises
    ------
    OSError
        If the folder of the copies can't be written.
    """
    # JupyterLab would take another port, and say so in the midst of what else it says.
    try:
        with socket.socket() as trial:
            if os.name == "posix":  # as servers do: a port that was left a moment ago is free
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((HOST, port))
    except OSError as error:
        return not_listening(HOST, port, error)
    copies = working_copies(folder)
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    # The kernels inherit these: a notebook works on the same collection as this command.
    os.environ["TAGCAT_USER"] = user_name(user)
    os.environ["TAGCAT_HOME"] = str(home())
    arguments = [
        f"--ServerApp.root_dir={copies}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.open_browser={open_browser}",
        f"--ServerApp.allow_root={os.name == 'posix' and os.geteuid() == 0}",
        "--ServerApp.answer_yes=True",  # Ctrl-C ends it, as everywhere in tagcat
        "--LabApp.default_url=/lab/tree/home.ipynb",
        *look(),
    ]
    try:
        LabApp.launch_instance(argv=arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def look() -> list[str]:
    """Return the arguments of a JupyterLab that asks nobody for news; the rest is in its environment.

    Examples
    --------
    >>> "--LabApp.news_url=None" in look()
    True
    """
    # Our own page_config.json switches JupyterLab's question about news off.
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(CONFIG), *([known] if known else [])])
    return [
        "--ServerApp.kernel_spec_manager_class=tagcat_kernel.kernels.ThisPython",
        # No news, no look-ups of newer versions: nothing leaves the machine unasked.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
