"""TagCat's kernel: hash pictures and key frames, match what looks alike, remember it in a graph.

Everything that a notebook or another program needs is named here. Heavy libraries load where they are
used, so that this import stays quick.
"""

from typing import TYPE_CHECKING, Any

from tagcat_kernel.hamming import Pairs, radius_join, radius_search
from tagcat_kernel.keyframes import key_frames
from tagcat_kernel.media.images import hash_image
from tagcat_kernel.media.limits import Limits
from tagcat_kernel.media.workers import hash_images
from tagcat_kernel.records import ImageRecord, KeyFrame, MediaError, VideoRecord
from tagcat_kernel.workbench import Workbench

if TYPE_CHECKING:
    from tagcat_kernel.clustering import MCA, KModes

__all__ = [  # noqa: RUF022 - sorted as plain strings
    "ImageRecord",
    "KModes",
    "KeyFrame",
    "Limits",
    "MCA",
    "MediaError",
    "Pairs",
    "VideoRecord",
    "Workbench",
    "hash_image",
    "hash_images",
    "key_frames",
    "radius_join",
    "radius_search",
]


def __getattr__(name: str) -> Any:
    """Bring `MCA` and `KModes` when they are first asked for: they need scikit-learn and numba."""
    if name in ("MCA", "KModes"):
        from tagcat_kernel import clustering

        return getattr(clustering, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Add the `%%cypher` cell to a notebook: `%load_ext tagcat_kernel`."""
    from tagcat_kernel.cells import CypherMagics

    shell.register_magics(CypherMagics)
