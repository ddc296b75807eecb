"""The compiled rounds that move hashes between clusters, and modes with them, while that saves bits.

A bit of a cluster is held as a margin: the weight of the rows that have it minus the weight of those
that don't. The mode is the sign of the margins, a row's distance to a mode one population count, and
what the move of a row would change follows from the margins exactly.
"""

from typing import Any, NamedTuple

import numpy as np

from tagcat_kernel.clustering._loops import jit, ones, write_nearest
from tagcat_kernel.clustering.bits import Hashes, Ints


class Rows(NamedTuple):
    """Different hashes uint64[n] with their weights int64[n], and room int64[n] twice for what is nearest."""

    values: Hashes
    weights: Ints
    nearest: Ints
    distance: Ints


class State(NamedTuple):
    """Clusters: modes uint64[k], the bits at a tie uint64[k], margins int64[k, 64], labels int64[n].

    Label -1 is a row that is in no cluster yet.
    """

    modes: Hashes
    ties: Hashes
    margins: Ints
    labels: Ints


def no_state(rows: Rows, k: int) -> State:
    """Return room for a state of k clusters."""
    return State(
        np.zeros(k, np.uint64),
        np.zeros(k, np.uint64),
        np.zeros((k, 64), np.int64),
        np.full(len(rows.values), -1, np.int64),
    )


@jit
def copy(source: Any, target: Any) -> None:
    """Write one state over another."""
    target.modes[:], target.ties[:] = source.modes, source.ties
    target.margins[:], target.labels[:] = source.margins, source.labels


@jit
def _add(margins: Any, number: int, value: Any, weight: int) -> None:
    """Add a value to the margins of a cluster; a negative weight takes it out."""
    for bit in range(64):
        one = (value >> np.uint64(63 - bit)) & np.uint64(1)
        margins[number, bit] += weight if one else -weight


@jit
def _settle(state: Any, number: int) -> None:
    """Set a cluster's mode to the signs of its margins; at zero (a tie) a bit stays what it was."""
    mode, tie = np.uint64(0), np.uint64(0)
    for bit in range(64):
        margin = state.margins[number, bit]
        mode |= np.uint64(margin > 0) << np.uint64(63 - bit)
        tie |= np.uint64(margin == 0) << np.uint64(63 - bit)
    state.modes[number] = mode | (state.modes[number] & tie)
    state.ties[number] = tie


@jit
def _cost(rows: Any, modes: Any) -> Any:
    """Find the nearest mode of each row; return the bits to them in all."""
    write_nearest(rows.values, modes, rows.nearest, rows.distance)
    cost = np.int64(0)
    for row in range(len(rows.values)):
        cost += rows.distance[row] * rows.weights[row]
    return cost


@jit
def _rounds(rows: Any, state: Any, most: int) -> Any:
    """Move rows and modes in turn (Huang 1998, all rows at once) while the cost falls.

    Returns the cost before the last modes moved, the rounds, and whether they stayed where they were.
    """
    cost = np.int64(-1)
    for done in range(most):
        before, moves = cost, 0
        cost = _cost(rows, state.modes)
        for row in range(len(rows.values)):
            home, to = state.labels[row], rows.nearest[row]
            if home != to:
                if home >= 0:
                    _add(state.margins, home, rows.values[row], -rows.weights[row])
                _add(state.margins, to, rows.values[row], rows.weights[row])
                state.labels[row] = to
                moves += 1
        for number in range(len(state.modes)):
            _settle(state, number)
        if not moves or cost == before:
            return cost, done, not moves
    return cost, most, False


@jit
def _exchange(rows: Any, state: Any, most: int) -> Any:  # noqa: PLR0912
    """Move single rows wherever that lowers the cost, exactly counted (Hartigan 1975).

    To put a row of weight w into a cluster costs the sum of min(w, |margin|) over the bits where it
    differs from the mode; what leaving saves is what coming back would cost. For w = 1 both are
    population counts. Returns the rounds and all moves.
    """
    modes, ties, margins, labels = state
    all_moves = 0
    for done in range(most):
        moves = 0
        for row in range(len(labels)):
            value, weight, home = rows.values[row], rows.weights[row], labels[row]
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
                _settle(state, home)
                _settle(state, to)
                labels[row] = to
                moves += 1
        all_moves += moves
        if not moves:
            return done, all_moves
    return most, all_moves


@jit
def improve(rows: Any, state: Any, most: int, limit: int) -> Any:
    """Run both kinds of rounds; return the cost with each row at its nearest mode, and the rounds.

    What costs more than `limit` after the quick rounds is given up.
    """
    cost, done, settled = _rounds(rows, state, most)
    if cost > limit:
        return cost, done
    more, moves = _exchange(rows, state, most)
    return cost if settled and not moves else _cost(rows, state.modes), done + more
