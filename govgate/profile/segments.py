"""What is known of where counted values lie: the line cut into segments, from left to right.

Everything here is in spreads from the centre, in which a bin's ends are exact.

Source: docs/spec/table-profile.md, "Certified distances".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile import grid
from govgate.profile.numbers import Numbers, scaled
from govgate.profile.plan import ColumnPlan

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Supports:
    """The bins that hold something in any of some columns, ascending."""

    bins: Integers
    low: Floats
    """Least value that a bin can hold."""

    high: Floats
    """Greatest; where it equals `low`, all the bin's values are the same."""

    shares: tuple[Floats, ...]
    """For each column, of its values."""


def supports_of(plan: ColumnPlan, columns: Sequence[Numbers]) -> Supports:
    """Say between what the values of each bin lie.

    Raises:
        EvidenceError: A column has no values, or no grid.
    """
    for numbers in columns:
        if not plan.counts_numbers:
            msg = "this column was counted without a grid, so no distance is known; plan one"
            raise EvidenceError(msg)
        if not len(numbers.bins):
            msg = "this column has no values to compare; measure on data, or leave it out"
            raise EvidenceError(msg)
    bins = np.unique(np.concatenate([numbers.bins for numbers in columns]))
    low, high = grid.edges_of(bins)
    extremes = [each for n in columns for each in (n.lowest, n.highest) if each is not None]
    least, most = _scaled([min(extremes), max(extremes)], plan)
    low, high = np.clip(low, least, most), np.clip(high, least, most)
    if _is_whole(plan, columns, extremes):
        low, high = _whole_supports(bins, low, high, plan)
    low, high = _atomic_supports(bins, low, high, plan, columns)
    return Supports(bins, low, high, tuple(_shares(bins, numbers) for numbers in columns))


@dataclass(frozen=True)
class Segments:
    """Pieces of the line between which nothing lies, and F - G on each."""

    low: Floats
    high: Floats
    least: Floats
    """Least that F - G can be anywhere on the segment."""

    most: Floats
    ends: Floats
    """F - G at the end of each bin, where it is known."""

    slack: float
    """How far rounding may have moved the values on the whole, on average."""


def segments_of(plan: ColumnPlan, reference: Numbers, current: Numbers) -> Segments:
    """Bound the difference of two distributions everywhere.

    Raises:
        EvidenceError: A column has no values, or no grid.
    """
    known = supports_of(plan, (reference, current))
    f, g = known.shares
    ends = np.cumsum(f) - np.cumsum(g)
    begins = np.concatenate(([0.0], ends[:-1]))
    low, high, least, most = known.low, known.high, begins - g, begins + f
    cut = _cut_by_atoms(plan, known, begins, (reference, current))
    whole = np.ones(len(low), bool)
    whole[[place for place, *_ in cut]] = False
    extra = np.array([piece[1:] for piece in cut]).reshape(-1, 4).T
    gap = np.stack((known.high[:-1], known.low[1:], ends[:-1], ends[:-1]))
    parts = np.concatenate((np.stack((low, high, least, most))[:, whole], gap, extra), axis=1)
    parts = parts[:, parts[1] > parts[0]]
    far = np.maximum(np.abs(known.low), np.abs(known.high))
    low, high, least, most = parts
    return Segments(low, high, least, most, ends, float(((f + g) * far).sum()) * 2.0**-50)


def _cut_by_atoms(
    plan: ColumnPlan, known: Supports, begins: Floats, columns: tuple[Numbers, Numbers]
) -> list[tuple[int, float, float, float, float]]:
    """Cut the bins that hold atoms: between two of them F - G is known but for the rest."""
    places = np.searchsorted(known.bins, atom_bins(plan))
    cut = []
    for place in np.unique(places).tolist():
        if place == len(known.bins) or known.low[place] == known.high[place]:
            continue
        mine = [i for i, at in enumerate(places.tolist()) if at == place]
        mine = [i for i in mine if known.bins[place] == atom_bins(plan)[i]]
        if not mine:
            continue
        jumps = [[numbers.atoms[i] / numbers.count for i in mine] for numbers in columns]
        rest = [float(s[place]) - sum(j) for s, j in zip(known.shares, jumps, strict=True)]
        at = [known.low[place], *_scaled([plan.atoms[i] for i in mine], plan), known.high[place]]
        level = float(begins[place])
        for i in range(len(at) - 1):
            cut.append((place, float(at[i]), float(at[i + 1]), level - rest[1], level + rest[0]))
            if i < len(mine):
                level += jumps[0][i] - jumps[1][i]
    return cut


def atom_bins(plan: ColumnPlan) -> Integers:
    """Give the bin of each atom."""
    return grid.bins_of(_scaled(plan.atoms, plan))


def _scaled(values: Sequence[float], plan: ColumnPlan) -> Floats:
    return scaled(np.array(values, np.float64), plan)


def _shares(bins: Integers, numbers: Numbers) -> Floats:
    counts = np.zeros(len(bins), np.int64)
    counts[np.searchsorted(bins, numbers.bins)] = numbers.counts
    return counts / numbers.count


def _is_whole(plan: ColumnPlan, columns: Sequence[Numbers], extremes: Sequence[float]) -> bool:
    """Whether all values are whole numbers that scaling keeps exactly."""
    if not plan.whole or any(numbers.fractions for numbers in columns):
        return False
    unit = math.ldexp(1.0, min(0, (plan.exponent or 0) - 16))
    return max(map(abs, (*extremes, plan.centre))) < unit * 2.0**51


def _whole_supports(
    bins: Integers, low: Floats, high: Floats, plan: ColumnPlan
) -> tuple[Floats, Floats]:
    """The least and greatest whole number in each bin; a bin is open on its outer side."""
    spread = math.ldexp(1.0, plan.exponent or 0)
    inner, outer = plan.centre + low * spread, plan.centre + high * spread
    first, last = np.ceil(inner), np.floor(outer)
    ends = [np.max(outer), np.min(inner)]
    first = np.where((bins <= 0) & (first == inner) & (inner > ends[1]), first + 1, first)
    last = np.where((bins >= 0) & (last == outer) & (outer < ends[0]), last - 1, last)
    return (first - plan.centre) / spread, (last - plan.centre) / spread


def _atomic_supports(
    bins: Integers, low: Floats, high: Floats, plan: ColumnPlan, columns: Sequence[Numbers]
) -> tuple[Floats, Floats]:
    """Where a bin holds nothing but atoms, they are its ends."""
    places, atoms = atom_bins(plan), _scaled(plan.atoms, plan)
    for number in np.unique(places).tolist():
        mine = np.flatnonzero(places == number)
        here = bins == number
        alone = all(
            numbers.counts[numbers.bins == number].sum() == sum(numbers.atoms[i] for i in mine)
            for numbers in columns
        )
        there = [i for i in mine.tolist() if any(numbers.atoms[i] for numbers in columns)]
        if alone and there:
            low[here], high[here] = atoms[there].min(), atoms[there].max()
    return low, high
