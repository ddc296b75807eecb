"""The compiled search for the k modes of weighted hashes; `kmodes` decides on what to run it.

Starts spread modes out, and rounds (`_rounds`) improve them. Then the best end is shaken: one mode
is put elsewhere, the rounds run, and what follows is kept where it costs less.
"""

from typing import Any

import numpy as np

from tagcat_kernel.clustering._loops import BLOCK, jit, ones
from tagcat_kernel.clustering._rounds import Rows, copy, improve, no_state
from tagcat_kernel.clustering.bits import Hashes, Ints

SHORT = 3
"""Rounds that a shaken state gets to prove itself."""


@jit
def _random(seed: Any) -> float:
    """Return the next number from 0 to 1 (splitmix64; Steele, Lea, Flood 2014)."""
    seed[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = seed[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


@jit
def _draw(chances: Any, sums: Any, seed: Any) -> int:
    """Return a row, each as likely as its chance; `sums` are those of blocks of rows."""
    left, first = np.int64(_random(seed) * sums.sum()), 0
    for total in sums:
        if left < total:
            break
        left -= total
        first += BLOCK
    for row in range(first, len(chances)):
        left -= chances[row]
        if left < 0:
            return row
    return len(chances) - 1


@jit
def _draw_near(rows: Any, chances: Any, sums: Any, tried: Any, seed: Any) -> Any:
    """Draw some rows; return the one that brings all rows nearest to their modes."""
    costs = np.zeros(len(tried), np.int64)
    for trial in range(len(tried)):
        tried[trial] = _draw(chances, sums, seed)
    for start in range(0, len(rows.values), BLOCK):
        values, weights = rows.values[start : start + BLOCK], rows.weights[start : start + BLOCK]
        distance = rows.distance[start : start + BLOCK]
        for trial in range(len(tried)):
            value, cost = rows.values[tried[trial]], np.int64(0)
            for row in range(len(values)):
                cost += weights[row] * min(distance[row], ones(values[row] ^ value))
            costs[trial] += cost
    return tried[costs.argmin()]


@jit
def _farthest(rows: Any) -> int:
    """Return one of the rows farthest from all modes, the heaviest one."""
    best, chosen = np.int64(-1), 0
    for row in range(len(rows.values)):
        here = (rows.distance[row] << 32) + rows.weights[row]
        if here > best:
            best, chosen = here, row
    return chosen


@jit
def _spread_out(  # noqa: PLR0917
    rows: Any, modes: Any, chances: Any, sums: Any, farthest: bool, seed: Any
) -> None:
    """Draw modes from the rows, each likelier the farther from those drawn; of several the best one.

    With `farthest` each after the first is one of those farthest from all before it.
    """
    rows.distance[:] = 64
    chances[:] = rows.weights
    tried = np.empty(2 + int(np.log(len(modes))), np.int64)
    for number in range(len(modes)):
        for block in range(len(sums)):
            sums[block] = chances[block * BLOCK : (block + 1) * BLOCK].sum()
        if not number:
            row = _draw(chances, sums, seed)
        elif farthest:
            row = _farthest(rows)
        else:
            row = _draw_near(rows, chances, sums, tried, seed)
        modes[number] = value = rows.values[row]
        for other in range(len(rows.values)):
            near = min(rows.distance[other], ones(rows.values[other] ^ value))
            rows.distance[other] = near
            chances[other] = near * rows.weights[other]


@jit
def _weigh(rows: Any, state: Any, chances: Any, sums: Any, losses: Any) -> None:
    """Write what each row costs, and how much more its rows would cost without each mode."""
    losses[:] = 0
    sums[:] = 0
    for row in range(len(rows.values)):
        value, weight, home = rows.values[row], rows.weights[row], state.labels[row]
        second = np.int64(64)
        for number in range(len(state.modes)):
            second = min(second, ones(value ^ state.modes[number]) + (number == home) * 65)
        own = ones(value ^ state.modes[home])
        chances[row] = weight * own
        sums[row // BLOCK] += weight * own
        losses[home] += weight * (second - own)


@jit
def _loosest(losses: Any, seed: Any) -> int:
    """Return the mode that would be missed least.

    Chance has its say (each loss is drawn from 0.5 to 1.5 times itself), so that not every try is alike.
    """
    spare, least = 0, np.inf
    for number in range(len(losses)):
        loss = losses[number] * (0.5 + _random(seed))
        if loss < least:
            spare, least = number, loss
    return spare


@jit
def _one_of(bits: Any, seed: Any) -> Any:
    """Return one of the bits that are set, each as likely."""
    for _ in range(int(_random(seed) * ones(bits))):
        bits &= bits - np.uint64(1)
    return bits & (~bits + np.uint64(1))


@jit
def _search(  # noqa: PLR0917
    rows: Any, kept: Any, tried: Any, starts: int, swaps: int, most: int, short: int, seed: Any
) -> Any:
    """Leave the cheapest state found in `kept`; return its cost and the rounds that led to it.

    After the starts the best end is shaken: the mode that is missed least (a duplicate, an empty one)
    is put at a value far from all modes, or beside another mode that a bit divides.
    """
    k, cheapest, rounds = len(kept.modes), np.int64(2) ** 62, 0
    chances, sums = np.empty_like(rows.weights), np.empty(-(-len(rows.weights) // BLOCK), np.int64)
    losses = np.empty(k)
    for start in range(max(1, starts)):
        if starts:
            _spread_out(rows, tried.modes, chances, sums, start % 2 == 1, seed)
        else:
            tried.modes[:] = kept.modes
        tried.labels[:] = -1
        tried.margins[:] = 0
        cost, done = improve(rows, tried, most, min(np.int64(2) ** 62, cheapest + (cheapest >> 6)))
        if cost < cheapest:
            cheapest, rounds = cost, done
            copy(tried, kept)
    changed = True
    for number in range(swaps if k > 1 else 0):
        copy(kept, tried)
        if changed:
            _weigh(rows, tried, chances, sums, losses)
            changed = False
        if not sums.any():
            break
        spare, row = _loosest(losses, seed), _draw(chances, sums, seed)
        mode = tried.modes[tried.labels[row]]
        tried.modes[spare] = rows.values[row] if number % 2 else mode ^ _one_of(rows.values[row] ^ mode, seed)
        cost, done = improve(rows, tried, short, cheapest + (cheapest >> 8))
        if cost < cheapest:
            cheapest, rounds, changed = cost, rounds + done, True
            copy(tried, kept)
    return cheapest, rounds


def search(
    values: Hashes,
    weights: Ints,
    k: int,
    *,
    modes: Hashes | None = None,
    starts: int = 0,
    swaps: int = 0,
    most: int = 100,
    seed: int = 0,
) -> tuple[Hashes, int, int]:
    """Return k modes of weighted different values, their cost, and the rounds that led to them.

    It begins at `modes` where they are given, else at the best of some `starts`; `swaps` shake it.
    """
    rows = Rows(values, weights, np.empty_like(weights), np.empty_like(weights))
    kept, tried = no_state(rows, k), no_state(rows, k)
    if modes is not None:
        kept.modes[:] = modes
    cost, rounds = _search(
        rows, kept, tried, starts, swaps, most, min(SHORT, most), np.array([seed], np.uint64)
    )
    return kept.modes, int(cost), int(rounds)
