"""New hashes against a large collection beside faiss: `python benchmarks/search.py [N …] [--radius r …]`.

1,000 queries, half of them near copies of stored hashes, search N hashes, as they are and in all eight
orientations (8,000 hashes asked, each pair kept once). faiss IndexBinaryFlat range search answers the same
queries, whole, on as many threads; its index is built outside the measured time, ours keeps none. The
answers are held against each other, and so is what all orientations add.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from join import KINDS, Hashes, faiss_indices, of_faiss
from side_by_side import Report, alternately, options, seconds

from tagcat_kernel.hamming import Pairs, radius_search
from tagcat_kernel.orientations import OrientedPairs, oriented_search

QUERIES = 1000

EIGHT_UP_TO = 1_000_000
"""Largest collection in which faiss is asked for eight times as many: beyond, it takes minutes."""

STORY = f"""\
{QUERIES:,} new hashes against a collection, every pair within the radius. faiss IndexBinaryFlat answers the
same on two threads; building its index is not counted, ours needs none. Then what it costs to ask in all
eight orientations, and how that compares with faiss asked eight times as many hashes. Of realistic hashes
half the queries lie near groups of thousands of equal ones: there most of the time goes into writing down
the pairs, in order, which is no faster here than in faiss."""


def asked(hashes: Hashes, rng: np.random.Generator) -> Hashes:
    """Return queries in eight orientations; every other one is as it is near a stored hash."""
    queries = rng.integers(0, 2**64, (QUERIES, 8), dtype=np.uint64)
    near = rng.choice(hashes, QUERIES // 2)
    for _ in range(3):
        near ^= np.uint64(1) << rng.integers(0, 64, len(near), dtype=np.uint64)
    queries[::2, 0] = near
    return queries


def numbers(i: Any, j: Any, n: int) -> Any:
    """Return pairs as sorted numbers."""
    return np.sort(i.astype(np.int64) * n + j)


def check(gave: dict[str, Any], n: int) -> None:
    """Hold the answers against each other."""
    ours: Pairs = gave["ours"]
    every: OrientedPairs = gave["all orientations"]
    if "faiss Flat" in gave and not np.array_equal(
        numbers(ours.i, ours.j, n), numbers(*gave["faiss Flat"], n)
    ):
        raise SystemExit("faiss and radius_search disagree")
    if "faiss Flat, 8,000" in gave:
        i, j = gave["faiss Flat, 8,000"]
        if not np.array_equal(numbers(every.i, every.j, n), np.unique(numbers(i // 8, j, n))):
            raise SystemExit("faiss and oriented_search disagree")


def main() -> None:
    """Measure each size, kind and radius."""
    arguments = options(__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1_000_000, 10_000_000])
    arguments.add_argument("--radius", nargs="*", type=int, default=[8, 10])
    arguments.add_argument("--kind", nargs="*", choices=list(KINDS), default=list(KINDS))
    chosen = arguments.parse_args()
    warm = KINDS["uniform"](100_000, np.random.default_rng(0))
    for radius in chosen.radius:  # compiles each of the ways a search may go
        radius_search(warm[:1000], warm, radius)
        radius_search(warm[:8000], warm, radius)
    columns = ["hashes", "radius", "pairs", "ours", "faiss Flat", "all orientations", "cost", "faiss, all 8"]
    with Report("Search", STORY, columns, chosen, ["faiss-cpu"]) as report:
        for n in chosen.sizes:
            for kind in chosen.kind:
                hashes = KINDS[kind](n, np.random.default_rng(64))
                queries = asked(hashes, np.random.default_rng(1))
                as_is = np.ascontiguousarray(queries[:, 0])
                indices = faiss_indices(hashes, multi=False)
                for radius in chosen.radius:
                    work: dict[str, Callable[[], Any]] = {
                        "ours": lambda q=as_is, h=hashes, r=radius: radius_search(q, h, r),
                        "all orientations": lambda q=queries, h=hashes, r=radius: oriented_search(q, h, r),
                    }
                    for name, index in indices.items():
                        work[name] = lambda x=index, q=as_is, r=radius: of_faiss(x, q, r)
                        if n <= EIGHT_UP_TO:
                            work[f"{name}, 8,000"] = lambda x=index, q=queries, r=radius: of_faiss(
                                x, q.reshape(-1), r
                            )
                    # faiss takes its time over eight times as many: once says enough.
                    runs = alternately(work, {name: 1 if "8,000" in name else chosen.repeat for name in work})
                    check({name: run.gave for name, run in runs.items()}, n)
                    best = {name: run.best for name, run in runs.items()}
                    mine, every = best["ours"], best["all orientations"]
                    ratios = {"cost of all orientations": every / mine}
                    told = ["–", "–"]
                    if "faiss Flat" in best:
                        ratios["faiss Flat"] = best["faiss Flat"] / mine
                        told[0] = f"{ratios['faiss Flat']:.1f} ×"
                    if "faiss Flat, 8,000" in best:
                        ratios["faiss Flat, all orientations"] = best["faiss Flat, 8,000"] / every
                        told[1] = f"{ratios['faiss Flat, all orientations']:.1f} ×"
                    report.row(
                        [
                            f"{kind} {n:,}",
                            f"{radius}",
                            f"{len(runs['ours'].gave):,}",
                            seconds(mine),
                            told[0],
                            seconds(every),
                            f"{every / mine:.1f} ×",
                            told[1],
                        ],
                        f"{kind} {n} r={radius}",
                        ratios,
                    )


if __name__ == "__main__":
    main()
