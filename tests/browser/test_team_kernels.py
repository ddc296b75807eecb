"""How many kernels a member may have: real ones, of a small limit; and what the page of one too many says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tornado import web

from tagcat_kernel.kernels import OnlyThisPython
from tagcat_kernel.serve.team.kernels import KernelsOf, TeamKernels
from tests.browser.team import Team, channels, leave


def test_a_member_has_so_many_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that come at once count as well; closed ones make room; others have places of their own."""
    monkeypatch.chdir(tmp_path)

    async def life() -> None:
        kernels = TeamKernels(
            kernel_spec_manager=OnlyThisPython(), connection_dir=str(tmp_path), waiting=0, most=2
        )
        ada = KernelsOf(kernels, "ada")
        try:
            came = await asyncio.gather(*(ada.start_kernel() for _ in range(5)), return_exceptions=True)
            refused = [one for one in came if isinstance(one, BaseException)]
            own = [one for one in came if isinstance(one, str)]
            assert (len(own), len(refused)) == (2, 3)
            assert {one.status_code for one in refused if isinstance(one, web.HTTPError)} == {429}
            for name in own:
                kernels.notify_connect(name)
            with pytest.raises(web.HTTPError, match="too many pages"):
                await ada.start_kernel()
            assert await KernelsOf(kernels, "bob").start_kernel(), "another's places are not used up"
            kernels.notify_disconnect(own[0])
            new = await ada.start_kernel()
            assert own[0] not in kernels, "what was left made room"
            assert [name in ada for name in (*own, new)] == [False, True, True]
            await ada.shutdown_kernel(own[1])
            await ada.start_kernel()
        finally:
            await kernels.shutdown_all()

    asyncio.run(asyncio.wait_for(life(), 120))


@pytest.mark.soak
def test_sixteen_pages_and_one_more(team: Team) -> None:
    team.home.add("max")

    async def life() -> tuple[int, str, int, int]:
        sockets: list[Any] = []
        for _ in range(16):
            kernel = await asyncio.to_thread(team.kernel_of, "max")
            sockets.append(await channels(team, kernel, team.carry("max")))
        home = "/voila/render/home.ipynb"
        status, _, page = await asyncio.to_thread(lambda: team.ask(home, **team.carry("max")))
        other = await asyncio.to_thread(lambda: team.ask(home, **team.carry("bob")))
        await leave(sockets.pop())
        again = await asyncio.to_thread(lambda: team.ask(home, **team.carry("max")))
        for socket in sockets:
            await leave(socket)
        return status, page, other[0], again[0]

    status, page, other, again = asyncio.run(asyncio.wait_for(life(), 240))
    assert (status, other, again) == (429, 200, 200)
    assert "You have too many pages open" in page
    assert "Close some of yours" in page
    assert "Traceback" not in page
