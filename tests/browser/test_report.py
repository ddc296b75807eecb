"""Reports on the real thing: made by the command, opened in Chromium, run again and compared."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.browser.serving import TAGCAT, Home, new_home
from tests.waits import wait_until

HOSTILE = "<img src=x onerror=document.title='run'> \"'&\u202e.png"


def soft(seed: int) -> Image.Image:
    """A picture of soft noise, like no other."""
    grey = np.random.default_rng(seed).integers(0, 256, (8, 9), np.uint8)
    return Image.fromarray(grey).resize((180, 120), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = new_home(tmp_path_factory.mktemp("report"))
    folder = home.person / "private & <hot>"
    folder.mkdir()
    for seed in range(6):
        soft(seed).save(folder / f"{seed}.png")
    soft(0).save(folder / HOSTILE)
    soft(0).convert("RGB").save(folder / "copy.jpg", quality=80)
    home.run("ingest", str(folder))
    yield home
    home.stop_graph()


def tagcat(home: Home, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*TAGCAT, "report", *map(str, arguments)],
        env=home.environment() | {"TAGCAT_MARKER": "marker-7f3a", "AWS_SECRET_ACCESS_KEY": "marker-5b2e"},
        capture_output=True,
        text=True,
        check=False,
    )


def everything(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_report_is_made_opened_and_made_again(home: Home, chromium: Any, tmp_path: Path) -> None:
    out = tmp_path / "a report"
    made = tagcat(home, "-p", "clusters=3", "--out", out, "--thumbnails")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == f"wrote {out}/report.html with 7 tables.\n"

    page = chromium.new_page(viewport={"width": 800, "height": 900})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((out / "report.html").as_uri())
    assert page.title() == "Collection"
    assert [url for url in asked if not url.startswith("data:")] == [(out / "report.html").as_uri()]
    assert wrong == []
    assert page.get_by_text(HOSTILE).count() >= 1
    assert page.locator("svg image").count() == 2, "the graph shows the pictures of the pair"
    assert page.locator(".tagcat-still svg circle").count() >= 6, "and there is a map"
    broken = "all => all.filter(one => one.naturalWidth === 0).length"
    assert page.locator("img").evaluate_all(broken) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    page.close()

    told = everything(out)
    for secret in (str(home.person), "private &", "marker-7f3a", *home.tagcat.rglob("graph/password")):
        word = secret.read_text("utf-8").strip() if isinstance(secret, Path) else secret
        assert word not in told
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["parameters"] == {"clusters": 3}
    assert {row["path"] for row in manifest["inputs"]} >= {HOSTILE, "copy.jpg", "0.png"}
    assert "clusters = 3" in (out / "notebook.ipynb").read_text("utf-8")
    assert (out / "tables/04-what-matches.csv").read_text("utf-8").startswith("a,a_path,")

    os.utime(home.person / "private & <hot>" / "1.png", (1, 1))
    again = tagcat(home, "--rerun", out / "manifest.json")
    assert (again.returncode, again.stdout) == (0, "equal\n"), again.stderr
    assert again.stderr == "note: changed on the disk since they were read: 1.png: ingest them again.\n"

    soft(0).save(home.person / "private & <hot>" / "another.png", compress_level=1)
    home.run("ingest", str(home.person / "private & <hot>"))
    home.run("settings", "--max-distance", "6")
    home.run("tags", "add", "</script> harbour", str(home.person / "private & <hot>" / "2.png"))
    other = tagcat(home, "--rerun", out)
    assert other.returncode == 1
    assert "tables/01-images.csv differs:\n  new: row " in other.stdout
    assert "another.png" in other.stdout
    why = (
        "why:\n  inputs new: another.png\n  the setting max_distance was 8 and is 6\n  changed since: tags\n"
    )
    assert other.stdout.endswith(why)

    (out / "tables/01-images.csv").write_text("forged\n", "utf-8")
    forged = tagcat(home, "--rerun", out)
    assert forged.returncode == 2
    assert "01-images.csv: changed since the report was made" in forged.stderr


def own_notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.soak
def test_a_notebook_of_ones_own(home: Home, tmp_path: Path) -> None:
    notebook = own_notebook(
        tmp_path / "mine.ipynb",
        "columns = ['path']",
        "from tagcat_kernel import Workbench\nfrom tagcat_widgets import pages\nwb = Workbench()",
        "import os\nprint(dict(os.environ))\nwb.images()[columns]",
        "pages.collection(wb)",
    )
    out = tmp_path / "out"
    made = tagcat(home, notebook, "-p", "columns=['path', 'md5']", "--out", out, "--paths", "full", "--json")
    assert made.returncode == 0, made.stderr
    assert [table["file"] for table in json.loads(made.stdout)["tables"]] == ["tables/01-table.csv"]
    assert "marker-5b2e" not in everything(out)
    assert "'AWS_SECRET_ACCESS_KEY': '********'" in (out / "notebook.ipynb").read_text("utf-8")
    page = (out / "report.html").read_text("utf-8")
    assert "private &amp; &lt;hot&gt;/0.png" in page
    assert "data:image" not in page, "no thumbnail unless it is asked for"
    assert "script-src" not in page
    refused = tagcat(home, "--rerun", out)
    assert refused.returncode == 2
    assert "not a notebook of this TagCat, so it may do anything as you" in refused.stderr
    assert tagcat(home, "--rerun", out, "--trust").stdout == "equal\n"
    before = everything(out)
    assert "there is a report already" in tagcat(home, notebook, "--out", out).stderr
    failing = own_notebook(tmp_path / "failing.ipynb", "x = 1", "raise ValueError('no <such> thing')", "x")
    made = tagcat(home, failing, "--out", out, "--replace")
    assert made.returncode == 1
    assert "cell 2 of 3 failed: ValueError: no <such> thing" in made.stderr
    assert everything(out) == before, "a report that fails replaces nothing"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_ctrl_c_leaves_what_is_there_and_no_kernel(home: Home, tmp_path: Path) -> None:
    waiting = "import pathlib, time\npathlib.Path(mark).touch()\ntime.sleep(600)"
    notebook = own_notebook(tmp_path / "long.ipynb", "mark = 'x'", waiting)
    out, mark = tmp_path / "out", tmp_path / "runs"
    out.mkdir()
    with subprocess.Popen(
        [*TAGCAT, "report", str(notebook), "-p", f"mark={mark}", "--out", str(out)],
        env=home.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(mark.exists)
        kernels = psutil.Process(process.pid).children(recursive=True)
        assert kernels
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (1, "")
    assert stderr == f"tagcat: stopped: nothing was written, and {out} is as it was.\n"
    assert list(out.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.ipynb", "out", "runs"]
    assert psutil.wait_procs(kernels, timeout=30)[1] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--out"),
        (("--out", "x", "--rerun", "y"), "--out"),
        (("--rerun", "y", "-p", "clusters=3"), "from the manifest"),
        (("--out", "x", "--publish", "http://x"), "write s3://bucket/prefix"),
        (("no such", "--out", "x"), "there is no notebook 'no such'"),
        (("--out", "x", "-p", "clusters"), "write name=value"),
        (("--out", "x", "-p", "clusters='many'"), "parameter 'clusters' is a whole number, as its default 8"),
        (("--out", "x", "-p", "cluster=3"), "no parameter 'cluster': it can be given"),
        (("--rerun", "/nowhere/manifest.json"), "No such file"),
        (("--out", "/proc/x/y"), "/proc/x"),
    ],
)
def test_wrong_use_says_what_is_right(home: Home, arguments: tuple[str, ...], told: str) -> None:
    done = tagcat(home, *arguments)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
