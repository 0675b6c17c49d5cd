"""Some columns of two tables, planned and counted in one scan of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from govgate.collect.drift.columns import Comparable, comparable, families_of, first_rows
from govgate.collect.drift.options import DriftOptions
from govgate.collect.drift.profiled import compare_profiles
from govgate.errors import EvidenceError
from govgate.ports import Profiled, Table
from govgate.profile import ColumnPlan, Plan, TableProfile, plan_for
from govgate.profile.types import KINDS, Kind
from govgate.records.column_drift import DriftOfColumn, NotMeasured
from govgate.spread import profile_table

_KINDS: Mapping[str, tuple[Kind, ...]] = {str(family): kinds for family, kinds in KINDS.items()}
_THREADS = 2
_TEXT = "text of which most values differ; collect.lengths compares its lengths"


@dataclass(frozen=True)
class Chunk:
    """Columns compared in one scan."""

    reference: Table
    current: Table
    names: tuple[str, ...]
    options: DriftOptions
    before: Mapping[str, str]
    """What the reference holds, as `families_of` says it."""

    rows: Any
    """The reference's first rows; None where only its profile was kept."""

    can: Comparable = field(default_factory=lambda: Comparable({}, {}))
    plan: Plan | None = None
    """None where no column can be compared."""

    @classmethod
    def planned(
        cls, reference: Table, current: Table, names: Sequence[str], options: DriftOptions
    ) -> "Chunk":
        """Plan what to count, as if the current table held what the reference holds.

        Args:
            reference: A table, or its profile, whose plan is then followed.
            current: Today's table.
            names: Of the columns.
            options: How to compare them.
        """
        if isinstance(reference, Profiled):
            before, rows = stored_families(reference.profile), None
        else:
            rows = first_rows(reference, names, "reference")
            before = families_of(rows)
        now = {name: before.get(name, "absent") for name in current.columns}
        chunk = cls(reference, current, tuple(names), options, before, rows)
        return chunk.given(now)

    def given(self, now: Mapping[str, str]) -> "Chunk":
        """Plan again, for a current table that holds something else.

        Args:
            now: Name to what it holds, as `families_of` says it.
        """
        can = comparable(self.names, self.before, now)
        if isinstance(self.reference, Profiled):
            stored = self.reference.profile.plan
            can, columns = _as_planned(can, now, stored.columns)
            plan = stored.model_copy(update={"columns": columns, "cells": ()})
        elif can.families:
            texts = {*self.options.lengths} & {*can.families}
            kinds: dict[str, Kind] = dict.fromkeys(texts, "text")
            kinds |= {n: _KINDS[f][0] for n, f in can.families.items() if f != "text"}
            plan = plan_for([self.rows], columns=[*can.families], kinds=kinds)
        return replace(self, can=can, plan=plan if can.families else None)

    def looked(self) -> "Chunk":
        """Plan again, once the current table's first rows were looked at."""
        texts = [n for n, family in self.before.items() if family == "text" and n in self.names]
        rows = first_rows(self.current, self.names, "current", categorical=texts)
        return self.given(families_of(rows))

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
    now = None if chunk.can.left else _as_thought(chunk)
    if now is None:
        chunk = chunk.looked()
    if chunk.plan is None:
        return chunk.left, (rows_of(chunk.reference), rows_of(chunk.current))
    now = now or _counted(chunk.current, chunk, chunk.plan)
    if isinstance(chunk.reference, Profiled):
        before: TableProfile = chunk.reference.profile
    else:
        before = _counted(chunk.reference, chunk, chunk.plan)
    return {**compare_profiles(before, now), **chunk.left}, (before.rows, now.rows)


def _as_thought(chunk: Chunk) -> TableProfile | None:
    """Count the current table unseen: to look first would read its first rows twice.

    Returns:
        None where it is not as the reference, and must be looked at.
    """
    try:
        now = _counted(chunk.current, chunk, chunk.plan) if chunk.plan else None
    except EvidenceError:
        return None
    found = comparable(chunk.names, chunk.before, stored_families(now)) if now else chunk.can
    same = found.families.keys() == chunk.can.families.keys()
    return now if now and now.rows and same else None


def _counted(table: Table, chunk: Chunk, plan: Plan) -> TableProfile:
    texts = tuple(n for n in chunk.named("category") if chunk.can.families[n] == "text")
    return profile_table(table, plan, categorical=texts, threads=_THREADS)


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
