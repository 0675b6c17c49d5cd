"""How differently a model treats groups, and how sure that is.

Counts go in, fractions stay exact, floats come out last: a value on the bound is on the
bound (80/100 - 70/100 is 0.1 here, 0.10000000000000009 in floats).

Source: demographic parity, Dwork et al. 2012, arXiv:1104.3913; equal opportunity and
equalised odds, Hardt et al. 2016, arXiv:1610.02413; four-fifths rule, 29 CFR 1607.4(D).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter, itemgetter

from govgate.errors import EvidenceError
from govgate.measures.intervals import Proportion, difference, ratio, wilson

Counts = Mapping[str, tuple[int, int]]
"""Group name to (hits, trials), in people; 0 <= hits <= trials. Their ratio is a rate."""


@dataclass(frozen=True)
class Spread:
    """How far apart groups' rates are, where the truth lies, and between whom."""

    value: float
    low: float
    high: float
    lowest: str
    """Group with the lowest rate."""

    highest: str
    """Group with the highest rate."""

    scarce: str
    """Group of which more people would narrow the unfavourable end the most."""


@dataclass(frozen=True)
class _Group:
    name: str
    trials: int
    share: Proportion


_Pair = tuple[_Group, _Group]


def without_trials(counts: Counts) -> tuple[str, ...]:
    """Name the groups whose rate cannot be estimated, as nobody was there to be counted."""
    return tuple(sorted(name for name, (_, trials) in counts.items() if trials == 0))


def largest_gap_of(tables: Sequence[Counts], z: float) -> Spread:
    """Find the largest gap among several rates, with limits for that largest one.

    Args:
        tables: One or more, each as for `largest_gap`.
        z: Normal quantile for each pair's interval.

    Raises:
        EvidenceError: The counts are impossible, or too few to compare.
    """
    gaps = [largest_gap(counts, z) for counts in tables]
    widest = max(gaps, key=attrgetter("value"))
    high = max(gaps, key=attrgetter("high"))
    low = max(gap.low for gap in gaps)
    return replace(widest, low=low, high=high.high, scarce=high.scarce)


def largest_gap(counts: Counts, z: float) -> Spread:
    """Find the largest difference between any two groups' rates.

    Args:
        counts: Two groups at least, every one with trials > 0.
        z: Normal quantile for each pair's interval.

    Returns:
        A value in [0, 1]; 0 means every group is treated alike. It lies within its limits:
        no pair differs by more than `high`, some pair by `low` or more, as far as z is sure.

    Raises:
        EvidenceError: The counts are impossible, or too few to compare.
    """
    groups, lowest, highest, rates = _compared(counts, z)
    high, widest = _largest(
        groups,
        lambda g: g.share.high,
        lambda g: -g.share.low,
        lambda a, b: difference(a.share, b.share)[1],
    )
    # x + y <= sqrt(2) hypot(x, y), so these two keys never promise less than the limit
    low, _ = _largest(
        groups,
        lambda g: g.share.value - g.share.below * math.sqrt(0.5),
        lambda g: -g.share.value - g.share.above * math.sqrt(0.5),
        lambda a, b: difference(a.share, b.share)[0],
    )
    value = float(rates[highest] - rates[lowest])
    ends = max(0.0, min(low, value)), min(1.0, max(high, value))
    return Spread(value, *ends, lowest, highest, _scarce(widest))


def smallest_ratio(counts: Counts, z: float) -> Spread | None:
    """Find the lowest group rate over the highest.

    Args:
        counts: Two groups at least, every one with trials > 0.
        z: Normal quantile for each pair's interval.

    Returns:
        A value in [0, 1] within its limits; 1 means alike. None when there was no hit at
        all: nobody is a part of nobody.

    Raises:
        EvidenceError: The counts are impossible, or too few to compare.
    """
    groups, lowest, highest, rates = _compared(counts, z)
    if not rates[highest]:
        return None
    low, widest = _largest(
        groups,
        lambda g: -_log(g.share.low),
        lambda g: _log(g.share.high),
        lambda a, b: -_log(ratio(a.share, b.share)[0]),
    )
    high, _ = _largest(
        groups,
        lambda g: -_log(g.share.value + g.share.above * math.sqrt(0.5)),
        lambda g: _log(g.share.value - g.share.below * math.sqrt(0.5)),
        lambda a, b: -_log(ratio(a.share, b.share)[1]),
    )
    value = float(rates[lowest] / rates[highest])
    ends = min(value, math.exp(-low)), min(1.0, max(value, math.exp(-high)))
    return Spread(value, *ends, lowest, highest, _scarce(widest))


def _compared(counts: Counts, z: float) -> tuple[list[_Group], str, str, dict[str, Fraction]]:
    for name, (hits, trials) in counts.items():
        if not 0 <= hits <= trials or trials == 0:
            msg = f"group {name!r} has {hits} of {trials}; count it again"
            raise EvidenceError(msg)
    rates = {name: Fraction(*counts[name]) for name in sorted(counts)}
    if len(rates) < 2:  # noqa: PLR2004 -- it takes two to differ
        msg = f"{len(rates)} group cannot be compared; measure people of two groups or more"
        raise EvidenceError(msg)
    groups = [_Group(name, counts[name][1], wilson(*counts[name], z)) for name in rates]
    return groups, min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__), rates


def _largest(
    groups: list[_Group],
    first_key: Callable[[_Group], float],
    second_key: Callable[[_Group], float],
    limit: Callable[[_Group, _Group], float],
) -> tuple[float, _Pair]:
    """Find the ordered pair with the largest limit, without looking at every pair.

    The two keys of a pair add up to its limit or more. So with both sides in falling order
    of key, once the keys promise no more than the best limit seen, nothing better follows.
    """
    firsts = sorted(((first_key(g), g) for g in groups), key=itemgetter(0), reverse=True)
    seconds = sorted(((second_key(g), g) for g in groups), key=itemgetter(0), reverse=True)
    best, pair = -math.inf, (groups[0], groups[1])
    for promised, first in firsts:
        if promised + seconds[0][0] <= best:
            break
        for more, second in seconds:
            if promised + more <= best:
                break
            if first is not second and (found := limit(first, second)) > best:
                best, pair = found, (first, second)
    return best, pair


def _log(number: float) -> float:
    return math.log(number) if number else -math.inf


def _scarce(pair: _Pair) -> str:
    return min(pair, key=lambda g: (g.trials, g.name)).name
