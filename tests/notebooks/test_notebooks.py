"""Every notebook runs from top to bottom, on nothing and on the demonstration collection.

nbval compares what a run shows with what is stored in the notebook, and ours are stored without outputs,
since a collection is everybody's own: it only looks for errors, and does so in the long forms
(test_nbval.py). Here the cells run in a kernel as nbval's do, by nbclient, and what they show is looked at.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tagcat_kernel.kernels import OnlyThisPython
from tests.browser.serving import Home, new_home

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
RUNNER = Path(__file__).with_name("runner.py")
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = new_home(tmp_path_factory.mktemp("empty"))
    yield home
    home.stop_graph()


def run(path: Path, home: Home, *code: str) -> Any:
    """Run a notebook, and then `code`, in a kernel that lives in `home`; return it with its outputs."""
    done = subprocess.run(
        [sys.executable, RUNNER, str(path), *code],
        env=home.environment(),
        cwd=home.person,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return nbformat.reads(done.stdout, as_version=4)


def shown(notebook: Any) -> str:
    """Return everything that a run put on the page, as JSON."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return json.dumps([cell.outputs for cell in cells])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_clean(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    nbformat.validate(nbformat.from_dict(content))
    assert (content["nbformat"], content["nbformat_minor"] >= 5) == (4, True)
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert content["metadata"]["title"]
    for cell in content["cells"]:
        assert cell["id"]
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            assert len(cell["source"]) <= 6, "logic belongs in a package"
    assert content["cells"][0]["cell_type"] == "markdown", "a page says first what it is about"
    assert "".join(content["cells"][0]["source"]).startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_on_nothing_and_says_what_to_do(path: Path, empty_home: Home) -> None:
    said = shown(run(path, empty_home))
    assert '"error"' not in said
    if path.stem == "01_ingest":
        assert WIDGET in said
    else:
        assert "01_ingest.ipynb" in said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_on_the_demonstration(path: Path, full_home: Home) -> None:
    said = shown(run(path, full_home))
    assert '"error"' not in said
    assert '"stream"' not in said, "nothing is printed: neither warnings nor progress"
    assert WIDGET in said
    assert "01_ingest.ipynb" not in said


def test_links_lead_to_notebooks_that_are_there() -> None:
    names = {path.name for path in NOTEBOOKS}
    linked: set[str] = set()
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            linked |= set(re.findall(r"\(([\w./]+\.ipynb)\)", cell.source))
    assert linked
    assert linked <= names


def test_a_dashboards_kernel_stays_light(full_home: Home) -> None:
    """Decoders and compilers stay out of a page's kernel: they are the jobs' and the workers'."""
    matching = next(path for path in NOTEBOOKS if path.stem == "03_matching")
    heavy = ("cv2", "numba", "av", "sklearn", "PIL")
    question = f"import sys; print([name for name in {heavy!r} if name in sys.modules])"
    assert run(matching, full_home, question).cells[-1].outputs[0].text.strip() == "[]"


def test_the_kernel_is_this_python() -> None:
    spec = OnlyThisPython().get_kernel_spec("python3")
    assert spec.argv[0] == sys.executable
    assert list(OnlyThisPython().get_all_specs()) == ["python3"]
