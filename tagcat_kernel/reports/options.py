"""What a report may show: chosen by the person who makes it, obeyed in the kernel that runs it."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Literal

VARIABLE = "TAGCAT_REPORT"


@dataclass(frozen=True, slots=True)
class Options:
    """Both are careful by default, since a report is made to be handed over.

    Attributes
    ----------
    thumbnails
        Whether pictures are in it.
    paths
        "names": files by their names alone; "full": with the folders they lie in.
    """

    thumbnails: bool = False
    paths: Literal["names", "full"] = "names"

    @classmethod
    def from_environment(cls) -> "Options":
        """Return what the maker of the report chose; the defaults where no report is being made.

        Examples
        --------
        >>> Options.from_environment()
        Options(thumbnails=False, paths='names')
        """
        return cls(**json.loads(os.environ.get(VARIABLE) or "{}"))

    def to_environment(self) -> dict[str, str]:
        """Return the environment variable that carries them into a kernel."""
        return {VARIABLE: json.dumps(asdict(self))}
