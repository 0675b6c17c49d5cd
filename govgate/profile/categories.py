"""How many rows hold each value of a column, by name while there are few.

A column with more values than the plan keeps is open: what the plan knows by name is counted, and
the rest together. Whether a column is open depends on how many values there are in all, and so
neither on order nor on partitions.

Source: docs/spec/table-profile.md, "Categories".
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile.distinct import Registers, empty_registers, estimated, registers_of
from govgate.profile.plan import LONGEST, ColumnPlan
from govgate.profile.types import Family, viewed


@dataclass(frozen=True, eq=False)
class Categories:
    """Counts by value."""

    counts: Mapping[str, int]
    """Value to rows, > 0, in the order of the values; of an open column those known alone."""

    other: int = 0
    """Rows of an open column with any other value."""

    registers: Registers | None = None
    """The sketch of an open column's values; none where every value has a count."""

    @property
    def open(self) -> bool:
        """Whether there were more values than are counted by name."""
        return self.registers is not None

    @property
    def distinct(self) -> float:
        """How many different values there are: exact, or an estimate where the column is open."""
        return len(self.counts) if self.registers is None else estimated(self.registers)

    def merged(self, other: "Categories", plan: ColumnPlan, most: int) -> "Categories":
        """Count two disjoint sets of rows together."""
        tally = CategoryTally(plan, most)
        for each in (self, other):
            tally.include(each)
        return tally.finished()


class CategoryTally:
    """Counts under way."""

    def __init__(self, plan: ColumnPlan, most: int) -> None:
        """Start with nothing.

        Args:
            plan: Of the column.
            most: Values that are counted by name; 0 sketches them alone, as texts are.
        """
        self._known = frozenset(plan.known)
        self._most = most
        self._counts: Counter[str] = Counter()
        self._other = 0
        self._registers: Registers | None = None if most else empty_registers()

    def add(self, array: Any, family: Family, name: str) -> int:
        """Count a piece of the column.

        Args:
            array: A `pyarrow.Array`.
            family: What it holds.
            name: The column's, for messages.

        Returns:
            Rows that are not null.

        Raises:
            EvidenceError: A value is too long to be a category.
        """
        values, counts = _value_counts(array, family)
        there = int(counts.sum())
        if self._registers is not None:
            self._registers = np.maximum(self._registers, registers_of(values))
        if not self._most:
            self._other += there
            return there
        tally: Counter[str] = Counter()
        for text, rows in zip(values.to_pylist(), counts.tolist(), strict=True):
            tally[text] += rows
        if max(map(len, tally), default=0) > LONGEST:
            msg = f"column {name!r} holds a text of more than {LONGEST} characters, which is no "
            raise EvidenceError(msg + "category; count it as text, or leave it out")
        self._count(tally)
        return there

    def include(self, counted: Categories) -> None:
        """Count what another tally has counted."""
        if counted.registers is not None:
            self._registers = np.maximum(self._opened(), counted.registers)
            self._other += counted.other
        elif self._registers is not None:
            self._registers = np.maximum(self._registers, _sketch(counted.counts))
        self._count(counted.counts)

    def finished(self) -> Categories:
        """Give what was counted."""
        return Categories(dict(sorted(self._counts.items())), self._other, self._registers)

    def _count(self, counts: Mapping[str, int]) -> None:
        self._counts.update(counts)
        if self._registers is not None or len(self._counts) > self._most:
            self._registers = self._opened()

    def _opened(self) -> Registers:
        """Sketch the values that have a name, and keep those alone that the plan knows."""
        sketch = _sketch(self._counts) if self._registers is None else self._registers
        unknown = self._counts.keys() - self._known
        self._other += sum(self._counts.pop(value) for value in unknown)
        return sketch


def _sketch(counts: Mapping[str, int]) -> Registers:
    import pyarrow as pa

    return registers_of(pa.array([*counts], pa.large_string()))


def _value_counts(array: Any, family: Family) -> tuple[Any, npt.NDArray[np.int64]]:
    """Give the values that are there as texts, and how many rows hold each."""
    import pyarrow as pa
    from pyarrow import types

    if not types.is_dictionary(array.type):
        if family == "empty":
            return pa.array([], pa.large_string()), np.empty(0, np.int64)
        array = array.dictionary_encode()
    codes = array.indices
    codes = viewed(codes.drop_null() if codes.null_count else codes)
    counts = np.bincount(codes, minlength=len(array.dictionary))
    # a dictionary may hold values no row has, and null as a value
    used = np.flatnonzero(counts * viewed(array.dictionary.is_valid().cast(pa.int8())))
    return array.dictionary.cast(pa.large_string()).take(_arrow(used)), counts[used]


def _arrow(places: npt.NDArray[np.int64]) -> Any:
    """Show integers to Arrow where they are; `pyarrow.array` imports pandas."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.int64(), len(places), [None, pa.py_buffer(places)])
