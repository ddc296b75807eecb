"""KModes and MCA beside kmodes and prince, in one run: `python benchmarks/clustering.py [N …] [--k k …]`.

Ours and each peer run alternately, and the best time of each counts; compilation and imports are outside.
KModes is held against kmodes with both of its starts, Cao's and Huang's, each run once (the library
itself runs Huang's ten times); ours makes its ten starts. The highest cost of our seeds is shown against
the peer's, and named on stderr where it is above. MCA must agree with prince in coordinates (up to sign),
eigenvalues and inertia. Prints a table, then one line of JSON with the ratios. Peers take minutes from
10⁵ hashes on: `--peers-up-to`.
"""

import argparse
import json
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent))
from join import realistic, uniform

from tagcat_kernel.clustering import MCA, KModes, pack, unpack

Hashes = npt.NDArray[np.uint64]


def clustered(n: int, rng: np.random.Generator) -> Hashes:
    """Twenty centres, each bit of a copy flipped with probability 0.1."""
    centres = rng.integers(0, 2, (20, 64), np.uint8)
    return pack(centres[rng.integers(0, 20, n)] ^ (rng.random((n, 64)) < 0.1))


def alternately(work: dict[str, Callable[[], Any]], repeat: dict[str, int]) -> dict[str, tuple[float, Any]]:
    """Run each in turn; return the best seconds of each, and what it gave last."""
    best = dict.fromkeys(work, float("inf"))
    gave: dict[str, Any] = {}
    for number in range(max(repeat.values())):
        for name, run in work.items():
            if number < repeat[name]:
                start = time.perf_counter()
                gave[name] = run()
                best[name] = min(best[name], time.perf_counter() - start)
    return {name: (best[name], gave[name]) for name in work}


def kmodes_row(hashes: Hashes, k: int, repeat: int, peers: bool) -> tuple[str, dict[str, float]]:
    """Return a line of the table, and how many times faster than each peer."""
    from kmodes.kmodes import KModes as Library

    bits, costs, seeds = unpack(hashes), [], iter(range(1000))

    def ours() -> None:
        costs.append(KModes(k, random_state=next(seeds)).fit(hashes).cost_)

    work: dict[str, Callable[[], Any]] = {"ours": ours}
    if peers:
        for init in ("Cao", "Huang"):
            work[init] = lambda init=init: Library(k, init=init, n_init=1, random_state=0).fit(bits).cost_
    found = alternately(work, {"ours": repeat, "Cao": 1, "Huang": 1})
    seconds, _ = found.pop("ours")
    for init, (_, cost) in found.items():
        if max(costs) > cost:
            print(
                f"kmodes ({init}) found {int(cost)}, KModes {max(costs)}: at a higher cost", file=sys.stderr
            )
    told = "".join(
        f"{took / seconds:9.0f} × {100 * max(costs) / cost - 100:+7.2f} %" for took, cost in found.values()
    )
    return f"{seconds:10.4f} s {told}", {init: round(took / seconds, 1) for init, (took, _) in found.items()}


def mca_row(hashes: Hashes, repeat: int, peers: bool) -> tuple[str, dict[str, float]]:
    """Return a line of the table, and how many times faster than prince."""

    def ours() -> tuple[Any, npt.NDArray[np.float64]]:
        found = MCA(2).fit(hashes)
        return found, found.transform(hashes)

    def theirs() -> None:
        import pandas as pd
        import prince

        # One value a bit as it comes: text columns, which is what prince takes for categories.
        table = pd.DataFrame(unpack(hashes)).astype(str)
        prince.MCA(n_components=2, random_state=0).fit(table).row_coordinates(table)

    found = alternately(
        {"ours": ours} | ({"prince": theirs} if peers else {}), {"ours": 4 * repeat, "prince": 1}
    )
    seconds, (model, places) = found["ours"]
    if not peers:
        return f"{seconds:10.4f} s", {}
    other = MCA(2, engine="prince").fit(hashes)  # exact: prince's default is not, on axes of like inertia
    off = max(
        np.abs(np.abs(places) - np.abs(other.transform(hashes))).max(),
        np.abs(model.eigenvalues_ - other.eigenvalues_).max(),
        abs(model.total_inertia_ - other.total_inertia_),
    )
    if off > 1e-5:
        raise SystemExit(f"prince and MCA disagree by {off}")
    times = found["prince"][0] / seconds
    return f"{seconds:10.4f} s {times:9.0f} × {off:9.0e}", {"prince": round(times, 1)}


def main() -> None:
    """Run every size and kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 5000])
    parser.add_argument("--k", nargs="*", type=int, default=[8, 32])
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours, each with its own seed")
    parser.add_argument("--peers-up-to", type=int, default=100_000, help="largest size that peers run")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", module=r"(kmodes|prince)\b")
    for engine in ("tagcat", "prince"):
        MCA(2, engine=engine).fit_transform(uniform(100, np.random.default_rng(0)))
    KModes(3).fit(uniform(100, np.random.default_rng(0)))
    ratios: dict[str, dict[str, float]] = {}
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, numpy {np.__version__}")
    print(
        f"{'':32}{'ours':>12}{'kmodes Cao, cost':>21}{'kmodes Huang, cost':>21}   (MCA: prince, difference)"
    )
    for n in chosen.sizes:
        for kind in (uniform, clustered, realistic):
            hashes = kind(n, np.random.default_rng(64))
            rows: dict[str, Callable[..., Any]] = {
                f"KModes k={k}": lambda h=hashes, k=k: kmodes_row(
                    h, k, chosen.repeat, len(h) <= chosen.peers_up_to
                )
                for k in chosen.k
            }
            rows["MCA"] = lambda h=hashes: mca_row(h, chosen.repeat, len(h) <= chosen.peers_up_to)
            for name, row in rows.items():
                line, times = row()
                print(f"{kind.__name__:10}{n:9} {name:12}{line}", flush=True)
                ratios[f"{name} {kind.__name__} {n}"] = times
    print(json.dumps({"benchmark": "clustering", "times_faster": ratios}))


if __name__ == "__main__":
    main()
