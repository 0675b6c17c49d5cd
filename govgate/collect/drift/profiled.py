"""Two profiles of one plan, compared column by column: counts give intervals sure to be right.

Source: docs/spec/table-profile.md; docs/reference/gates/drift.md.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from govgate.measures.drift.categories import OneSided, compare
from govgate.measures.drift.tenths import pooled, psi, tenths
from govgate.profile import (
    ColumnPlan,
    ColumnProfile,
    Numbers,
    TableProfile,
    ks_distance,
    mean_and_deviation,
    quantile,
    wasserstein_distance,
)
from govgate.profile import Interval as Certain
from govgate.profile.grid import edges_of
from govgate.records import Interval
from govgate.records.column_drift import (
    CategoryDrift,
    DriftOfColumn,
    NotMeasured,
    NoValues,
    NumberDrift,
    Turnover,
)
from govgate.records.overlay import Overlay

_LARGEST = 1e300
"""Stands for what has no upper end: evidence holds finite numbers only."""
_FEWEST_SHOWN = 50
"""Rows from which a category is shown by name: fewer may be somebody's."""
_SHOWN = 18
_LABEL = 80
_NAMED = 5


def compare_profiles(reference: TableProfile, current: TableProfile) -> dict[str, DriftOfColumn]:
    """Compare every column that was counted of the current table.

    Args:
        reference: Of the reference's rows.
        current: Of the current table's, by the same plan or by some columns of it.
    """
    return {
        name: compare_columns(reference.columns[name], current.columns[name], plan)
        for name, plan in current.plan.columns.items()
    }


def compare_columns(
    reference: ColumnProfile, current: ColumnProfile, plan: ColumnPlan
) -> DriftOfColumn:
    """Compare two profiles of one column."""
    if reference.numbers is not None and current.numbers is not None:
        return _numbers(reference.numbers, current.numbers, plan)
    before, now = reference.categories, current.categories
    if before is None or now is None:
        return NotMeasured(why="counted as numbers in one profile and as categories in the other")
    if before.open or now.open:
        return NotMeasured(why="text of too many different values for categories")
    return _categories(dict(before.counts), dict(now.counts))


def spread(reference: Numbers, plan: ColumnPlan) -> Certain:
    """Bound what a distance is measured in: the reference's interquartile range.

    Where half of the values are one, that is their standard deviation; where all are, zero.
    """
    low, high = quantile(reference, plan, 0.25), quantile(reference, plan, 0.75)
    range_ = Certain(max(0.0, high.low - low.high), high.high - low.low)
    if range_.high > 0:
        return range_
    found = mean_and_deviation(reference, plan)
    if reference.lowest == reference.highest:
        return Certain(0.0, 0.0)
    return found[1] if found else Certain(0.0, math.inf)


def over(moved: Certain, spread_: Certain) -> Interval:
    """Divide a distance by a spread; whatever moved from a reference of one value moved far."""
    if not moved.high:
        return Interval(low=0.0, high=0.0)
    if not spread_.high:
        return Interval(low=_LARGEST if moved.low else 0.0, high=_LARGEST)
    found = moved.over(spread_)
    return Interval(low=min(found.low, _LARGEST), high=min(found.high, _LARGEST))


def _numbers(reference: Numbers, current: Numbers, plan: ColumnPlan) -> DriftOfColumn:
    if not reference.count or not current.count:
        return NoValues(reference=reference.count, current=current.count)
    ks = ks_distance(reference, current, plan)
    moved = wasserstein_distance(reference, current, plan)
    before, now = tenths((reference.bins, reference.counts), (current.bins, current.counts))
    return NumberDrift(
        of="lengths" if plan.kind == "text" else "values",
        reference=reference.count,
        current=current.count,
        ks=Interval(low=ks.low, high=ks.high),
        wasserstein=over(moved, spread(reference, plan)),
        psi=psi(before, now),
        overlay=_overlaid(reference, current, plan),
    )


def _categories(reference: dict[str, int], current: dict[str, int]) -> DriftOfColumn:
    before, now = sum(reference.values()), sum(current.values())
    if not before or not now:
        return NoValues(reference=before, current=now)
    seen = compare(reference, current)
    return CategoryDrift(
        reference=before,
        current=now,
        values=len({*reference, *current}),
        jensen_shannon=seen.jensen_shannon,
        chi_square=seen.chi_square,
        degrees=seen.degrees,
        new=_turnover(seen.new),
        vanished=_turnover(seen.vanished),
        overlay=_shown(reference, current),
    )


def _turnover(side: OneSided) -> Turnover:
    return Turnover(
        values=len(side.rows),
        rows=sum(side.rows),
        largest_rows=max(side.rows, default=0),
        by_chance=side.by_chance,
        names=tuple(
            str(name)[:_LABEL]
            for name, rows in zip(side.names[:_NAMED], side.rows, strict=False)
            if rows >= _FEWEST_SHOWN
        ),
    )


def _shown(reference: dict[str, int], current: dict[str, int]) -> Overlay:
    both = {v: reference.get(v, 0) + current.get(v, 0) for v in {*reference, *current}}
    large = sorted((v for v in both if both[v] >= _FEWEST_SHOWN), key=lambda v: (-both[v], v))
    names = large[:_SHOWN]
    rest = [
        sum(side.values()) - sum(side.get(v, 0) for v in names) for side in (reference, current)
    ]
    return Overlay(
        labels=(*(v[:_LABEL] for v in names), "others"),
        reference=(*(reference.get(v, 0) for v in names), rest[0]),
        current=(*(current.get(v, 0) for v in names), rest[1]),
    )


def _overlaid(reference: Numbers, current: Numbers, plan: ColumnPlan) -> Overlay:
    """Put the bins between the reference's outer hundredths into a few of one width."""
    scale = math.ldexp(1.0, plan.exponent or 0)

    def middles(numbers: Numbers) -> NDArray[np.float64]:
        left, right = edges_of(numbers.bins)
        inner = np.clip((left + right) / 2, -_LARGEST, _LARGEST)
        return np.clip(plan.centre + scale * inner, -_LARGEST, _LARGEST)

    places, below = middles(reference), np.cumsum(reference.counts)
    low, high = (places[np.searchsorted(below, share * below[-1])] for share in (0.01, 0.99))
    edges = np.linspace(low, high, _SHOWN + 1) if low < high else np.array([low])

    def counted(where: NDArray[np.float64], numbers: Numbers) -> tuple[int, ...]:
        parts = pooled(np.searchsorted(edges, where), numbers.counts, len(edges) + 1)
        return tuple(parts.tolist())

    inner = [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]
    return Overlay(
        labels=(f"to {edges[0]:.3g}", *inner, f"over {edges[-1]:.3g}"),
        reference=counted(places, reference),
        current=counted(middles(current), current),
    )
