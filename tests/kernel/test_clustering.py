"""MCA and KModes against prince, kmodes and slow plain forms; `Workbench.cluster` on the embedded graph."""

import itertools
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from typer.testing import CliRunner

from tagcat_kernel import MCA, KModes, Workbench
from tagcat_kernel.cli import app
from tagcat_kernel.clustering import pack, unpack
from tagcat_kernel.clustering._loops import bits_together, nearest
from tagcat_kernel.clustering._search import search
from tagcat_kernel.graph import server

Hashes = npt.NDArray[np.uint64]
hash_lists = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 7), min_size=1, max_size=150)


def uniform(n: int, seed: int = 0) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def clustered(n: int, centres: int, flipped: float, seed: int = 0) -> Hashes:
    """Noisy copies of some centres."""
    rng = np.random.default_rng(seed)
    middle = rng.integers(0, 2, (centres, 64))
    return pack(middle[rng.integers(0, centres, n)] ^ (rng.random((n, 64)) < flipped))


def cost_of(hashes: Hashes, modes: Hashes) -> int:
    """The slow plain form: the sum over rows of the fewest bits to any mode."""
    return sum(min((int(value) ^ int(mode)).bit_count() for mode in modes) for value in hashes)


# ---- the shapes that are taken ----------------------------------------------------------------------


@given(hash_lists)
def test_packing_is_undone_by_unpacking(values: list[int]) -> None:
    hashes = np.array(values, np.uint64)
    bits = unpack(hashes)
    assert ["".join(map(str, row)) for row in bits] == [f"{value:064b}" for value in values]
    for form in (bits, bits.astype(bool), bits.astype(np.float64), hashes, hashes.astype(">u8")):
        assert np.array_equal(pack(form), hashes)


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros(3, np.int64),
        np.zeros((2, 63)),
        np.full((2, 64), 2),
        np.full((2, 64), np.nan),
        np.zeros((1, 64, 1)),
        ["a"],
        [],
    ],
)
@pytest.mark.parametrize("estimator", [MCA(), KModes(1)])
def test_what_are_no_hashes_is_refused(estimator: MCA | KModes, rows: object) -> None:
    with pytest.raises(ValueError, match="hashes are uint64"):
        estimator.fit(rows)


# ---- MCA --------------------------------------------------------------------------------------------


@settings(deadline=None)  # the first call compiles
@given(hash_lists)
def test_bits_are_counted_together(values: list[int]) -> None:
    hashes = np.array(values, np.uint64)
    bits = unpack(hashes).astype(np.int64)
    assert np.array_equal(bits_together(hashes), bits.T @ bits)


def slow_mca(bits: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Correspondence analysis of the indicator table by its singular values; all axes of any inertia."""
    indicator = np.hstack([bits, 1 - bits]).astype(np.float64)
    indicator = indicator[:, indicator.sum(axis=0) > 0]
    share = indicator / indicator.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    residual = (share - np.outer(rows, columns)) / np.sqrt(np.outer(rows, columns))
    left, singular, _ = np.linalg.svd(residual, full_matrices=False)
    return singular**2, left * singular / np.sqrt(rows)[:, None]


@settings(max_examples=40, deadline=None)
@given(hash_lists)
def test_mca_is_correspondence_analysis_of_the_indicator_table(values: list[int]) -> None:
    hashes = np.array(values, np.uint64)
    found = MCA(64).fit(hashes)
    coordinates = found.transform(hashes)
    inertia, slow = slow_mca(unpack(hashes))
    most = min(64, len(inertia))
    assert np.allclose(found.eigenvalues_[:most], inertia[:most], atol=1e-9)
    assert found.total_inertia_ == pytest.approx(inertia.sum(), abs=1e-9)
    # Axes of equal inertia may be turned within their plane; distances between rows may not.
    ours, theirs = coordinates @ coordinates.T, slow @ slow.T
    assert np.allclose(ours, theirs, atol=1e-7)


@pytest.mark.parametrize("hashes", [clustered(400, 6, 0.2), clustered(300, 4, 0.3) | np.uint64(5)])
def test_mca_agrees_with_prince(hashes: Hashes) -> None:
    ours, theirs = MCA(3).fit(hashes), MCA(3, engine="prince").fit(hashes)
    assert np.allclose(ours.eigenvalues_, theirs.eigenvalues_, atol=1e-6)
    assert ours.total_inertia_ == pytest.approx(theirs.total_inertia_, abs=1e-6)
    assert np.allclose(ours.percentage_of_variance_, theirs.percentage_of_variance_, atol=1e-4)
    assert np.allclose(np.abs(ours.transform(hashes)), np.abs(theirs.transform(hashes)), atol=1e-5)


def test_mca_places_new_hashes_as_it_placed_known_ones() -> None:
    hashes = clustered(200, 5, 0.1)
    found = MCA(4).fit(hashes)
    assert np.array_equal(found.transform(hashes[50:60]), found.transform(hashes)[50:60])
    assert np.array_equal(MCA(4).fit_transform(unpack(hashes)), found.transform(hashes)), "the same bits"


def test_mca_of_little_is_defined() -> None:
    for hashes in (uniform(1), np.full(9, 7, np.uint64)):
        found = MCA(2).fit(hashes)
        assert found.total_inertia_ == 0
        assert not found.eigenvalues_.any()
        assert not found.percentage_of_variance_.any()
        assert not found.transform(hashes).any()
    two = MCA(2).fit_transform(np.array([0, 3], np.uint64))
    assert np.allclose(two[0], -two[1])
    with pytest.raises(ValueError, match="at least one hash"):
        MCA().fit(np.empty(0, np.uint64))
    with pytest.raises(ValueError, match="at least one hash"):
        MCA().fit(np.empty((0, 64)))
    assert MCA().fit(uniform(5)).transform(np.empty(0, np.uint64)).shape == (0, 2)


def test_mca_of_a_million_hashes_takes_little_memory() -> None:
    hashes, status = uniform(1_000_000), Path("/proc/self/status")
    MCA(2).fit_transform(hashes[:100])  # compiled and loaded before

    def kilobytes(name: str) -> int:
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(name))

    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = kilobytes("VmRSS")
    assert MCA(2).fit_transform(hashes).shape == (1_000_000, 2)
    assert kilobytes("VmHWM") - before < 100_000


# ---- KModes -----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(hash_lists, hash_lists)
def test_nearest_is_the_first_of_the_nearest(values: list[int], modes: list[int]) -> None:
    labels, distance = nearest(np.array(values, np.uint64), np.array(modes, np.uint64))
    for value, label, bits in zip(values, labels, distance, strict=True):
        distances = [(value ^ mode).bit_count() for mode in modes]
        assert (label, bits) == (distances.index(min(distances)), min(distances))


@settings(max_examples=60, deadline=None)
@given(hash_lists, st.integers(1, 12), st.integers(0, 9))
def test_kmodes_says_what_it_found(values: list[int], k: int, seed: int) -> None:
    hashes = np.array(values + values[: len(values) // 2], np.uint64)
    k = min(k, len(hashes))
    found = KModes(k, random_state=seed, n_init=2).fit(hashes)
    assert len(found.cluster_modes_) == min(k, len(set(values)))
    assert found.cost_ == cost_of(hashes, found.cluster_modes_)
    assert np.array_equal(found.predict(hashes), found.labels_)
    # Nothing better is a step away: the mode of each cluster's own rows saves no bit.
    for label, mode in enumerate(found.cluster_modes_):
        own = unpack(hashes[found.labels_ == label]).astype(np.int64)
        ones = own.sum(axis=0)
        assert np.minimum(ones, len(own) - ones).sum() >= (own != unpack(np.array([mode]))[0]).sum()


@settings(max_examples=25, deadline=None)
@example([0, 0, 1, 28321, 39683, 53653], 0)  # a place from which no move of one row or mode saves a bit
@given(st.lists(st.integers(0, 2**64 - 1), min_size=3, max_size=8), st.integers(0, 3))
def test_kmodes_finds_the_best_two_clusters_of_a_few(values: list[int], seed: int) -> None:
    """Against every split there is."""
    hashes = np.array(values, np.uint64)
    bits = unpack(hashes).astype(np.int64)

    def own(rows: npt.NDArray[np.bool_]) -> int:
        ones = bits[rows].sum(axis=0)
        return int(np.minimum(ones, rows.sum() - ones).sum())

    splits = (np.array(split, bool) for split in itertools.product((False, True), repeat=len(values)))
    best = min(own(split) + own(~split) for split in splits)
    assert KModes(2, random_state=seed).fit(hashes).cost_ == best


@pytest.mark.parametrize(
    ("hashes", "k"),
    [
        (uniform(300), 8),
        (clustered(400, 10, 0.1), 8),
        (clustered(300, 3, 0.1), 12),  # fewer true clusters than modes: they must not fall together
        (np.repeat(clustered(60, 6, 0.1), np.arange(60) % 7 + 1), 5),
    ],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_kmodes_costs_no_more_than_the_library(hashes: Hashes, k: int) -> None:
    theirs = KModes(k, engine="kmodes", random_state=0).fit(hashes)
    assert theirs.cost_ == cost_of(hashes, theirs.cluster_modes_), "their labels and modes are read rightly"
    assert np.array_equal(nearest(hashes, theirs.cluster_modes_)[0], theirs.labels_)
    for seed in range(3):
        assert KModes(k, random_state=seed).fit(hashes).cost_ <= theirs.cost_


def test_kmodes_costs_no_more_than_the_library_from_where_it_samples() -> None:
    hashes = uniform(20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = KModes(8, engine="kmodes", random_state=0, n_init=1).fit(hashes[:2000])
    modes, cost, _ = search(*np.unique(hashes, return_counts=True), 8, modes=theirs.cluster_modes_)
    assert cost == int(nearest(hashes, modes)[1].sum()) <= nearest(hashes, theirs.cluster_modes_)[1].sum()
    assert KModes(8, random_state=0).fit(hashes).cost_ <= cost


def test_kmodes_samples_what_is_large_and_ends_on_all_of_it() -> None:
    hashes = clustered(70_000, 6, 0.05)
    found = KModes(6, random_state=1, n_init=3).fit(hashes)
    truth = np.random.default_rng(0).integers(0, 2, (6, 64))  # as `clustered` draws its centres
    assert set(found.cluster_modes_.tolist()) == set(pack(truth).tolist())
    assert found.labels_.shape == (70_000,)


def test_a_rare_kind_of_hash_does_not_break_the_samples() -> None:
    """Most samples of these rows hold fewer different hashes than there are clusters."""
    hashes = np.concatenate([np.zeros(1_500_000, np.uint64), uniform(3000)])
    found = KModes(8, random_state=0).fit(hashes)
    assert len(np.unique(found.cluster_modes_)) == 8
    assert found.cost_ == int(nearest(hashes, found.cluster_modes_)[1].sum())


def test_kmodes_of_little_is_defined() -> None:
    assert KModes(1).fit(uniform(1)).cost_ == 0
    equal = KModes(3).fit(np.full(9, 7, np.uint64))
    assert (equal.cost_, equal.cluster_modes_.tolist(), set(equal.labels_.tolist())) == (0, [7], {0})
    exact = KModes(5).fit(np.arange(5, dtype=np.uint64))
    assert (exact.cost_, len(set(exact.labels_.tolist()))) == (0, 5)
    for hashes in (uniform(3), np.empty(0, np.uint64), np.empty((0, 64))):
        with pytest.raises(ValueError, match=f"4 clusters need as many hashes; there are {len(hashes)}"):
            KModes(4).fit(hashes)
    assert KModes(1).fit(uniform(5)).predict(np.empty(0, np.uint64)).shape == (0,)


# ---- scikit-learn's conventions ---------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [MCA(3, engine="prince"), KModes(5, n_init=2, random_state=7)])
def test_estimators_can_be_cloned_and_set(estimator: MCA | KModes) -> None:
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    twin.set_params(engine="tagcat")
    assert twin.fit(uniform(20)) is twin
    with pytest.raises(NotFittedError):
        (estimator.transform if isinstance(estimator, MCA) else estimator.predict)(uniform(2))


def test_a_seed_repeats_a_run() -> None:
    hashes = uniform(3000)
    first, second = (KModes(6, random_state=3).fit(hashes) for _ in range(2))
    assert np.array_equal(first.cluster_modes_, second.cluster_modes_)
    assert np.array_equal(first.labels_, second.labels_)
    assert np.array_equal(first.labels_, KModes(6, random_state=3).fit_predict(unpack(hashes)))
    state = np.random.RandomState(3)
    assert np.array_equal(KModes(6, random_state=state).fit(hashes).cluster_modes_, first.cluster_modes_)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (KModes(0), "n_clusters"),
        (KModes(2, n_init=0), "n_init"),
        (KModes(2, max_iter=0), "max_iter"),
        (KModes(2, engine="prince"), "engine"),  # type: ignore[arg-type]
        (MCA(0), "n_components"),
        (MCA(65), "n_components"),
        (MCA(2, engine="kmodes"), "engine"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_parameter_is_named(estimator: MCA | KModes, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        estimator.fit(uniform(10))


def test_unknown_names_of_the_package_are_still_unknown() -> None:
    import tagcat_kernel

    with pytest.raises(AttributeError, match="no attribute 'KMeans'"):
        _ = tagcat_kernel.KMeans


# ---- the collection ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One TAGCAT_HOME, and so one embedded server, for the tests below; users differ."""
    home = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGCAT_HOME", str(home))
        yield home
        server.stop()


@pytest.fixture
def workbench(
    shared_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Workbench]:
    """A user with three pictures, each also with a brighter corner, and one that is black."""
    monkeypatch.setenv("TAGCAT_HOME", str(shared_home))
    for number in range(3):
        small = np.random.default_rng(number).integers(0, 200, (9, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(small).resize((240, 180), Image.Resampling.BICUBIC)
        picture.save(tmp_path / f"{number}.png")
        picture.paste((255, 255, 255), (0, 0, 20, 20))
        picture.save(tmp_path / f"{number} corner.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    with Workbench(user=request.node.name) as workbench:
        workbench.ingest(tmp_path, progress=False)
        yield workbench


def test_a_collection_falls_into_clusters(workbench: Workbench) -> None:
    table = workbench.cluster(3)
    assert table.columns.tolist() == ["key", "path", "position", "cluster", "x", "y"]
    assert set(table["key"]) == set(workbench.images().query("not plain")["key"])
    found = table.assign(kind=[Path(path).name[0] for path in table["path"]]).groupby("cluster")["kind"]
    assert [sorted(kinds) for kinds in found.agg(list)] == [[kind] * 2 for kind in found.first()]
    assert table[["x", "y"]].notna().all(axis=None)
    assert table.equals(workbench.cluster(3)), "the same again"
    most = workbench.cluster(100)
    assert most["cluster"].nunique() == workbench.images().query("not plain")["dhash"].nunique()
    with pytest.raises(ValueError, match="k must be at least 1"):
        workbench.cluster(0)
    with Workbench(user="nobody") as other:
        empty = other.cluster()
        assert len(empty) == 0
        assert empty.columns.tolist() == table.columns.tolist()


def test_the_cost_curve_falls_to_nothing(workbench: Workbench) -> None:
    curve = workbench.cluster_costs()
    different = workbench.images().query("not plain")["dhash"].nunique()
    assert curve["k"].tolist() == [k for k in (1, 2, 3, 4, 6) if k <= different]
    assert curve["bits"].is_monotonic_decreasing
    table = workbench.images().query("not plain")
    mode = KModes(1).fit(np.array([int(digits, 16) for digits in table["dhash"]], np.uint64))
    assert curve["bits"][0] == pytest.approx(mode.cost_ / len(table))
    with Workbench(user="nobody") as other:
        assert other.cluster_costs().columns.tolist() == ["k", "bits"]
        assert other.cluster_costs().empty
    assert workbench.cluster_costs(also=[5, 0, 10**6])["k"].tolist() == sorted([*curve["k"], 5])


def test_the_command_prints_the_same_clusters(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGCAT_USER", workbench.user)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["cluster", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    table = workbench.cluster(3)
    rows = json.loads(run("--k", "3", "--json"))
    assert [list(row) for row in rows] == [["cluster", "path", "position", "x", "y"]] * 6
    assert [(row["cluster"], row["path"]) for row in rows] == [
        *zip(table["cluster"], table["path"], strict=True)
    ]
    assert {row["position"] for row in rows} == {None}
    lines = run("--k", "3").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [f"cluster {n}: 2 items" for n in range(3)]
    assert [line.strip() for line in lines if line.startswith(" ")] == table["path"].tolist()
