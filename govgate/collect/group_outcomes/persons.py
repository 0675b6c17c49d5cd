"""Sums over persons, of what their own rows add up to.

Rows are kept as they are until the end: 8 bytes for each number, and 16 for who it is of.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.collect.group_outcomes.grouped import refuse_missing
from govgate.profile.coding import Value, coded

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass
class Persons:
    """Rows by combination of groups and by person, and numbers of each row."""

    column: str
    _codes: dict[Value, int] = field(default_factory=dict)
    _groups: list[Integers] = field(default_factory=list)
    _persons: list[Integers] = field(default_factory=list)
    _numbers: list[tuple[Floats, ...]] = field(default_factory=list)

    def add(self, batch: Any, groups: Integers, numbers: Sequence[Floats]) -> None:
        """Keep a piece's rows.

        Args:
            batch: Has the column of persons.
            groups: Each row's combination of groups, by number.
            numbers: What to add up; each has one number a row.
        """
        codes, values = coded(batch.column(self.column), self.column)
        used = np.flatnonzero(np.bincount(codes, minlength=len(values)))
        place = np.zeros(len(values), np.int64)
        place[used] = [self._codes.setdefault(values[c], len(self._codes)) for c in used.tolist()]
        self._groups.append(groups)
        self._persons.append(place[codes])
        self._numbers.append(tuple(numbers))

    def counted(self, groups: int) -> "Counted":
        """Add up the rows of each person within each combination of groups.

        Args:
            groups: How many combinations there are.

        Raises:
            EvidenceError: Some rows have no person.
        """
        person, group = np.concatenate(self._persons), np.concatenate(self._groups)
        if None in self._codes:
            missing = int(np.count_nonzero(person == self._codes[None]))
            refuse_missing(self.column, missing, len(person))
        pairs, inverse = np.unique(group * len(self._codes) + person, return_inverse=True)
        spans = int(np.bincount(pairs % len(self._codes)).max())
        numbers = [np.concatenate(column) for column in zip(*self._numbers, strict=True)]
        own = [_own_sums(inverse, column) for column in numbers]
        return Counted(groups, pairs // len(self._codes), np.bincount(inverse), own, spans)

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self._codes)


@dataclass(frozen=True)
class Counted:
    """Persons within combinations of groups, with their rows and sums."""

    groups: int
    group: Integers
    rows: Integers
    sums: Sequence[Floats]
    spans: int
    """The most combinations that one person stands in."""

    def people(self) -> list[int]:
        """People of each combination."""
        return [int(n) for n in np.bincount(self.group, minlength=self.groups)]

    def squared(self, rows: Integers) -> list[int]:
        """Add up squares of a number of rows, by combination."""
        found = np.zeros(self.groups, np.int64)
        np.add.at(found, self.group, rows * rows)
        return [int(n) for n in found]

    def by_group(self, products: Floats) -> list[float]:
        """Add up products of sums, by combination; exactly, whatever the order."""
        order = np.argsort(self.group, kind="stable")
        ends = np.searchsorted(self.group[order], np.arange(1, self.groups))
        return [math.fsum(piece) for piece in np.split(products[order], ends)]


def _own_sums(inverse: Integers, values: Floats) -> Floats:
    """Add up each person's numbers, rounded to a step so small that the sum is exact."""
    most = float(np.abs(values).max())
    if not most:
        return np.zeros(int(inverse.max()) + 1)
    bits = 52 - int(np.bincount(inverse).max()).bit_length()
    step = math.ldexp(1.0, math.frexp(most)[1] - bits)
    return np.asarray(np.bincount(inverse, np.rint(values / step)) * step, np.float64)
