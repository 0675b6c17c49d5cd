"""How far the groups of a sample stand from their shares of a population.

Source: Wilson and Newcombe as in `measures.intervals`; total variation distance: half the sum of
the absolute gaps, e.g. Levin and Peres 2017, Markov Chains and Mixing Times, proposition 4.2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from govgate.measures.intervals import Estimate, difference, wilson


@dataclass(frozen=True)
class Gap:
    """A group's share in the sample minus its share of the population; low <= value <= high."""

    value: float
    low: float
    high: float

    @property
    def apart(self) -> tuple[float, float, float]:
        """How far from nothing, whichever way: (low, value, high), all >= 0."""
        ends = abs(self.low), abs(self.high)
        nearest = 0.0 if self.low <= 0 <= self.high else min(ends)
        return nearest, abs(self.value), max(ends)


def share_gaps(sample: Mapping[str, int], stated: Mapping[str, float], z: float) -> dict[str, Gap]:
    """Compare a sample with shares that somebody states, such as a census.

    Args:
        sample: Group to people; at least one person in all.
        stated: Group to share, in [0, 1]; a group that is not stated has none.
        z: Normal quantile, > 0.
    """
    total = sum(sample.values())
    gaps = {}
    for group in {**stated, **sample}:
        seen, share = wilson(sample.get(group, 0), total, z), stated.get(group, 0.0)
        gaps[group] = Gap(seen.seen - share, seen.low - share, seen.high - share)
    return gaps


def sample_gaps(sample: Mapping[str, int], other: Mapping[str, int], z: float) -> dict[str, Gap]:
    """Compare a sample with another, independent one of the population; arguments as above."""

    def share(people: Mapping[str, int], group: str) -> Estimate:
        return wilson(people.get(group, 0), sum(people.values()), z)

    pairs = {g: (share(sample, g), share(other, g)) for g in {**other, **sample}}
    return {g: Gap(float(s.value - o.value), *difference(s, o)) for g, (s, o) in pairs.items()}


def total_variation(gaps: Iterable[Gap]) -> Gap:
    """Give half the sum of the gaps, with the interval that holds where all of theirs do."""
    parts = [gap.apart for gap in gaps]
    low, value, high = (sum(part[end] for part in parts) / 2 for end in range(3))
    return Gap(value, min(low, 1.0), min(high, 1.0))


def gaps_of(
    sample: Mapping[str, int], stated: Mapping[str, float], other: Mapping[str, int], z: float
) -> dict[str, Gap]:
    """Compare a sample with what is stated, else with another sample, else with nothing.

    Args:
        sample: Group to people.
        stated: Group to share; empty where nobody states any.
        other: Group to people of the population; empty where there are none.
        z: Normal quantile, > 0.

    Returns:
        Group to gap; empty where there is nobody to compare.
    """
    if not sum(sample.values()):
        return {}
    if stated:
        return share_gaps(sample, stated, z)
    return sample_gaps(sample, other, z) if sum(other.values()) else {}
