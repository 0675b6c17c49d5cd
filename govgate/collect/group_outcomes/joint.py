"""Counts of groups, persons and outcomes together, and their products by person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.collect.group_outcomes.grouped import (
    MOST_GROUPS,
    Asked,
    Part,
    name_of,
    refuse_many,
    refuse_missing,
    refuse_nobody,
)
from govgate.collect.group_outcomes.yes_no import YesNo
from govgate.ports import Table
from govgate.profile.cells import Cells
from govgate.profile.coding import Value
from govgate.records import ByPerson
from govgate.spread import count_table

Integers = npt.NDArray[np.int64]

_MOST_CELLS = 1_000_000
_MOST_BY_PERSON = 20_000_000
"""Persons in a cell, each with an outcome: 1 GB at the most."""


@dataclass(frozen=True)
class Joint:
    """Rows by groups, person and outcome."""

    groups: list[tuple[str, ...]]
    """Combinations that occur, in order."""

    group: Integers
    """For each cell the place of its groups."""

    person: Integers | None
    """For each cell a number of its person."""

    outcomes: dict[str, tuple[Integers, tuple[Value, ...]]]
    """Column to each cell's place in its values, and these."""

    counts: Integers
    """Rows of each cell."""

    def bits(self, column: YesNo) -> Integers:
        """Read a column of outcomes as yes and no."""
        codes, values = self.outcomes[column.column]
        return np.array([column.bit(value) for value in values], np.int64)[codes]

    def added(self, weights: Integers) -> Integers:
        """Add up rows times a weight by groups."""
        found = np.zeros(len(self.groups), np.int64)
        np.add.at(found, self.group, self.counts * weights)
        return found

    def part(self, body: Mapping[str, Any]) -> Part:
        """Name how many were counted."""
        population = {"rows": int(self.counts.sum()), "groups": len(self.groups)}
        if self.person is None:
            return Part(body, population)
        pairs = np.unique(np.stack((self.person, self.group)), axis=1)
        cells = np.bincount(pairs[0])
        people = int(np.count_nonzero(cells))
        return Part(body, population | {"people": people}, int(cells.max()))

    def by_person(self, sides: Sequence[Sequence[Integers]]) -> list[ByPerson | None]:
        """Add up products of a person's rows, by groups.

        Args:
            sides: For each class its weights (1, truly, said, both) of every cell.
        """
        if self.person is None:
            return [None] * len(self.groups)
        place = self.group * (int(self.person.max()) + 1) + self.person
        pairs, inverse = np.unique(place, return_inverse=True)
        group = pairs // (int(self.person.max()) + 1)
        products = [self._products(four, inverse, group) for four in sides]
        people = np.bincount(group, minlength=len(self.groups)).tolist()
        return [
            ByPerson(people=people[g], products=tuple(tuple(c[g].tolist()) for c in products))
            for g in range(len(self.groups))
        ]

    def _products(self, four: Sequence[Integers], inverse: Integers, group: Integers) -> Integers:
        own = np.zeros((4, len(group)), np.int64)
        for row, weights in zip(own, four, strict=True):
            np.add.at(row, inverse, self.counts * weights)
        found = np.zeros((len(self.groups), 10), np.int64)
        pairs = [(i, j) for i in range(4) for j in range(i, 4)]
        for place, (i, j) in enumerate(pairs):
            np.add.at(found[:, place], group, own[i] * own[j])
        return found


def joint(table: Table, asked: Asked, outcomes: Sequence[str]) -> Joint:
    """Count the rows of each combination of groups, person and outcomes.

    Args:
        table: The predictions.
        asked: Their columns.
        outcomes: Those of label and prediction.

    Raises:
        EvidenceError: There are no rows, some values are missing, or there are too many groups.
    """
    person = [asked.person] if asked.person is not None else []
    columns = [*asked.attributes, *person, *outcomes]
    cells = count_table(
        table,
        columns,
        categorical=[*asked.attributes, *person],
        most=_MOST_BY_PERSON if person else _MOST_CELLS,
        through=partial(_without_scores, outcomes=outcomes),
    )
    refuse_nobody(len(cells))
    for place in range(len(asked.attributes), len(columns)):
        _refuse_missing(cells, place)
    groups, group = _groups(cells, asked.attributes)
    places = {name: columns.index(name, len(asked.attributes)) for name in outcomes}
    return Joint(
        groups,
        group,
        cells.codes[:, len(asked.attributes)] if person else None,
        {name: (cells.codes[:, at], cells.values[at]) for name, at in places.items()},
        cells.counts,
    )


def _groups(cells: Cells, attributes: Sequence[str]) -> tuple[list[tuple[str, ...]], Integers]:
    """Name the groups of each cell; those that have one name are one."""
    own, inverse = np.unique(cells.codes[:, : len(attributes)], axis=0, return_inverse=True)
    named = [
        tuple(name_of(v[code]) for v, code in zip(cells.values, codes, strict=False))
        for codes in own.tolist()
    ]
    groups = sorted(set(named))
    if len(groups) > MOST_GROUPS:
        refuse_many(attributes)
    places = {name: place for place, name in enumerate(groups)}
    return groups, np.array([places[name] for name in named], np.int64)[inverse.reshape(-1)]


def _refuse_missing(cells: Cells, place: int) -> None:
    if None in cells.values[place]:
        missing = cells.counts[cells.codes[:, place] == cells.values[place].index(None)].sum()
        refuse_missing(cells.columns[place], int(missing), cells.rows)


def _without_scores(batches: Iterable[Any], outcomes: Sequence[str]) -> Iterator[Any]:
    """Let no column of scores be counted value by value."""
    from pyarrow import types

    for batch in batches:
        for name in outcomes:
            if types.is_floating(batch.schema.field(name).type):
                values = batch.column(name).to_numpy(zero_copy_only=False)
                for value in values[(values > 0) & (values < 1)][:1].tolist():
                    YesNo(name, None).refuse_score(value)
        yield batch
