"""JupyterHub for analysts who write code on one machine: each has a server of his own with TagCat in it.

    pip install 'tagcat[hub]'
    npm ci --prefix deploy/jupyterhub     # the hub's proxy, at a version that was tried
    groupadd --force tagcat && usermod --append --groups tagcat ada
    jupyterhub --config deploy/jupyterhub/jupyterhub_config.py     # as root, as systemd would start it

People are accounts of the machine; who is in the group `tagcat` may sign in, with his password there
(PAM). A server runs as the person's account. The hub listens on loopback: put a reverse proxy with TLS in
front of it. docs/deployment.md tells the rest, and what this can't keep apart.

| variable | means | default |
|---|---|---|
| TAGCAT_HUB_GRAPHS | file (0600, the hub's) of everyone's accounts of a Neo4j | embedded graphs |
| TAGCAT_HUB_GROUP | who may sign in | tagcat |
| TAGCAT_HUB_HOME | where the hub remembers servers and cookies | /var/lib/tagcat-hub |
| TAGCAT_HUB_ADDRESS | where people's browsers reach it | http://127.0.0.1:8000 |
"""

import os
import secrets
from pathlib import Path
from typing import Any

from tagcat_kernel.serve.hub.spawner import OwnServer

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("TAGCAT_HUB_HOME", "/var/lib/tagcat-hub"))
HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
PROXY = HERE / "node_modules" / ".bin" / "configurable-http-proxy"

c: Any = get_config()  # noqa: F821 - JupyterHub puts it there

c.JupyterHub.bind_url = os.environ.get("TAGCAT_HUB_ADDRESS", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{HOME / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(HOME / "cookie-secret")
# The proxy's token reaches it in its environment, which only root reads.
c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
c.ConfigurableHTTPProxy.pid_file = str(HOME / "proxy.pid")
if PROXY.exists():
    c.ConfigurableHTTPProxy.command = [str(PROXY)]

c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {os.environ.get("TAGCAT_HUB_GROUP", "tagcat")}
c.PAMAuthenticator.admin_users = set()  # nobody starts, sees or enters another's server

c.JupyterHub.spawner_class = OwnServer
c.OwnServer.graphs = os.environ.get("TAGCAT_HUB_GRAPHS", "")
c.Spawner.default_url = "/lab/tree/home.ipynb"
c.Spawner.start_timeout = 120  # the first start after an upgrade compiles every module
c.Spawner.http_timeout = 120
