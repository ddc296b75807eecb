"""What people touch: TagCat's widgets for JupyterLab, notebook 7 and Voilà.

Each widget has two halves side by side: `gallery.py` holds the traits and checks what comes in,
`gallery.ts` draws them. The halves speak by traits and by small messages, which each module describes.
"""

from tagcat_widgets.browser_ingest import BrowserIngest
from tagcat_widgets.cluster_map import ClusterMap
from tagcat_widgets.distance_slider import DistanceSlider
from tagcat_widgets.find_file import FileFinder
from tagcat_widgets.gallery import Gallery
from tagcat_widgets.graph_explorer import GraphExplorer
from tagcat_widgets.job_progress import JobProgress
from tagcat_widgets.key_frame_strip import KeyFrameStrip
from tagcat_widgets.match_review import MatchReview
from tagcat_widgets.media_picker import MediaPicker
from tagcat_widgets.player import Player
from tagcat_widgets.save_file import SaveFile
from tagcat_widgets.shared_selection import SharedSelection
from tagcat_widgets.tag_editor import TagEditor

__all__ = [
    "BrowserIngest",
    "ClusterMap",
    "DistanceSlider",
    "FileFinder",
    "Gallery",
    "GraphExplorer",
    "JobProgress",
    "KeyFrameStrip",
    "MatchReview",
    "MediaPicker",
    "Player",
    "SaveFile",
    "SharedSelection",
    "TagEditor",
]
