"""How differently a model treats groups, and how sure that is.

What was seen goes in as fractions, floats come out last: a value on the bound is on the
bound (80/100 - 70/100 is 0.1 here, 0.10000000000000009 in floats).

Source: the intervals of `measures.intervals`, one for each two groups. No two groups lie
further apart than the largest of their upper ends, and some as far as the largest lower one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from govgate.errors import EvidenceError
from govgate.measures.intervals import Estimate, difference, ratio

Estimates = Mapping[str, Estimate]
"""Group name to what was seen there, with its limits."""


@dataclass(frozen=True)
class Spread:
    """How far apart groups are, where the truth lies, and between whom."""

    value: float
    low: float
    high: float
    lowest: str
    """Group with the lowest value."""

    highest: str
    """Group with the highest value."""

    scarce: str
    """Group of which more people would narrow the unfavourable end the most."""

    of: str = ""
    """Of which class, such as " of class cat"; "" where there are none."""


def largest_gap(estimates: Estimates, most: float = math.inf) -> Spread:
    """Find the largest difference between any two groups.

    Args:
        estimates: Of two groups at least.
        most: What no gap can exceed: 1 between shares.

    Returns:
        0 means every group is treated alike. The value lies within its limits: no two
        groups differ by more than `high`, some by `low` or more.

    Raises:
        EvidenceError: There are too few groups to compare.
    """
    lowest, highest = _ends(estimates)
    high, widest = _largest(
        estimates,
        lambda e: e.high,
        lambda e: -e.low,
        lambda a, b: difference(a, b)[1],
    )
    # x + y <= sqrt(2) hypot(x, y), so these two keys never promise less than the limit
    low, _ = _largest(
        estimates,
        lambda e: e.seen - e.below * math.sqrt(0.5),
        lambda e: -e.seen - e.above * math.sqrt(0.5),
        lambda a, b: difference(a, b)[0],
    )
    value = float(estimates[highest].value - estimates[lowest].value)
    ends = max(0.0, min(low, value)), min(most, max(high, value))
    return Spread(value, *ends, lowest, highest, _scarce(estimates, widest))


def smallest_ratio(estimates: Estimates) -> Spread | None:
    """Find the lowest group's share over the highest.

    Args:
        estimates: Shares of two groups at least.

    Returns:
        A value in [0, 1] within its limits; 1 means alike. None when there was no hit at
        all: nobody is a part of nobody.

    Raises:
        EvidenceError: There are too few groups to compare.
    """
    lowest, highest = _ends(estimates)
    if not estimates[highest].value:
        return None
    low, widest = _largest(
        estimates,
        lambda e: -_log(e.low),
        lambda e: _log(e.high),
        lambda a, b: -_log(ratio(a, b)[0]),
    )
    high, _ = _largest(
        estimates,
        lambda e: -_log(e.seen + e.above * math.sqrt(0.5)),
        lambda e: _log(e.seen - e.below * math.sqrt(0.5)),
        lambda a, b: -_log(ratio(a, b)[1]),
    )
    value = float(estimates[lowest].value / estimates[highest].value)
    ends = min(value, math.exp(-low)), min(1.0, max(value, math.exp(-high)))
    return Spread(value, *ends, lowest, highest, _scarce(estimates, widest))


def worst(estimates: Estimates) -> Spread:
    """Find the group whose own value is the largest.

    Args:
        estimates: Of one group at least; 0 is the best a group can have.

    Raises:
        EvidenceError: There is no group.
    """
    lowest, highest = _ends(estimates, fewest=1)
    names = sorted(estimates)
    unsure = max(names, key=lambda name: estimates[name].high)
    low = max(estimates[name].low for name in names)
    value = estimates[highest].seen
    return Spread(value, min(low, value), estimates[unsure].high, lowest, highest, unsure)


def _ends(estimates: Estimates, fewest: int = 2) -> tuple[str, str]:
    """Name the lowest and the highest, the first by name where several are.

    Raises:
        EvidenceError: There are too few groups.
    """
    if len(estimates) < fewest:
        msg = f"{len(estimates)} group cannot be compared; measure people of two groups or more"
        raise EvidenceError(msg)
    names = sorted(estimates)
    values = {name: estimates[name].value for name in names}
    return min(names, key=values.__getitem__), max(names, key=values.__getitem__)


def _largest(
    estimates: Estimates,
    first_key: Callable[[Estimate], float],
    second_key: Callable[[Estimate], float],
    limit: Callable[[Estimate, Estimate], float],
) -> tuple[float, tuple[str, str]]:
    """Find the ordered pair with the largest limit, without looking at every pair.

    The two keys of a pair add up to its limit or more. So with both sides in falling order
    of key, once the keys promise no more than the best limit seen, nothing better follows.
    """
    names = sorted(estimates)
    firsts, seconds = (
        sorted(((key(estimates[name]), name) for name in names), key=itemgetter(0), reverse=True)
        for key in (first_key, second_key)
    )
    best, pair = -math.inf, (names[0], names[1])
    for promised, first in firsts:
        if promised + seconds[0][0] <= best:
            break
        for more, second in seconds:
            if promised + more <= best:
                break
            found = limit(estimates[first], estimates[second]) if first != second else -math.inf
            if found > best:
                best, pair = found, (first, second)
    return best, pair


def _log(number: float) -> float:
    return math.log(number) if number else -math.inf


def _scarce(estimates: Estimates, pair: tuple[str, str]) -> str:
    return min(pair, key=lambda name: (estimates[name].size, name))
