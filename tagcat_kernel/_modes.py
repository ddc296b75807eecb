"""The compiled search for the k modes of weighted hashes; `clustering` decides on what to run it.

A bit of a cluster is held as a margin: the weight of the rows that have it minus the weight of those
that don't. The mode is the sign of the margins, a row's distance to a mode one population count, and
what the move of a row would change follows from the margins exactly.
"""

from typing import Any

import numpy as np

from tagcat_kernel._clustering_kernels import Hashes, Ints, jit, ones, write_nearest

SHORT = 3
"""Rounds that a shaken state gets to prove itself."""


@jit
def _random(state: Any) -> float:
    """Return the next number from 0 to 1 (splitmix64; Steele, Lea, Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = state[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


@jit
def _draw(chances: Any, total: int, state: Any) -> int:
    """Return a row, each as likely as its chance; `total` is the sum of chances."""
    left = np.int64(_random(state) * total)
    for row in range(len(chances)):
        left -= chances[row]
        if left < 0:
            return row
    return len(chances) - 1


@jit
def _spread_out(values: Any, weights: Any, modes: Any, farthest: bool, state: Any) -> None:
    """Draw modes from the values, each likelier the farther from those drawn; of several the best one.

    With `farthest` each after the first is one of those farthest from all before it, the heaviest one.
    """
    chances = weights.copy()
    distance = np.full(len(values), 64, np.int64)
    trials = 2 + int(np.log(len(modes)))
    for number in range(len(modes)):
        total = chances.sum()
        best, chosen = np.int64(-1), 0
        if farthest and number:
            for row in range(len(values)):
                here = -(distance[row] << 32) - weights[row]
                if here < best:
                    best, chosen = here, row
        for _ in range(0 if farthest and number else trials if number else 1):
            row = _draw(chances, total, state)
            cost = np.int64(0)
            for other in range(len(values)):
                cost += weights[other] * min(distance[other], ones(values[other] ^ values[row]))
            if best < 0 or cost < best:
                best, chosen = cost, row
        modes[number] = values[chosen]
        for other in range(len(values)):
            distance[other] = min(distance[other], ones(values[other] ^ modes[number]))
            chances[other] = distance[other] * weights[other]


@jit
def _add(margins: Any, number: int, value: Any, weight: int) -> None:
    """Add a value to the margins of a cluster; a negative weight takes it out."""
    for bit in range(64):
        one = (value >> np.uint64(63 - bit)) & np.uint64(1)
        margins[number, bit] += weight if one else -weight


@jit
def _settle(margins: Any, modes: Any, ties: Any, number: int) -> None:
    """Set a cluster's mode to the signs of its margins; at zero (a tie) a bit stays what it was."""
    mode, tie = np.uint64(0), np.uint64(0)
    for bit in range(64):
        margin = margins[number, bit]
        mode |= np.uint64(margin > 0) << np.uint64(63 - bit)
        tie |= np.uint64(margin == 0) << np.uint64(63 - bit)
    modes[number] = mode | (modes[number] & tie)
    ties[number] = tie


@jit
def _rounds(  # noqa: PLR0917
    values: Any, weights: Any, modes: Any, labels: Any, margins: Any, ties: Any, most: int
) -> Any:
    """Move rows and modes in turn (Huang 1998, all rows at once) while the cost falls.

    Label -1 is a row that is in no cluster yet. Returns the cost and the rounds.
    """
    now, distance = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    cost = np.int64(-1)
    for done in range(most):
        before = cost
        write_nearest(values, modes, now, distance)
        cost = (distance * weights).sum()
        for row in range(len(values)):
            if labels[row] != now[row]:
                if labels[row] >= 0:
                    _add(margins, labels[row], values[row], -weights[row])
                _add(margins, now[row], values[row], weights[row])
                labels[row] = now[row]
        for number in range(len(modes)):
            _settle(margins, modes, ties, number)
        if cost == before:
            return cost, done
    return cost, most


@jit
def _exchange(  # noqa: PLR0912, PLR0917
    values: Any, weights: Any, modes: Any, labels: Any, margins: Any, ties: Any, most: int
) -> int:
    """Move single rows wherever that lowers the cost, exactly counted (Hartigan 1975); return the rounds.

    To put a row of weight w into a cluster costs the sum of min(w, |margin|) over the bits where it
    differs from the mode; what leaving saves is what coming back would cost. For w = 1 both are
    population counts.
    """
    for done in range(most):
        moves = 0
        for row in range(len(values)):
            value, weight, home = values[row], weights[row], labels[row]
            if weight == 1:
                best = (ones((value ^ modes[home]) | ties[home]) << 32) - 1
                for number in range(len(modes)):
                    cost = ones((value ^ modes[number]) & ~ties[number]) + (number == home) * 65
                    best = min(best, (cost << 32) | number)
                to = best & 0xFFFFFFFF
                if to == 0xFFFFFFFF:
                    to = home
            else:
                best, to = np.int64(0), home
                for bit in range(64):
                    sign = 2 * np.int64((value >> np.uint64(63 - bit)) & np.uint64(1)) - 1
                    best += min(weight, max(0, weight - sign * margins[home, bit]))
                for number in range(len(modes)):
                    if number != home:
                        cost = np.int64(0)
                        for bit in range(64):
                            sign = 2 * np.int64((value >> np.uint64(63 - bit)) & np.uint64(1)) - 1
                            cost += min(weight, max(0, -sign * margins[number, bit]))
                        if cost < best:
                            best, to = cost, number
            if to != home:
                _add(margins, home, value, -weight)
                _add(margins, to, value, weight)
                _settle(margins, modes, ties, home)
                _settle(margins, modes, ties, to)
                labels[row] = to
                moves += 1
        if not moves:
            return done
    return most


@jit
def _cost(values: Any, weights: Any, modes: Any) -> Any:
    labels, distance = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    write_nearest(values, modes, labels, distance)
    return (distance * weights).sum()


@jit
def _improve(  # noqa: PLR0917
    values: Any, weights: Any, modes: Any, labels: Any, margins: Any, ties: Any, most: int, limit: int
) -> Any:
    """Run both kinds of rounds; return the cost with each row at its nearest mode, and the rounds.

    What costs more than `limit` after the quick rounds is given up.
    """
    cost, done = _rounds(values, weights, modes, labels, margins, ties, most)
    if cost > limit:
        return cost, done
    done += _exchange(values, weights, modes, labels, margins, ties, most)
    return _cost(values, weights, modes), done


@jit
def _weigh(  # noqa: PLR0917
    values: Any, weights: Any, modes: Any, labels: Any, chances: Any, losses: Any
) -> None:
    """Write what each row costs, and how much more its rows would cost without each mode."""
    losses[:] = 0
    for row in range(len(values)):
        second = np.int64(64)
        for number in range(len(modes)):
            second = min(second, ones(values[row] ^ modes[number]) + (number == labels[row]) * 65)
        own = ones(values[row] ^ modes[labels[row]])
        chances[row] = weights[row] * own
        losses[labels[row]] += weights[row] * (second - own)


@jit
def _loosest(losses: Any, state: Any) -> int:
    """Return the mode that would be missed least.

    Chance has its say (each loss is drawn from 0.5 to 1.5 times itself), so that not every try is alike.
    """
    spare, least = 0, np.inf
    for number in range(len(losses)):
        loss = losses[number] * (0.5 + _random(state))
        if loss < least:
            spare, least = number, loss
    return spare


@jit
def _one_of(bits: Any, state: Any) -> Any:
    """Return one of the bits that are set, each as likely."""
    for _ in range(int(_random(state) * ones(bits))):
        bits &= bits - np.uint64(1)
    return bits & (~bits + np.uint64(1))


@jit
def _search(  # noqa: PLR0917
    values: Any, weights: Any, modes: Any, starts: int, swaps: int, most: int, short: int, state: Any
) -> Any:
    """Write the cheapest modes found into `modes`; return the cost and the rounds that led to them.

    After the starts the best end is shaken: the mode that is missed least (a duplicate, an empty one)
    is put at a value far from all modes, or beside another mode that a bit divides, and what follows is
    kept where it costs less.
    """
    k, everything = len(modes), np.int64(2) ** 62
    labels, chances = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    kept_labels, losses = labels.copy(), np.empty(k)
    margins, ties = np.empty((k, 64), np.int64), np.empty(k, np.uint64)
    kept_margins, kept_ties, tried = margins.copy(), ties.copy(), modes.copy()
    cheapest, rounds = everything, 0
    for start in range(max(1, starts)):
        if starts:
            _spread_out(values, weights, tried, start % 2 == 1, state)
        else:
            tried[:] = modes
        labels[:] = -1
        margins[:] = 0
        cost, done = _improve(
            values, weights, tried, labels, margins, ties, most, min(everything, cheapest + (cheapest >> 6))
        )
        if cost < cheapest:
            cheapest, rounds = cost, done
            modes[:], kept_labels[:], kept_margins[:], kept_ties[:] = tried, labels, margins, ties
    changed = True
    for number in range(swaps if k > 1 else 0):
        tried[:], labels[:], margins[:], ties[:] = modes, kept_labels, kept_margins, kept_ties
        if changed:
            _weigh(values, weights, modes, labels, chances, losses)
            total, changed = chances.sum(), False
        if not total:
            break
        spare, row = _loosest(losses, state), _draw(chances, total, state)
        if number % 2:
            tried[spare] = values[row]
        else:
            tried[spare] = modes[labels[row]] ^ _one_of(values[row] ^ modes[labels[row]], state)
        cost, done = _improve(
            values, weights, tried, labels, margins, ties, short, cheapest + (cheapest >> 8)
        )
        if cost < cheapest:
            cheapest, rounds, changed = cost, rounds + done, True
            modes[:], kept_labels[:], kept_margins[:], kept_ties[:] = tried, labels, margins, ties
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
    found = np.empty(k, np.uint64) if modes is None else modes.copy()
    state = np.array([seed], np.uint64)
    cost, rounds = _search(values, weights, found, starts, swaps, most, min(SHORT, most), state)
    return found, int(cost), int(rounds)
