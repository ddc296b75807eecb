"""KModes and MCA beside kmodes and prince, in one run: `python benchmarks/clustering.py [N …] [--kind k …]`.

Ours and each peer run alternately, and the best time of each counts; compilation, imports and the tables
that a peer takes are outside. KModes is held against kmodes with both of its starts, Cao's and Huang's,
each run once (the library itself runs Huang's ten times); ours makes its ten starts. The highest cost of
our seeds is shown against the peer's, and named on stderr where it is above.

kmodes takes minutes from 10⁵ hashes on. Beyond `--rows` it clusters so many of the hashes, and its time
is taken times N / rows: each of its steps goes over all rows in turn, and it is taken to need no more
rounds for more of them. Its modes then go on over all hashes, by our own rounds, until no row's move
saves a bit; that cost is held against ours.
"""

import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent))
from join import realistic, uniform
from side_by_side import Report, alternately, options, peak_memory, seconds

from tagcat_kernel.clustering import MCA, KModes, pack, unpack
from tagcat_kernel.clustering._search import search

Hashes = npt.NDArray[np.uint64]


def clustered(n: int, rng: np.random.Generator) -> Hashes:
    """Twenty centres, each bit of a copy flipped with probability 0.1."""
    centres = rng.integers(0, 2, (20, 64), np.uint8)
    return pack(centres[rng.integers(0, 20, n)] ^ (rng.random((n, 64)) < 0.1))


def kmodes_row(hashes: Hashes, k: int, chosen: Any) -> tuple[list[str], dict[str, float]]:
    """Return the cells of a row, and how many times longer each peer took."""
    from kmodes.kmodes import KModes as Library

    rows, costs, seeds = min(len(hashes), chosen.rows), [], iter(range(1000))
    bits = unpack(hashes[:rows])

    def ours() -> None:
        costs.append(KModes(k, random_state=next(seeds)).fit(hashes).cost_)

    work: dict[str, Callable[[], Any]] = {"ours": ours}
    for init in ("Cao", "Huang"):
        work[init] = lambda init=init: Library(k, init=init, n_init=1, random_state=0).fit(bits)
    runs = alternately(work, {"ours": chosen.repeat, "Cao": 1, "Huang": 1})
    mine = runs.pop("ours").best
    cells, times = [], {}
    for init, run in runs.items():
        cost = run.gave.cost_
        if rows < len(hashes):
            cost = search(*np.unique(hashes, return_counts=True), k, modes=pack(run.gave.cluster_centroids_))[
                1
            ]
        if max(costs) > cost:
            told = f"kmodes ({init}) found {int(cost)}, KModes {max(costs)}: at a higher cost"
            print(told, file=sys.stderr)
        times[init] = run.best * len(hashes) / rows / mine
        cells.append(f"{times[init]:,.0f} ×, {100 * max(costs) / cost - 100:+.2f} %")
    return [seconds(mine), *cells, "", "", ""], times


def mca_row(hashes: Hashes, chosen: Any) -> tuple[list[str], dict[str, float]]:
    """Return the cells of a row, and how many times longer prince took."""
    import pandas as pd
    import prince

    def ours() -> tuple[Any, npt.NDArray[np.float64]]:
        found = MCA(2).fit(hashes)
        return found, found.transform(hashes)

    def theirs() -> None:
        prince.MCA(n_components=2, random_state=0).fit(table).row_coordinates(table)

    work, repeat = {"ours": ours}, {"ours": 4 * chosen.repeat}
    if peers := len(hashes) <= chosen.prince_up_to:
        # One value a bit as it comes: text columns, which is what prince takes for categories.
        table = pd.DataFrame(unpack(hashes)).astype(str)
        work, repeat = work | {"prince": theirs}, repeat | {"prince": 1}
    runs = alternately(work, repeat)
    mine, (model, places) = runs["ours"].best, runs["ours"].gave
    _, before = peak_memory(lambda: None)
    _, peak = peak_memory(ours)
    memory = f"{(peak - before) / 1e6:.0f} MB"
    if not peers:
        return [seconds(mine), "", "", "–", "–", memory], {}
    other = MCA(2, engine="prince").fit(hashes)  # exact: prince's default is not, on axes of like inertia
    off = max(
        np.abs(np.abs(places) - np.abs(other.transform(hashes))).max(),
        np.abs(model.eigenvalues_ - other.eigenvalues_).max(),
        abs(model.total_inertia_ - other.total_inertia_),
    )
    if off > 1e-5:
        raise SystemExit(f"prince and MCA disagree by {off}")
    times = runs["prince"].best / mine
    return [seconds(mine), "", "", f"{times:,.0f} ×", f"{off:.0e}", memory], {"prince": times}


STORY = """\
`KModes` (ten starts) beside kmodes with each of its starts, run once, and how much lower (−) the highest
cost of our seeds is. Of more than {rows} hashes kmodes got the first {rows}: its time is taken times
N / {rows}, and its modes went on over all hashes by our own rounds. `MCA` beside prince, and the largest
difference of coordinates, eigenvalues and inertia; the memory is what fit and transform added at most."""

KINDS = {kind.__name__: kind for kind in (uniform, clustered, realistic)}


def main() -> None:
    """Run every size and kind."""
    arguments = options(__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    arguments.add_argument("--k", nargs="*", type=int, default=[8, 32])
    arguments.add_argument("--kind", nargs="*", choices=list(KINDS), default=list(KINDS))
    arguments.add_argument("--rows", type=int, default=5000, help="most rows that kmodes gets")
    arguments.add_argument("--prince-up-to", type=int, default=100_000, help="largest N that prince gets")
    chosen = arguments.parse_args()
    warnings.filterwarnings("ignore", module=r"(kmodes|prince)\b")
    for engine in ("tagcat", "prince"):
        MCA(2, engine=engine).fit_transform(uniform(100, np.random.default_rng(0)))
    KModes(3).fit(uniform(100, np.random.default_rng(0)))
    story = STORY.format(rows=f"{chosen.rows:,}")
    columns = ["hashes", "work", "ours", "kmodes Cao", "kmodes Huang", "prince", "difference", "memory"]
    for kind in chosen.kind:
        title = f"Clustering of {kind} hashes"
        with Report(title, story, columns, chosen, ["kmodes", "prince"]) as report:
            for n in chosen.sizes:
                hashes = KINDS[kind](n, np.random.default_rng(64))
                rows = {f"KModes k={k}": partial(kmodes_row, hashes, k, chosen) for k in chosen.k}
                rows["MCA"] = partial(mca_row, hashes, chosen)
                for work, row in rows.items():
                    cells, times = row()
                    report.row([f"{n:,}", work, *cells], f"{work} {n}", times)


if __name__ == "__main__":
    main()
