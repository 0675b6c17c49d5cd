"""Counts what may be wrong with training data: twice, missing, constant, leaked, unexpected.

Two scans profile the tables and see how well each column tells the label; one more hashes whole
rows. Only counts leave this file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from govgate.collect.quality.expecting import counted_against
from govgate.collect.quality.telling import told_by_column
from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.quality import DataQuality, QualityBounds
from govgate.ports import Table
from govgate.profile import ColumnProfile, TableProfile, count_cells, plan_for, profile_of
from govgate.records import ColumnFacts, ExpectationCounts, TableFacts
from govgate.rows import count_repeats

_MOST_CLASSES = 100
"""A label of more is a number to predict, and no column is said to tell it."""


class DataQualityOptions(Options):
    """Which columns hold what."""

    label: str | None = "label"
    """Column of what the model predicts; null where there is none."""

    ids: tuple[str, ...] = ()
    """Columns that name a row, such as a customer's number: two rows may differ in them and be the
    same, and they are not asked whether they tell the label."""

    exclude: tuple[str, ...] = ()
    """Columns that are not looked at."""


class DataQualityCollector(Collector[DataQualityOptions]):
    """Counts both tables, and the rows they share."""

    kind = DataQuality.KIND
    needs = ("train",)
    may_use = ("test",)

    def measure(
        self, tables: Mapping[str, Table], options: DataQualityOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A column is absent or cannot be counted, or there are no rows.
        """
        if not isinstance(bounds, QualityBounds):
            msg = f"{self.kind} needs the bounds of gate quality; use them"
            raise EvidenceError(msg)
        columns = _columns(tables, options)
        kept = [name for name in columns if name not in options.ids]
        table, other = tables["train"], tables.get("test")
        train = _profiled(table, columns, options.label)
        plan = train.plan.model_copy(update={"cells": ()})
        test = profile_of(other.batches(columns), plan, "test") if other else None
        reads = [_read(each, kept) for each in (table, other) if each]
        repeats = count_repeats(reads, sorted(kept))
        classes, told = _classes(train, options.label), {}
        if classes and options.label is not None:
            told = told_by_column(train, table, options.label, options.ids)
        expected = {
            name: counted_against(expectation, name, table)
            for name, expectation in bounds.columns.items()
            if name in columns
        }
        body = DataQuality(
            train=_facts(train, repeats.repeated[0], told, expected),
            test=_facts(test, repeats.repeated[1], {}, {}) if test else None,
            shared_rows=repeats.shared if test else None,
            label_counts=classes,
        )
        sizes = {"rows, train": train.rows, "columns": len(columns)}
        return Measured(body, sizes | ({"rows, test": test.rows} if test else {}))


def _read(table: Table, columns: Sequence[str]) -> Callable[[], Iterator[Any]]:
    return lambda: table.batches(columns)


def _columns(tables: Mapping[str, Table], options: DataQualityOptions) -> list[str]:
    train = tables["train"]
    columns = [name for name in train.columns if name not in options.exclude]
    wanted = (*columns, *options.ids, *([options.label] if options.label is not None else []))
    for which in (name for name in ("train", "test") if name in tables):
        if absent := [name for name in wanted if name not in tables[which].columns]:
            msg = f"the {which} table has no column {absent[0]!r}; add it, or name the right "
            msg += "columns under collect.label, collect.ids and collect.exclude"
            raise EvidenceError(msg)
    if not set(columns) - set(options.ids):
        msg = "no column is left to look at; name fewer under collect.ids and collect.exclude"
        raise EvidenceError(msg)
    return columns


def _profiled(table: Table, columns: Sequence[str], label: str | None) -> TableProfile:
    plan = plan_for(table.batches(columns), columns=columns)
    crossed: list[tuple[str, ...]] = []
    if label is not None and len(count_cells(_first(table, label), [label])) <= _MOST_CLASSES:
        crossed = [(label,)]
        crossed += [(n, label) for n, c in plan.columns.items() if c.kind == "category"]
    plan = plan.model_copy(update={"cells": tuple(c for c in crossed if c != (label, label))})
    return profile_of(table.batches(columns), plan, "train")


def _first(table: Table, label: str) -> Iterator[Any]:
    """The first rows alone: enough to tell a class from a number."""
    for batch in table.batches([label]):
        yield batch.slice(0, 10_000)
        return


def _classes(profile: TableProfile, label: str | None) -> tuple[int, ...]:
    found = next((cells for cells in profile.cells if cells.columns == (label,)), None)
    if found is None or len(found) > _MOST_CLASSES:
        return ()
    return tuple(sorted((count for _, count in found), reverse=True))


def _facts(
    profile: TableProfile,
    repeated: int,
    told: Mapping[str, float],
    expected: Mapping[str, ExpectationCounts],
) -> TableFacts:
    columns = {
        name: ColumnFacts(
            family=" and ".join(sorted(column.families)) or "empty",
            nulls=column.nulls + column.nans,
            constant=_is_constant(column, profile.rows),
            told=told.get(name),
            expected=expected.get(name),
        )
        for name, column in profile.columns.items()
    }
    return TableFacts(rows=profile.rows, repeated_rows=repeated, columns=columns)


def _is_constant(column: ColumnProfile, rows: int) -> bool:
    empty = column.nulls + column.nans
    if empty:
        return empty == rows
    if column.categories is not None:
        # the estimate of an open column is within some percent
        return column.categories.distinct < 1.5  # noqa: PLR2004 -- between one and two
    numbers = column.numbers
    return numbers is not None and numbers.lowest == numbers.highest
