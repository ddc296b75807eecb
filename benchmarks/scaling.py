"""What grows with a collection: `python benchmarks/scaling.py`; docs/scaling.md reckons with its figures.

Pictures of 4 MP are hashed by the decoder pool and on a Dask cluster of 2 processes on this machine; hashes
are joined at 8 bits at growing N; and image records without files behind them are stored in a new embedded
graph, in transactions of 200 as ingest does, whose time, memory and disk are watched.
"""

import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parent))
from join import realistic, uniform
from side_by_side import Report, alternately, options, peak_memory, seconds

from tagcat_kernel import hash_images, radius_join
from tagcat_kernel.records import ImageRecord

BATCH = 200


def photographs(folder: Path, count: int) -> list[Path]:
    """Write smooth random pictures of 4 MP with noise, each of about 2 MB."""
    from PIL import Image

    for number in range(count):
        rng = np.random.default_rng(number)
        smooth = Image.fromarray(rng.integers(40, 216, (18, 24, 3), np.uint8))
        pixels = np.asarray(smooth.resize((2304, 1728), Image.Resampling.BICUBIC), np.int16)
        noisy = pixels + rng.normal(0, 6, pixels.shape).astype(np.int16)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.jpg", quality=90)
    return sorted(folder.iterdir())


def hashing(report: Report, count: int, folder: Path) -> None:
    """Hash by the pool and by Dask in turns; each run decodes everything, as its cache is new."""
    from distributed import Client, LocalCluster

    paths = photographs(folder, count)
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:

        def forget(home: str) -> None:
            os.environ["TAGCAT_HOME"] = home

        def run(on_dask: bool) -> list[ImageRecord]:
            home = tempfile.mkdtemp(dir=folder.parent)
            forget(home)
            client.run(forget, home)
            executor = client.get_executor() if on_dask else None
            return hash_images(paths, workers=2, progress=False, executor=executor)

        runs = alternately({"pool": lambda: run(False), "dask": lambda: run(True)}, 2)
    if runs["pool"].gave != runs["dask"].gave:
        raise SystemExit("the pool and Dask disagree")
    for name, one in runs.items():
        rate = f"{count / one.best:.0f} pictures/s, {megabytes / one.best:.0f} MB/s"
        report.row([f"hash {count} pictures of 4 MP", name, seconds(one.best), rate], name, {})


def joining(report: Report, sizes: list[int]) -> None:
    """Join at the default distance."""
    sum(map(len, radius_join(uniform(20_000, np.random.default_rng(0)), 8, chunks=1 << 20)))
    for kind in (uniform, realistic):
        for n in sizes:
            hashes = kind(n, np.random.default_rng(64))
            start = time.perf_counter()
            pairs, peak = peak_memory(lambda: sum(map(len, radius_join(hashes, 8, chunks=1 << 20))))  # noqa: B023
            took = time.perf_counter() - start
            told = f"{pairs:,} pairs, {peak / 1e9:.2f} GB"
            report.row(
                [f"join {n:,} hashes within 8", kind.__name__, seconds(took), told],
                f"{kind.__name__} {n}",
                {},
            )


def storing(report: Report, count: int, folder: Path) -> None:
    """Store records as ingest does, in a graph of its own."""
    from tagcat_kernel.graph import connect, server
    from tagcat_kernel.graph.collection import Collection

    os.environ["TAGCAT_HOME"] = str(folder / "graph home")
    collection = Collection(connect(), "scale")
    hashes = realistic(count, np.random.default_rng(64))
    records = [
        ImageRecord(
            path=f"/pictures/{n // 1000}/{n}.jpg",
            md5=hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest(),
            dhash=int(value),
            width=4000,
            height=3000,
            bytes=4_000_000,
            modified=n,
        )
        for n, value in enumerate(hashes)
    ]
    try:
        began = last = time.perf_counter()
        for start in range(0, count, BATCH):
            collection.store(records[start : start + BATCH], source="Linux: scaling")
            if (start + BATCH) % (count // 2) == 0:
                now = time.perf_counter()
                rate = f"{count // 2 / (now - last):.0f} images/s"
                report.row(
                    [f"store images up to {start + BATCH:,}", "embedded", seconds(now - last), rate],
                    f"{start}",
                    {},
                )
                last = now
        home = folder / "graph home"
        disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        status = server.status()
        resident = psutil.Process(status.pid).memory_info().rss if status else 0
        matches = collection.counts()["matches"]
        told = (
            f"{matches:,} matches; {disk / count:.0f} bytes of disk an image; server {resident / 1e6:.0f} MB"
        )
        report.row(
            [f"{count:,} images stored", "embedded", seconds(time.perf_counter() - began), told], "stored", {}
        )
    finally:
        server.stop()


STORY = """\
What `docs/scaling.md` reckons with. Hashing: pictures of noise and smooth colours, each run with an empty
cache; Dask has two processes on this machine. Joining: at the default distance of 8 bits, pairs streamed.
Storing: records of realistic hashes without files behind them, matched as they come, in transactions of
200, in a new embedded graph."""


def main() -> None:
    """Run all."""
    arguments = options(__doc__)
    arguments.add_argument("--pictures", type=int, default=48)
    arguments.add_argument("--join", nargs="*", type=int, default=[250_000, 1_000_000, 4_000_000])
    arguments.add_argument("--store", type=int, default=20_000)
    chosen = arguments.parse_args()
    columns = ["work", "by", "time", "result"]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        Report("Scaling", STORY, columns, chosen, ["distributed", "arcadedb"]) as report,
    ):
        folder = Path(name) / "pictures"
        folder.mkdir()
        hashing(report, chosen.pictures, folder)
        joining(report, chosen.join)
        storing(report, chosen.store, Path(name))


if __name__ == "__main__":
    main()
