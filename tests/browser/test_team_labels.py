"""A team's server whose operator switched nothing on: no member sends a picture or fetches a model."""

import asyncio
from typing import Any

from PIL import Image

from tagcat_kernel.labelling import KERAS
from tests.browser.team import Forger, Team
from tests.kernel.models import colour_model

BEGIN = "Label what is new"


async def press_everything(team: Team, name: str) -> tuple[list[str], str]:
    """Forge every choice and every consent of the page of labels; return the models and all that was said."""
    page = await Forger.open(team, name, "05_labelling")
    states: dict[str, Any] = {comm: widget["state"] for comm, widget in page.states.items()}
    (choice,) = [comm for comm, state in states.items() if state.get("description") == "Model"]
    (begin,) = [comm for comm, state in states.items() if state.get("description") == BEGIN]
    models = states[choice]["_options_labels"]
    consents = page.comms("indent", "value")
    assert consents
    for index in range(1, len(models) + 2):  # the first lies on the server; beyond the last there is nothing
        await page.update(choice, {"index": index, "value": "AWS Rekognition"})
        for comm in consents:
            await page.update(comm, {"value": True, "description": "allowed"})
        await page.update(begin, {"disabled": False})
        await page.custom(begin, {"event": "click"})
        await page.settle()
    await page.leave()
    return models, page.said


def test_no_member_switches_anything_on(team: Team, tmp_path: Any) -> None:
    home = team.home
    home.add("una")
    Image.radial_gradient("L").resize((120, 90)).save(tmp_path / "one.png")
    home.run("ingest", str(tmp_path / "one.png"), "--user", "una")
    (home.tagcat / "models").mkdir(exist_ok=True)
    colour_model(home.tagcat / "models")
    before = set((home.tagcat / "jobs").glob("*"))
    models, said = asyncio.run(asyncio.wait_for(press_everything(team, "una"), 90))
    assert models[1:] == [f"{KERAS} (Keras)"]
    assert "Keras fetches nothing on this server unless whoever runs it" in said
    assert set((home.tagcat / "jobs").glob("*")) == before, "no job was started"
