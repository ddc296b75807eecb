"""The one object that a notebook holds: a user's collection, and every verb that works on it.

A Workbench connects to the graph when it is first asked something, never before, and holds no copy of
the collection: two notebooks, a dashboard and a command see the same. Tables come back as pandas
DataFrames. Their `key` columns name items; those keys are what the other verbs take.

Its verbs lie in one module a concern, each a class over `Base`; this one puts them together.
"""

from tagcat_kernel.workbench._alike import Alike
from tagcat_kernel.workbench._archive import Archives
from tagcat_kernel.workbench._clusters import Clusters
from tagcat_kernel.workbench._contents import Contents
from tagcat_kernel.workbench._hand import Hand
from tagcat_kernel.workbench._intake import Intake
from tagcat_kernel.workbench._labels import Labels
from tagcat_kernel.workbench._reports import Reports
from tagcat_kernel.workbench._settings import Settings
from tagcat_kernel.workbench._sharing import Sharing

__all__ = ["Workbench"]


class Workbench(Intake, Contents, Alike, Clusters, Hand, Labels, Settings, Archives, Reports, Sharing):
    """A user's collection, ready to work with; also a context manager.

    Parameters
    ----------
    user
        Who works, in a collection of his own without `of`; default: `TAGCAT_USER`, else the system account.
        A new name makes a new user.
    graph
        An open `Graph`; default: the one that `TAGCAT_GRAPH_URI` names, else the embedded one, which is
        started where it does not run.
    of
        Whose collection, where another user shared it with `user` (see `share`). All that reads works on
        it; with tagging also `tag`, `untag` and the undo of one's own changes. The rest raises
        `NotSharedError`, and so does everything once the collection is not shared any more.

    Examples
    --------
    >>> Workbench(user="ada").user
    'ada'
    >>> Workbench(user="bob", of="ada").owner
    'ada'
    """
