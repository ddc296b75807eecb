"""The graph at its promised size, both engines in one run: `python benchmarks/graph.py [--frames N]`.

The collection is half an archive that was seen once and half one that recurs: sets of 21 copies of a
video, each copy a bit from its scene, so that every frame of them has 20 matches. All goes through
`Collection.store`, a video a transaction. Then the questions are asked that pages ask, the groups are held
against what the data must give, and the server is stopped and started again. Memory is the highest that
the server's process ever had.
"""

import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import Report, options, seconds

from tagcat_kernel.graph import connect, server
from tagcat_kernel.graph.collection import Collection
from tagcat_kernel.graph.drivers import close_drivers
from tagcat_kernel.graph.session import Graph
from tagcat_kernel.hamming import radius_search
from tagcat_kernel.records import KeyFrame, VideoRecord

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.graph.neo4j_server import Neo4jServer, missing
from tests.graph.things import md5, telling

COPIES = 21
"""Of each video of the half that recurs: 210 matches a scene."""


def videos(frames: int) -> tuple[list[VideoRecord], list[VideoRecord]]:
    """Return the videos that were seen once and those that recur, half of the frames each."""
    once = [_video(f"once {n}", telling(n, frames // 200)) for n in range(100)]
    again = []
    for scene in range(5):
        hashes = telling(1000 + scene, round(frames / 2 / 5 / COPIES))
        again += [_video(f"set {scene} {n}", [h ^ 1 << 10 + n for h in hashes]) for n in range(COPIES)]
    return once, again


def _video(name: str, hashes: list[int]) -> VideoRecord:
    shown = tuple(KeyFrame(position=k / 5, dhash=dhash, sample=5 * k) for k, dhash in enumerate(hashes))
    facts = {"duration": len(hashes) / 5, "fps": 25.0, "width": 640, "height": 360, "bytes": 1, "modified": 1}
    return VideoRecord(f"/{name}.mp4", md5(name), frames=shown, **facts)  # type: ignore[arg-type]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that work took, and what it gave."""
    start = time.perf_counter()
    gave = work()
    return time.perf_counter() - start, gave


def peak(pid: int) -> int:
    """Return the most resident bytes that a process ever had (0 outside Linux)."""
    told = Path(f"/proc/{pid}/status")
    found = re.search(r"^VmHWM:\s+(\d+) kB", told.read_text(), re.MULTILINE) if told.exists() else None
    return 1024 * int(found[1]) if found else 0


def life(graph: Graph, once: list[VideoRecord], again: list[VideoRecord], repeat: int) -> dict[str, float]:
    """Fill a collection and ask it; return what each part took, or how many a second there were."""
    own = Collection(graph, "ada")
    Collection(graph, "warm").store(once[:1], source="benchmark")

    def fill(records: list[VideoRecord]) -> int:
        return sum(own.store([record], source="benchmark").matches for record in records)

    alone, few = timed(lambda: fill(once))
    together, many = timed(lambda: fill(again))
    numbers = [sum(len(record.frames) for record in records) for records in (once, again)]
    told = f"{sum(numbers):,} frames, {few + many:,} matches, {numbers[0] / alone:,.0f} frames a second"
    print(f"  {told}, {many / together:,.0f} matches a second", flush=True)
    # A new Collection each time: nothing is remembered, as in a process that has just begun.
    reading = min(timed(lambda: Collection(graph, "ada").hashes())[0] for _ in range(repeat))
    keys = random.Random(3).sample(own.hashes().keys.tolist()[::-1], 200)
    around = [timed(lambda key=key: own.neighbourhood(key, 2)) for key in keys]  # type: ignore[misc]
    grouping, groups = timed(own.components)
    sizes = np.bincount(groups.group)
    # By chance two scenes may be near each other: then their groups are one.
    if np.count_nonzero(sizes[groups.group] >= COPIES) < numbers[1]:
        raise SystemExit("the groups are not those of the data")
    return {
        "frames without a match, stored a second": numbers[0] / alone,
        "frames with 20 matches each, stored a second": numbers[1] / together,
        "matches stored a second": many / together,
        "all hashes as columns": reading,
        "a neighbourhood of 2 hops (median)": float(np.median([took for took, _ in around])),
        "a neighbourhood of 2 hops (95 of 100)": float(np.quantile([took for took, _ in around], 0.95)),
        "groups of all matches": grouping,
    }


def embedded(work: Callable[[Graph], dict[str, float]]) -> dict[str, float]:
    """Run on the embedded engine, then start its server again."""
    try:
        found = work(connect())
        running = server.status()
        highest = peak(running.pid) if running else 0
        close_drivers()
        server.stop()
        found["start to first answer"], _ = timed(lambda: Collection(connect(), "ada").settings)
        return found | {"server's memory at its peak": highest}
    finally:
        close_drivers()
        server.stop()


def neo4j(work: Callable[[Graph], dict[str, float]], home: Path) -> dict[str, float]:
    """Run on a Neo4j of this machine, then start it again."""
    with Neo4jServer(home) as running:
        found = work(connect(running.endpoint()))
        assert running._process is not None
        highest = peak(running._process.pid)
        close_drivers()

    def start() -> Neo4jServer:
        again = Neo4jServer(home)
        again.__enter__()
        _ = Collection(connect(again.endpoint()), "ada").settings
        return again

    found["start to first answer"], again = timed(start)
    close_drivers()
    again.__exit__(None, None, None)
    return found | {"server's memory at its peak": highest}


PROMISED = {
    "frames without a match, stored a second": "≥ 5,000",
    "all hashes as columns": "≤ 1.5 s",
    "a neighbourhood of 2 hops (median)": "≤ 20 ms",
    "groups of all matches": "≤ 15 s",
    "start to first answer": "≤ 2 s",
    "server's memory at its peak": "≤ 1,000 MB",
}

STORY = """\
A collection of 200,000 key frames and a million matches on the embedded engine and on Neo4j 5, stored
through `Collection.store`, a video a transaction. Half of the frames have no match, half have twenty. What
is promised of the embedded engine stands beside it."""


def written(name: str, value: float) -> str:
    """Return a number with its unit."""
    if "a second" in name:
        return f"{value:,.0f}"
    return f"{value / 1e6:,.0f} MB" if "memory" in name else seconds(value)


def main() -> None:
    """Run both engines, one after the other."""
    arguments = options(__doc__)
    arguments.add_argument("--frames", type=int, default=200_000)
    chosen = arguments.parse_args()
    some = np.arange(10_000, dtype=np.uint64)
    radius_search(some, some, 0)  # compiled before any clock starts
    once, again = videos(chosen.frames)
    runs = {}
    for name in [name for name in os.environ if name.startswith("TAGCAT_GRAPH_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TAGCAT_HOME"] = folder
        runs["embedded"] = embedded(lambda graph: life(graph, once, again, chosen.repeat))
        if trouble := missing():
            print(trouble)
        else:
            at = Path(folder) / "neo4j"
            runs["Neo4j 5"] = neo4j(lambda graph: life(graph, once, again, chosen.repeat), at)
    columns = ["200,000 frames", *runs, "promised"]
    with Report("The graph", STORY, columns, chosen, ["arcadedb", "neo4j", "neo4j-rust-ext"]) as report:
        for name, value in runs["embedded"].items():
            others = {other: run[name] for other, run in runs.items() if other != "embedded"}
            more = {
                other: value / theirs if "a second" in name else theirs / value
                for other, theirs in others.items()
            }
            cells = [written(name, value), *(written(name, theirs) for theirs in others.values())]
            report.row([name, *cells, PROMISED.get(name, "")], name, more)


if __name__ == "__main__":
    main()
