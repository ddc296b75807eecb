"""The benchmarks' shared frame, and that a script runs: figures are never asserted."""

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks import side_by_side
from benchmarks.side_by_side import HEAD, Report, alternately, machine, peak_memory, with_section

CHECKOUT = Path(__file__).parents[1]


def test_work_is_run_in_turns() -> None:
    order: list[str] = []
    runs = alternately(
        {"a": lambda: order.append("a"), "b": lambda: order.append("b") or 7}, {"a": 3, "b": 1}
    )
    assert order == ["a", "b", "a", "a"]
    assert (len(runs["a"].seconds), len(runs["b"].seconds), runs["b"].gave) == (3, 1, 7)
    assert runs["a"].best <= runs["a"].median <= max(runs["a"].seconds)


def test_a_report_prints_its_ratios_and_replaces_its_own_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "benchmarks.md"
    monkeypatch.setattr(side_by_side, "PAGE", page)
    for title, times in (("One", 2.0), ("Two", 3.0), ("One", 123.456)):
        with Report(title, "Why.", ["n", "ours", "peer"], Namespace(write=True)) as report:
            report.row(["10", "1 s", f"{times} ×"], "n=10", {"peer": times})
    told = page.read_text("utf-8")
    assert told.startswith(HEAD)
    assert [line for line in told.splitlines() if line.startswith("## ")] == ["## One", "## Two"]
    assert "123.456 ×" in told
    assert "2.0 ×" not in told
    assert machine() in told or "load average" in told
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last) == {"benchmark": "One", "times_faster": {"n=10": {"peer": 123.5}}}
    with pytest.raises(KeyError), Report("One", "Why.", ["n"], Namespace(write=True)):
        raise KeyError
    assert page.read_text("utf-8") == told, "a run that fails writes nothing"
    with pytest.raises(ValueError, match="1 columns"):
        Report("One", "Why.", ["n"], Namespace(write=False)).row(["1", "2"], "", {})


def test_a_section_keeps_its_place() -> None:
    page = with_section(with_section(HEAD, "B", "b\n"), "A", "a")
    page = with_section(page, "B", "\nnew\n\n### part")
    assert page == HEAD + "\n## B\n\nnew\n\n### part\n\n## A\n\na\n"
    assert with_section(page, "A", "a") == page


def test_the_machine_is_described() -> None:
    told = machine(["no-such-package"])
    assert "CPUs" in told
    assert "population count" in told
    assert "numpy 2" in told
    assert "without no-such-package" in told


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from Linux's /proc"
)
def test_peak_memory_sees_what_was_freed_again() -> None:
    _, quiet = peak_memory(lambda: None)
    gave, peak = peak_memory(lambda: len(b"x" * 300_000_000))
    assert gave == 300_000_000
    assert quiet + 250e6 < peak < quiet + 400e6


def test_the_join_beside_its_peers() -> None:
    command = [
        sys.executable,
        "benchmarks/join.py",
        "3000",
        "--radius",
        "8",
        "--sample",
        "20",
        "--repeat",
        "1",
    ]
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    ratios = json.loads(told.splitlines()[-1])["times_faster"]
    assert ratios.keys() == {"uniform 3000 r=8", "realistic 3000 r=8"}
    assert all(times["numpy"] > 0 for times in ratios.values())


def test_the_search_beside_its_peer() -> None:
    command = [sys.executable, "benchmarks/search.py", "3000", "--radius", "8", "--repeat", "1"]
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    ratios = json.loads(told.splitlines()[-1])["times_faster"]
    assert ratios.keys() == {"uniform 3000 r=8", "realistic 3000 r=8"}
    assert all(times["cost of all orientations"] > 0 for times in ratios.values())
