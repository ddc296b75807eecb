"""Twenty members on one server: `python benchmarks/team.py [--seconds 120]`.

The real `tagcat serve --team`, over one embedded graph. Fifteen members have 03 matching open and review:
every one to three seconds they move the slider, look at another pair or fetch thumbnails, and now and then
say a verdict. Five have 01 ingest open and read folders of their own, as long as it goes on. A click that
reads has its answer when the kernel has done all of it and said so over the websocket.

It is done with kernels forked off one process that has done the imports, and with each started by itself. A
kernel that members share is no third way, since one kernel knows one member only; what it would save and cost
is measured all the same: the pages of all reviewers in one process, which answers one click after the other,
beside the same readers. No server and no websocket is in its way: its clicks are faster than they would be.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from _team_page import Page
from side_by_side import Report, options, seconds

REVIEW, INGEST = 15, 5
LOOKS, COPIES = 100, 48
"""Pictures that a reader has: so many different ones, each as so many files."""

ITEMS = 300
"""Items of a reviewer's collection; a third lie in groups of three near copies."""

STORY = """\
Twenty members with a page open each, on one server and one embedded graph: five read folders of pictures of
1 MP without a pause, fifteen review their matches, each with a click every one to three seconds. From the
click until the kernel has answered, the browser's own drawing apart: the middle of all clicks, 95 of 100, and
the longest; "writes" are verdicts. Memory is that of the members' kernels and of what they share, divided by
twenty: the proportional share (PSS), which counts what several processes have in common once. Asked for: no
error, 2 s at the 95th percentile of the clicks that read, 150 MB a member. "One for all" is no server's way,
since a kernel knows one member only: the pages of the fifteen in one process, with no server between."""

KEY = "TAGCAT_JWT_KEY"
TAGCAT = [sys.executable, "-P", "-m", "tagcat_kernel.cli"]
SERVE = """
from tagcat_kernel.cli import main
from tagcat_kernel.serve import forks
forks.POSSIBLE = {forked}
main()
"""


ONE_FOR_ALL = """
import json, random, sys, time
import psutil
from tagcat_kernel import Workbench
from tagcat_widgets import match_page
names, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
pages = {name: match_page.match_view(Workbench(name)).children for name in names}
chance, turns, seen = random.Random(5), dict.fromkeys(names, 0), {"read": [], "written": []}

def click(slider, review, turn):
    at = turn % max(1, len(review.pairs))
    pair = [review.pairs[at][side]["key"] for side in "ab"]
    if turn % 4 == 0:
        slider.set_state({"value": (6, 8, 10, 7)[turn // 4 % 4]})
    elif turn % 4 == 1:
        review.set_state({"index": at})
    elif turn % 4 == 2:
        review._handle_custom_msg({"type": "thumbnails", "view": "one", "keys": pair}, [])
    else:
        kind = "reject" if turn % 8 == 3 else "match"
        review._handle_custom_msg({"type": kind, "a": pair[0], "b": pair[1]}, [])

until = time.monotonic() + seconds
due = {name: time.monotonic() + chance.uniform(1, 3) for name in names}
while (moment := min(due.values())) < until:
    name = min(due, key=due.get)
    time.sleep(max(0.0, moment - time.monotonic()))
    click(*pages[name][:2], turns[name])
    now = time.monotonic()
    seen["written" if turns[name] % 4 == 3 else "read"].append(now - moment)
    turns[name] += 1
    due[name] = now + chance.uniform(1, 3)
memory = psutil.Process().memory_full_info().pss / 1e6
errors = [review.error for _, review, *_ in pages.values() if review.error]
print(json.dumps(seen | {"memory": memory, "errors": errors}))
"""


@dataclass
class Seen:
    """What the members met: seconds of each click, and whatever went wrong."""

    opened: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ingested: int = 0


@contextlib.contextmanager
def serving(forked: bool, media: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run the team's server; give its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE.format(forked=forked), "serve", "--team", "--waiting", "0"],
        env=os.environ | {"TAGCAT_MEDIA_ROOT": str(media)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = next(line.strip() for line in process.stdout if line.startswith("http"))
        yield address.rstrip("/"), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def fill(members: list[str], folder: Path) -> None:
    """Store a collection for each reviewer: hashes of pictures that are one file under many names."""
    from tagcat_kernel import Workbench
    from tagcat_kernel.records import ImageRecord

    rng = np.random.default_rng(5)
    folder.mkdir()
    picture(rng, (320, 240)).save(folder / "one.jpg", quality=75)
    for at in range(ITEMS):
        (folder / f"holiday {at:04d}.jpg").hardlink_to(folder / "one.jpg")
    for number, name in enumerate(members):
        hashes = rng.integers(0, 2**64, ITEMS, dtype=np.uint64)
        for at in range(0, ITEMS // 3, 3):
            hashes[at + 1], hashes[at + 2] = hashes[at] ^ np.uint64(1), hashes[at] ^ np.uint64(6)
        records = []
        for at in range(ITEMS):
            path = folder / f"holiday {at:04d}.jpg"
            facts = path.stat()
            records.append(
                ImageRecord(
                    path=str(path),
                    bytes=facts.st_size,
                    modified=facts.st_mtime_ns,
                    md5=f"{number:016x}{at:016x}",
                    dhash=int(hashes[at]),
                    width=320,
                    height=240,
                )
            )
        with Workbench(name) as workbench:
            workbench.collection.store(records, source="Linux: tagcat")


def picture(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Return clouds with grain."""
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    grain = rng.integers(-8, 9, (size[1], size[0], 1), np.int16)
    return Image.fromarray(np.clip(np.asarray(coarse, np.int16) + grain, 0, 255).astype(np.uint8))


def pictures(folder: Path, rng: np.random.Generator) -> None:
    """Write pictures of 1 MP; each has bytes of its own, some are the same to look at."""
    folder.mkdir(parents=True)
    for look in range(LOOKS):
        kept = folder / f"{look} 0.jpg"
        picture(rng, (1152, 864)).save(kept, quality=75)
        data = kept.read_bytes()
        for copy in range(1, COPIES):  # bytes after the end of a JPEG make it another file
            (folder / f"{look} {copy}.jpg").write_bytes(data + copy.to_bytes(4))


async def review(page: Page, seen: Seen, until: float, chance: random.Random) -> None:
    """Click through the matches until the time is over."""
    slider, matches = page.model(noun="matches"), page.model(mode="pairs")
    distances = itertools.cycle([6, 8, 10, 7])
    for turn in itertools.count():
        await asyncio.sleep(chance.uniform(1, 3))
        if time.monotonic() > until:
            return
        pairs = page.widgets[matches]["pairs"]
        at = turn % max(1, len(pairs))
        match turn % 4:
            case 0:
                seen.read.append(await page.set(slider, value=next(distances)))
            case 1:
                seen.read.append(await page.set(matches, index=at))
            case 2:
                keys = [pairs[at]["a"]["key"], pairs[at]["b"]["key"]]
                seen.read.append(await page.tell(matches, type="thumbnails", view="one", keys=keys))
            case _:
                a, b = pairs[at]["a"]["key"], pairs[at]["b"]["key"]
                verdict = "reject" if turn % 8 == 3 else "match"
                seen.written.append(await page.tell(matches, type=verdict, a=a, b=b))
        if error := page.widgets[matches].get("error"):
            seen.errors.append(error)


async def ingest(page: Page, folder: str, seen: Seen, until: float) -> None:
    """Choose a folder, have it read, and look on until the time is over."""
    chosen, bar = page.model(submit="Read these"), page.model(noun="files")
    inside = page.model(description="In this folder")
    await page.set(inside, index=page.widgets[inside]["_options_labels"].index(f"{folder}/"))
    await page.tell(page.model(description="Add"), event="click")
    await page.tell(chosen, type="submit")
    state = page.widgets[bar]
    await page.until(lambda: state["state"] == "running")
    while time.monotonic() < until and state["state"] == "running":
        await asyncio.sleep(0.5)
    seen.ingested += int(state["done"])
    if state["state"] == "running":
        await page.tell(bar, type="cancel")
        await page.until(lambda: state["state"] != "running")
    elif state["state"] != "done" or state["failures"]:
        seen.errors.append(f"{folder}: {state['state']}, {state['failures']}")


async def members(
    base: str, tokens: dict[str, str], number: int, seen: Seen, server: psutil.Process
) -> float:
    """Let all open their page, one after the other, and work for some seconds; return MB a member."""
    pages = {name: Page(base, token) for name, token in tokens.items()}
    for name, page in pages.items():
        seen.opened.append(await page.open("01_ingest" if name.startswith("reads") else "03_matching"))
    until = time.monotonic() + number

    async def work(name: str) -> None:
        try:
            if name.startswith("reads"):
                await ingest(pages[name], name, seen, until)
            else:
                await review(pages[name], seen, until, random.Random(name))
        except Exception as error:
            seen.errors.append(f"{name}: {type(error).__name__}: {error}")

    async def weigh() -> float:
        await asyncio.sleep(number * 0.9)
        return sum(held(process) for process in (server, *server.children(recursive=True)))

    memory, *_ = await asyncio.gather(weigh(), *(work(name) for name in tokens))
    for page in pages.values():
        await page.close()
    return memory / len(tokens)


def held(process: psutil.Process) -> float:
    """Return a process's proportional share of memory in MB; nothing of a job, which is no page."""
    try:
        if "tagcat_kernel.jobs" in " ".join([*process.cmdline(), *(process.parent() or process).cmdline()]):
            return 0.0
        return float(process.memory_full_info().pss) / 1e6
    except psutil.Error:
        return 0.0


async def one_for_all(names: list[str], number: int, seen: Seen) -> float:
    """Let one process answer for all reviewers, and return its MB."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-c", ONE_FOR_ALL, json.dumps(names), str(number)], stdout=subprocess.PIPE
    )
    told, _ = await process.communicate()
    found = json.loads(told.splitlines()[-1])
    seen.read += found["read"]
    seen.written += found["written"]
    seen.errors += found["errors"]
    return float(found["memory"])


FORMS = {"forked": "forked off one process", "alone": "each started by itself", "one": "one for all"}


def main() -> None:
    """Measure all kinds of kernels."""
    arguments = options(__doc__)
    arguments.add_argument("--seconds", type=int, default=120, help="how long the members work")
    arguments.add_argument("--forms", nargs="*", choices=FORMS, default=list(FORMS), help="of kernels")
    chosen = arguments.parse_args()
    columns = ["kernels", *(f"{kind}: {what}" for kind in ("reads", "writes") for what in TIMES)]
    columns += ["page opens", "a member", "files read", "errors"]
    with (
        tempfile.TemporaryDirectory() as place,
        Report("A team", STORY, columns, chosen, ["voila", "ipykernel"]) as report,
    ):
        os.environ |= {"TAGCAT_HOME": f"{place}/home", KEY: secrets.token_hex(32)}
        for form in chosen.forms:
            report.row(*round_of(form, Path(place), chosen.seconds))
        subprocess.run([*TAGCAT, "graph", "stop"], check=False, capture_output=True)


TIMES = ("middle", "95 of 100", "longest")


def times(found: list[float]) -> list[str]:
    """Return the cells that tell how long some clicks took."""
    return [seconds(one) for one in (statistics.median(found), ninety_five(found), max(found))]


def ninety_five(found: list[float]) -> float:
    """Return what 95 of 100 clicks took at most."""
    return statistics.quantiles(found, n=20)[-1]


def round_of(form: str, place: Path, number: int) -> tuple[list[str], str, dict[str, float]]:
    """Let twenty members work on a new server, and return the row."""
    from tagcat_kernel.graph import connect
    from tagcat_kernel.graph.users import add_user
    from tagcat_kernel.team.tokens import issue

    reviewers = [f"reviews {form} {at}" for at in range(REVIEW)]
    readers = [f"reads {form} {at}" for at in range(INGEST)]
    fill(reviewers, place / f"library {form}")
    media, rng = place / f"media {form}", np.random.default_rng()
    for reader in readers:
        pictures(media / reader, rng)
        add_user(connect(), reader)
    with_pages = readers if form == "one" else [*reviewers, *readers]
    tokens = {member: issue(member, 3600) for member in with_pages}
    seen = Seen()

    async def work(base: str, server: psutil.Process) -> float:
        if form != "one":
            return await members(base, tokens, number, seen, server)
        memory, _ = await asyncio.gather(
            one_for_all(reviewers, number, seen), members(base, tokens, number, seen, server)
        )
        return memory / len(reviewers)

    with serving(form != "alone", media) as (base, server):
        memory = asyncio.run(work(base, server))
    shutil.rmtree(media)
    print(f"{len(seen.read)} reads, {len(seen.written)} writes; {seen.errors[:5]}", file=sys.stderr)
    cells = [FORMS[form], *times(seen.read), *times(seen.written)]
    cells += ["–" if form == "one" else seconds(max(seen.opened)), f"{memory:.0f} MB"]
    cells += [f"{seen.ingested:,}", str(len(seen.errors))]
    return cells, FORMS[form], {"of what was asked": 2.0 / ninety_five(seen.read)}


if __name__ == "__main__":
    main()
