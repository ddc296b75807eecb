"""nbval itself runs every notebook, on nothing and on the demonstration collection.

`--nbval-lax`: it holds that no cell fails and that a kernel can run them, and compares no output, since the
notebooks are stored without any. What the cells show is looked at in test_notebooks.py, in every run.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.serving import Home, new_home

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.soak
@pytest.mark.parametrize("filled", [False, True], ids=["on nothing", "on the demonstration"])
def test_nbval_finds_no_error(filled: bool, full_home: Home, tmp_path: Path) -> None:
    home = full_home if filled else new_home(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-c", "/dev/null", *map(str, NOTEBOOKS)],
        env=home.environment() | {"JUPYTER_PATH": ""},  # no trap for nbval, which takes the first kernel
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if not filled:
        home.stop_graph()
    assert done.returncode == 0, done.stdout[-5000:]
    cells = sum(path.read_text("utf-8").count('"cell_type": "code"') for path in NOTEBOOKS)
    assert f"{cells} passed" in done.stdout
