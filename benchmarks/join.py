"""The exact radius join beside its peers, in one run: `python benchmarks/join.py [N …] [--radius r …]`.

Ours runs whole, every pair streamed in chunks and counted. The peers (numpy brute force and, with
`pip install faiss-cpu`, faiss IndexBinaryFlat range search) compare everything, so they answer a sample
of the queries, and their time is taken times N / sample. Their answers are checked against ours, pair by
pair, outside the measured time; so are compilation and imports. Prints a table, then one line of JSON
with the ratios.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tagcat_kernel.hamming import radius_join

Hashes = npt.NDArray[np.uint64]
Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

CHUNK = 1 << 20
"""Rows of a streamed piece."""


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


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that work took, and what it gave."""
    start = time.perf_counter()
    out = work()
    return time.perf_counter() - start, out


def of_numpy(hashes: Hashes, sample: npt.NDArray[np.int64], radius: int) -> Found:
    """Compare each sampled hash with all."""
    found = [np.flatnonzero(np.bitwise_count(hashes ^ hashes[at]) <= radius) for at in sample]
    return np.repeat(np.arange(len(sample)), [len(hits) for hits in found]), np.concatenate(found)


def of_faiss(index: Any, hashes: Hashes, sample: npt.NDArray[np.int64], radius: int) -> Found:
    """Ask faiss, whose radius excludes the distance itself."""
    limits, _, found = index.range_search(hashes[sample].view(np.uint8).reshape(-1, 8), radius + 1)
    return np.repeat(np.arange(len(sample)), np.diff(limits.astype(np.int64))), found


def pairs_of(hashes: Hashes, sample: npt.NDArray[np.int64], radius: int) -> npt.NDArray[np.int64]:
    """Return the pairs i * N + j of the join that have a sampled end, sorted."""
    wanted = np.zeros(len(hashes), np.bool_)
    wanted[sample] = True
    found = [np.empty(0, np.int64)]
    for piece in radius_join(hashes, radius, chunks=CHUNK):
        touched = wanted[piece.i] | wanted[piece.j]
        found.append(piece.i[touched] * len(hashes) + piece.j[touched])
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


def main() -> None:
    """Run every size, kind and radius."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000])
    parser.add_argument("--radius", nargs="*", type=int, default=[4, 8, 10, 16])
    parser.add_argument("--sample", type=int, default=300, help="queries for the peers")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the best counts")
    chosen = parser.parse_args()
    try:
        import faiss
    except ImportError:
        faiss = None
        print("without faiss: pip install faiss-cpu to compare with it")
    sum(map(len, radius_join(uniform(20_000, np.random.default_rng(0)), 8, chunks=CHUNK)))
    ratios: dict[str, dict[str, float]] = {}
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, numpy {np.__version__}")
    print(f"{'hashes':22}{'radius':>7}{'pairs':>13}{'ours':>10}{'numpy':>12}{'faiss Flat':>12}")
    for n in chosen.sizes:
        for kind in (uniform, realistic):
            hashes = kind(n, np.random.default_rng(64))
            sample = np.random.default_rng(1).choice(n, min(n, chosen.sample), replace=False)
            if faiss is not None:
                index = faiss.IndexBinaryFlat(64)
                index.add(hashes.view(np.uint8).reshape(-1, 8))
            for radius in chosen.radius:
                work: dict[str, Callable[[], Any]] = {
                    "ours": lambda h=hashes, r=radius: sum(map(len, radius_join(h, r, chunks=CHUNK))),
                    "numpy": lambda h=hashes, s=sample, r=radius: of_numpy(h, s, r),
                }
                if faiss is not None:
                    work["faiss_flat"] = lambda x=index, h=hashes, s=sample, r=radius: of_faiss(x, h, s, r)
                # Alternately, and the best of each: another program's burst of work hits all or none.
                best = dict.fromkeys(work, float("inf"))
                gave: dict[str, Any] = {}
                for _ in range(chosen.repeat):
                    for name, run in work.items():
                        took, gave[name] = timed(run)
                        best[name] = min(best[name], took)
                count, seconds = gave.pop("ours"), best.pop("ours")
                pairs = pairs_of(hashes, sample, radius)
                for name, found in gave.items():
                    check(name, pairs, n, sample, found)
                row = {name: took * n / len(sample) / seconds for name, took in best.items()}
                ratios[f"{kind.__name__} {n} r={radius}"] = {
                    peer: round(times, 2) for peer, times in row.items()
                }
                peers = [f"{row[peer]:.1f} ×" if peer in row else "–" for peer in ("numpy", "faiss_flat")]
                print(f"{kind.__name__:12}{n:10}{radius:7}{count:13}{seconds:8.2f} s", end="")
                print("".join(f"{peer:>12}" for peer in peers))
    print(json.dumps({"benchmark": "join", "times_faster": ratios}))


if __name__ == "__main__":
    main()
