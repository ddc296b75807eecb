"""Two notebooks and the dashboard use the same embedded graph at once."""

import html
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.manager import KernelManager
from PIL import Image

TAGCAT = [sys.executable, "-m", "tagcat_kernel.cli"]


@pytest.fixture
def home(tagcat_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TAGCAT_USER", "ada")
    yield tagcat_home
    subprocess.run([*TAGCAT, "graph", "stop"], check=False, stdout=subprocess.DEVNULL)


class Notebook:
    """A kernel as JupyterLab starts it: cells go in, what they print comes out."""

    def __init__(self) -> None:
        # This very Python, whatever kernelspecs the machine has.
        self.manager = KernelManager(kernel_name="python3")
        assert self.manager.kernel_spec is not None
        self.manager.kernel_spec.argv[0] = sys.executable
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def send(self, code: str) -> str:
        return str(self.client.execute(code))

    def printed(self, request: str) -> str:
        text = ""
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                text += content["text"]
            assert message["msg_type"] != "error", "\n".join(content.get("traceback", []))
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return text

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


def photographs(folder: Path, seeds: range) -> Path:
    folder.mkdir()
    for seed in seeds:
        small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        Image.fromarray(small).resize((240, 180), Image.Resampling.BICUBIC).save(folder / f"{seed:03d}.png")
    return folder


def cards(page: str) -> dict[str, int]:
    """Read the numbers that the home page shows."""
    text = html.unescape(page).encode().decode("unicode_escape", "ignore")
    found = re.findall(r"<b>([\d,]+)</b><span>([^<]+)</span>", text)
    return {noun: int(number.replace(",", "")) for number, noun in found}


def test_two_notebooks_and_the_dashboard_share_one_graph(home: Path, tmp_path: Path) -> None:
    # The folders overlap: both notebooks store the middle twenty.
    folders = [photographs(tmp_path / "one", range(40)), photographs(tmp_path / "two", range(20, 60))]
    begin = "import json; from tagcat_kernel import Workbench; wb = Workbench()"
    with ExitStack() as stack:
        dashboard = stack.enter_context(
            subprocess.Popen(
                [*TAGCAT, "serve", "--no-browser"], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
            )
        )
        stack.callback(dashboard.terminate)
        assert dashboard.stdout is not None
        assert dashboard.stdout.readline().startswith("0 images")
        address = dashboard.stdout.readline().strip()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        notebooks = [Notebook(), Notebook()]
        for notebook in notebooks:
            stack.callback(notebook.close)
        ingests = [
            notebook.send(f"{begin}; wb.ingest({str(folder)!r}, progress=False)")
            for notebook, folder in zip(notebooks, folders, strict=True)
        ]
        with browser.open(address, timeout=120) as page:  # while both write
            assert page.status == 200
        for notebook, request in zip(notebooks, ingests, strict=True):
            notebook.printed(request)
        seen = [
            json.loads(notebook.printed(notebook.send("print(json.dumps(wb.counts()))")))
            for notebook in notebooks
        ]
        assert seen[0] == seen[1]
        assert (seen[0]["images"], seen[0]["files"]) == (60, 80)
        with browser.open(address, timeout=120) as page:
            assert cards(page.read().decode())["images"] == 60
