"""Whose collection it is: one's own, to be shared with others, or another's that is shared with us."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from tagcat_kernel.workbench._base import Base
from tagcat_kernel.workbench._tables import table

if TYPE_CHECKING:
    import pandas as pd

Verb = TypeVar("Verb", bound=Callable[..., Any])


def owner_only(verb: Verb) -> Verb:
    """Keep a verb to the collection's owner; a member gets a `NotSharedError` before anything is done.

    The graph refuses a member's queries by itself. This is for what happens before the first of them (files
    that are decoded, jobs that are started), and for one clear error.
    """

    @wraps(verb)
    def checked(self: Base, *arguments: Any, **options: Any) -> Any:
        if self.of is not None:
            raise self._shared_graph.refuse()
        return verb(self, *arguments, **options)

    return cast(Verb, checked)


class Sharing(Base):
    """The verbs about sharing."""

    @property
    def access(self) -> Literal["owner", "tagging", "reading"]:
        """What `user` may do in this collection now.

        Raises
        ------
        NotSharedError
            If the collection is another's and not shared (any more).
        """
        if self.of is None:
            return "owner"
        return "tagging" if self._shared_graph.access().tagging else "reading"

    @owner_only
    def share(self, with_: str, tagging: bool = False) -> None:
        """Share this collection with another user of the graph, or say anew what that one may do.

        Who may read sees all of it: items, matches, tags, labels, and the pictures themselves, which this
        machine decodes for him. Who may tag also puts the tags that there are on items and takes them off.
        It is opened by `Workbench(of=…)`.

        Parameters
        ----------
        with_
            The other user's name.
        tagging
            Whether he may tag; without it, and by a second call, he may only read.

        Raises
        ------
        ValueError
            If there is no such user.
        """
        from tagcat_kernel.graph.sharing import share

        share(self.collection.graph, self.user, with_, tagging=tagging)

    @owner_only
    def unshare(self, with_: str) -> None:
        """End a share; whatever the other one does next is refused.

        Raises
        ------
        ValueError
            If the collection is not shared with such a user.
        """
        from tagcat_kernel.graph.sharing import unshare

        unshare(self.collection.graph, self.user, with_)

    @owner_only
    def shares(self) -> "pd.DataFrame":
        """Return with whom this collection is shared: columns user, tagging (whether he may tag)."""
        from tagcat_kernel.graph.sharing import shares

        found = shares(self.collection.graph, self.user)
        return table([{"user": one.name, "tagging": one.tagging} for one in found], ["user", "tagging"])

    def shared_with_me(self) -> "pd.DataFrame":
        """Return whose collections are shared with `user`: columns owner, tagging (whether one may tag)."""
        from tagcat_kernel.graph.sharing import shared_with

        found = shared_with(self._whole_graph, self.user)
        return table([{"owner": one.name, "tagging": one.tagging} for one in found], ["owner", "tagging"])
