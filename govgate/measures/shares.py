"""A share of people, counted by row or by person.

Where a person stands in several rows, the rows say less than as many people would. The
share then weighs as much as one of an effective number of people: that of its design effect.

Source: Wilson's limits at an effective size, as Korn and Graubard 1998, Survey Methodology
24:193-201 (with their correction for few people); Kish 1965, Survey Sampling, 8.2.
"""

from dataclasses import dataclass
from fractions import Fraction

from govgate.errors import EvidenceError
from govgate.measures.intervals import Estimate, share_among
from govgate.measures.student import students


@dataclass(frozen=True)
class Persons:
    """Sums over persons; each has some hits of some trials."""

    hits_squared: Fraction
    hits_by_trials: Fraction
    trials_squared: Fraction
    spans: int = 1
    """The most cells that one person stands in; sums over cells take them for as many."""

    def alike(self, trials: int) -> Fraction:
        """Give the people that count if all rows of a person say the same (Kish).

        Args:
            trials: Of all persons.

        Raises:
            EvidenceError: Squares add up to less than what was squared.
        """
        if self.trials_squared < trials:
            msg = f"{trials} rows have squares of {self.trials_squared}; count by person again"
            raise EvidenceError(msg)
        return Fraction(trials * trials) / (self.trials_squared * self.spans)

    def variance(self, mean: Fraction, trials: int) -> Fraction:
        """Give the variance of `hits / trials` over persons, linearised.

        Args:
            mean: The ratio itself.
            trials: Of all persons.
        """
        people = self.alike(trials)
        off = self.hits_squared - 2 * mean * self.hits_by_trials + mean**2 * self.trials_squared
        return max(Fraction(0), off) * self.spans / trials**2 * people / (people - 1)


@dataclass(frozen=True)
class Share:
    """Hits of trials; 0 <= hits <= trials, trials > 0."""

    hits: int
    trials: int
    persons: Persons | None = None

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile."""
        value = Fraction(self.hits, self.trials)
        if self.persons is None:
            return share_among(value, self.trials, z)
        size = self._size(value, self.persons)
        people = int(self.persons.alike(self.trials))
        if people < 2:  # noqa: PLR2004 -- one person's rows say nothing about another's
            return Estimate(value, 0.0, 1.0, 1.0)
        return share_among(value, size * (z / students(z, people - 1)) ** 2, z)

    def _size(self, value: Fraction, persons: Persons) -> float:
        people = persons.alike(self.trials)
        if value in {0, 1} or people <= 1:
            return float(people)
        variance = persons.variance(value, self.trials)
        if not variance:
            return float(self.trials)
        return float(min(Fraction(self.trials), value * (1 - value) / variance))


@dataclass(frozen=True)
class UnsureShare:
    """A share of which only the fewest and the most hits are known."""

    fewest: int
    most: int
    likely: Fraction
    trials: int
    size: float
    """People who count."""

    def at(self, z: float) -> Estimate:
        """Set limits at a normal quantile: around the fewest and around the most."""
        low, high = (share_among(Fraction(n, self.trials), self.size, z) for n in self._ends)
        return Estimate(self.likely / self.trials, low.low, high.high, self.size)

    @property
    def _ends(self) -> tuple[int, int]:
        return self.fewest, self.most
