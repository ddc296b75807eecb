"""Makes `dhash.json`: golden vectors of the dHash, from its definition in fractions alone.

    python tests/golden/make_dhash.py

Nothing of TagCat is imported: every overlap, mean and rounding is a `fractions.Fraction`, slow and
beyond doubt. The kernel's tests and the front end's run the same file. Pixels are not stored but drawn,
by a recipe that any language repeats in 32-bit integers:

    state = seed
    for each sample, row by row (channels of a pixel side by side):
        state = (1664525 * state + 1013904223) mod 2^32
        sample = (state >> 16) & mask

Recipe "noise" takes the sample as it is. "smooth" makes pictures with large areas and many ties: it draws
a small tile of `tile` [h, w] in the same way and repeats each of its samples over the picture,
sample[y][x] = tile[y * h // H][x * w // W]. "pixels" gives the samples themselves.

A case has `channels` 1 (grey, `bits` a sample: mask = 2^bits - 1), 3 (RGB) or 4 (RGBA), both of 8 bits,
and `limited` range. It expects the 8 rows of 9 `means` and the `dhash` in 16 hex digits.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

ROWS, COLUMNS = 8, 9

Grid = list[list[int]]


def draw(seed: int, count: int, mask: int) -> list[int]:
    """Return `count` samples of the generator.

    >>> draw(1, 3, 255)
    [136, 136, 22]
    """
    samples, state = [], seed
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        samples.append(state >> 16 & mask)
    return samples


def samples_of(case: dict[str, Any]) -> Grid:
    """Return the rows of a case, the channels of a pixel side by side."""
    width, height, channels = case["width"], case["height"], case["channels"]
    mask = 2 ** case["bits"] - 1
    if case["recipe"] == "pixels":
        flat = case["pixels"]
    elif case["recipe"] == "noise":
        flat = draw(case["seed"], width * height * channels, mask)
    else:
        rows, columns = case["tile"]
        tile = draw(case["seed"], rows * columns * channels, mask)
        flat = [
            tile[((y * rows // height) * columns + x * columns // width) * channels + channel]
            for y in range(height)
            for x in range(width)
            for channel in range(channels)
        ]
    stride = width * channels
    return [flat[y * stride : (y + 1) * stride] for y in range(height)]


def grey_of(rows: Grid, channels: int) -> Grid:
    """Return one grey sample a pixel: alpha over black, then the weights."""
    if channels == 1:
        return rows
    grey = []
    for row in rows:
        line = []
        for x in range(0, len(row), channels):
            red, green, blue, *alpha = row[x : x + channels]
            if alpha:
                red, green, blue = ((part * alpha[0] + 127) // 255 for part in (red, green, blue))
            line.append((9798 * red + 19235 * green + 3735 * blue + 16384) >> 15)
        grey.append(line)
    return grey


def overlaps(size: int, cells: int, cell: int) -> list[tuple[int, Fraction]]:
    """Return (sample, length of its part that lies in the cell) along one side.

    >>> [(x, str(length)) for x, length in overlaps(10, 8, 0)]
    [(0, '1'), (1, '1/4')]
    """
    start, end = Fraction(cell * size, cells), Fraction((cell + 1) * size, cells)
    parts = ((x, min(end, Fraction(x + 1)) - max(start, Fraction(x))) for x in range(size))
    return [(x, length) for x, length in parts if length > 0]


def slow_means(grey: Grid, *, bits: int = 8, limited: bool = False) -> Grid:
    """Return the exact area means, rounded to the nearest integer, ties to even.

    >>> slow_means([[5]])[7]
    [5, 5, 5, 5, 5, 5, 5, 5, 5]
    """
    height, width = len(grey), len(grey[0])
    columns = [overlaps(width, COLUMNS, column) for column in range(COLUMNS)]
    means = []
    for row in range(ROWS):
        lines = overlaps(height, ROWS, row)
        line = []
        for cells in columns:
            total = sum(
                (down * across * grey[y][x] for y, down in lines for x, across in cells), start=Fraction(0)
            )
            mean = total / Fraction(height * width, ROWS * COLUMNS) / 2 ** (bits - 8)
            if limited:
                mean = (mean - 16) * 255 / 219
            line.append(round(min(max(mean, Fraction(0)), Fraction(255))))
        means.append(line)
    return means


def slow_dhash(means: Grid) -> str:
    """Return the dHash in 16 hex digits.

    >>> slow_dhash([[0, 1, 1, 1, 1, 1, 1, 1, 1]] + [[0] * 9] * 7)
    '8000000000000000'
    """
    bits = "".join("1" if row[x + 1] > row[x] else "0" for row in means for x in range(ROWS))
    return f"{int(bits, 2):016x}"


def cases() -> list[dict[str, Any]]:
    """Return the cases, without what they expect."""
    sizes = [(1, 1), (1, 7), (5, 1), (2, 2), (8, 7), (9, 8), (10, 9), (17, 16), (18, 16), (27, 40), (64, 48)]
    made = []
    seed = 1
    for width, height in sizes:
        for kind in [(1, 8, False), (1, 8, True), (1, 10, True), (3, 8, False)]:
            seed += 1
            made.append(_case("noise", width, height, kind, seed=seed))
    for width, height, tile in [(90, 64, [8, 9]), (90, 64, [4, 3]), (45, 36, [5, 4]), (120, 80, [8, 9])]:
        for kind in [
            (1, 8, False),
            (1, 8, True),
            (1, 10, False),
            (1, 10, True),
            (1, 16, False),
        ]:
            seed += 1
            made.append(_case("smooth", width, height, kind, seed=seed, tile=tile))
        for channels in (3, 4):
            seed += 1
            made.append(_case("smooth", width, height, (channels, 8, False), seed=seed, tile=tile))
    # Exact ties: cells of 18 x 16 hold 2 x 2 samples, so that means end in .5 beside even and odd.
    ties = [[(x // 2 + y // 2) % 4 + (x % 2) * (y % 2) * 2 for x in range(18)] for y in range(16)]
    made.append(_case("pixels", 18, 16, (1, 8, False), pixels=[sample for row in ties for sample in row]))
    flat = [[126 + x % 2 for x in range(36)] for _ in range(2)]
    made.append(_case("pixels", 36, 2, (1, 8, True), pixels=[sample for row in flat for sample in row]))
    return made


def _case(recipe: str, width: int, height: int, kind: tuple[int, int, bool], **more: Any) -> dict[str, Any]:
    channels, bits, limited = kind
    facts = {"width": width, "height": height, "channels": channels, "bits": bits, "limited": limited}
    return {"recipe": recipe, **facts, **more}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """Return the case with its means and dHash."""
    grey = grey_of(samples_of(case), case["channels"])
    means = slow_means(grey, bits=case["bits"], limited=case["limited"])
    return {**case, "means": means, "dhash": slow_dhash(means)}


def text() -> str:
    """Return the whole file, a case a line."""
    lines = ",\n".join(json.dumps(expected(case), separators=(",", ":")) for case in cases())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    Path(__file__).with_name("dhash.json").write_text(text(), encoding="ascii")
