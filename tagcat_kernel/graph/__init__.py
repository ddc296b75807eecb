"""TagCat's memory: the embedded server, sessions, the catalogue of queries, and a user's collection."""

from tagcat_kernel.graph.session import Graph, GraphError, connect

__all__ = ["Graph", "GraphError", "connect"]
