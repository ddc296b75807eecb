"""Kernels forked off a nursery: as if each had been started by itself, but for the memory that it costs."""

import ast
import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import AsyncKernelManager

from tagcat_kernel.serve import forks
from tests.waits import wait_until

pytestmark = pytest.mark.skipif(not forks.POSSIBLE, reason="needs Linux: kernels are started elsewhere")


@asynccontextmanager
async def kernel(folder: Path, **environment: str) -> AsyncIterator[tuple[AsyncKernelManager, Any]]:
    """Start a kernel as the dashboards do; give its manager and a client."""
    manager = AsyncKernelManager(
        kernel_spec_manager=forks.ForkedPython(), transport_encryption="auto", kernel_name="python3"
    )
    await manager.start_kernel(cwd=str(folder), env=os.environ | environment)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def value(client: Any, expression: str) -> Any:
    """Return what an expression is in the kernel, by way of JSON."""
    asked = {"it": f"__import__('json').dumps({expression})"}
    answer = await client.execute("", user_expressions=asked, reply=True, timeout=60)
    return json.loads(ast.literal_eval(answer["content"]["user_expressions"]["it"]["data"]["text/plain"]))


def run(life: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end, and end the nursery of this process."""
    try:
        asyncio.run(life())
    finally:
        forks.close()


def test_each_kernel_has_its_own_surroundings(tmp_path: Path) -> None:
    async def life() -> None:
        (tmp_path / "there").mkdir()
        async with (
            kernel(tmp_path, TAGCAT_USER="ada") as (_, ada),
            kernel(tmp_path / "there", TAGCAT_USER="bob") as (_, bob),
        ):
            for client, user, folder in ((ada, "ada", tmp_path), (bob, "bob", tmp_path / "there")):
                told = '[__import__("os").environ["TAGCAT_USER"], __import__("os").getcwd()]'
                assert await value(client, told) == [user, str(folder)]
            assert await value(ada, '"tagcat_widgets.pages" in __import__("sys").modules')
            targets = "list(get_ipython().kernel.comm_manager.targets)"
            assert "jupyter.widget.control" in await value(ada, targets), "a page gets all widgets at once"
            chance = '[__import__("numpy").random.random(), __import__("random").random()]'
            assert not set(await value(ada, chance)) & set(await value(bob, chance))
            assert await value(ada, '__import__("psutil").Process().name()') == "tagcat-kernel"

    run(life)


def test_most_of_its_memory_is_shared(tmp_path: Path) -> None:
    async def life() -> None:
        async with kernel(tmp_path) as (manager, client):
            await value(client, "1")
            memory = psutil.Process(manager.provisioner.pid).memory_full_info()
            assert memory.uss < memory.rss / 2

    run(life)


def test_it_is_interrupted_restarted_and_ended(tmp_path: Path) -> None:
    async def life() -> None:
        async with kernel(tmp_path) as (manager, client):
            message = client.execute("import time\nwhile True: time.sleep(0.01)")
            await client.get_iopub_msg(timeout=60)  # busy
            await asyncio.sleep(0.1)
            await manager.interrupt_kernel()
            while (answer := await client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != message:
                pass
            assert answer["content"]["ename"] == "KeyboardInterrupt"
            before = manager.provisioner.pid
            await manager.restart_kernel(now=True)
            await client.wait_for_ready(timeout=60)
            assert await value(client, '__import__("os").getpid()') == manager.provisioner.pid != before
            process = psutil.Process(manager.provisioner.pid)
        wait_until(lambda: not process.is_running())

    run(life)


def test_kernels_end_with_the_nursery_and_another_takes_its_place(tmp_path: Path) -> None:
    async def life() -> None:
        async with kernel(tmp_path) as (manager, _):
            process = psutil.Process(manager.provisioner.pid)
            forks.nursery().process.send_signal(signal.SIGKILL)
            while await manager.is_alive():
                await asyncio.sleep(0.02)
            wait_until(lambda: not process.is_running())
        async with kernel(tmp_path) as (manager, client):
            assert await value(client, "1") == 1

    run(life)


def test_without_a_nursery_kernels_are_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Barren(forks.Nursery):
        def fork(self, *_asked: Any) -> forks.Forked:
            raise forks.NurseryError("it could not fork")

    async def life() -> None:
        monkeypatch.setattr(forks, "Nursery", Barren)
        async with kernel(tmp_path) as (manager, client):
            assert isinstance(manager.provisioner.process, subprocess.Popen)
            assert await value(client, "1") == 1

    run(life)
