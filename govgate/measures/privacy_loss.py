"""What several differentially private releases about the same people cost them together.

Source: basic composition, Dwork and Roth 2014, doi:10.1561/0400000042, theorem 3.16; advanced
composition of unlike releases, Kairouz et al. 2015, arXiv:1311.0776, theorem 3.5;
zero-concentrated differential privacy, Bun and Steinke 2016, arXiv:1605.02065, propositions 1.3
and 1.4, lemma 2.3, and section 8 for releases with a delta.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Cost:
    """What one release costs: (epsilon, delta), and rho where its mechanism is concentrated."""

    epsilon: Fraction
    """> 0"""

    delta: Fraction
    """>= 0"""

    rho: Fraction | None = None
    """> 0"""


@dataclass(frozen=True)
class Loss:
    """What all releases cost together."""

    epsilon: float
    """Never less than the true value."""

    delta: float
    """Sum of the releases' own; what is left of the limit pays for the better epsilon."""


def exact(number: float) -> Fraction:
    """Read a number as the decimal that people wrote: 0.1 is a tenth."""
    return Fraction(str(number))


def basic(costs: Sequence[Cost]) -> Loss:
    """Add up; holds for releases of any kind, each chosen after seeing those before."""
    return Loss(_up(sum(c.epsilon for c in costs)), _up(sum(c.delta for c in costs)))


def advanced(costs: Sequence[Cost], max_delta: Fraction) -> Loss:
    """Compose with a slack: many small releases cost about the root of their sum.

    Args:
        costs: Of the releases.
        max_delta: Probability of more loss that is tolerated in all; what the releases leave
            of it is the slack.
    """
    plain = basic(costs)
    slack = float(max_delta - sum(c.delta for c in costs))
    if slack <= 0:
        return plain
    each = [float(c.epsilon) for c in costs]
    drift = math.fsum(e * math.tanh(e / 2) for e in each)
    swing = math.sqrt(2 * math.log(1 / slack) * math.fsum(e * e for e in each))
    return Loss(min(plain.epsilon, _over(drift + swing)), plain.delta)


def concentrated(costs: Sequence[Cost], max_delta: Fraction) -> Loss:
    """Add up rho, epsilon squared over two where none is given, and turn it into epsilon.

    Args:
        costs: Of the releases.
        max_delta: As in `advanced`; a release with a rho takes none of it.
    """
    plain = basic(costs)
    delta = sum(c.delta for c in costs if c.rho is None)
    rho = float(sum(c.epsilon**2 / 2 if c.rho is None else c.rho for c in costs))
    slack = float(max_delta - delta)
    if slack <= 0:
        return plain
    epsilon = _over(rho + 2 * math.sqrt(rho * math.log(1 / slack)))
    if sum(c.delta for c in costs) <= max_delta:
        epsilon = min(epsilon, plain.epsilon)
    return Loss(epsilon, _up(delta))


def _up(value: Fraction | int) -> float:
    """Nearest float, or the next one where that reads as less."""
    near = float(value)
    return near if exact(near) >= value else math.nextafter(near, math.inf)


def _over(value: float) -> float:
    """Lift above what rounding in a few roots and logarithms may have taken away."""
    return value * (1 + 1e-14)
