"""What a gallery of the collection can be sorted and filtered by.

Tags, labels and matches hang on images, videos and moments of videos; a gallery of the collection shows a
video as one item, which stands for its moments. So each of them counts for the content it belongs to.
"""

from typing import TYPE_CHECKING, Any

from tagcat_widgets._tables import rows

if TYPE_CHECKING:
    from tagcat_kernel.workbench import Workbench

MOST_MATCHES = 100_000
"""Above so many stored matches their distances are not read for a gallery: it would take seconds."""
LEAST_SCORE = 0.2
"""Labels that a model was less sure of would only lengthen the list."""


def facets(workbench: "Workbench") -> dict[str, dict[str, Any]]:
    """Return `facets` and `ranks` of each image and video, by key, as `Gallery` takes them.

    Facets are "tag", "label" and "match"; ranks "date" (when the newest file was changed, s since 1970),
    "size" (bytes), "distance" (bits to the nearest match) and "group" (of the stored matches, the largest
    first).
    """
    found: dict[str, dict[str, Any]] = {}

    def of(key: str) -> dict[str, Any]:
        content = ":".join(key.split(":", 2)[:2])
        empty: dict[str, Any] = {"facets": {"tag": [], "label": [], "match": []}, "ranks": {}}
        return found.setdefault(content, empty)

    for file in workbench.collection.files().values():
        ranks = of(f"{workbench.owner}:{file.md5}")["ranks"]
        ranks["date"] = max(ranks.get("date", 0.0), file.modified / 1e9)
        ranks["size"] = file.bytes
    for row in rows(workbench.tagged()):
        of(row.key)["facets"]["tag"].append(row.tag)
    for row in rows(workbench.labels()):
        if row.score >= LEAST_SCORE:
            of(row.key)["facets"]["label"].append(row.label)
    if workbench.counts()["matches"] <= MOST_MATCHES:
        for row in rows(workbench.groups(workbench.settings.max_distance)):
            ranks = of(row.key)["ranks"]
            ranks["group"] = min(ranks.get("group", row.group), row.group)
        for row in rows(workbench.matches()):
            for key in (row.a, row.b):
                of(key)["facets"]["match"] = ["has matches"]
                ranks = of(key)["ranks"]
                ranks["distance"] = min(ranks.get("distance", row.distance), row.distance)
    for one in found.values():
        one["facets"] = {
            name: list(dict.fromkeys(values)) for name, values in one["facets"].items() if values
        }
    return found
