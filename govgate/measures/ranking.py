"""How well scores rank people, from counts by score, and who stands among the first.

Scores that differ may share a bin. Whichever way round they truly stand, the limits hold:
the lower one takes every such pair as wrong, the upper one as right.

Source: the area as a share of pairs, Hanley and McNeil 1982, Radiology 143:29-36, with
their variance as pooled by Newcombe 2006, Statistics in Medicine 25:559-573, and that of DeLong
et al. 1988, Biometrics 44:837-845, whichever is larger; never more than the A (1 - A) / min(m, n)
of Birnbaum and Klose 1957, Annals of Mathematical Statistics 28:933-945. Limits are Wilson's at the
effective size. Across groups: Kallus and Zhou 2019, arXiv:1902.05826 (balanced xAUC).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from govgate.measures.intervals import Estimate, share_among
from govgate.measures.shares import UnsureShare


@dataclass(frozen=True)
class Side:
    """People who are truly positive, or truly not, by score."""

    counts: Sequence[int]
    """In rising order of score."""

    size: Fraction
    """How many of them count: fewer than the rows where rows repeat a person."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(self.counts)


@dataclass(frozen=True)
class Area:
    """How often a positive scores above a negative; both sides have rows."""

    positive: Side
    negative: Side
    alike: Sequence[bool]
    """For each bin whether all its scores are one and the same."""

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile."""
        wins, ties, unsure = self._pairs()
        pairs = self.positive.rows * self.negative.rows
        value = Fraction(2 * wins + ties + unsure, 2 * pairs)
        size = self._size(value)
        low = share_among(Fraction(2 * wins + ties, 2 * pairs), size, z).low
        high = share_among(Fraction(2 * wins + ties + 2 * unsure, 2 * pairs), size, z).high
        return Estimate(value, low, high, size)

    def _pairs(self) -> tuple[int, int, int]:
        """Pairs in which the positive is above; that truly tie; that share a bin."""
        wins = ties = unsure = below = 0
        for p, n, same in zip(self.positive.counts, self.negative.counts, self.alike, strict=True):
            wins += p * below
            ties += p * n * same
            unsure += p * n * (not same)
            below += n
        return wins, ties, unsure

    def _size(self, value: Fraction) -> float:
        m, n = self.positive.rows, self.negative.rows
        count = min(self.positive.size / m, self.negative.size / n)
        fewest = min(m, n)
        if not 0 < value < 1:
            return float(fewest * count)
        area = float(value)
        half = (m + n) / 2 - 1
        pooled = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
        variance = max(area * (1 - area) * pooled / (m * n), self._delong())
        return max(float(fewest), area * (1 - area) / variance) * float(count)

    def _delong(self) -> float:
        """Variance of each side's placements among the other, over its number."""
        placed = _placements(self.positive.counts, self.negative.counts)
        other = _placements(self.negative.counts, self.positive.counts)
        return placed + other


def _placements(ours: Sequence[int], theirs: Sequence[int]) -> float:
    rows, others = sum(ours), sum(theirs)
    if rows < 2:  # noqa: PLR2004 -- one has no variance
        return 0.0
    up_to = accumulate(theirs)
    shares = [(2 * total - here) / (2 * others) for total, here in zip(up_to, theirs, strict=True)]
    mean = sum(n * share for n, share in zip(ours, shares, strict=True)) / rows
    squares = sum(n * (share - mean) ** 2 for n, share in zip(ours, shares, strict=True))
    return squares / (rows - 1) / rows


def top_shares(
    counts: Mapping[str, Sequence[int]], sizes: Mapping[str, Fraction], top: int
) -> dict[str, UnsureShare]:
    """Give each group's share among the `top` people with the highest scores.

    Args:
        counts: Group to its people by score, in rising order.
        sizes: Group to how many of them count.
        top: How many are selected, at most all.

    Returns:
        Group to the share of its people selected. Who is taken of those in the last bin
        is not known: the limits allow for any of them.
    """
    over, everyone = 0, [sum(column) for column in zip(*counts.values(), strict=True)]
    last = len(everyone) - 1
    while over + everyone[last] < top:
        over += everyone[last]
        last -= 1
    open_places, there = top - over, everyone[last]
    found = {}
    for group, column in counts.items():
        sure, here = sum(column[last + 1 :]), column[last]
        fewest = sure + max(0, open_places - (there - here))
        likely = sure + Fraction(open_places * here, there)
        most, rows = sure + min(here, open_places), sum(column)
        found[group] = UnsureShare(fewest, most, likely, rows, float(sizes[group]))
    return found
