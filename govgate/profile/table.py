"""A table's profile: made from batches in one scan, and added to those of other partitions.

Source: docs/spec/table-profile.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from govgate.errors import EvidenceError
from govgate.profile.categories import Categories, CategoryTally
from govgate.profile.cells import Cells, CellTally
from govgate.profile.numbers import Numbers, NumberTally
from govgate.profile.plan import ColumnPlan, Plan
from govgate.profile.types import KINDS, Family, as_lengths, as_numbers, family_of


@dataclass(frozen=True, order=True)
class Partition:
    """A part of a table that was read whole."""

    name: str
    digest: str = ""
    """Of its bytes, as "sha256:" and 64 lowercase hex characters; "" where nobody knows."""

    rows: int = 0


@dataclass(frozen=True)
class ColumnProfile:
    """What was counted of one column."""

    families: frozenset[Family]
    """What the partitions held, such as integers in one and floats in another."""

    nulls: int = 0
    nans: int = 0
    positive_infinities: int = 0
    negative_infinities: int = 0
    numbers: Numbers | None = None
    """Of numbers, of moments in microseconds, of texts' lengths in characters."""

    categories: Categories | None = None

    @property
    def missing(self) -> int:
        """Rows without a value that can be compared: null, NaN or infinite."""
        return self.nulls + self.nans + self.positive_infinities + self.negative_infinities


@dataclass(frozen=True)
class TableProfile:
    """What was counted of a table's partitions."""

    plan: Plan
    partitions: tuple[Partition, ...] = ()
    """In the order of their names."""

    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    """Name to profile, for every column of the plan; none where there is no partition."""

    cells: tuple[Cells, ...] = ()
    """One for each crossing of the plan."""

    @property
    def rows(self) -> int:
        """Rows of all partitions."""
        return sum(partition.rows for partition in self.partitions)

    def missing_of(self, manifest: Iterable[str]) -> tuple[str, ...]:
        """Name the partitions of a manifest that are not in here."""
        there = {partition.name for partition in self.partitions}
        return tuple(sorted({*manifest} - there))


def profile_of(
    batches: Iterable[Any], plan: Plan, partition: str, digest: str = "", *, threads: int = 1
) -> TableProfile:
    """Count a partition in one scan; only one batch is held at a time.

    Args:
        batches: `pyarrow.RecordBatch` pieces with the plan's columns, and maybe others.
        plan: What to count.
        partition: The partition's name, such as its file's.
        digest: Of its bytes, where known.
        threads: How many columns are counted at a time; changes no byte.

    Raises:
        EvidenceError: A column is absent, twice there, or not what the plan expects.
    """
    tallies = {name: _ColumnTally(name, each, plan) for name, each in plan.columns.items()}
    crossings = [CellTally(names, plan.most_cells) for names in plan.cells]
    rows = 0
    with ThreadPoolExecutor(threads) as pool:
        run = pool.map if threads > 1 else map
        for batch in batches:
            check_columns(batch.schema.names, (*plan.columns, *sum(plan.cells, ())))
            rows += batch.num_rows
            list(run(lambda tally: tally.add(batch), [*tallies.values(), *crossings]))  # noqa: B023
    columns = {name: tally.finished() for name, tally in tallies.items()}
    cells = tuple(crossing.finished() for crossing in crossings)
    return TableProfile(plan, (Partition(partition, digest, rows),), columns, cells)


def merge(one: TableProfile, two: TableProfile) -> TableProfile:
    """Add up the profiles of different partitions of a table.

    Raises:
        EvidenceError: They follow different plans, or both hold one partition.
    """
    if one.plan != two.plan:
        msg = "these profiles follow different plans, so their counts do not add up; make both "
        raise EvidenceError(msg + "by one plan")
    if twice := {p.name for p in one.partitions} & {p.name for p in two.partitions}:
        msg = f"partition {min(twice)!r} is in both profiles; add each partition up once"
        raise EvidenceError(msg)
    if not one.partitions or not two.partitions:
        return one if one.partitions else two
    columns = {
        name: _merged(one.columns[name], two.columns[name], each, one.plan.most_categories)
        for name, each in one.plan.columns.items()
    }
    cells = tuple(
        a.merged(b, one.plan.most_cells) for a, b in zip(one.cells, two.cells, strict=True)
    )
    partitions = tuple(sorted((*one.partitions, *two.partitions)))
    return TableProfile(one.plan, partitions, columns, cells)


def check_columns(there: Iterable[str], wanted: Iterable[str]) -> None:
    """Refuse a batch without the columns that are wanted, or with one of them twice.

    Raises:
        EvidenceError: Says which.
    """
    names = Counter(there)
    for name in wanted:
        if (found := names[name]) != 1:
            what = "has no column" if not found else "has more than one column"
            msg = f"the table {what} {name!r}; write it again with each of its columns once"
            raise EvidenceError(msg)


def _merged(one: ColumnProfile, two: ColumnProfile, plan: ColumnPlan, most: int) -> ColumnProfile:
    numbers, categories = one.numbers, one.categories
    if numbers is not None and two.numbers is not None:
        numbers = numbers.merged(two.numbers)
    if categories is not None and two.categories is not None:
        categories = categories.merged(two.categories, plan, most)
    return ColumnProfile(
        families=one.families | two.families,
        nulls=one.nulls + two.nulls,
        nans=one.nans + two.nans,
        positive_infinities=one.positive_infinities + two.positive_infinities,
        negative_infinities=one.negative_infinities + two.negative_infinities,
        numbers=numbers,
        categories=categories,
    )


class _ColumnTally:
    """Counts of one column under way."""

    def __init__(self, name: str, column: ColumnPlan, plan: Plan) -> None:
        self._name, self._kind = name, column.kind
        self._families: set[Family] = set()
        self._nulls = self._nans = self._high = self._low = 0
        counted = column.kind == "category"
        self._categories = CategoryTally(column, plan.most_categories) if counted else None
        self._numbers = None if counted else NumberTally(column)

    def add(self, batch: Any) -> None:
        """Count the column's piece in a batch.

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
        if self._categories is not None:
            self._nulls += len(array) - self._categories.add(array, family, self._name)
        elif self._numbers is not None:
            values = as_lengths(array) if self._kind == "text" else as_numbers(array, family)
            self._nulls += len(array) - len(values)
            nans, high, low = self._numbers.add(values)
            self._nans, self._high, self._low = (
                self._nans + nans,
                self._high + high,
                self._low + low,
            )

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
