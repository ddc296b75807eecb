"""TagCat under JupyterHub: a server of his own for each person who writes code, and his own graph only.

`spawner.OwnServer` is what the hub starts for a person, as that person's account of the machine;
`credentials` hands him his account of the graph and nobody else's; `person` is the server itself: what
`tagcat lab` shows, behind the hub's sign-in. deploy/jupyterhub/ holds the hub's configuration.
"""
