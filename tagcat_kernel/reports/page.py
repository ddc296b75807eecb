"""The page of a report: one HTML file that needs nothing else and asks nobody for anything.

The texts and outputs of the executed notebook come through nbconvert; the code is left to the notebook
that lies beside the page. A content security policy in the page's head forbids every request, whatever an
output says. Scripts are forbidden too, unless an output brings one of its own (plotly does).
"""

import copy
import html
import re
from pathlib import Path
from typing import Any

POLICY = "default-src 'none'; img-src data: blob:; media-src data:; font-src data:; style-src 'unsafe-inline'"
SCRIPTS = "; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:"

_LOADED = re.compile(r"<script\b[^>]*\bsrc\s*=[^>]*>\s*</script>", re.IGNORECASE)
_PAGE = re.compile(
    r'<a\b[^>]*\bhref="[^":#]*\.ipynb(?:[?#][^"]*)?"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL
)

STYLE = """
:root { color-scheme: light dark; --jp-layout-color0: #fff; --jp-layout-color1: #fff;
  --jp-layout-color2: #f3f4f6; --jp-border-color2: #d9dce1; --jp-ui-font-color0: #14161a;
  --jp-ui-font-color1: #2a2e35;  --jp-ui-font-color2: #5b626d; --jp-content-link-color: #1464c8; }
@media screen and (prefers-color-scheme: dark) { :root { --jp-layout-color0: #15171b;
  --jp-layout-color1: #1c1f24; --jp-layout-color2: #262a31; --jp-border-color2: #3a3f48;
  --jp-ui-font-color0: #f2f4f7; --jp-ui-font-color1: #dfe3e8; --jp-ui-font-color2: #a4acb8;
  --jp-content-link-color: #7db4ff; } }
body { margin: 0; background: var(--jp-layout-color0); color: var(--jp-ui-font-color1);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 24px 80px; }
h1, h2, h3 { color: var(--jp-ui-font-color0); line-height: 1.25; margin: 1.6em 0 .5em; }
h1 { margin-top: .4em; } a { color: var(--jp-content-link-color); } .anchor-link { display: none; }
header { color: var(--jp-ui-font-color2); font-size: 13px; border-bottom: 1px solid var(--jp-border-color2);
  padding-bottom: 12px; overflow-wrap: anywhere; }
img, svg { max-width: 100%; height: auto; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.output_subarea { overflow-x: auto; } .prompt { display: none; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--jp-border-color2);
  overflow-wrap: anywhere; }
th { color: var(--jp-ui-font-color2); font-weight: 600; white-space: nowrap; }
td { min-width: 3.2em; } .tagcat-short { white-space: nowrap; }
.tagcat-table-box { max-height: 420px; overflow: auto; }
.tagcat-table-box thead th { position: sticky; top: 0; background: var(--jp-layout-color0); }
@page { margin: 14mm 12mm; }
@media print { :root { color-scheme: light; } main { max-width: none; padding: 0; }
  body { font-size: 12px; print-color-adjust: exact; }
  h1, h2, h3, h4 { break-after: avoid; } tr, figure, svg, img { break-inside: avoid; }
  table { font-size: 8px; } th, td { padding: 2px 4px; min-width: 0; } th { white-space: normal;
  overflow-wrap: normal; }
  .tagcat-table-box { max-height: none; } .tagcat-table-box thead th { position: static; } }
"""


def page_of(notebook: Any, title: str, about: str, folder: Path) -> str:
    """Return the HTML of an executed notebook.

    Parameters
    ----------
    notebook
        Executed, without tables as data.
    title
        The page's title, as text.
    about
        A line on when and from what it was made, as text.
    folder
        Where pictures that the texts name lie; they are put into the page.

    Examples
    --------
    >>> import nbformat
    >>> page = page_of(nbformat.v4.new_notebook(), "A & B", "made today", Path())
    >>> "<title>A &amp; B</title>" in page, "script-src" in page
    (True, False)
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=True,
    )
    body, _ = exporter.from_notebook_node(_with_pictures(notebook), {"metadata": {"path": str(folder)}})
    body = body.replace("<details>", "<details open>")  # paper unfolds nothing
    body = _PAGE.sub(r"\1", body)  # links to pages of TagCat, which do not lie here
    body = _LOADED.sub("", body)  # plotly would load MathJax; the policy forbids it, and a browser complains
    policy = POLICY + (SCRIPTS if "<script" in body else "")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header>{html.escape(about)}</header>
{body}
</main>
</body>
</html>
"""


def _with_pictures(notebook: Any) -> Any:
    """Return the notebook with its GIF and WebP pictures as HTML: nbconvert shows PNG, JPEG and SVG only."""
    shown = copy.deepcopy(notebook)
    for cell in shown.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind in ("image/gif", "image/webp"):
                if kind in data:
                    picture = html.escape("".join(data[kind].split()))
                    data.setdefault("text/html", f'<img src="data:{kind};base64,{picture}" alt="">')
    return shown
