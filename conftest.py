"""What every test shares: its own TAGCAT_HOME, and the folder of real media where there is one."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A machine that is busy is no failure: timings never decide a test.
settings.register_profile("tagcat", deadline=None)
settings.load_profile("tagcat")

CHECKOUT = Path(__file__).resolve().parent
sys.path.insert(0, str(CHECKOUT))  # where pytest was not started as `python -m pytest`
pytest_plugins = ["tests.graph.engines"]


@pytest.fixture(autouse=True)
def tagcat_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TAGCAT_HOME, so that no test sees another's state or the person's own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TAGCAT_HOME", str(folder))
    monkeypatch.delenv("TAGCAT_USER", raising=False)
    for name in ("URI", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.delenv(f"TAGCAT_GRAPH_{name}", raising=False)
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that takes long on Neo4j be a long form there alone."""
    for item in items:
        if item.get_closest_marker("soak_on_neo4j") and "[neo4j" in item.name:
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of real images, videos, hostile files and ground truth."""
    folder = Path(os.environ.get("TAGCAT_TEST_MEDIA", CHECKOUT.parent / "shared" / "media"))
    if not (folder / "images").is_dir():
        pytest.skip(f"no test media in {folder}: set TAGCAT_TEST_MEDIA to the folder that holds them")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI nothing may skip: say what did."""
    for report in terminalreporter.stats.get("skipped", []) if os.environ.get("TAGCAT_CI") else []:
        terminalreporter.write_line(f"skipped, which CI does not allow: {report.nodeid}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TAGCAT_CI") and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
