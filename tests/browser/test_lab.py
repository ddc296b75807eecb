"""The same notebooks in JupyterLab, in Chromium: run from top to bottom, they show the same widgets."""

import re
import signal
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.serving import TAGCAT, Home


@pytest.fixture(scope="module")
def lab(full_home: Home) -> Iterator[str]:
    """The address of `tagcat lab`; it ends at Ctrl-C without a question."""
    process = subprocess.Popen(
        [*TAGCAT, "lab", "--no-browser"],
        env=full_home.environment(),
        cwd=full_home.person,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever starts the tests in the background hands on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a new process
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line):
            yield found[0]
            break
    else:
        raise AssertionError(f"JupyterLab did not start: {said}")
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        # Without a terminal Jupyter leaves Ctrl-C to Python, which raises it wherever it is at that moment;
        # where it cleans up an object nobody hears of it. A person presses it again, then.
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("home", ".tagcat-gallery img"),
        pytest.param("01_ingest", ".tagcat-paths", marks=pytest.mark.soak),
        pytest.param("03_matching", ".tagcat-review img", marks=pytest.mark.soak),
    ],
)
def test_a_notebook_runs_in_jupyterlab(chromium: Any, lab: str, name: str, shows: str) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 1000})
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(lab.replace("home.ipynb", f"{name}.ipynb") + "&reset")  # no tabs of an earlier visit
    page.get_by_text("Python 3 (TagCat) | Idle").wait_for()
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(shows).first.wait_for()
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    page.close()
    assert {urlsplit(url).netloc for url in requests if url.startswith("http")} == {urlsplit(lab).netloc}
    assert errors == []
