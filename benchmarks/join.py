"""The exact radius join beside its peers: `python benchmarks/join.py [N …] [--radius r …] [--kind k …]`.

Without N, 10⁵ and 10⁶ hashes of both kinds, and 10⁷ uniform ones (once, not three times: it takes minutes).

Ours runs whole, every pair streamed in chunks and counted. The peers (numpy brute force, faiss
IndexBinaryFlat range search and, as the one that needs not compare everything, faiss
IndexBinaryMultiHash) answer a sample of the queries, and their time is taken times N / sample. Their
answers are checked against ours, pair by pair, outside the measured time; so are compilation and imports.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent))
from side_by_side import Report, alternately, options, peak_memory, seconds

from tagcat_kernel.hamming import Pairs, radius_join

Hashes = npt.NDArray[np.uint64]
Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

CHUNK = 1 << 20
"""Rows of a streamed piece."""

PEERS = ["numpy", "faiss Flat", "faiss MultiHash"]

RADII = {100_000: [4, 8, 10, 16], 1_000_000: [4, 8, 10, 16], 10_000_000: [4, 8, 10]}
"""What is run without arguments."""

MANY = 10_000_000
"""From so many hashes on only uniform ones are joined, once, unless asked for."""

KEPT = 2_000_000
"""Pairs up to which the measured run's own are held against the peers; of more they are found once more."""


def uniform(n: int, rng: np.random.Generator) -> Hashes:
    """Every bit a coin."""
    return rng.integers(0, 2**64, n, dtype=np.uint64)


def realistic(n: int, rng: np.random.Generator) -> Hashes:
    """Hashes as a collection of pictures has them: smooth pictures, many copies, a few heavy equal groups.

    A scene is a random picture with the spectrum of photographs (amplitude 1/f), hashed as 9 × 8 means.
    Scenes have copies (sizes by a power law) that differ in few bits, and 5 % of all items share ten hashes.
    """
    scenes = max(1, n // 3)
    rows, columns = np.meshgrid(np.fft.fftfreq(8), np.fft.rfftfreq(9), indexing="ij")
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    hashes = np.empty(scenes, np.uint64)
    for low in range(0, scenes, 50_000):
        count = min(50_000, scenes - low)
        waves = rng.normal(size=(count, *frequency.shape)) + 1j * rng.normal(size=(count, *frequency.shape))
        means = np.fft.irfft2(waves / frequency, s=(8, 9))
        bits = np.packbits((means[:, :, 1:] > means[:, :, :-1]).reshape(count, 64), axis=1)
        hashes[low : low + count] = bits.view(">u8").reshape(count)
    weights = rng.pareto(1.2, scenes) + 0.2
    out = hashes[rng.choice(scenes, n, p=weights / weights.sum())]
    for _ in range(4):  # each round flips one bit of some items, so that copies differ in 0 to 4
        changed = rng.random(n) < 0.3
        out[changed] ^= np.uint64(1) << rng.integers(0, 64, np.count_nonzero(changed), dtype=np.uint64)
    heavy = rng.random(n) < 0.05
    out[heavy] = hashes[rng.zipf(1.6, np.count_nonzero(heavy)) % min(10, scenes)]
    return out


KINDS = {kind.__name__: kind for kind in (uniform, realistic)}


def of_numpy(hashes: Hashes, queries: Hashes, radius: int) -> Found:
    """Compare each query with all."""
    found = [np.flatnonzero(np.bitwise_count(hashes ^ query) <= radius) for query in queries]
    return np.repeat(np.arange(len(queries)), [len(hits) for hits in found]), np.concatenate(found)


def of_faiss(index: Any, queries: Hashes, radius: int) -> Found:
    """Ask a faiss index, whose radius excludes the distance itself."""
    limits, _, found = index.range_search(queries.view(np.uint8).reshape(-1, 8), radius + 1)
    return np.repeat(np.arange(len(queries)), np.diff(limits.astype(np.int64))), found


def faiss_indices(hashes: Hashes, *, multi: bool = True) -> dict[str, Any]:
    """Return faiss indices of the hashes by their names; none without faiss."""
    try:
        import faiss
    except ImportError:
        print("without faiss: pip install faiss-cpu to compare with it")
        return {}
    data = hashes.view(np.uint8).reshape(-1, 8)
    found = {"faiss Flat": faiss.IndexBinaryFlat(64)}
    if multi:
        # Four tables of 16 bits. Exact where a radius asks each table for `nflip` = radius // 4 changed bits.
        found["faiss MultiHash"] = faiss.IndexBinaryMultiHash(64, 4, 16)
    for index in found.values():
        index.add(data)
    return found


def count_pairs(hashes: Hashes, radius: int) -> tuple[int, list[Pairs]]:
    """Join in chunks; return how many pairs there are, and those up to `KEPT`."""
    count, kept = 0, list[Pairs]()
    for piece in radius_join(hashes, radius, chunks=CHUNK):
        count += len(piece)
        if count <= KEPT:
            kept.append(piece)
    return count, kept


def touching(pieces: Iterable[Pairs], n: int, sample: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the pairs i * N + j that have a sampled end, sorted."""
    wanted = np.zeros(n, np.bool_)
    wanted[sample] = True
    found = [np.empty(0, np.int64)]
    for piece in pieces:
        touched = wanted[piece.i] | wanted[piece.j]
        found.append(piece.i[touched] * n + piece.j[touched])
    return np.sort(np.concatenate(found))


def check(
    name: str, ours: npt.NDArray[np.int64], n: int, sample: npt.NDArray[np.int64], found: Found
) -> None:
    """Hold a peer's answers to the sample against the pairs of the join."""
    at = sample[found[0]]
    other = at != found[1]  # the join has no pair of an item with itself
    at, near = at[other], found[1][other]
    if not np.array_equal(ours, np.unique(np.minimum(at, near) * n + np.maximum(at, near))):
        raise SystemExit(f"{name} and radius_join disagree")


def one_size(kind: str, n: int, radii: list[int], chosen: Any, report: Report) -> None:
    """Add a row for each radius."""
    hashes = KINDS[kind](n, np.random.default_rng(64))
    sample = np.random.default_rng(1).choice(n, min(n, chosen.sample), replace=False)
    indices = faiss_indices(hashes, multi=n <= chosen.multi_up_to)
    for radius in radii:

        def ours(radius: int = radius) -> tuple[tuple[int, list[Pairs]], int]:
            return peak_memory(lambda: count_pairs(hashes, radius))

        work: dict[str, Callable[[], Any]] = {
            "ours": ours,
            "numpy": lambda r=radius: of_numpy(hashes, hashes[sample], r),
        }
        for name, index in indices.items():
            if name == "faiss MultiHash":
                index.nflip = radius // 4
            work[name] = lambda x=index, r=radius: of_faiss(x, hashes[sample], r)
        runs = alternately(work, 1 if n >= MANY else chosen.repeat)
        mine = runs.pop("ours")
        (count, kept), peak = mine.gave
        pairs = touching(kept if count <= KEPT else radius_join(hashes, radius, chunks=CHUNK), n, sample)
        for name, run in runs.items():
            check(name, pairs, n, sample, run.gave)
        times = {name: run.best * n / len(sample) / mine.best for name, run in runs.items()}
        told = [f"{times[peer]:.1f} ×" if peer in times else "–" for peer in PEERS]
        report.row(
            [f"{kind} {n:,}", f"{radius}", f"{count:,}", seconds(mine.best), f"{peak / 1e9:.2f} GB", *told],
            f"{kind} {n} r={radius}",
            times,
        )


def main() -> None:
    """Run every size, kind and radius."""
    arguments = options(__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=list(RADII))
    arguments.add_argument("--radius", nargs="*", type=int)
    arguments.add_argument("--kind", nargs="*", choices=list(KINDS))
    arguments.add_argument("--sample", type=int, default=300, help="queries for the peers")
    arguments.add_argument("--multi-up-to", type=int, default=1_000_000, help="largest N for MultiHash")
    chosen = arguments.parse_args()
    sum(map(len, radius_join(uniform(20_000, np.random.default_rng(0)), 8, chunks=CHUNK)))
    for n in chosen.sizes:
        asked = min(n, chosen.sample)
        story = (
            f"All pairs of {n:,} hashes within a radius, every pair streamed in chunks of {CHUNK:,} rows.\n"
            f"The peers answered {asked:,} of the queries: their time is taken times N / {asked:,}, and\n"
            "their answers are ours, pair by pair. The peak memory is that of the whole process while ours\n"
            "ran, the peers' indices included."
        )
        with Report(
            f"Radius join of {n:,} hashes",
            story,
            ["hashes", "radius", "pairs", "ours", "peak memory", *PEERS],
            chosen,
            ["faiss-cpu"],
        ) as report:
            for kind in chosen.kind or (["uniform"] if n >= MANY else KINDS):
                one_size(kind, n, chosen.radius or RADII.get(n, RADII[100_000]), chosen, report)


if __name__ == "__main__":
    main()
