"""The demonstration collection, ingested once for all tests that only look at it."""

from collections.abc import Iterator

import pytest

from tests.browser.serving import Home, new_home


@pytest.fixture(scope="session")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home that holds the demonstration collection."""
    home = new_home(tmp_path_factory.mktemp("full"))
    home.fill()
    yield home
    home.stop_graph()
