"""Kernels that wait for visitors: imports done, no data read; given once with the visit's environment."""

import asyncio
import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from tornado.web import HTTPError
from voila.utils import ENV_VARIABLE

from tagcat_kernel.kernels import OnlyThisPython
from tagcat_kernel.serve.waiting import WaitingKernels
from tests.browser.conftest import Visit
from tests.browser.serving import Served, new_home
from tests.browser.test_dashboards import make_pictures
from tests.waits import wait_until


def test_a_kernel_waits_and_is_culled_only_after_its_visitor_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def life() -> None:
        kernels = WaitingKernels(
            kernel_spec_manager=OnlyThisPython(),
            connection_dir=str(tmp_path),
            waiting=1,
            pause=3600.0,  # nothing is made ready by itself
            cull_idle_timeout=60,
        )

        async def cull(identity: str) -> bool:
            """Return whether a kernel that did nothing for an hour is shut down."""
            kernel: Any = kernels.get_kernel(identity)
            kernel.last_activity -= timedelta(hours=1)
            kernel.execution_state = "idle"
            await kernels.cull_kernel_if_idle(identity)
            return identity not in kernels

        async def knows(identity: str, *names: str) -> list[str | None]:
            """Return what a kernel finds in its environment, asked as a page's own code asks."""
            told = tmp_path / "told.json"
            code = (
                f"__import__('pathlib').Path({str(told)!r}).write_text("
                f"__import__('json').dumps([__import__('os').environ.get(name) for name in {names!r}]))"
            )
            await kernels._run(identity, code)
            return list(json.loads(told.read_text("utf-8")))

        await kernels._fill(0)
        (waiting,) = kernels.list_kernel_ids()
        assert not await cull(waiting)
        hostile = """collection=ad%61&"');__import__('os').abort()#\\'é"""
        visit = dict(os.environ) | {ENV_VARIABLE.QUERY_STRING: hostile, "TAGCAT_USER": "a'd\na"}
        assert await kernels.start_kernel(kernel_name="python3", env=visit) == waiting
        assert kernels._ready == [], "given once"
        assert await knows(waiting, "QUERY_STRING", "TAGCAT_USER") == [hostile, "a'd\na"]
        assert await knows(waiting, "_", "news") == [os.environ.get("_"), None], "nothing else changed"
        assert await cull(waiting)

        await kernels._fill(0)
        (dead,) = kernels.list_kernel_ids()
        await kernels.shutdown_kernel(dead, now=True)
        new = await kernels.start_kernel(kernel_name="python3")
        assert new != dead, "a kernel that died while it waited is given to nobody"
        if kernels._filling is not None:
            kernels._filling.cancel()
        await kernels.shutdown_all(now=True)

    asyncio.run(life())


@pytest.mark.parametrize(
    "moment", ["before it is there", "while it imports", "when it waits", "after one failed"]
)
def test_an_end_leaves_no_kernel_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    """Whenever it comes. None of them imports anything here, which is what takes long."""
    monkeypatch.chdir(tmp_path)
    code = "__import__('time').sleep(600)" if moment == "while it imports" else "0"
    monkeypatch.setattr("tagcat_kernel.serve.waiting._CODE", code)
    before = set(psutil.Process().children(recursive=True))

    async def life() -> None:
        kernels = WaitingKernels(
            kernel_spec_manager=OnlyThisPython(), connection_dir=str(tmp_path), waiting=1
        )
        if moment == "after one failed":
            with pytest.raises(FileNotFoundError):
                await kernels.start_kernel(kernel_name="python3", cwd=str(tmp_path / "nowhere"))
            assert kernels._pending_kernels, "what jupyter_client leaves behind"
        else:
            kernels.fill_soon()
            reached = {
                "before it is there": lambda: kernels._pending_kernels,
                "while it imports": kernels.list_kernel_ids,
                "when it waits": lambda: kernels._ready,
            }[moment]
            while not reached():
                await asyncio.sleep(0.01)
        await kernels.shutdown_all()
        assert kernels.list_kernel_ids() == []
        assert not kernels._pending_kernels
        kernels.fill_soon()
        with pytest.raises(HTTPError, match="ending"):
            await kernels.start_kernel(kernel_name="python3")
        assert {task.get_name() for task in asyncio.all_tasks()} == {asyncio.current_task().get_name()}  # type: ignore[union-attr]

    asyncio.run(life())
    assert set(psutil.Process().children(recursive=True)) - before == set()
    assert not [record for record in caplog.records if record.exc_info and moment != "after one failed"]


def test_a_server_that_has_hardly_begun_ends_in_order(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    try:
        served = Served(home, waiting=1)  # its first kernel is on its way
        own = psutil.Process(served.process.pid)
        wait_until(own.children)
        begun = own.children(recursive=True)
        for _ in range(3):  # as somebody who has no patience
            served.process.terminate()
            time.sleep(0.05)
        _, complaints = served.process.communicate(timeout=120)
    finally:
        served.stop()
        home.stop_graph()
    assert served.process.returncode == 0, complaints
    assert complaints == ""
    assert "Handle signal 15" in served.log
    assert "Traceback" not in served.log
    assert psutil.wait_procs(begun, timeout=30)[1] == []


@pytest.mark.soak
def test_a_visitor_gets_the_kernel_that_waits_and_sees_what_is_there_now(
    chromium: Any, tmp_path: Path
) -> None:
    home = new_home(tmp_path)
    served = Served(home, waiting=1)
    try:
        until = time.monotonic() + 60
        while "Kernel waits" not in served.log:
            assert time.monotonic() < until
            time.sleep(0.1)
        (waiting,) = served.kernels()
        graph = json.loads((home.tagcat / "graph" / "endpoint.json").read_text("utf-8"))["pid"]
        ports = {place.laddr.port for place in psutil.Process(graph).net_connections("tcp")}
        talks = [place.raddr.port for place in waiting.net_connections("tcp") if place.raddr]
        assert not ports & set(talks), "it has opened no graph: it has read nothing"
        make_pictures(home.person / "holiday")
        home.run("ingest", str(home.person / "holiday" / "smaller.jpg"))
        visit = Visit(chromium, served)
        page = visit.open("home")
        page.get_by_text("smaller.jpg").first.wait_for()
        talks = [place.raddr.port for place in waiting.net_connections("tcp") if place.raddr]
        assert ports & set(talks), "the page runs in the kernel that waited"
        visit.close()
    finally:
        code = served.stop()
        home.stop_graph()
    assert code == 0
    psutil.wait_procs([waiting], timeout=10)
    assert not waiting.is_running()
