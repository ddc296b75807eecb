"""The doors that open in a browser: the dashboards (Voilà) and the notebooks in JupyterLab.

Both listen on this machine's loopback only and ask for a token, so that other accounts stay outside.
`dashboards.start` serves the shipped notebooks as pages, `lab.start` opens working copies of them.
"""
