"""Many at once: notebooks and the dashboard on one graph, writers and readers on either engine."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.manager import KernelManager
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tagcat_kernel.edges import STAR
from tagcat_kernel.graph import connect
from tagcat_kernel.graph.collection import Collection
from tests.graph.engines import snapshot

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


class Crowd:
    """Four writers and two readers, each a process of its own that lives for many rounds."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.all = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.whole.crowd", role],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )
            for role in ["writer"] * 4 + ["reader"] * 2
        ]
        for process in self.all:
            self.answer(process)
        self.writers, self.readers = self.all[:4], self.all[4:]

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.all:
            process.kill()
            process.communicate()

    def tell(self, process: "subprocess.Popen[str]", told: dict[str, object]) -> None:
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died: `answer` shows of what
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()

    def answer(self, process: "subprocess.Popen[str]") -> dict[str, object]:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return json.loads(line)  # type: ignore[no-any-return]

    def round(self, users: list[str], folders: list[Path], frames: dict[str, int]) -> int:
        """Let all work at once; return how often somebody looked. Each folder has several writers."""
        for reader in self.readers:
            self.tell(reader, {"users": users, "frames": frames})
        for number, writer in enumerate(self.writers):
            own = [str(folders[(number + step) % 4]) for step in range(3)]
            self.tell(writer, {"user": users[number % len(users)], "folders": own})
        for writer in self.writers:
            report = self.answer(writer)
            assert report["failed"] == [], "no error reaches the user"
        for reader in self.readers:
            self.tell(reader, {})
        return sum(int(str(self.answer(reader)["looks"])) for reader in self.readers)


@pytest.fixture
def overlapping(media: Path, tmp_path: Path) -> list[Path]:
    """Four folders: a star of equal hashes over all, near ones, equal bytes in two folders, and videos."""
    folders = [tmp_path / f"folder {number}" for number in range(4)]
    for folder in folders:
        folder.mkdir()
    draw = np.random.default_rng(5)

    def picture(small: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> Image.Image:
        return Image.fromarray(small).resize((72, 64), Image.Resampling.NEAREST)

    same = draw.integers(0, 256, (8, 9), dtype=np.uint8)
    for number in range(STAR + 12):
        note = PngInfo()
        note.add_text("number", str(number))  # other bytes, the same picture
        picture(same).save(folders[number % 4] / f"same {number:03d}.png", pnginfo=note)
    for number in range(6):
        other = draw.integers(0, 256, (8, 9), dtype=np.uint8)
        for step, folder in enumerate(folders):
            near = other.copy()
            near[step % 2, step] = 255 - near[step % 2, step]  # a bit or two; two folders have equal bytes
            picture(near if step < 3 else other).save(folder / f"near {number:03d}.png")
        shutil.copy(folders[0] / f"near {number:03d}.png", folders[2] / f"copy {number:03d}.png")
    for number, name in enumerate(("v1.m4v", "v2.m4v", "v2s.mov", "v1.m4v")):
        shutil.copy(media / "videos" / f"perception__{name}", folders[number])
    return folders


def many_at_once(environment: dict[str, str], folders: list[Path], seconds: float, rounds: list[int]) -> None:
    """Hold rounds of so many users against a serial run; each once, and on until the `seconds` are over."""
    graph = connect()
    serial = Collection(graph, f"serial {uuid.uuid4().hex[:8]}")
    environment = os.environ | environment
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [*TAGCAT, "ingest", "--user", serial.user, *map(str, folders)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    expected = snapshot(graph, serial.user)
    videos = {row["md5"]: row["frames"] for row in serial.videos()}
    assert len(videos) == 3
    assert sum("'MATCH'" in edge for edge in expected["edges"]) > STAR + 25
    began, looks, turn = time.monotonic(), 0, 0
    with Crowd(environment) as crowd:
        while turn < len(rounds) or time.monotonic() - began < seconds:
            name = uuid.uuid4().hex[:8]
            users = [f"user {number} {name}" for number in range(rounds[turn % len(rounds)])]
            looks += crowd.round(users, folders, videos)
            for user in users:
                assert snapshot(graph, user) == expected, f"after {turn} rounds"
            turn += 1
    assert looks > turn


def test_four_write_and_two_read(home: Path, overlapping: list[Path]) -> None:
    many_at_once({}, overlapping, 0, [1, 2])


@pytest.mark.soak
def test_four_write_and_two_read_on_neo4j(
    neo4j_environment: dict[str, str], overlapping: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in neo4j_environment.items():
        monkeypatch.setenv(name, value)
    many_at_once(neo4j_environment, overlapping, 0, [1, 2])


@pytest.mark.soak
@pytest.mark.parametrize("users", [1, 2])
def test_four_write_and_two_read_for_a_minute(home: Path, overlapping: list[Path], users: int) -> None:
    many_at_once({}, overlapping, 60, [users])


@pytest.mark.soak
@pytest.mark.parametrize("users", [1, 2])
def test_four_write_and_two_read_for_a_minute_on_neo4j(
    neo4j_environment: dict[str, str], overlapping: list[Path], users: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in neo4j_environment.items():
        monkeypatch.setenv(name, value)
    many_at_once(neo4j_environment, overlapping, 60, [users])
