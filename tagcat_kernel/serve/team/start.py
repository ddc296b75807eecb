"""`tagcat serve --team`: runs the team's dashboards until Ctrl-C.

As with one person's, what the server has to say goes to `TAGCAT_HOME/dashboards.log` and the terminal gets
one line, the address, once it answers. Nothing secret stands in it: members bring their own tokens.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tagcat_kernel.home import home, shipped, subfolder
from tagcat_kernel.serve.dashboards import logging_to, run
from tagcat_kernel.serve.team.place import PlaceError, check_place, encryption, name_of

GRAPH_SECONDS = 30.0
"""How long the door waits for a graph that says nothing; an embedded one may have to be started first."""


def start(
    *,
    ip: str = "127.0.0.1",
    port: int = 0,
    behind_proxy: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
    sign_up: bool = False,
    hosts: Sequence[str] = (),
    waiting: int = 1,
) -> int:
    """Serve the dashboards to a team until Ctrl-C, SIGTERM or SIGHUP.

    Prints the address on a line of its own once it answers. Members choose files of this machine below
    `TAGCAT_MEDIA_ROOT`; where it is not set, below an empty folder of `TAGCAT_HOME`, and not below the home
    folder of the account that runs the server. Labelling models that use the net are off, unless
    `TAGCAT_ONLINE_MODELS` names them.

    Parameters
    ----------
    ip
        Where to listen. Beyond loopback only with a certificate or behind a proxy.
    port
        Where to listen; 0 takes a free port.
    behind_proxy
        Whether a reverse proxy stands before it, whose `X-Forwarded-` headers are true.
    certificate, key
        PEM files, for HTTPS without a proxy.
    sign_up
        Whether strangers may ask for a place.
    hosts
        The names that members reach it by; requests for others are refused. None: any, beyond loopback.
    waiting
        Kernels that wait for visitors; each takes about 35 MB until one comes where it
        is forked (on Linux), 130 MB elsewhere.

    Returns
    -------
    int
        The exit code of the command: 0 after an orderly end, 1 where the port is taken, 2 where the server
        may not listen.

    Raises
    ------
    FileNotFoundError
        If the installation came without its notebooks.
    ValueError
        If `TAGCAT_ONLINE_MODELS` names something else.
    """
    try:
        check_place(ip, behind_proxy=behind_proxy, certificate=certificate)
        tls = encryption(certificate, key) if certificate else None
        hosts = tuple(name_of(host) for host in hosts)
    except PlaceError as error:
        print(f"tagcat: {error}", file=sys.stderr)  # noqa: T201
        return 2

    from tagcat_kernel import online
    from tagcat_kernel.graph.session import connect
    from tagcat_kernel.serve.team.server import Doors, TeamDashboards, team_settings
    from tagcat_kernel.team.door import Door
    from tagcat_kernel.team.tokens import verifier

    online.check(os.environ.setdefault(online.VARIABLE, ""))
    genuine = verifier()
    doors = Doors(
        ip=ip, port=port, behind_proxy=behind_proxy, encryption=tls, sign_up=sign_up, hosts=tuple(hosts)
    )
    log = home() / "dashboards.log"
    # The kernels inherit these. Whose a kernel is, each is told for itself.
    os.environ["TAGCAT_HOME"] = str(home())
    os.environ.pop("TAGCAT_USER", None)
    os.environ.setdefault("TAGCAT_MEDIA_ROOT", str(subfolder("media")))
    graph = connect(seconds=GRAPH_SECONDS)
    with logging_to(log):
        server = TeamDashboards.instance(
            config=team_settings(shipped("notebooks"), doors, log=log, waiting=waiting)
        )
        server.door, server.doors = Door(graph, genuine), doors
        server.end_of = lambda token: genuine.claims(token).expires
        server.on_ready = lambda address: print(address, flush=True)  # noqa: T201
        return run(server, ip, port)
