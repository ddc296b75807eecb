"""Stand-alone pictures of a collection: one HTML file each, to keep, to send, to open without TagCat.

`graph_html` draws what the widget `GraphExplorer` draws, by pyvis; `cluster_map_html` draws what
`ClusterMap` draws, by plotly. They take the same rows as the widgets. `write_graph` and
`write_cluster_map` take them from a workbench and write a file.

A file asks nobody for anything: libraries and thumbnails are inside, and its Content-Security-Policy
forbids every request, so that neither a library nor a hostile name could make one. Names are text in it.
"""

from tagcat_kernel.plots.cluster_map import cluster_map_html
from tagcat_kernel.plots.files import write_cluster_map, write_graph
from tagcat_kernel.plots.graph import graph_html
from tagcat_kernel.plots.rows import picture

__all__ = ["cluster_map_html", "graph_html", "picture", "write_cluster_map", "write_graph"]
