"""How far a share counted on some people may lie from the share of all people.

Source: Newcombe 1998, Statistics in Medicine 17:873-890 (method 10: difference of two
proportions from their Wilson limits); Donner and Zou 2012, Statistical Methods in
Medical Research 21:347-359 (MOVER-R: their ratio from the same limits); Wilson 1927,
doi:10.1080/01621459.1927.10502953.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Proportion:
    """An observed share with its Wilson limits; 0 <= low <= value <= high <= 1."""

    value: float
    low: float
    high: float

    @property
    def below(self) -> float:
        """How far the lower limit lies under the value."""
        return self.value - self.low

    @property
    def above(self) -> float:
        """How far the upper limit lies over the value."""
        return self.high - self.value


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


def wilson(hits: int, trials: int, z: float) -> Proportion:
    """Set limits around a share.

    Args:
        hits: In people; 0 <= hits <= trials.
        trials: In people; > 0.
        z: Normal quantile, > 0.
    """
    value, weight = hits / trials, z * z / trials
    centre = (value + weight / 2) / (1 + weight)
    half = math.sqrt(weight * (value * (1 - value) + weight / 4)) / (1 + weight)
    low = max(0.0, min(value, centre - half)) if hits else 0.0
    high = min(1.0, max(value, centre + half)) if hits < trials else 1.0
    return Proportion(value, low, high)


def difference(first: Proportion, second: Proportion) -> tuple[float, float]:
    """Set limits around `first - second`, two independent shares.

    Returns:
        Lower and upper limit, in [-1, 1] up to rounding. Newcombe's method 10.
    """
    gap = first.value - second.value
    return (
        gap - math.hypot(first.below, second.above),
        gap + math.hypot(first.above, second.below),
    )


def ratio(first: Proportion, second: Proportion) -> tuple[float, float]:
    """Set limits around `first / second`, two independent shares.

    The roots R of (p1 - R p2)^2 = (p1 - limit1)^2 + R^2 (p2 - limit2)^2, written so that
    nothing is divided by zero: where nobody of a group is selected the limits still exist.

    Returns:
        Lower limit >= 0, and upper limit, infinite when `second.low` is 0.
    """
    product = first.value * second.value
    rest = first.low * (2 * first.value - first.low)
    by = second.high * (2 * second.value - second.high)
    under = product + math.sqrt(max(0.0, product * product - rest * by))
    low = rest / under if under else 0.0
    rest = first.high * (2 * first.value - first.high)
    by = second.low * (2 * second.value - second.low)
    over = product + math.sqrt(max(0.0, product * product - rest * by))
    return low, over / by if by else math.inf
