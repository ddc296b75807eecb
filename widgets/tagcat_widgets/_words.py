"""Words on a page: small pieces of HTML in which every word that is not ours is escaped.

They wear Jupyter's colours, so that they look at home in JupyterLab and on a dashboard. A link names a
notebook: in a dashboard it leads to the page, in JupyterLab to the copy beside this one.
"""

import html

STYLE = """<style>
.tagcat-cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 4px 0 12px; }
.tagcat-cards a.tagcat-card { display: block; flex: 1 1 130px; padding: 14px 18px; text-decoration: none;
  border: 1px solid var(--jp-border-color2, #ddd); border-radius: 12px;
  background: var(--jp-layout-color1, #fff); }
.tagcat-cards a.tagcat-card:is(:hover, :focus-visible) { border-color: var(--jp-brand-color1, #1464c8); }
.tagcat-card b { display: block; font-size: 26px; font-weight: 650; line-height: 1.2;
  font-variant-numeric: tabular-nums; color: var(--jp-ui-font-color0, #111); }
.tagcat-card span, .tagcat-list { color: var(--jp-ui-font-color2, #666); font-size: 13px; }
.tagcat-say { box-sizing: border-box; max-width: 720px; padding: 12px 16px; border-radius: 10px;
  border: 1px solid var(--jp-border-color2, #ddd); background: var(--jp-layout-color1, #fff);
  color: var(--jp-ui-font-color1, #222); font-size: 14px; line-height: 1.5; overflow-wrap: anywhere; }
.tagcat-say a { display: inline-block; margin-left: 10px; color: var(--jp-content-link-color, #1464c8); }
.tagcat-open { margin: 0; padding-left: 22px; color: var(--jp-ui-font-color1, #222); font-size: 14px; }
.tagcat-open a { color: var(--jp-content-link-color, #1464c8); }
.tagcat-list summary { padding: 3px 0; color: var(--jp-ui-font-color0, #111); cursor: pointer; }
.tagcat-changes { margin-top: 10px; }
.tagcat-changes b { color: var(--jp-ui-font-color1, #222); }
.tagcat-changes span { white-space: nowrap; }
.tagcat-curve { max-width: 420px; margin: 0; color: var(--jp-ui-font-color2, #666); font-size: 13px; }
.tagcat-curve svg { display: block; width: 100%; overflow: visible; }
.tagcat-curve text { fill: var(--jp-ui-font-color2, #666); font-size: 11px; }
.tagcat-curve line { stroke: var(--jp-border-color2, #ddd); }
.tagcat-curve polyline { fill: none; stroke: var(--jp-brand-color1, #1464c8); stroke-width: 2; }
.tagcat-curve circle { fill: var(--jp-brand-color1, #1464c8); }
.tagcat-curve text.tagcat-curve-here { fill: var(--jp-ui-font-color0, #111); font-weight: 650; }
.tagcat-curve circle.tagcat-curve-here { stroke: var(--jp-layout-color0, #fff); stroke-width: 2; }
.tagcat-curve b { color: var(--jp-ui-font-color0, #111); }
.tagcat-list ul { margin: 2px 0 8px; padding-left: 22px; overflow-wrap: anywhere; }
</style>"""


class Words:
    """A piece of a page, which Jupyter shows as HTML; `text` is that HTML without its style.

    Examples
    --------
    >>> Words(sentence("2 < 3"))
    <div class="tagcat-say">2 &lt; 3</div>
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return STYLE + self.text


def escaped(value: object) -> str:
    r"""Return text as HTML that shows it; what is not text in a file's name is replaced.

    Examples
    --------
    >>> escaped("<b>caf\udce9")
    '&lt;b&gt;caf?'
    """
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))


def sentence(text: str, *links: tuple[str, str]) -> str:
    """Return a sentence for a person, with links `(notebook, words)` after it.

    Examples
    --------
    >>> sentence("Empty.", ("home", "Home"))
    '<div class="tagcat-say">Empty. <a href="home.ipynb">Home</a></div>'
    """
    more = "".join(f' <a href="{escaped(name)}.ipynb">{escaped(words)}</a>' for name, words in links)
    return f'<div class="tagcat-say">{escaped(text)}{more}</div>'


def clock(seconds: float) -> str:
    """Return seconds as a clock shows them, to a tenth.

    Examples
    --------
    >>> clock(7.04), clock(3723.5)
    ('0:07.0', '1:02:03.5')
    """
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{tenths // 10:02d}.{tenths % 10}"
