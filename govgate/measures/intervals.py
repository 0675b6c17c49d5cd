"""How far what was counted on some people may lie from what is true of all people.

Source: Newcombe 1998, Statistics in Medicine 17:873-890 (method 10: difference of two
proportions from their Wilson limits); Zou and Donner 2008, Statistics in Medicine 27:1693-1702
(the same from any limits); Donner and Zou 2012, Statistical Methods in Medical Research
21:347-359 (MOVER-R: their ratio); Wilson 1927, doi:10.1080/01621459.1927.10502953.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import NormalDist


@dataclass(frozen=True)
class Estimate:
    """A value seen in one group with its limits; low <= value <= high."""

    value: Fraction
    low: float
    high: float
    size: float
    """People behind it; fewer where they are not independent."""

    @cached_property
    def seen(self) -> float:
        """The value, rounded once."""
        return float(self.value)

    @property
    def below(self) -> float:
        """How far the lower limit lies under the value."""
        return self.seen - self.low

    @property
    def above(self) -> float:
        """How far the upper limit lies over the value."""
        return self.high - self.seen


def simultaneous_z(confidence: float, statements: int) -> float:
    """Give the normal quantile at which all of several intervals hold together.

    Args:
        confidence: Chance that every interval covers its truth, in (0, 1).
        statements: How many two-sided intervals there are, >= 1.

    Returns:
        A quantile > 0; Bonferroni's, so the chance is at least `confidence` whatever the
        dependence between them.
    """
    return -NormalDist().inv_cdf((1 - confidence) / (2 * statements))


def wilson(hits: int, trials: int, z: float) -> Estimate:
    """Set limits around a share.

    Args:
        hits: In people; 0 <= hits <= trials.
        trials: In people; > 0.
        z: Normal quantile, > 0.
    """
    return share_among(Fraction(hits, trials), trials, z)


def share_among(value: Fraction, size: float, z: float) -> Estimate:
    """Set Wilson's limits around a share that weighs as much as one of `size` people.

    Args:
        value: The share, in [0, 1].
        size: How many independent people would tell as much, > 0.
        z: Normal quantile, > 0.
    """
    share, weight = float(value), z * z / size
    centre = (share + weight / 2) / (1 + weight)
    half = math.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    low = max(0.0, min(share, centre - half)) if value > 0 else 0.0
    high = min(1.0, max(share, centre + half)) if value < 1 else 1.0
    return Estimate(value, low, high, size)


def difference(first: Estimate, second: Estimate) -> tuple[float, float]:
    """Set limits around `first - second`, of two independent groups.

    Returns:
        Lower and upper limit; of shares in [-1, 1] up to rounding. Newcombe's method 10.
    """
    gap = first.seen - second.seen
    return (
        gap - math.hypot(first.below, second.above),
        gap + math.hypot(first.above, second.below),
    )


def ratio(first: Estimate, second: Estimate) -> tuple[float, float]:
    """Set limits around `first / second`, two independent shares.

    The roots R of (p1 - R p2)^2 = (p1 - limit1)^2 + R^2 (p2 - limit2)^2, written so that
    nothing is divided by zero: where nobody of a group is selected the limits still exist.

    Returns:
        Lower limit >= 0, and upper limit, infinite when `second.low` is 0.
    """
    product = first.seen * second.seen
    rest = first.low * (2 * first.seen - first.low)
    by = second.high * (2 * second.seen - second.high)
    under = product + math.sqrt(max(0.0, product * product - rest * by))
    low = rest / under if under else 0.0
    rest = first.high * (2 * first.seen - first.high)
    by = second.low * (2 * second.seen - second.low)
    over = product + math.sqrt(max(0.0, product * product - rest * by))
    return low, over / by if by else math.inf
