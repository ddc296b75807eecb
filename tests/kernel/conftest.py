"""What several of the kernel's tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest

pillow_heif.register_heif_opener()  # for writing; and so the stand-in below is met by new processes only


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a Dask cluster of 2 processes, with a TAGCAT_HOME of its own."""
    from distributed import Client, LocalCluster

    home = tmp_path_factory.mktemp("another machine")
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, env={"TAGCAT_HOME": str(home)}
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def without_heif(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """As if pillow-heif were of another version and could not be imported, until its `undo()`."""
    folder = tmp_path / "packages"
    (folder / "pillow_heif-0.0.1.dist-info").mkdir(parents=True)
    (folder / "pillow_heif-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: pillow-heif\nVersion: 0.0.1\n"
    )
    (folder / "pillow_heif.py").write_text("raise ImportError('made for another Pillow')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        yield patch
