"""What chance alone makes of two samples of the same people.

Source: Smirnov's test bounded as in Wei and Dudley 2012, doi:10.1016/j.spl.2011.11.012;
Holm 1979, Scandinavian Journal of Statistics 6:65-70; the incomplete gamma function by the
series and the continued fraction of Gautschi 1979, doi:10.1145/355972.355979; sums of
indicators by Chernoff 1952, which holds for draws without replacement too.
"""

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

_MOST_TERMS = 100_000
_PRECISION = 1e-15


def ks_p_value(distance: float, first: int, second: int) -> float:
    """Bound how often chance alone makes a Kolmogorov-Smirnov distance as large as this.

    Args:
        distance: In [0, 1].
        first: Values of one sample, >= 1.
        second: Values of the other, >= 1.

    Returns:
        A probability that is never too small, whatever the values' distribution; with ties
        it is too large.
    """
    return min(1.0, 2 * math.exp(-2 * distance * distance / (1 / first + 1 / second)))


def hidden_distance(first: int, second: int, significance: float, tests: int) -> float:
    """Find the largest Kolmogorov-Smirnov distance that chance may still explain.

    Args:
        first: Values of one sample.
        second: Values of the other.
        significance: Chance of one false alarm among all tests, in (0, 1).
        tests: How many tests share it, >= 1.

    Returns:
        A distance in [0, 1]; 1 means that no change whatever could be told from chance.
    """
    if not first or not second:
        return 1.0
    lost = (1 / first + 1 / second) * math.log(2 * tests / significance) / 2
    return min(1.0, math.sqrt(lost))


def chi_square_p_value(statistic: float, degrees: int) -> float:
    """Find how often chance alone makes a chi-square statistic as large as this.

    Args:
        statistic: >= 0.
        degrees: Of freedom; with none there is nothing to differ, and chance explains all.
    """
    if degrees < 1 or statistic <= 0:
        return 1.0
    a, x = degrees / 2, statistic / 2
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    upper = front * _fraction(a, x) if x > a + 1 else 1 - front * _series(a, x)
    return min(1.0, max(0.0, upper))


def shares_p_value(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Find how often chance alone makes two shares differ as much as these.

    Args:
        first: Hits and trials; 0 <= hits <= trials, trials >= 1.
        second: The same of the other sample.
    """
    (hits, trials), (other_hits, other_trials) = first, second
    pooled = (hits + other_hits) / (trials + other_trials)
    variance = pooled * (1 - pooled) * (1 / trials + 1 / other_trials)
    gap = abs(hits / trials - other_hits / other_trials)
    return math.erfc(gap / math.sqrt(2 * variance)) if variance > 0 else 1.0


def turnover_p_value(
    values: int, by_chance: float, largest_rows: int, share: float, of_values: int
) -> float:
    """Bound how often chance alone puts so many values, or so common a one, in one table only.

    Args:
        values: How many are in one table only.
        by_chance: How many are expected, >= 0.
        largest_rows: Rows of the commonest of them.
        share: Of all rows, those of the table they are in; in (0, 1).
        of_values: Different values in both tables.

    Returns:
        A probability that is never too small.
    """
    if not values:
        return 1.0
    many = 1.0
    if values > by_chance:
        surprise = values * math.log(values / by_chance) if by_chance else math.inf
        many = math.exp(min(0.0, values - by_chance - surprise))
    common = of_values * math.exp(largest_rows * math.log(share))
    return min(1.0, 2 * min(many, common))


def holm(p_values: Mapping[K, float]) -> dict[K, float]:
    """Adjust p-values for how many there are.

    Args:
        p_values: Test to its p-value.

    Returns:
        Test to a p-value; refusing those below a level refuses one falsely at most that often.
    """
    adjusted, highest = {}, 0.0
    for place, (test, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p_value * (len(p_values) - place)))
        adjusted[test] = highest
    return adjusted


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _MOST_TERMS):
        term *= x / (a + n)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(a: float, x: float) -> float:
    # Lentz's way of going through a continued fraction.
    b = x + 1 - a
    c, d = math.inf, 1 / b
    h = d
    for n in range(1, _MOST_TERMS):
        factor = -n * (n - a)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        h *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return h
