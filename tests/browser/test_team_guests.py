"""What a guest of a shared collection tries on the team's real server, by messages that no button sends."""

import asyncio
from collections.abc import Iterator

import pytest

from tagcat_kernel import Workbench
from tagcat_kernel.graph.errors import NotSharedError
from tagcat_kernel.team import members
from tagcat_widgets.tag_editor import WISHES
from tests.browser.guests import Shared, new_shared
from tests.browser.team import Forger, Team

IVY, JON = "ivy", "jon"


@pytest.fixture(scope="module")
def shared(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    yield from new_shared(team, IVY, JON, tmp_path_factory.mktemp("of ivy"))


async def press_everything(team: Team, who: str, place: str, keys: list[str]) -> None:
    """Open a page of ivy's collection and forge every wish, to every widget that hears wishes."""
    page = await Forger.open(team, who, f"{place}?collection={IVY}")
    a, b = keys[:2]
    wishes: list[dict[str, object]] = [
        {"type": kind, "a": one, "b": other}
        for kind in ("reject", "match", "undo")
        for one, other in ((a, b), (b, a))
    ]
    wishes += [{"type": "keep", "kept": a, "removed": [b]}, {"type": "undo"}, {"pressed": "t"}]
    wishes += [{"type": "tag", "keys": keys, "name": name} for name in ("his word", "her word")]
    wishes += [
        {"type": "do", "what": what, "name": name, "value": value}
        for what in sorted(WISHES)
        for name, value in (("her word", "his word"), ("her word", None), ("his word", None))
    ]
    for comm, widget in page.states.items():
        state = widget["state"]
        for name, forged in (
            ("access", "owner"),
            ("shortcuts", "tu"),
            ("selected", keys),
            ("disabled", False),
        ):
            if name in state:
                await page.update(comm, {name: forged})
        for wish in wishes if {"access", "shortcuts"} & set(state) else ():
            await page.custom(comm, wish)
        if widget["model_name"] == "ButtonModel":
            await page.custom(comm, {"event": "click"})
    await page.settle()
    await page.leave()


@pytest.mark.parametrize("access", ["reading", "tagging", pytest.param("owner", marks=pytest.mark.soak)])
def test_no_message_does_more_than_is_shared(shared: Shared, team: Team, access: str) -> None:
    """The last one is the proof that the messages are the right ones: their owner's do all they say."""
    keys = [str(key) for key in shared.owner.images()["key"]]
    shared.owner.share(JON, tagging=access == "tagging")
    before, who = shared.all, IVY if access == "owner" else JON
    noted = set(shared.owner.changes()["number"])
    for place in ("03_matching", "06_tags"):
        asyncio.run(asyncio.wait_for(press_everything(team, who, place, keys), 120))
    after = shared.all
    changed = [line for kind in before for line in set(before[kind]) ^ set(after[kind])]
    more = [line for line in changed if "['Change']" not in line and "'TAGGED'" not in line]
    assert (bool(changed), bool(more)) == (access != "reading", access == "owner")
    changes = shared.owner.changes()
    by = set(changes[~changes["number"].isin(noted)]["by"])
    assert by == (set() if access == "reading" else {who})


def test_who_is_shown_out_loses_it(shared: Shared, team: Team) -> None:
    shared.owner.share(JON, tagging=True)
    place, graph = f"/voila/render/06_tags.ipynb?collection={IVY}", shared.owner.collection.graph
    with Workbench(user=JON, graph=graph, of=IVY) as his:
        assert (team.ask(place, **team.carry(JON))[0], his.access) == (200, "tagging")
        members.disable(graph, JON)
        status, headers, text = team.ask(place, **team.carry(JON))
        assert (status, headers["location"].partition("?")[0], "her word" in text) == (302, "/login", False)
        with pytest.raises(NotSharedError, match="is not shared with"):
            his.tags()
        members.enable(graph, JON)
        assert his.access == "tagging"
    shared.owner.unshare(JON)
