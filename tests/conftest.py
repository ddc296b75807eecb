"""The demonstration collection: drawn once a run, and ingested once for all tests that only look at it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tagcat_kernel.demo import demonstration
from tagcat_kernel.media import workers
from tests.browser.serving import Home, new_home


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Put the demonstration collection into a TAGCAT_HOME, as `demonstration` would draw it in seconds."""
    own = tmp_path_factory.mktemp("drawn")
    base = tmp_path_factory.getbasetemp()
    drawn = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration"
    if not drawn.is_dir():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TAGCAT_HOME", str(own))
            made = demonstration()
        try:
            made.rename(drawn)  # whole, for the other workers
        except OSError:  # one of them was faster
            shutil.rmtree(made)

    def put(home: Path) -> Path:
        return Path(shutil.copytree(drawn, home / "demonstration"))

    return put


@pytest.fixture
def one_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pools that are not told how many decoders they have start one: each is half a second's work."""
    monkeypatch.setattr(workers, "_cores", lambda: 1)


@pytest.fixture
def drawn(tagcat_home: Path, demonstrated: Callable[[Path], Path]) -> Path:
    """The demonstration collection, in this test's TAGCAT_HOME."""
    return demonstrated(tagcat_home)


@pytest.fixture(scope="session")
def full_home(
    tmp_path_factory: pytest.TempPathFactory, demonstrated: Callable[[Path], Path]
) -> Iterator[Home]:
    """A home that holds the demonstration collection."""
    home = new_home(tmp_path_factory.mktemp("full"))
    home.run("ingest", str(demonstrated(home.tagcat)))
    yield home
    home.stop_graph()
