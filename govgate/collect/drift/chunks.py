"""Some columns of two tables, planned and counted in one scan of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce

from govgate.collect.drift.columns import Comparable, comparable, families_of, first_rows
from govgate.collect.drift.options import DriftOptions
from govgate.collect.drift.profiled import compare_profiles
from govgate.ports import Part, Profiled, Table
from govgate.profile import ColumnPlan, Plan, TableProfile, merge, plan_for, profile_of
from govgate.profile.types import KINDS, Kind
from govgate.records.column_drift import DriftOfColumn, NotMeasured

_KINDS: Mapping[str, tuple[Kind, ...]] = {str(family): kinds for family, kinds in KINDS.items()}
_THREADS = 4
_TEXT = "text of which most values differ; collect.lengths compares its lengths"


@dataclass(frozen=True)
class Chunk:
    """Columns compared in one scan."""

    reference: Table
    current: Table
    options: DriftOptions
    can: Comparable
    plan: Plan | None
    """None where no column can be compared."""

    @classmethod
    def seen(
        cls,
        reference: Table,
        current: Table,
        names: Sequence[str],
        options: DriftOptions,
    ) -> "Chunk":
        """Look at the first rows of both tables, and plan what to count of them.

        Args:
            reference: A table, or its profile, whose plan is then followed.
            current: Today's table.
            names: Of the columns.
            options: How to compare them.
        """
        if isinstance(reference, Profiled):
            stored = reference.profile
            before, rows = stored_families(stored), None
        else:
            rows = first_rows(reference, names, "reference")
            before = families_of(rows)
        texts = [name for name, family in before.items() if family == "text" and name in names]
        now = families_of(first_rows(current, names, "current", categorical=texts))
        can = comparable(names, before, now)
        if rows is None:
            can, columns = _as_planned(can, now, stored.plan.columns)
            plan = stored.plan.model_copy(update={"columns": columns, "cells": ()})
        else:
            kinds: dict[str, Kind] = dict.fromkeys({*options.lengths} & {*can.families}, "text")
            kinds |= {n: _KINDS[f][0] for n, f in can.families.items() if f != "text"}
            plan = plan_for([rows], columns=[*can.families], kinds=kinds) if can.families else None
        return cls(reference, current, options, can, plan if can.families else None)

    def named(self, kind: str) -> list[str]:
        """Name the columns counted in one way."""
        planned = self.plan.columns if self.plan else {}
        return [name for name, column in planned.items() if column.kind == kind]

    @property
    def left(self) -> dict[str, DriftOfColumn]:
        """What is not compared, and why."""
        texts = dict.fromkeys({*self.named("text")} - {*self.options.lengths}, _TEXT)
        return {n: NotMeasured(why=why) for n, why in {**self.can.left, **texts}.items()}


def by_profiles(chunk: Chunk) -> tuple[dict[str, DriftOfColumn], tuple[int, int]]:
    """Compare the columns of a chunk, counted in one scan.

    Returns:
        Name to what was seen, and the rows of the reference and of the current table.
    """
    if not chunk.plan:
        return chunk.left, (rows_of(chunk.reference), rows_of(chunk.current))
    texts = tuple(n for n in chunk.named("category") if chunk.can.families[n] == "text")
    job = partial(profile_part, plan=chunk.plan, texts=texts)
    now = reduce(merge, chunk.current.each(job))
    if isinstance(chunk.reference, Profiled):
        before = chunk.reference.profile
    else:
        before = reduce(merge, chunk.reference.each(job))
    return {**compare_profiles(before, now), **chunk.left}, (before.rows, now.rows)


def profile_part(part: Part, plan: Plan, texts: Sequence[str]) -> TableProfile:
    """Count one part of a table, here or at a worker.

    Args:
        part: What to read.
        plan: What to count.
        texts: Columns that are read faster as categories.
    """
    batches = part.batches([*plan.columns], categorical=texts)
    return profile_of(batches, plan, part.name, threads=_THREADS)


def rows_of(table: Table) -> int:
    """Count a table's rows."""
    if isinstance(table, Profiled):
        return int(table.profile.rows)
    return sum(batch.num_rows for batch in table.batches(table.columns[:1]))


def stored_families(stored: TableProfile) -> dict[str, str]:
    """Say what each column of a profile holds, as `families_of` does of rows."""
    found = {}
    for name, column in stored.columns.items():
        held = {*column.families} - {"empty"}
        numbers = held <= {"integer", "float", "decimal"}
        found[name] = min(held, default="empty") if numbers or len(held) == 1 else "mixed values"
    return found


def _as_planned(
    can: Comparable, now: Mapping[str, str], planned: Mapping[str, ColumnPlan]
) -> tuple[Comparable, dict[str, ColumnPlan]]:
    """Leave out what the current table cannot be counted as."""
    families, left = {}, dict(can.left)
    for name, family in can.families.items():
        if planned[name].kind in _KINDS.get(now[name], ()):
            families[name] = family
        else:
            left[name] = f"{now[name]} that the reference's profile counts as {planned[name].kind}"
    return Comparable(families, left), {name: planned[name] for name in families}
