"""Distances between two counted columns, as intervals certain to hold the exact value.

Within a bin nobody knows where the values lie, only between what; so the difference F - G of the
two distributions lies, inside bin i, between d - g and d + f, where d is its value before the bin
and f and g are the bin's shares. Atoms are counted exactly and have no inside, nor have bins of
which only one whole number can be an element.

Source: docs/spec/table-profile.md, "Certified distances".
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from govgate.profile.numbers import STEPS, Numbers
from govgate.profile.plan import ColumnPlan
from govgate.profile.segments import segments_of, supports_of

_SLACK = 2.0**-40
"""Relative, for rounding in the sums below: far more than 25,000 additions can lose."""


@dataclass(frozen=True)
class Interval:
    """Certain to hold the exact value."""

    low: float
    high: float

    def over(self, other: "Interval") -> "Interval":
        """Divide by an interval of numbers >= 0; infinite where that may be 0."""
        low = self.low / other.high if other.high else math.inf
        return Interval(low, self.high / other.low if other.low else math.inf)


def ks_distance(reference: Numbers, current: Numbers, plan: ColumnPlan) -> Interval:
    """Bound the Kolmogorov-Smirnov distance: the largest gap between two distributions, in [0, 1].

    Raises:
        EvidenceError: A column has no values, or no grid.
    """
    known = segments_of(plan, reference, current)
    least = float(np.abs(known.ends).max())
    most = np.maximum(np.abs(known.least), np.abs(known.most)).max(initial=least)
    return Interval(least * (1 - _SLACK), min(1.0, float(most) * (1 + _SLACK)))


def wasserstein_distance(reference: Numbers, current: Numbers, plan: ColumnPlan) -> Interval:
    """Bound the area between two distributions, in the column's unit, >= 0.

    Raises:
        EvidenceError: A column has no values, or no grid.
    """
    known = segments_of(plan, reference, current)
    width = np.maximum(0.0, known.high - known.low) * math.ldexp(1.0, plan.exponent or 0)
    high = np.maximum(np.abs(known.least), np.abs(known.most))
    low = np.maximum(0.0, np.maximum(known.least, -known.most))
    slack = known.slack * math.ldexp(1.0, plan.exponent or 0)
    least, most = _area(low, width), _area(high, width)
    return Interval(max(0.0, least * (1 - _SLACK) - slack), most * (1 + _SLACK) + slack)


def mean_and_deviation(numbers: Numbers, plan: ColumnPlan) -> tuple[Interval, Interval] | None:
    """Bound the mean and the standard deviation (of the values, not of a population).

    Returns:
        Both in the column's unit; None where a value lies beyond the grid, of which the sums
        know nothing.

    Raises:
        EvidenceError: There are no values, or no grid.
    """
    supports_of(plan, (numbers,))
    if numbers.beyond:
        return None
    count, spread = numbers.count, math.ldexp(1.0, plan.exponent or 0)
    # exact in integers; only the last division rounds
    variance = (numbers.squares * count - numbers.steps**2) / (count * STEPS) ** 2
    mean, deviation = numbers.steps / (count * STEPS), math.sqrt(variance)
    slack = 1 / STEPS
    return (
        _around(plan.centre + mean * spread, slack * spread + _SLACK * abs(plan.centre)),
        _around(deviation * spread, slack * spread, 0.0),
    )


def quantile(numbers: Numbers, plan: ColumnPlan, share: float) -> Interval:
    """Bound a quantile, interpolated between the two values nearest to it or not.

    Args:
        numbers: What was counted.
        plan: Of the column.
        share: Of the values that are to lie below, in [0, 1].

    Raises:
        EvidenceError: There are no values, or no grid.
    """
    known = supports_of(plan, (numbers,))
    upto, place = np.cumsum(numbers.counts), share * (numbers.count - 1)
    first = int(np.searchsorted(upto, math.floor(place), side="right"))
    last = int(np.searchsorted(upto, math.ceil(place), side="right"))
    low, high = float(known.low[first]), float(known.high[last])
    return Interval(_unscaled(low, plan, -1), _unscaled(high, plan, 1))


def _area(height: npt.NDArray[np.float64], width: npt.NDArray[np.float64]) -> float:
    # nothing over an endless width is nothing, not NaN
    with np.errstate(invalid="ignore"):
        return float(np.where(height > 0, height * width, 0.0).sum())


def _unscaled(y: float, plan: ColumnPlan, outward: int) -> float:
    distance = math.ldexp(y, plan.exponent or 0)
    slack = (abs(distance) + abs(plan.centre)) * 2.0**-50
    return plan.centre + distance + outward * slack


def _around(value: float, slack: float, least: float = -math.inf) -> Interval:
    return Interval(max(least, value - slack), value + slack)
