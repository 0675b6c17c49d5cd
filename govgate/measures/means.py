"""A mean of numbers, with Student's limits, counted by row or by person.

Source: Student's interval for each group; by person the linearised variance of a ratio
(Cochran 1977, Sampling Techniques, 6.3).
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from govgate.measures.intervals import Estimate
from govgate.measures.shares import Persons
from govgate.measures.student import students

_SQUARES_ROUNDED = Fraction(1, 2**50)
"""Squares are rounded once each and once as a sum: the share of them that may be wrong."""


@dataclass(frozen=True)
class Mean:
    """Numbers of some rows, by their sum and the sum of their squares."""

    total: Fraction
    squares: Fraction
    rows: int
    persons: Persons | None = None

    @property
    def people(self) -> int:
        """How many independent people it rests on."""
        return self.rows if self.persons is None else int(self.persons.alike(self.rows))

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile; needs `people` >= 2."""
        mean = self.total / self.rows
        variance = self._variance(mean)
        reach = students(z, self.people - 1) * math.sqrt(variance)
        return Estimate(mean, float(mean) - reach, float(mean) + reach, self.people)

    def _variance(self, mean: Fraction) -> Fraction:
        off = max(Fraction(0), self.squares - self.total * mean) + self.squares * _SQUARES_ROUNDED
        by_row = off / (self.rows * (self.rows - 1))
        if self.persons is None:
            return by_row
        return max(by_row, self.persons.variance(mean, self.rows))
