"""How far a score of 0.7 is from 7 in 10, in each group.

The expected calibration error is the mean over people of how far their bin's mean score lies
from the share truly positive. Its limits follow from |e| = max over signs: given the scores,
the error seen and the true one differ by at most the sum of each bin's chance deviation, whose mean
and concentration are those of Gaussian variables.

Source: Naeini et al. 2015, AAAI 29:2901-2907; by group Pleiss et al. 2017, arXiv:1709.02012;
concentration: Borell 1975, Inventiones Mathematicae 30:207-216.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from govgate.measures.intervals import Estimate

BINS = 16
"""Of equal width in [0, 1]; a score on an edge is in the upper one, and 1 in the last."""


@dataclass(frozen=True)
class Calibration:
    """People of one group by score bin; somebody is in one."""

    people: Sequence[int]
    positive: Sequence[int]
    """Those truly positive."""

    scores: Sequence[Fraction]
    """The sum of their scores."""

    size: Fraction
    """How many of them count: fewer than the rows where rows repeat a person."""

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile."""
        rows = sum(self.people)
        apart = (abs(p - s) for p, s in zip(self.positive, self.scores, strict=True))
        value = sum(apart, Fraction(0)) / rows
        repeated = math.sqrt(rows / self.size)
        deviations = [math.sqrt(v) * repeated / rows for v in self._variances(z)]
        # E sum |Z| and the reach of a function of Gaussians with this Lipschitz constant
        reach = math.sqrt(2 / math.pi) * sum(deviations)
        reach += math.hypot(*deviations) * math.sqrt(-2 * math.log(math.erfc(z * math.sqrt(0.5))))
        low, high = max(0.0, float(value) - reach), min(1.0, float(value) + reach)
        return Estimate(value, low, max(high, float(value)), float(self.size))

    def _variances(self, z: float) -> list[float]:
        """Of the number truly positive in each bin, from a share drawn in as Wilson's centre is.

        With nobody positive among three the share is not 0, and its variance not nothing.
        """
        more = z * z * sum(self.people) / float(self.size)
        drawn = [
            (n, (p + more / 2) / (n + more))
            for n, p in zip(self.people, self.positive, strict=True)
        ]
        return [n * share * (1 - share) for n, share in drawn]
