"""KModes and MCA beside kmodes and prince, in one run: `python benchmarks/clustering.py [N …] [--k k …]`.

Ours and each peer run alternately, and the best time of each counts; compilation and imports are outside.
KModes is held against kmodes with both of its starts, Cao's and Huang's, each run once (the library
itself runs Huang's ten times); ours makes its ten starts. The highest cost of our seeds is shown against
the peer's, and named on stderr where it is above. MCA must agree with prince in coordinates (up to sign),
eigenvalues and inertia. Peers take minutes from 10⁵ hashes on: `--peers-up-to`.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent))
from join import realistic, uniform
from side_by_side import Report, alternately, options, seconds

from tagcat_kernel.clustering import MCA, KModes, pack, unpack

Hashes = npt.NDArray[np.uint64]


def clustered(n: int, rng: np.random.Generator) -> Hashes:
    """Twenty centres, each bit of a copy flipped with probability 0.1."""
    centres = rng.integers(0, 2, (20, 64), np.uint8)
    return pack(centres[rng.integers(0, 20, n)] ^ (rng.random((n, 64)) < 0.1))


def kmodes_row(hashes: Hashes, k: int, repeat: int, peers: bool) -> tuple[list[str], dict[str, float]]:
    """Return the cells of a row, and how many times longer each peer took."""
    from kmodes.kmodes import KModes as Library

    bits, costs, seeds = unpack(hashes), [], iter(range(1000))

    def ours() -> None:
        costs.append(KModes(k, random_state=next(seeds)).fit(hashes).cost_)

    work: dict[str, Callable[[], Any]] = {"ours": ours}
    if peers:
        for init in ("Cao", "Huang"):
            work[init] = lambda init=init: Library(k, init=init, n_init=1, random_state=0).fit(bits).cost_
    runs = alternately(work, {"ours": repeat, "Cao": 1, "Huang": 1})
    mine = runs.pop("ours").best
    for init, run in runs.items():
        if max(costs) > run.gave:
            told = f"kmodes ({init}) found {int(run.gave)}, KModes {max(costs)}: at a higher cost"
            print(told, file=sys.stderr)
    cells = [f"{run.best / mine:.0f} ×, {100 * max(costs) / run.gave - 100:+.2f} %" for run in runs.values()]
    times = {init: run.best / mine for init, run in runs.items()}
    return [seconds(mine), *(cells or ["–", "–"]), "", ""], times


def mca_row(hashes: Hashes, repeat: int, peers: bool) -> tuple[list[str], dict[str, float]]:
    """Return the cells of a row, and how many times longer prince took."""

    def ours() -> tuple[Any, npt.NDArray[np.float64]]:
        found = MCA(2).fit(hashes)
        return found, found.transform(hashes)

    def theirs() -> None:
        import pandas as pd
        import prince

        # One value a bit as it comes: text columns, which is what prince takes for categories.
        table = pd.DataFrame(unpack(hashes)).astype(str)
        prince.MCA(n_components=2, random_state=0).fit(table).row_coordinates(table)

    work = {"ours": ours} | ({"prince": theirs} if peers else {})
    runs = alternately(work, {"ours": 4 * repeat, "prince": 1})
    mine = runs["ours"].best
    if not peers:
        return [seconds(mine), "", "", "–", "–"], {}
    model, places = runs["ours"].gave
    other = MCA(2, engine="prince").fit(hashes)  # exact: prince's default is not, on axes of like inertia
    off = max(
        np.abs(np.abs(places) - np.abs(other.transform(hashes))).max(),
        np.abs(model.eigenvalues_ - other.eigenvalues_).max(),
        abs(model.total_inertia_ - other.total_inertia_),
    )
    if off > 1e-5:
        raise SystemExit(f"prince and MCA disagree by {off}")
    times = runs["prince"].best / mine
    return [seconds(mine), "", "", f"{times:.0f} ×", f"{off:.0e}"], {"prince": times}


STORY = """\
`KModes` (ten starts) beside kmodes with each of its starts, run once, and how much lower (−) the highest
cost of our seeds is; `MCA` beside prince, and the largest difference of coordinates, eigenvalues and
inertia."""


def main() -> None:
    """Run every size and kind."""
    arguments = options(__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1000, 5000])
    arguments.add_argument("--k", nargs="*", type=int, default=[8, 32])
    arguments.add_argument("--peers-up-to", type=int, default=100_000, help="largest size that peers run")
    chosen = arguments.parse_args()
    warnings.filterwarnings("ignore", module=r"(kmodes|prince)\b")
    for engine in ("tagcat", "prince"):
        MCA(2, engine=engine).fit_transform(uniform(100, np.random.default_rng(0)))
    KModes(3).fit(uniform(100, np.random.default_rng(0)))
    columns = ["hashes", "work", "ours", "kmodes Cao", "kmodes Huang", "prince", "difference"]
    with Report("Clustering", STORY, columns, chosen, ["kmodes", "prince"]) as report:
        for n in chosen.sizes:
            for kind in (uniform, clustered, realistic):
                hashes = kind(n, np.random.default_rng(64))
                peers = n <= chosen.peers_up_to
                rows = {f"KModes k={k}": kmodes_row(hashes, k, chosen.repeat, peers) for k in chosen.k}
                rows["MCA"] = mca_row(hashes, chosen.repeat, peers)
                for name, (cells, times) in rows.items():
                    report.row([f"{kind.__name__} {n:,}", name, *cells], f"{name} {kind.__name__} {n}", times)


if __name__ == "__main__":
    main()
