"""Is a change large, and is it more than chance makes? Both, or it is no drift.

Source: a test alone calls every change of a large table significant, and a distance alone
calls the noise of a small one large; docs/reference/gates/drift.md shows both. Holm's
adjustment holds the false alarms of all tests of one table together.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

from govgate.measures.drift.chance import holm

Ends = tuple[float, float]
"""The lower and upper end of what a number may be; equal where it is known."""


class State(IntEnum):
    """What is known of one question; a larger one is worse."""

    WITHIN = 0
    OPEN = 1
    BEYOND = 2


@dataclass(frozen=True)
class Question:
    """One change of one column, set against its limit and against chance."""

    column: str
    about: str
    """Of the size, such as "Wasserstein over IQR"; "" where only the test counts."""

    size: Ends
    limit: float
    """Sizes up to and including it are small."""

    test: str
    """Such as "Kolmogorov-Smirnov"; "" where the size alone counts."""

    p_value: Ends
    significance: float
    """A p-value from it up is chance's work."""

    adjusted: bool = True
    """False leaves the p-value as it is, whatever else is tested."""

    examples: tuple[str, ...] = ()
    """Values that changed, where they may be shown."""

    @property
    def small(self) -> bool:
        """True when the size is surely within its limit."""
        return bool(self.about) and self.size[1] <= self.limit

    @property
    def large(self) -> bool:
        """True when the size is surely beyond its limit, or does not count."""
        return not self.about or self.size[0] > self.limit

    @property
    def state(self) -> State:
        """WITHIN when small or chance's work, BEYOND when surely neither."""
        if self.small or (self.test and self.p_value[0] >= self.significance):
            return State.WITHIN
        beyond_chance = not self.test or self.p_value[1] < self.significance
        return State.BEYOND if self.large and beyond_chance else State.OPEN

    @property
    def told_by_test(self) -> bool:
        """True when the p-value says why the state is what it is, else the size does."""
        if self.small or not self.test:
            return False
        by_chance = self.p_value[0] >= self.significance
        return by_chance or (self.large and self.p_value[1] >= self.significance) or not self.about

    @property
    def told(self) -> str:
        """What decides, such as "Wasserstein over IQR" or "Kolmogorov-Smirnov by chance"."""
        if not self.told_by_test:
            return self.about
        return f"{self.test} by chance" if self.about else self.test

    @property
    def bar(self) -> float:
        """What `seen` is set against: the limit, or the significance."""
        return self.significance if self.told_by_test else self.limit

    @property
    def seen(self) -> Ends | str:
        """What decides, as a number between two ends; a word where nothing was computed."""
        if self.told_by_test:
            return self.p_value
        return self.size if math.isfinite(self.size[1]) else "not computable"

    @property
    def in_limits(self) -> tuple[float, float, float] | None:
        """The size's low end, middle and high end, in units of its limit; None without one."""
        if not self.about or not self.limit or not math.isfinite(self.size[1]):
            return None
        low, high = (end / self.limit for end in self.size)
        return low, (low + high) / 2, high

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sorts the worst first, and names what is alike in the order of letters."""
        size = self.size[1] / self.limit if self.limit else self.size[1]
        return -self.state, -size, self.column


def adjust(questions: Iterable[Question]) -> list[Question]:
    """Adjust every p-value for how many different tests there are.

    Args:
        questions: Of one table; those of one column and test share one p-value.

    Returns:
        The same questions, with p-values by Holm.
    """
    asked = [*questions]
    tests = {(q.column, q.test): q.p_value for q in asked if q.test and q.adjusted}
    low = holm({test: ends[0] for test, ends in tests.items()})
    high = holm({test: ends[1] for test, ends in tests.items()})
    return [
        replace(q, p_value=(low[q.column, q.test], high[q.column, q.test]))
        if (q.column, q.test) in tests
        else q
        for q in asked
    ]


def worst(questions: Iterable[Question]) -> list[Question]:
    """Keep the worst question of each column, the worst column first."""
    kept: dict[str, Question] = {}
    for question in sorted(questions, key=lambda q: q.rank):
        kept.setdefault(question.column, question)
    return [*kept.values()]


def drifted_share(questions: Iterable[Question], columns: int) -> Ends:
    """Share of columns that drifted, from those that surely did to those that may have.

    Args:
        questions: One for each column compared.
        columns: How many there are, >= 1.
    """
    states = [question.state for question in questions]
    surely = sum(state is State.BEYOND for state in states)
    maybe = sum(state is State.OPEN for state in states)
    return float(Fraction(surely, columns)), float(Fraction(surely + maybe, columns))


def listed(columns: Iterable[str], most: int = 10) -> str:
    """Write the first few names and how many more there are."""
    names = [*columns]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
