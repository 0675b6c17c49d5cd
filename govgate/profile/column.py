"""What was counted of one column, and the counting of it."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from govgate.errors import EvidenceError
from govgate.profile.categories import Categories, CategoryTally
from govgate.profile.grid import Scratch
from govgate.profile.numbers import Numbers, NumberTally
from govgate.profile.plan import ColumnPlan
from govgate.profile.types import KINDS, Family, as_lengths, as_numbers, family_of


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """What was counted of one column."""

    families: frozenset[Family]
    """What the partitions held, such as integers in one and floats in another."""

    nulls: int
    nans: int
    positive_infinities: int
    negative_infinities: int
    numbers: Numbers | None
    """Of numbers, of moments in microseconds, of texts' lengths in characters."""

    categories: Categories | None
    """Of categories; of texts, how many different ones there are."""

    @property
    def missing(self) -> int:
        """Rows without a value that can be compared: null, NaN or infinite."""
        return self.nulls + self.nans + self.positive_infinities + self.negative_infinities

    def merged(self, other: "ColumnProfile", plan: ColumnPlan, most: int) -> "ColumnProfile":
        """Count two disjoint sets of rows together.

        Args:
            other: Made by the same plan.
            plan: Of the column.
            most: Categories that are counted by name.
        """
        numbers, categories = self.numbers, self.categories
        if numbers is not None and other.numbers is not None:
            numbers = numbers.merged(other.numbers)
        if categories is not None and other.categories is not None:
            categories = categories.merged(other.categories, plan, most)
        return ColumnProfile(
            families=self.families | other.families,
            nulls=self.nulls + other.nulls,
            nans=self.nans + other.nans,
            positive_infinities=self.positive_infinities + other.positive_infinities,
            negative_infinities=self.negative_infinities + other.negative_infinities,
            numbers=numbers,
            categories=categories,
        )


class ColumnTally:
    """Counts of one column under way."""

    def __init__(
        self, name: str, plan: ColumnPlan, most: int, spare: deque[Scratch] | None = None
    ) -> None:
        """Start with nothing.

        Args:
            name: The column's.
            plan: Of the column.
            most: Categories that are counted by name; texts never are.
            spare: See `NumberTally`.
        """
        self._name, self._kind = name, plan.kind
        self._families: set[Family] = set()
        self._nulls = self._nans = self._high = self._low = 0
        is_text = plan.kind == "text"
        self._numbers = None if plan.kind == "category" else NumberTally(plan, spare)
        self._categories = None
        if is_text or plan.kind == "category":
            self._categories = CategoryTally(plan, 0 if is_text else most)

    def add(self, batch: Any) -> None:
        """Count the column's piece of a batch.

        Raises:
            EvidenceError: It holds what the plan does not expect.
        """
        array = batch.column(batch.schema.get_field_index(self._name))
        family = family_of(array.type, self._name)
        if self._kind not in KINDS[family]:
            msg = f"column {self._name!r} holds {family} values, which are not counted as a "
            msg += f"{self._kind}; write it as it was when the plan was made, or make a new plan"
            raise EvidenceError(msg)
        self._families.add(family)
        there = 0
        if self._categories is not None:
            there = self._categories.add(array, family, self._name)
        if self._numbers is not None:
            values = as_lengths(array) if self._kind == "text" else as_numbers(array, family)
            there = len(values)
            nans, high, low = self._numbers.add(values)
            self._nans += nans
            self._high += high
            self._low += low
        # a dictionary may hold null as a value, which Arrow's own count leaves out
        self._nulls += len(array) - there

    def finished(self) -> ColumnProfile:
        """Give what was counted."""
        return ColumnProfile(
            families=frozenset(self._families),
            nulls=self._nulls,
            nans=self._nans,
            positive_infinities=self._high,
            negative_infinities=self._low,
            numbers=self._numbers.finished() if self._numbers else None,
            categories=self._categories.finished() if self._categories else None,
        )
