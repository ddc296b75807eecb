"""What axe-core finds on a page: names that are missing, contrast that is too low, roles that lie.

axe-core comes from npm as a tool of the tests; nothing of it is in the wheel. It is evaluated in the page
as the browser's own tools would, so the page's policy against strange scripts stays as it is.
"""

from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[2] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"

# Not ours to mend: parts of a page that axe passes over, each with the reason.
EXCLUDED = {
    ".noUi-handle": "ipywidgets' IntSlider gives its handle a role, but no way to name it",
}


def serious(page: Any) -> list[str]:
    """Return what axe calls serious or critical, a line for each element that is concerned."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "excluded => axe.run({exclude: excluded}).then(found => found.violations)",
        [[selector] for selector in EXCLUDED],
    )
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
