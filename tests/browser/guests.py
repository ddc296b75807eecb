"""A member of a team with a collection, and another member with whom it may be shared; for tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tagcat_kernel import Workbench
from tests.browser.team import Team
from tests.graph.engines import snapshot


@dataclass
class Shared:
    """A collection as its owner holds it, and what all of it is now."""

    owner: Workbench

    @property
    def all(self) -> dict[str, list[Any]]:
        """Every node and relationship of it."""
        return snapshot(self.owner.collection.graph, self.owner.user)

    @property
    def held(self) -> list[int]:
        """How many images each tag is on."""
        return [int(number) for number in self.owner.tags()["images"]]


def new_shared(team: Team, owner: str, guest: str, folder: Path) -> Iterator[Shared]:
    """Make both members; yield the owner's three pictures, of which two match and one has a tag."""
    for number in range(3):
        grey = np.random.default_rng(number // 2).integers(0, 256, (8, 9), np.uint8)
        soft = Image.fromarray(grey).resize((120 + 9 * number, 90), Image.Resampling.BICUBIC)
        soft.save(folder / f"hers {number}.png")
    team.home.add(owner, guest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGCAT_HOME", str(team.home.tagcat))
        with Workbench(user=owner) as workbench:
            workbench.ingest(folder, progress=False)
            workbench.tag(workbench.images()["key"][0], "her word")
            yield Shared(workbench)
