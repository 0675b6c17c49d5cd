"""Student's quantile: how much wider a mean's interval is when its spread is guessed, too.

Source: Abramowitz and Stegun 1964, 26.7.1 (by the incomplete beta function, whose continued
fraction is 26.5.8) and 26.7.5 (the expansion for many degrees of freedom).
"""

import math
from functools import lru_cache

_MANY = 200
"""From here on the expansion is right to eight digits, as far out as z = 6."""

_TINY = 1e-300


@lru_cache(maxsize=4096)
def students(z: float, degrees: int) -> float:
    """Give the quantile of Student's distribution that has as much above it as z has.

    Args:
        z: Normal quantile, > 0.
        degrees: Of freedom, >= 1.
    """
    if degrees >= _MANY:
        return _expanded(z, degrees)
    beyond = math.erfc(z * math.sqrt(0.5)) / 2
    low, high = z, 2 * z
    while _above(high, degrees) > beyond:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if _above(middle, degrees) > beyond else (low, middle)
    return high


def _expanded(z: float, degrees: int) -> float:
    x = z * z
    terms = (
        (x + 1) / 4,
        ((5 * x + 16) * x + 3) / 96,
        (((3 * x + 19) * x + 17) * x - 15) / 384,
        ((((79 * x + 776) * x + 1482) * x - 1920) * x - 945) / 92160,
    )
    return z * (1 + math.fsum(term * degrees ** -(i + 1.0) for i, term in enumerate(terms)))


def _above(t: float, degrees: int) -> float:
    """Chance that Student's variable exceeds t > 0: half of I_x(degrees / 2, 1 / 2)."""
    square = t * t
    a, b, x = degrees / 2, 0.5, degrees / (degrees + square)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log(square / (degrees + square))
    if x < (a + 1) / (a + b + 2):
        return math.exp(front) * _fraction(a, b, x) / a / 2
    return (1 - math.exp(front) * _fraction(b, a, square / (degrees + square)) / b) / 2


def _fraction(a: float, b: float, x: float) -> float:
    """Sum the continued fraction from the front (Lentz's way)."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    total = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d or _TINY)
            c = 1 + step / c or _TINY
            total *= c * d
        if abs(c * d - 1) < 1e-15:  # noqa: PLR2004 -- as close as floats come
            break
    return total
