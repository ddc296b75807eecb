"""Whose job is it: a member's is neither seen nor stopped by another, by any address or message of a page."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tagcat_kernel.processes import birth
from tests.browser.team import Forger, Team
from tests.waits import wait_until

WORDS = "of ada alone"


@dataclass
class Running:
    """A job of ada's that runs until it is asked to stop, as its files tell."""

    folder: Path

    @property
    def asked_to_stop(self) -> bool:
        return (self.folder / "cancel").exists()


@pytest.fixture
def job(team: Team) -> Iterator[Running]:
    folder = team.home.tagcat / "jobs" / f"{int(time.time() * 1000):013d}-0123abcd"
    folder.mkdir(parents=True, mode=0o700)
    work = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    state = {"state": "running", "done": 3, "total": 9, "message": WORDS}
    order = {"kind": "ingest", "user": "ada", "arguments": {"paths": []}, "started": time.time()}
    process = {"pid": work.pid, "born": birth(psutil.Process(work.pid))}
    for name, content in (("state", state), ("order", order), ("process", process)):
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    (folder / "log").write_text(WORDS, "utf-8")
    yield Running(folder)
    work.communicate(b"\n")
    state = {"state": "cancelled", "done": 3, "total": 9, "message": ""}
    (folder / "state.json").write_text(json.dumps(state), "utf-8")


async def press_everything(team: Team, name: str, place: str, identity: str) -> str:
    """Open a page, forge what could stop or show a job, to every widget; return all that was said."""
    page = await Forger.open(team, name, place)
    shown = {"state": "running", "can_cancel": True, "done": 0, "message": "", "result": {}, "id": identity}
    wishes: list[dict[str, object]] = [
        {"type": kind, "id": identity, "job": identity, "identity": identity, "user": "ada"}
        for kind in ("cancel", "pause", "resume", "watch", "show")
    ]
    bars = page.comms("can_cancel")
    others = [comm for comm in page.states if comm not in bars]
    for comm in bars:
        await page.update(comm, shown)
    for comm in (*bars, *others):
        for wish in wishes:
            await page.custom(comm, wish)
    for comm in [comm for comm, widget in page.states.items() if widget["model_name"] == "ButtonModel"]:
        if page.states[comm]["state"].get("description") == "Go on":
            await page.custom(comm, {"event": "click"})
    for target in ("job", "jupyter.widget", "tagcat.job"):
        await page.tell("comm_open", f"{target}-{identity}", {"id": identity}, target_name=target)
    await page.settle()
    await page.leave()
    return page.said


@pytest.mark.parametrize("place", ["01_ingest", "01_ingest?collection=ada", "05_labelling?collection=ada"])
def test_another_neither_sees_nor_stops_it(team: Team, job: Running, place: str) -> None:
    """With ada's collection shared for tagging, which is as much as one can share."""
    team.home.run("share", "bob", "--tagging", "--user", "ada")
    try:
        said = asyncio.run(asyncio.wait_for(press_everything(team, "bob", place, job.folder.name), 90))
    finally:
        team.home.run("unshare", "bob", "--user", "ada")
    assert WORDS not in said
    assert not job.asked_to_stop
    assert {path.name for path in job.folder.iterdir()} == {"log", "order.json", "process.json", "state.json"}


def test_its_owner_sees_it_and_stops_it_by_the_same_messages(team: Team, job: Running) -> None:
    said = asyncio.run(asyncio.wait_for(press_everything(team, "ada", "01_ingest", job.folder.name), 90))
    assert WORDS in said
    wait_until(lambda: job.asked_to_stop, 10)


@pytest.mark.parametrize("who", ["", "bob", "ada"])
def test_no_address_leads_to_it_nor_to_a_thumbnail(team: Team, job: Running, who: str) -> None:
    name = job.folder.name
    for path in (
        *(
            f"/{start}jobs/{name}{end}"
            for start in ("", "api/", "voila/", "voila/files/", "files/")
            for end in ("", "/state.json")
        ),
        *(f"/{start}jobs" for start in ("", "api/", "voila/api/")),
        *(f"/voila/static/{'../' * 9}{str(job.folder)[1:]}/{one}" for one in ("log", "state.json")),
        *(
            f"/{start}thumbnails/ada:0"
            for start in ("", "api/", "voila/", "voila/files/", "files/", "cache/")
        ),
    ):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            status, _, text = team.ask(path, method, Content_Length="0", **team.carry(who))
            assert status in (302, 403, 404, 405), (path, method, status)
            assert WORDS not in text
    assert not job.asked_to_stop
