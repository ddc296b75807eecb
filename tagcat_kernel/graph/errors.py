"""What can go wrong with the graph, in words for a person: what happened, and what to do."""


class GraphError(Exception):
    """The graph can't do what was asked; the message says why and what to do."""


class GraphDownError(GraphError):
    """No graph answers at the address."""


class GraphLoginError(GraphError):
    """The graph refused the user or the password."""


class GraphVersionError(GraphError):
    """The server, its data or its schema is of a version that this program can't work with."""


class NoDatabaseError(GraphError):
    """The server has no database of that name."""


class GraphBusyError(GraphError):
    """Other writers were in the way for longer than the retries last."""


class TornReadError(GraphBusyError):
    """Another writer deleted what was being read, again and again; a runner reads once more by itself."""


class GraphFullError(GraphError):
    """The disk has no room for what should be written; what was acknowledged before is kept."""


class GraphTimeoutError(GraphError):
    """The answer took longer than the caller would wait."""


class GraphDataError(GraphError):
    """A file of the graph's data, or a backup of it, is damaged, missing or not ours; it was not touched."""


class NotStorableError(GraphError, ValueError):
    """A name or a value that the graph can't hold, such as a path that is no valid text."""


class SettingsChangedError(GraphError):
    """The user's settings became others while work for the old ones ran: do it again with the new ones."""


class NotSharedError(GraphError):
    """A collection is not shared with who asks, or not for what was tried; nothing was changed."""


class GraphWarning(UserWarning):
    """The server did what was asked and has a remark on it, such as a function that will go away."""
