"""Commands that show a collection in a browser: dashboards and notebooks."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tagcat_kernel.cli._app import (
    Browser,
    Port,
    User,
    app,
    choose_user,
    clear_errors,
    named,
    open_workbench,
    with_limits,
)
from tagcat_kernel.cli._printing import found, name_failures, told
from tagcat_kernel.walk import printable

if TYPE_CHECKING:
    from tagcat_kernel.ingest import IngestReport

Waiting = Annotated[
    int,
    typer.Option(
        "--waiting", min=0, max=64, help="Kernels kept ready for visitors; 35 MB each on Linux, else 130."
    ),
]


@app.command()
@with_limits
def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="What to read first; none: the demonstration collection.", callback=named),
    ] = None,
    user: User = None,
    port: Port = 0,
    browser: Browser = True,
    waiting: Waiting = 1,
) -> None:
    """Read a folder (or the demonstration collection), then serve the dashboards."""
    if not paths:
        from tagcat_kernel.demo import demonstration

        with clear_errors():
            paths = [str(demonstration())]
    with open_workbench(user) as workbench:
        report = workbench.ingest(*paths, progress=sys.stderr.isatty())
        name_failures(report)
        if _all_failed(paths, report):
            print("tagcat: nothing was read; `tagcat serve` shows the collection as it is", file=sys.stderr)
            raise typer.Exit(1)
        if report.cancelled:
            print(told(report))
            raise typer.Exit(1)
        print(found(workbench.counts()), flush=True)
    _serve(user, port, browser, waiting)


@app.command()
def serve(
    *,
    user: User = None,
    port: Port = 0,
    browser: Browser = False,
    waiting: Waiting = 1,
    team: Annotated[bool, typer.Option("--team", help="For many people, who sign in.")] = False,
    ip: Annotated[
        str | None, typer.Option("--ip", help="--team: where to listen (default: 127.0.0.1).")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="--team: believe X-Forwarded- headers of a reverse proxy.")
    ] = False,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="--team: PEM file, for HTTPS without a proxy.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="--team: PEM file of its private key.")] = None,
    sign_up: Annotated[
        bool, typer.Option("--sign-up", help="--team: strangers may ask for a place.")
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="--team: a name that members reach it by; may come several times."),
    ] = None,
) -> None:
    """Serve the dashboards until Ctrl-C: to you on this machine, or with --team to many people."""
    only_team = {
        "--ip": ip is not None,
        "--behind-proxy": behind_proxy,
        "--certificate": certificate is not None,
        "--key": key is not None,
        "--sign-up": sign_up,
        "--host": bool(host),
    }
    if not team:
        if wrong := [name for name, given in only_team.items() if given]:
            raise typer.BadParameter(f"{wrong[0]} is for --team; without it the pages are for this machine")
        with open_workbench(user) as workbench:
            print(found(workbench.counts()), flush=True)
        _serve(user, port, browser, waiting)
    if user is not None or browser:
        raise typer.BadParameter("--team serves everyone's collections: no --user, no --browser")
    if key is not None and certificate is None:
        raise typer.BadParameter("--key belongs to a --certificate")
    from tagcat_kernel.serve.team.start import start

    with clear_errors():
        code = start(
            ip=ip or "127.0.0.1",
            port=port,
            behind_proxy=behind_proxy,
            certificate=certificate,
            key=key,
            sign_up=sign_up,
            hosts=host or (),
            waiting=waiting,
        )
    raise typer.Exit(code)


@app.command()
def lab(
    folder: Annotated[
        Path | None, typer.Argument(help="Where your copies of the notebooks lie (default: TAGCAT_HOME).")
    ] = None,
    user: User = None,
    port: Port = 0,
    browser: Browser = True,
) -> None:
    """Open the notebooks in JupyterLab, as copies that you may change."""
    from tagcat_kernel.serve import lab as serve_lab

    choose_user(user)
    with clear_errors():
        code = serve_lab.start(folder, port=port, open_browser=browser and _has_display())
    raise typer.Exit(code)


def _all_failed(paths: list[str], report: "IngestReport") -> bool:
    """Say whether each of the paths that a person gave is itself a failure: not there, say, or damaged."""
    failed = {failure.path for failure in report.failed}
    named = [os.path.abspath(os.path.expanduser(path)) for path in paths]  # noqa: PTH100, PTH111 - as the walk
    return all(printable(path) in failed for path in named)


def _serve(user: str | None, port: int, browser: bool, waiting: int) -> None:
    from tagcat_kernel.serve import dashboards

    choose_user(user)
    raise typer.Exit(dashboards.start(port=port, open_browser=browser and _has_display(), waiting=waiting))


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
