"""What is known of where counted values lie: the line cut into segments, from left to right.

Everything here is in spreads from the centre, in which a bin's ends are exact.

Source: docs/spec/table-profile.md, "Certified distances".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile import grid
from govgate.profile.numbers import Numbers, scaled
from govgate.profile.plan import ColumnPlan

_FITS = 1 << 62
_ROUNDING = 2.0**-50
"""What the one rounding of a value's distance from the centre may come to, and more; relative."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Supports:
    """The bins that hold something in any of some columns, ascending."""

    bins: Integers
    low: Floats
    """Least value that a bin can hold."""

    high: Floats
    """Greatest."""

    single: npt.NDArray[np.bool_]
    """Whether all the bin's values are one and the same; ends that only round to the same are
    no reason."""

    counts: tuple[Integers, ...]
    """For each column, the values in each bin."""


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
    ends = _extremes(columns)
    least, most = _scaled(ends, plan)
    low, high = (edges.clip(least, most) for edges in grid.edges_of(bins))
    single = np.full(len(bins), ends[0] == ends[1])
    if _is_whole(plan, columns, ends):
        low, high = _whole_supports(bins, low, high, plan)
        single |= low == high
    counts = tuple(_counts(bins, each) for each in columns)
    supports = Supports(bins, low, high, single, counts)
    _narrow_to_atoms(supports, plan, columns)
    return supports


@dataclass(frozen=True)
class Segments:
    """Pieces of the line, and what F - G can be on each."""

    low: Floats
    high: Floats
    least: Floats
    """Least that F - G can be anywhere on the segment."""

    most: Floats
    slack: float
    """How far rounding may have moved the values on the whole, on average."""

    ends: Floats
    """F - G at the end of each bin, where it is known."""


def segments_of(plan: ColumnPlan, reference: Numbers, current: Numbers) -> Segments:
    """Bound the difference of two distributions everywhere.

    Raises:
        EvidenceError: A column has no values, or no grid.
    """
    known = supports_of(plan, (reference, current))
    total = reference.count * current.count
    # F - G as whole numbers over one denominator: where it is nothing, it is exactly nothing
    kind = np.int64 if total < _FITS else object
    f = known.counts[0].astype(kind) * current.count
    g = known.counts[1].astype(kind) * reference.count
    ends = np.cumsum(f - g)
    begins = ends - f + g
    cut = _cut_by_atoms(plan, known, begins, (reference, current))
    whole = ~known.single
    whole[[piece.place for piece in cut]] = False
    least = np.array([*(begins - g)[whole], *ends[:-1], *(piece.least for piece in cut)], kind)
    most = np.array([*(begins + f)[whole], *ends[:-1], *(piece.most for piece in cut)], kind)
    far = np.maximum(np.abs(known.low), np.abs(known.high)) / total
    return Segments(
        low=np.concatenate((known.low[whole], known.high[:-1], [piece.low for piece in cut])),
        high=np.concatenate((known.high[whole], known.low[1:], [piece.high for piece in cut])),
        least=(least / total).astype(np.float64),
        most=(most / total).astype(np.float64),
        slack=float(((f + g).astype(np.float64) * far).sum()) * _ROUNDING,
        ends=(ends / total).astype(np.float64),
    )


@dataclass(frozen=True)
class _Piece:
    """Part of a bin that atoms cut."""

    place: int
    low: float
    high: float
    least: int
    most: int


def _cut_by_atoms(
    plan: ColumnPlan, known: Supports, begins: Any, columns: tuple[Numbers, Numbers]
) -> list[_Piece]:
    """Cut the bins that hold atoms: between two of them F - G is known but for the rest."""
    bins, ys = atom_bins(plan), _scaled(plan.atoms, plan)
    weights, ends = (columns[1].count, columns[0].count), _extremes(columns)
    cut = []
    for place in np.flatnonzero(np.isin(known.bins, bins) & ~known.single).tolist():
        mine = np.flatnonzero(bins == known.bins[place]).tolist()
        jumps = [
            [numbers.atoms[i] * weight for i in mine]
            for numbers, weight in zip(columns, weights, strict=True)
        ]
        all_f, all_g = (int(n[place]) * w for n, w in zip(known.counts, weights, strict=True))
        rest_f, rest_g = all_f - sum(jumps[0]), all_g - sum(jumps[1])
        at = [float(known.low[place]), *ys[mine].tolist(), float(known.high[place])]
        level, first = int(begins[place]), plan.atoms[mine[0]] == ends[0]
        for i in range(len(at) - 1):
            # before the least value of all, and after the greatest, nothing can be
            if not (i == 0 and first) and not (i == len(mine) and plan.atoms[mine[-1]] == ends[1]):
                cut.append(_Piece(place, at[i], at[i + 1], level - rest_g, level + rest_f))
            if i < len(mine):
                level += jumps[0][i] - jumps[1][i]
    return cut


def atom_bins(plan: ColumnPlan) -> Integers:
    """Give the bin of each atom."""
    return grid.bins_of(_scaled(plan.atoms, plan))


def _scaled(values: Sequence[float], plan: ColumnPlan) -> Floats:
    return scaled(np.array(values, np.float64), plan)


def _counts(bins: Integers, numbers: Numbers) -> Integers:
    counts = np.zeros(len(bins), np.int64)
    counts[np.searchsorted(bins, numbers.bins)] = numbers.counts
    return counts


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


def _narrow_to_atoms(known: Supports, plan: ColumnPlan, columns: Sequence[Numbers]) -> None:
    """Where a bin holds nothing but atoms, they are its ends."""
    places, ys = atom_bins(plan), _scaled(plan.atoms, plan)
    for here in np.flatnonzero(np.isin(known.bins, places)).tolist():
        mine = np.flatnonzero(places == known.bins[here]).tolist()
        alone = all(
            counts[here] == sum(numbers.atoms[i] for i in mine)
            for counts, numbers in zip(known.counts, columns, strict=True)
        )
        if alone:
            there = [i for i in mine if any(numbers.atoms[i] for numbers in columns)]
            known.low[here], known.high[here] = ys[there].min(), ys[there].max()
            known.single[here] = len(there) == 1


def _extremes(columns: Sequence[Numbers]) -> tuple[float, float]:
    lows = [each.lowest for each in columns if each.lowest is not None]
    return min(lows), max(each.highest for each in columns if each.highest is not None)
