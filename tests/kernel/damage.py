"""Damage for tests: small real files, cut short or with bits turned over, always in the same way."""

import random
from pathlib import Path

SMALL = 60_000
"""Bytes of the largest file that is damaged: many damages, not many bytes."""


def small_files(media: Path, *folders: str) -> list[Path]:
    """Return the small files of some folders of the real media."""
    return [
        path
        for folder in folders
        for path in sorted((media / folder).iterdir())
        if path.stat().st_size <= SMALL
    ]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut the end off, or turn over up to sixteen bits."""
    if chance.random() < 0.4:
        return data[: chance.randrange(len(data))]
    broken = bytearray(data)
    for _ in range(chance.randint(1, 16)):
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
    return bytes(broken)


def write_damaged(sources: list[Path], folder: Path, number: int, chance: random.Random) -> list[Path]:
    """Write damaged variants of any of these files and return their paths."""
    paths = []
    for count in range(number):
        source = chance.choice(sources)
        paths.append(folder / f"{count}{source.suffix}")
        paths[-1].write_bytes(damaged(source.read_bytes(), chance))
    return paths
