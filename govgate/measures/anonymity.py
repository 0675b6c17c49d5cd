"""How well a row hides among rows that look alike, and what its group says of it all the same.

Source: k-anonymity, Sweeney 2002, doi:10.1142/S0218488502001648; distinct and entropy l-diversity,
Machanavajjhala et al. 2007, doi:10.1145/1217299.1217302; t-closeness with equal and ordered
distance, Li et al. 2007, doi:10.1109/ICDE.2007.367856; (alpha, k)-anonymity, Wong et al. 2006,
doi:10.1145/1150402.1150499; basic beta-likeness, Cao and Karras 2012, arXiv:1208.0220;
delta-disclosure, Brickell and Shmatikov 2008, doi:10.1145/1401890.1401904.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_KEYS = 2**62
"""Combinations that are numbered in 64 bits; beyond, they are numbered anew as they occur."""


_DENSE = 4
"""So many places a cell are cheaper than sorting the cells."""


@dataclass(frozen=True)
class Classes:
    """Rows in groups: alike in every quasi-identifier, so nobody can tell them apart by these."""

    of: Ints
    """For each cell the number of its class, from 0."""

    rows: Ints
    """For each class its rows, >= 1."""


@dataclass(frozen=True)
class Disclosure:
    """What each class says about one sensitive column; one number a class."""

    distinct: Ints
    """Known values (distinct l-diversity); 0 where none is known."""

    entropy_l: Floats
    """Exponential of the entropy of the known values; 0 where none is known."""

    alpha: Floats
    """Share of the most frequent among the known values."""

    t: Floats
    """Distance to the whole table, from 0 (alike) to 1."""

    beta: Floats
    """Largest relative gain of a value's share over the whole table."""

    delta: Floats
    """Largest absolute logarithm of that ratio, over values that the class holds."""


def grouped(columns: Sequence[Ints], rows: Ints) -> tuple[Classes, Ints]:
    """Put cells that are alike in all columns into one class.

    Args:
        columns: Codes from 0, one array a column, each as long as `rows`; at least one.
        rows: Rows of each cell, >= 1.

    Returns:
        The classes, and for each class the place of one of its cells.
    """
    key = np.zeros(len(rows), np.int64)
    size = 1
    for codes in columns:
        width = int(codes.max(initial=0)) + 1
        if size * width > _MOST_KEYS:
            key, size = _renumbered(key)
        key = key * width + codes
        size *= width
    _, added, of, places = _alike(key, size, rows)
    return Classes(of, added), places


def disclosed(
    classes: Classes, values: Ints, rows: Ints, count: int, *, ordered: bool
) -> Disclosure:
    """Compare each class with the whole table, in one sensitive column.

    Args:
        classes: As `grouped` gives them.
        values: For each cell its value's code: 0 to count - 1, in the order of the values where
            they have one, and `count` where it is missing.
        rows: Rows of each cell, >= 1.
        count: How many values there are.
        ordered: Whether far apart is worse than near by.

    Returns:
        One number a class. A missing value is a value like others for t, beta and delta, and is
        left out of l, entropy and alpha, which only grows the disclosure.
    """
    width = count + 1
    found, held, _, _ = _alike(classes.of * width + values, len(classes.rows) * width, rows)
    of, value = found // width, found % width
    everywhere = _summed(values, rows, count + 1)[value]
    every, size = int(rows.sum()), classes.rows[of]
    # whole numbers until one division, so that a share on the limit is on the limit
    gain = held * every - size * everywhere
    first = _starts(of)
    return Disclosure(
        *_diversity(of, held, value < count, len(classes.rows)),
        t=_ordered(classes, (of, value, held), _summed(values, rows, count + 1))
        if ordered
        else _equal(classes, gain, size * everywhere, first, every),
        beta=np.maximum.reduceat(gain / (size * everywhere), first),
        delta=np.maximum.reduceat(np.abs(np.log(held * every / (size * everywhere))), first),
    )


def _diversity(
    of: Ints, held: Ints, known: NDArray[np.bool_], classes: int
) -> tuple[Ints, Floats, Floats]:
    of, held = of[known], held[known]
    distinct, total = np.bincount(of, minlength=classes), _summed(of, held, classes)
    some = np.maximum(total, 1)
    logs = np.bincount(of, held * np.log(held), minlength=classes)
    most = np.zeros(classes, np.int64)
    np.maximum.at(most, of, held)
    entropy = np.exp(np.log(some) - logs / some)
    # where all values are as frequent it is a whole number, whatever a logarithm is rounded to
    return distinct, np.where(most * distinct == total, distinct, entropy), most / some


def _equal(classes: Classes, gain: Ints, expected: Ints, first: Ints, every: int) -> Floats:
    """Half the sum of all differences of shares; what a class lacks counts in full."""
    whole = classes.rows * every
    apart = _added(np.abs(gain), first) + whole - _added(expected, first)
    return np.asarray(apart / (2 * whole))


def _ordered(classes: Classes, held: tuple[Ints, Ints, Ints], everywhere: Ints) -> Floats:
    """Earth mover's distance between neighbouring values, without a row a class and value.

    A class's share up to a value is a staircase, and the table's only rises: between two steps
    of the staircase they cross once at most, so prefix sums give the area.
    """
    of, value, rows = held
    levels = len(everywhere) - 1  # none is missing where values are ordered
    table = np.cumsum(everywhere[:levels])
    area = np.concatenate(([0.0], np.cumsum(table, dtype=np.float64)))
    first = _starts(of)
    ends = np.append(value[1:], levels)
    ends[first[1:] - 1] = levels
    climbed = np.cumsum(rows)
    before = np.repeat(climbed[first] - rows[first], np.diff(np.append(first, len(of))))
    every, size = float(table[-1]), classes.rows[of]
    step = (climbed - before) * (every / size)
    cross = np.clip(np.searchsorted(table, step, side="left"), value, ends)
    above = step * (cross - value) - (area[cross] - area[value])
    below = (area[ends] - area[cross]) - step * (ends - cross)
    total = np.add.reduceat(above + below, first) + area[value[first]]
    return np.minimum(total / (every * max(levels - 1, 1)), 1.0)


def _alike(key: Ints, size: int, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Add up the rows of equal keys below `size`.

    Returns:
        The keys that occur, in order; their rows; for each cell the place of its key; and for
        each key the place of its first cell.
    """
    if size > _DENSE * len(key):
        order = np.argsort(key, kind="stable")
        starts = _starts(key[order])
        of = np.empty(len(key), np.int64)
        of[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(key))))
        return key[order[starts]], _added(rows[order], starts), of, order[starts]
    # few enough to have a place for each: no sorting
    first = np.full(size, -1, np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    found = np.flatnonzero(first >= 0)
    number = np.zeros(size, np.int64)
    number[found] = np.arange(len(found))
    return found, _summed(key, rows, size)[found], number[key], first[found]


def _starts(ordered: Ints) -> Ints:
    """Places where a new number begins."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return np.concatenate((np.zeros(min(len(ordered), 1), np.int64), changes))


def _added(rows: Ints, starts: Ints) -> Ints:
    return np.add.reduceat(rows, starts) if len(starts) else rows[:0]


def _summed(of: Ints, rows: Ints, length: int) -> Ints:
    # floats are exact here: a table has fewer than 2**53 rows
    return np.bincount(of, rows, minlength=length).astype(np.int64)


def _renumbered(key: Ints) -> tuple[Ints, int]:
    found, number = np.unique(key, return_inverse=True)
    return number.astype(np.int64), len(found)
