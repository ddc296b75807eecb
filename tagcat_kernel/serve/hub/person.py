"""The server of one person under JupyterHub: what `tagcat lab` shows, behind the hub's sign-in.

`python -m tagcat_kernel.serve.hub.person` is what the hub starts. It brings the copies of the notebooks
up to date and becomes JupyterHub's single-user server, which lets in the person that it belongs to and
nobody else. Two doors are shut that a machine of many people must not leave open: Voilà as an extension
of a Jupyter server gives its files to everybody without asking, and a kernel tells all that it shows to
whoever listens on its port, unless the two speak encrypted.
"""

import sys

import zmq

from tagcat_kernel.serve.lab import look, working_copies


def arguments(given: list[str]) -> list[str]:
    """Return the command line of the single-user server.

    Examples
    --------
    >>> "--ServerApp.port=9" in arguments(["--ServerApp.port=9"])
    True
    """
    shut = ["--ServerApp.jpserver_extensions={'voila.server_extension': False}"]
    if zmq.has("curve"):
        shut.append("--KernelManager.transport_encryption=auto")
    return [f"--ServerApp.root_dir={working_copies()}", *look(), *shut, *given]


def main() -> None:
    """Serve until the hub says stop."""
    from jupyterhub.singleuser import main as serve

    sys.argv[1:] = arguments(sys.argv[1:])
    serve()


if __name__ == "__main__":
    main()
