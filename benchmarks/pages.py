"""How long pages take until a person can use them, and what a visitor costs: `python benchmarks/pages.py`.

A real Chromium opens the real dashboards over a collection of N items (5,000 unless told otherwise) that
are stored as hashes, as benchmarks/graph.py does; their thumbnails are pictures of one file. Each page is
opened cold and with a kernel that waits, several times, and the best time counts. Then GraphExplorer alone:
2,000 thumbnails and 20,000 dots, from the click that asks for them until all is drawn. And a gallery of
10,000 items: how long the page is deaf while a person scrolls through it.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from side_by_side import Report, chromium, options, seconds

from tests.browser.serving import Home, Served, new_home

PAGES = (
    *("home", "01_ingest", "02_key_frames", "03_matching"),
    *("04_clustering", "05_labelling", "06_tags", "07_graph"),
)

STORY = """\
From the click to a page whose widgets are there, in Chromium, the best of some visits. Cold: a new kernel is
started. Waiting: a kernel is there that has done its imports and read no data. Memory: what the visitor's
kernel holds by then (resident), and what of it no other process shares. Asked for: 8 s cold, 5 s waiting,
250 MB until clustering is used."""

WIDGET_STORY = """\
GraphExplorer by itself, from the click on a button that asks for it until the last dot, or the last
thumbnail, stands on the canvas: the kernel's work (checks, places), the way of the widget's program and data
to the browser, the widget's own set-up, and all thumbnails. Asked for: 2 s for 2,000 thumbnails, 4 s for
20,000 dots."""

GRAPHS = {"2,000 thumbnails": (2_000, True, 2.0), "20,000 dots": (20_000, False, 4.0)}

WATCH = """
window.tc = {start: 0, last: 0, pictures: new Set()};
addEventListener("click", () => { tc.start ||= performance.now(); }, true);
const sheets = new Map();
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (picture, ...place) {
  draw.call(this, picture, ...place);
  if (picture instanceof HTMLCanvasElement) return;
  if (!sheets.has(picture)) sheets.set(picture, sheets.size);
  const before = tc.pictures.size;
  tc.pictures.add(`${sheets.get(picture)} ${place.length > 4 ? place.slice(0, 4) : ""}`);
  if (tc.pictures.size > before) tc.last = performance.now();
};
"""

GRAPH = """
import io
import ipywidgets
from PIL import Image
from tagcat_widgets import GraphExplorer
n, pictured = {n}, {pictured}
file = io.BytesIO()
Image.effect_noise((40, 30), 90).resize((320, 240)).convert("RGB").save(file, "JPEG", quality=80)
jpeg = file.getvalue()
nodes = [{{"key": f"u:{{at}}", "name": f"{{at}}.jpg"}} for at in range(n)]
edges = [(f"u:{{at}}", f"u:{{at - at % 10}}", at % 9) for at in range(n) if at % 10]
ask = ipywidgets.Button(description="Show the graph")
page = ipywidgets.VBox([ask])
def show(_):
    graph = GraphExplorer(nodes, edges, thumbnail=(lambda key: jpeg) if pictured else None)
    page.children = [ask, graph]
ask.on_click(show)
page
"""


GALLERY_STORY = """\
A gallery of 10,000 items in Chromium, each with a thumbnail that the kernel sends as it comes into view. A
person turns the wheel for some hundred notches, then goes to the end and back by keys, selects all, and types
a word to search for. The longest task is how long the page answered nothing; a browser calls a task long from
50 ms. Asked for: no task over 100 ms while scrolling. The worst of some runs."""

GALLERY = """
import io
from PIL import Image
from tagcat_widgets import Gallery
file = io.BytesIO()
Image.effect_noise((40, 30), 90).resize((320, 240)).convert("RGB").save(file, "JPEG", quality=80)
jpeg = file.getvalue()
rows = [{"key": f"u:{at}", "name": f"holiday {at}.jpg", "detail": "640 × 480", "badge": "",
    "facets": {"kind": ["image"], "tag": [f"tag {at % 9}"]}, "ranks": {"size": at % 997}}
    for at in range(10_000)]
Gallery(rows, thumbnail=lambda key: jpeg)
"""

LISTEN = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) tasks.push(task.duration);
  }).observe({entryTypes: ["longtask"]});
}"""

BUSY = """new Promise((done) => setTimeout(() => {
  const end = performance.now() + 80;
  while (performance.now() < end);
  setTimeout(done, 200);
}))"""


def fill(home: Home, items: int) -> None:
    """Store so many images as hashes: a third in groups of near copies, some plain, tagged and labelled."""
    code = f"""
import numpy as np
from pathlib import Path
from PIL import Image
from tagcat_kernel import Workbench
from tagcat_kernel.records import ImageRecord
rng = np.random.default_rng(5)
n = {items}
hashes = rng.integers(0, 2**64, n, dtype=np.uint64)
centres = rng.integers(0, 2**64, 40, dtype=np.uint64)
for at in range(n):  # kinds of pictures, so that clusters mean something
    flips = np.uint64(0)
    for _ in range(9):
        flips |= np.uint64(1) << np.uint64(rng.integers(0, 64))
    hashes[at] = centres[at % 40] ^ flips
for at in range(0, n // 3, 3):  # copies, two of each
    hashes[at + 1] = hashes[at] ^ np.uint64(1)
    hashes[at + 2] = hashes[at] ^ np.uint64(6)
hashes[-n // 50:] = 0  # plain
folder = Path({str(home.person)!r}) / "pictures"
folder.mkdir()
small = Image.effect_noise((40, 30), 90).resize((320, 240)).convert("RGB")
small.save(folder / "one.jpg")
with Workbench() as wb:
    wb.ingest(folder / "one.jpg", progress=False)
    (known,) = wb.collection.images()
    records = []
    for at in range(n):
        path = folder / f"holiday {{at:05d}}.jpg"
        path.hardlink_to(folder / "one.jpg")
        facts = path.stat()
        records.append(ImageRecord(path=str(path), bytes=facts.st_size, modified=facts.st_mtime_ns,
            md5=f"{{at:032x}}", dhash=int(hashes[at]), width=320, height=240))
    for low in range(0, n, 1000):
        wb.collection.store(records[low:low + 1000], source="Linux: tagcat")
    keys = [f"{{wb.user}}:{{at:032x}}" for at in range(n)]
    for number, tag in enumerate(["sea", "dusk", "harbour", "family", "faces", "night", "city", "garden"]):
        wb.tag(keys[number * 100: number * 100 + 400], tag)
    wb.collection.label({{key: [("cat", 0.5), ("dog", 0.25)] for key in keys[:2000]}}, "tiny")
    print(wb.counts())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment(), check=True, capture_output=True, text=True
    )
    print(done.stdout.strip(), file=sys.stderr)


def kernel_of(served: Served) -> psutil.Process:
    """Return the only visitor's kernel: it is there longer than the next one that waits."""
    return min(served.kernels(), key=lambda kernel: kernel.create_time())


def visit(browser: Any, served: Served, name: str) -> tuple[float, Any]:
    """Open a page as a new visitor; return the seconds and the memory of the kernel."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    cookies = [part.split("=", 1) for part in served.cookie().split("; ")]
    context.add_cookies([{"name": name, "value": value, "url": served.base} for name, value in cookies])
    start = time.perf_counter()
    page.goto(served.page(name), wait_until="commit")
    page.wait_for_selector("body[data-tagcat=ready]")
    took = time.perf_counter() - start
    if page.locator(".tc-error").count():
        raise SystemExit(f"{name}: {page.locator('.tc-error').inner_text()}")
    kernel = kernel_of(served)
    memory = kernel.memory_full_info()
    page.goto("about:blank")  # says farewell: its kernel is shut down
    context.close()
    until = time.monotonic() + 10
    while kernel.is_running() and time.monotonic() < until:
        time.sleep(0.1)
    return took, memory


def waits(served: Served) -> None:
    """Return when a kernel waits."""
    until = time.monotonic() + 60
    while len(served.kernels()) < 1 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(3)  # its imports, and the server's rest


def pages(home: Home, items: int, chosen: Any) -> None:
    columns = ["page", "cold", "waiting", "resident", "its own"]
    story = f"{STORY} {items:,} items."
    with chromium() as browser, Report("Pages", story, columns, chosen, ["voila", "ipykernel"]) as report:
        took: dict[str, dict[int, float]] = {name: {} for name in chosen.pages}
        memory: dict[str, Any] = {}
        for waiting in (0, 1):
            served = Served(home, waiting=waiting)
            try:
                visit(browser, served, "home")  # the first one reads what the system's cache then holds
                for name in chosen.pages:
                    times = []
                    for _ in range(chosen.repeat):
                        if waiting:
                            waits(served)
                        one, memory[name] = visit(browser, served, name)
                        times.append(one)
                    took[name][waiting] = min(times)
                    print(name, waiting, [round(t, 2) for t in times], file=sys.stderr, flush=True)
            finally:
                served.stop()
        for name in chosen.pages:
            held = memory[name]
            sizes = [f"{held.rss / 1e6:.0f} MB", f"{held.uss / 1e6:.0f} MB"]
            report.row(
                [name, seconds(took[name][0]), seconds(took[name][1]), *sizes],
                name,
                {"cold": took[name][0] / took[name][1]},
            )


def graphs(chosen: Any) -> None:
    """Measure GraphExplorer on a page of its own, served by the same server."""
    with (
        chromium() as browser,
        tempfile.TemporaryDirectory() as folder,
        Report("Graph explorer", WIDGET_STORY, ["graph", "drawn in", "asked for"], chosen) as report,
    ):
        for name, (n, pictured, wanted) in GRAPHS.items():
            served = OnePage(Path(folder), GRAPH.format(n=n, pictured=pictured))
            try:
                took = min(drawn(browser, served, n, pictured) for _ in range(chosen.repeat))
            finally:
                served.stop()
            report.row([name, seconds(took), seconds(wanted)], name, {"of what was asked": wanted / took})


def gallery(chosen: Any) -> None:
    """Measure how a gallery of 10,000 items is scrolled, on a page of its own."""
    with (
        chromium() as browser,
        tempfile.TemporaryDirectory() as folder,
        Report("Gallery", GALLERY_STORY, ["what is done", "longest task", "asked for"], chosen) as report,
    ):
        served = OnePage(Path(folder), GALLERY)
        try:
            runs = [scrolled(browser, served) for _ in range(chosen.repeat)]
        finally:
            served.stop()
        for name in runs[0]:
            longest = max(run[name] for run in runs)
            told = f"{longest:.0f} ms" if longest else "under 50 ms"
            asked = "100 ms" if name in ("wheel", "keys") else ""
            report.row(
                [name, told, asked], name, {"of what was asked": 100 / max(longest, 50)} if asked else {}
            )


def scrolled(browser: Any, served: "OnePage") -> dict[str, float]:
    """Open the page and return the longest task of each thing that a person does, in ms; 0: none was long."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(served.address)
    page.locator(".tagcat-thumb img").first.wait_for()
    page.wait_for_timeout(1000)
    page.evaluate(LISTEN)
    page.evaluate(BUSY)
    if not page.evaluate("tasks.some((task) => task >= 80)"):
        raise SystemExit("the browser does not tell of long tasks")
    acts = {"wheel": _turn_the_wheel, "keys": _end_and_back, "select all": _select_all, "search": _search}
    found = {}
    for name, act in acts.items():
        page.evaluate("tasks.length = 0")
        act(page)
        page.wait_for_timeout(500)
        found[name] = float(page.evaluate("Math.max(0, ...tasks)"))
    page.close()
    return found


def _turn_the_wheel(page: Any) -> None:
    page.locator(".tagcat-gallery-list").hover()
    for _ in range(150):
        page.mouse.wheel(0, 240)
        page.wait_for_timeout(16)


def _end_and_back(page: Any) -> None:
    page.locator(".tagcat-gallery-list").focus()
    for key in ("End", "PageUp", "PageUp", "PageUp", "Home", "PageDown", "PageDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)


def _select_all(page: Any) -> None:
    page.keyboard.press("Control+a")


def _search(page: Any) -> None:
    page.locator(".tagcat-gallery-search").focus()
    page.keyboard.type("day 99", delay=60)


def drawn(browser: Any, served: "OnePage", n: int, pictured: bool) -> float:
    """Open the page, ask for the graph and return the seconds until all of it is drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    page.goto(served.address)
    page.locator("body[data-tagcat=ready]").wait_for()
    page.get_by_role("button", name="Show the graph").click()
    page.locator(".tagcat-map-status", has_text=f"{n:,} items").wait_for()
    if pictured:
        page.wait_for_function(f"tc.pictures.size >= {n}")
    frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(f"{frames}.then(() => {frames})")
    took = page.evaluate("(tc.pictures.size ? tc.last : performance.now()) - tc.start") / 1000
    page.close()
    return float(took)


class OnePage:
    """The dashboards' server over a folder with one notebook of ours."""

    def __init__(self, folder: Path, code: str) -> None:
        import nbformat

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        notebook.metadata.update(kernelspec={"name": "python3", "display_name": "Python 3"}, title="Home")
        nbformat.write(notebook, folder / "home.ipynb")
        serve = (
            "import sys; from pathlib import Path\n"
            "from tagcat_kernel.serve.server import Dashboards, settings\n"
            "server = Dashboards.instance(config=settings(Path(sys.argv[1]), port=0, token='t', user='u',\n"
            "    log=Path('log'), waiting=0))\n"
            "server.on_ready = lambda address: print(address, flush=True)\n"
            "server.initialize(); server.start()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", serve, str(folder)],
            env=os.environ | {"TAGCAT_HOME": str(folder / "tagcat")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = next(line.strip() for line in self.process.stdout if line.startswith("http"))

    def stop(self) -> None:
        """End the server."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def main() -> None:
    """Measure pages, then the widget."""
    arguments = options(__doc__)
    arguments.add_argument("--items", type=int, default=5000)
    arguments.add_argument("--pages", nargs="*", default=list(PAGES))
    arguments.add_argument("--only", choices=["pages", "graphs", "gallery"], help="measure one of them")
    arguments.add_argument("--home", type=Path, help="a home that was filled before, or where to fill one")
    chosen = arguments.parse_args()
    for name, measure in {"graphs": graphs, "gallery": gallery}.items():
        if chosen.only in (None, name):
            measure(chosen)
    if chosen.only not in (None, "pages"):
        return
    with tempfile.TemporaryDirectory() as folder:
        place = chosen.home or Path(folder) / "home"
        if place.exists():
            home = Home(place / "tagcat", place / "person")
        else:
            place.mkdir()
            home = new_home(place)
            fill(home, chosen.items)
        try:
            pages(home, chosen.items, chosen)
        finally:
            home.stop_graph()


if __name__ == "__main__":
    main()
