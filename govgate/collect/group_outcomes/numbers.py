"""Adds up predicted numbers, and how far they were off."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.collect.group_outcomes.exact import ExactSums
from govgate.collect.group_outcomes.grouped import (
    Asked,
    Groups,
    Part,
    refuse_missing,
    refuse_nobody,
)
from govgate.collect.group_outcomes.persons import Counted, Persons
from govgate.errors import EvidenceError
from govgate.ports import Table
from govgate.records import Moments, NumberCell, RowsByPerson

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SUMS = ("prediction", "error", "absolute_error")
_FARTHEST = 1e150
"""Squares of larger numbers are larger than a float can be."""


def count_numbers(table: Table, asked: Asked) -> Part:
    """Add up one number cell for each combination of groups.

    Args:
        table: The predictions.
        asked: Their columns.

    Raises:
        EvidenceError: A column holds what it may not, or there are no rows.
    """
    groups, persons = Groups(asked.attributes), Persons(asked.person) if asked.person else None
    columns = [Numeric(name) for name in (asked.prediction, asked.label) if name is not None]
    names = _SUMS[: 1 if asked.label is None else 3]
    tallies = [MomentTally() for _ in names]
    rows: dict[int, int] = {}
    for batch in table.batches(asked.columns("regression"), categorical=asked.attributes):
        read = [column.read(batch) for column in columns]
        values = [each for each in read if each is not None]
        if not batch.num_rows or len(values) < len(columns):
            continue
        own = groups.of(batch)
        count_rows(rows, own)
        numbers = values[:1]
        if asked.label is not None:
            error = values[0] - values[1]
            numbers += [error, np.abs(error)]
        for tally, each in zip(tallies, numbers, strict=True):
            tally.add(own, each)
        if persons is not None:
            persons.add(batch, own, numbers)
    for column in columns:
        column.refuse_missing()
    refuse_nobody(sum(rows.values()))
    counted = persons.counted(len(groups.numbers)) if persons else None
    moments = [tally.moments(len(groups.numbers), counted, i) for i, tally in enumerate(tallies)]
    by_person = rows_by_person(counted, len(groups.numbers))
    cells = []
    for name, number in groups.in_order():
        known: dict[str, Moments | None] = dict.fromkeys(_SUMS)
        known |= {n: moments[i][number] for i, n in enumerate(names)}
        cells.append(
            NumberCell.model_validate(
                {"groups": name, "rows": rows[number], "by_person": by_person[number], **known}
            )
        )
    population = {"rows": sum(rows.values()), "groups": len(cells)}
    if persons is None or counted is None:
        return Part({"cells": tuple(cells)}, population)
    return Part({"cells": tuple(cells)}, population | {"people": persons.people}, counted.spans)


class Numeric:
    """A column of numbers."""

    def __init__(self, name: str) -> None:
        """Take the column by name."""
        self._name = name
        self._missing = self._rows = 0

    def read(self, batch: Any) -> Floats | None:
        """Give a piece's numbers, or None when some are missing.

        Raises:
            EvidenceError: They are no numbers, or infinite or too large.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        array, kind = batch.column(self._name), batch.schema.field(self._name).type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if not is_number and not pa.types.is_decimal(kind) and not pa.types.is_null(kind):
            msg = f"column {self._name!r} holds {kind}, not numbers; write them as such"
            raise EvidenceError(msg)
        self._rows += len(array)
        missing = pc.sum(pc.is_null(array, nan_is_null=True)).as_py() or 0
        self._missing += missing
        if missing:
            return None
        try:
            values: Floats = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid as why:
            msg = f"column {self._name!r} holds numbers that floats cannot: {why}; round them"
            raise EvidenceError(msg) from why
        if len(values) and not np.abs(values).max() < _FARTHEST:
            msg = f"column {self._name!r} holds infinite numbers, or some over {_FARTHEST:g}; "
            raise EvidenceError(msg + "correct them")
        return values

    def refuse_missing(self) -> None:
        """Say how many were missing, if any were."""
        refuse_missing(self._name, self._missing, self._rows)


class MomentTally:
    """Sums of numbers and of their squares, by combination of groups."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._sums, self._squares = ExactSums(), ExactSums()

    def add(self, places: Integers, values: Floats) -> None:
        """Add each row to its combination."""
        self._sums.add(places, values)
        self._squares.add(places, values * values)

    def moments(self, groups: int, counted: Counted | None, number: int) -> Sequence[Moments]:
        """Give what was added up, for each combination.

        Args:
            groups: How many combinations there are.
            counted: What the persons' rows add up to, if by person.
            number: Which of the persons' numbers this is.
        """
        more: list[dict[str, float]] = [{}] * groups
        if counted is not None:
            own = counted.sums[number]
            squares, by_rows = counted.by_group(own * own), counted.by_group(own * counted.rows)
            pairs = zip(squares, by_rows, strict=True)
            more = [{"person_squares": s, "person_by_rows": r} for s, r in pairs]
        return [
            Moments(total=self._sums.of(i), squares=self._squares.of(i), **more[i])
            for i in range(groups)
        ]


def count_rows(rows: dict[int, int], places: Integers) -> None:
    """Count the rows of each combination of groups."""
    for place, count in enumerate(np.bincount(places).tolist()):
        rows[place] = rows.get(place, 0) + count


def rows_by_person(counted: Counted | None, groups: int) -> Sequence[RowsByPerson | None]:
    """Give people and their rows squared, for each combination; None where rows are people."""
    if counted is None:
        return [None] * groups
    pairs = zip(counted.people(), counted.squared(counted.rows), strict=True)
    return [RowsByPerson(people=people, squares=squares) for people, squares in pairs]
