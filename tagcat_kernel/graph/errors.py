"""What can go wrong with the graph, in words for a person: what happened, and what to do."""


class GraphError(Exception):
    """The graph can't do what was asked; the message says why and what to do."""


class GraphDownError(GraphError):
    """No graph answers at the address."""


class GraphLoginError(GraphError):
    """The graph refused the user or the password."""


class GraphBusyError(GraphError):
    """Other writers were in the way for longer than the retries last."""


class NotStorableError(GraphError, ValueError):
    """A name or a value that the graph can't hold, such as a path that is no valid text."""
