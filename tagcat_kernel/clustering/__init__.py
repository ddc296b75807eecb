"""Clustering of hashes: where they lie (`MCA`) and which belong together (`KModes`).

Both take the 64 bits of a dHash as 64 categorical variables of two categories, and both work on the
packed hashes, never on an N × 64 table of numbers. An N × 64 array of 0 and 1 is packed first.
"""

from tagcat_kernel.clustering.bits import pack, unpack
from tagcat_kernel.clustering.kmodes import KModes
from tagcat_kernel.clustering.mca import MCA

__all__ = ["MCA", "KModes", "pack", "unpack"]
