"""What every benchmark shares: turns for ours and the peers, the machine in words, and where results go.

A script names its work, `alternately` runs it in turns (another program's burst of work hits all or
none), and a `Report` takes the rows. It prints each row as it comes, then one line of JSON with the
ratios: how many times longer a peer took than ours. With `--write` it also replaces its own section of
`docs/benchmarks.md`, the machine described beneath the table; sections are found by their titles, so
that scripts that run at different times never touch each other's.

    arguments = options(__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1000])
    chosen = arguments.parse_args()
    with Report("Sorting", "How long it takes to sort.", ["numbers", "ours", "list.sort"], chosen) as report:
        runs = alternately({"ours": ours, "list.sort": theirs}, chosen.repeat)
        times = runs["list.sort"].best / runs["ours"].best
        report.row([f"{n:,}", seconds(runs["ours"].best), f"{times:.1f} ×"], f"{n}", {"list.sort": times})
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

HEAD = """\
# Benchmarks

What TagCat computes, beside libraries that do the same, in the same run on the same machine. `N ×` means
that the peer took N times as long as TagCat. Seconds depend on the machine and on what else it does: trust
the ratios. `make bench` runs everything again; a script run with `--write` replaces its section here.
"""


def options(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes: `--repeat` and `--write`."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the best counts")
    parser.add_argument("--write", action="store_true", help="put the result into docs/benchmarks.md")
    return parser


@dataclass(frozen=True)
class Runs:
    """The `seconds` of each run of one work, and what the last one `gave`."""

    seconds: list[float]
    gave: Any

    @property
    def best(self) -> float:
        """The shortest run: what the work takes when nothing else is in its way."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)


def alternately(work: Mapping[str, Callable[[], Any]], repeat: int | Mapping[str, int]) -> dict[str, Runs]:
    """Run each in turn, `repeat` times (one number for all, or one for each name).

    Nothing is run before the clock starts: warm up what compiles or imports before.
    """
    times = {name: repeat if isinstance(repeat, int) else repeat[name] for name in work}
    took: dict[str, list[float]] = {name: [] for name in work}
    gave: dict[str, Any] = {}
    for number in range(max(times.values(), default=0)):
        for name, run in work.items():
            if number < times[name]:
                gave.pop(name, None)  # the last result must not be held while the next is made
                start = time.perf_counter()
                gave[name] = run()
                took[name].append(time.perf_counter() - start)
    return {name: Runs(took[name], gave[name]) for name in work}


def seconds(value: float) -> str:
    """Return a duration in the unit that reads best."""
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.3g} ms"


def peak_memory(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what `work` gave, and the most resident bytes of this process while it ran (0 outside Linux)."""
    forget = Path("/proc/self/clear_refs")
    if not forget.exists():
        return work(), 0
    forget.write_text("5")  # forgets the peak so far
    gave = work()
    return gave, _status("VmHWM")


def _status(name: str) -> int:
    told = Path("/proc/self/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", told, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start the machine's Chromium, or the one that `TAGCAT_CHROMIUM` names, by playwright."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("TAGCAT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        raise SystemExit("this benchmark needs Chromium: apt-get install chromium, or set TAGCAT_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--no-first-run"])
        yield browser
        browser.close()


def machine(packages: Sequence[str] = ()) -> str:
    """Return one paragraph: processor, cores, vector population count or not, memory, load, versions."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text() if told.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", lines, re.MULTILINE)
    processor = named[1].strip() if named else platform.processor() or platform.machine()
    family = re.search(r"^cpu family\s*:\s*(\d+)\nmodel\s*:\s*(\d+)$", lines, re.MULTILINE)
    if family:
        processor += f" (family {family[1]} model {family[2]})"
    flags = set(lines.split())
    counts = "AVX-512 population count" if "avx512_vpopcntdq" in flags else "no vector population count"
    if not lines:
        counts = "vector population count unknown"
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()) if lines else None
    versions = [f"Python {platform.python_version()}"]
    for package in dict.fromkeys(["numpy", "numba", *packages]):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"without {package}")
    room = f", {int(memory[1]) / 2**20:.0f} GB" if memory else ""
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{processor}, {os.cpu_count()} CPUs{room}, {counts}{load}; {', '.join(versions)}."


class Report:
    """Rows of one benchmark: printed as they come, then kept as a section of `docs/benchmarks.md`.

    `title` is the section's heading, `story` the text above the table, `columns` the head of the table;
    `packages` are the peers whose versions are told. Used as a context: a run that fails writes nothing.
    """

    def __init__(
        self,
        title: str,
        story: str,
        columns: Sequence[str],
        chosen: argparse.Namespace,
        packages: Sequence[str] = (),
    ) -> None:
        self.title, self.story, self.packages = title, story, packages
        self.write: bool = chosen.write
        self.ratios: dict[str, dict[str, float]] = {}
        self.widths = [max(len(name), 10 if at else 20) for at, name in enumerate(columns)]
        self.lines: list[str] = []
        self.machine = machine(packages)
        print(f"\n{title}\n{self.machine}")
        self._line(columns)
        self.lines.append("|".join(["", *("---" if at == 0 else "---:" for at in range(len(columns))), ""]))

    def row(self, cells: Sequence[str], name: str, ratios: Mapping[str, float]) -> None:
        """Print a row; `ratios` (times that each peer took longer) go into the JSON under `name`."""
        self._line(cells)
        self.ratios[name] = {peer: float(f"{times:.4g}") for peer, times in ratios.items()}

    def _line(self, cells: Sequence[str]) -> None:
        if len(cells) != len(self.widths):
            raise ValueError(f"{len(self.widths)} columns, but {len(cells)} cells: {cells}")
        padded = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, self.widths, strict=True))
        ]
        self.lines.append(f"| {' | '.join(padded)} |")
        print(self.lines[-1], flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        print(json.dumps({"benchmark": self.title, "times_faster": self.ratios}))
        if self.write:
            day = time.strftime("%d %B %Y").lstrip("0")
            text = "\n".join([self.story, "", *self.lines, "", f"Measured on {day}: {self.machine}"])
            page = PAGE.read_text("utf-8") if PAGE.exists() else HEAD
            PAGE.write_text(with_section(page, self.title, text), "utf-8")


def with_section(page: str, title: str, text: str) -> str:
    """Return a Markdown page whose section `title` says `text`: in its old place, or at the end.

    Examples
    --------
    >>> page = with_section("# Page", "One", "old")
    >>> print(with_section(with_section(page, "Two", "second"), "One", "new"), end="")
    # Page
    <BLANKLINE>
    ## One
    <BLANKLINE>
    new
    <BLANKLINE>
    ## Two
    <BLANKLINE>
    second
    """
    head, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    texts = {section.split("\n", 1)[0].strip(): section.partition("\n")[2].strip() for section in sections}
    texts[title] = text.strip()
    return "\n\n".join([head.strip(), *(f"## {name}\n\n{told}" for name, told in texts.items())]) + "\n"
