"""Two tables in, one body of evidence out: a scan of each, and a second look where it matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from govgate.collect.drift.columns import Comparable, comparable, families_of, first_rows
from govgate.collect.drift.exact import by_evidently, exactly, read_column
from govgate.collect.drift.options import DriftOptions
from govgate.collect.drift.profiled import compare_profiles
from govgate.gates.drift import ColumnDrift, DriftBounds
from govgate.measures.drift.decide import Question, State, worst
from govgate.measures.drift.whole_table import questions
from govgate.ports import Table
from govgate.profile import Plan, plan_for, profile_of
from govgate.profile.types import KINDS, Kind
from govgate.records.column_drift import CategoryDrift, DriftOfColumn, NotMeasured, NumberDrift
from govgate.records.overlay import Overlay

_AT_ONCE = 500
"""Columns counted in one scan; more are counted in several, so that memory is bounded."""
_MOST_OVERLAYS = 100
"""Columns whose distributions are kept for pictures, the worst first."""
_THREADS = 4

_TEXT = "text of which most values differ; collect.lengths compares its lengths"


def compared(
    reference: Table,
    current: Table,
    names: Sequence[str],
    options: DriftOptions,
    bounds: DriftBounds,
) -> ColumnDrift:
    """Compare two tables.

    Args:
        reference: The table the model was made for.
        current: Today's.
        names: Of the columns, at least one.
        options: How to compare them.
        bounds: Where the limits lie, so that no column is left open that one more look decides.

    Raises:
        EvidenceError: A table has no rows, or cannot be read.
    """
    compare = _by_evidently if options.compat else _by_profiles
    columns: dict[str, DriftOfColumn] = {}
    rows = (0, 0)
    for start in range(0, len(names), _AT_ONCE):
        chunk = _Chunk.seen(reference, current, names[start : start + _AT_ONCE], options)
        found, rows = compare(chunk)
        columns |= found
    body = ColumnDrift(rows_reference=rows[0], rows_current=rows[1], columns=columns)
    return _thinned(_refined(body, bounds, reference, current), bounds)


@dataclass(frozen=True)
class _Chunk:
    """Columns compared in one scan."""

    reference: Table
    current: Table
    options: DriftOptions
    can: Comparable
    plan: Plan | None
    """None where no column can be compared."""

    @classmethod
    def seen(
        cls, reference: Table, current: Table, names: Sequence[str], options: DriftOptions
    ) -> "_Chunk":
        """Look at the first rows of both tables."""
        before = first_rows(reference, names, "reference")
        texts = [name for name, family in families_of(before).items() if family == "text"]
        now = first_rows(current, names, "current", categorical=texts)
        can = comparable(names, families_of(before), families_of(now))
        kinds: dict[str, Kind] = dict.fromkeys(set(options.lengths) & {*can.families}, "text")
        kinds |= {n: KINDS[f][0] for n, f in can.families.items() if f != "text"}
        plan = plan_for([before], columns=[*can.families], kinds=kinds) if can.families else None
        return cls(reference, current, options, can, plan)

    def named(self, kind: str) -> list[str]:
        """Name the columns counted in one way."""
        return [
            n for n, one in (self.plan.columns if self.plan else {}).items() if one.kind == kind
        ]

    @property
    def left(self) -> dict[str, DriftOfColumn]:
        """What is not compared, and why."""
        texts = dict.fromkeys(set(self.named("text")) - {*self.options.lengths}, _TEXT)
        return {n: NotMeasured(why=why) for n, why in {**self.can.left, **texts}.items()}


def _by_profiles(chunk: _Chunk) -> tuple[dict[str, DriftOfColumn], tuple[int, int]]:
    if not chunk.plan:
        return chunk.left, (_rows(chunk.reference), _rows(chunk.current))
    before, now = (
        profile_of(
            table.batches([*chunk.plan.columns], categorical=chunk.named("category")),
            chunk.plan,
            which,
            threads=_THREADS,
        )
        for table, which in ((chunk.reference, "reference"), (chunk.current, "current"))
    )
    return {**compare_profiles(before, now), **chunk.left}, (before.rows, now.rows)


def _by_evidently(chunk: _Chunk) -> tuple[dict[str, DriftOfColumn], tuple[int, int]]:
    columns = chunk.left
    categories, options = {*chunk.named("category")}, chunk.options
    for name in chunk.can.families:
        if name not in columns:
            words = name in categories
            before, now = (
                read_column(table, name, category=words)
                for table in (chunk.reference, chunk.current)
            )
            method = options.category_method if words else options.number_method
            columns[name] = by_evidently(before, now, name, category=words, method=method)
    return columns, (_rows(chunk.reference), _rows(chunk.current))


def _rows(table: Table) -> int:
    return sum(batch.num_rows for batch in table.batches(table.columns[:1]))


def _refined(
    body: ColumnDrift, bounds: DriftBounds, reference: Table, current: Table
) -> ColumnDrift:
    """Read again, whole, the columns that their intervals leave on both sides of a limit."""
    while opened := _open(body, bounds):
        columns = dict(body.columns)
        for name, seen in opened.items():
            before, now = (read_column(t, name, category=False) for t in (reference, current))
            columns[name] = exactly(seen, before, now, name)
        body = body.model_copy(update={"columns": columns})
    return body


def _open(body: ColumnDrift, bounds: DriftBounds) -> dict[str, NumberDrift]:
    names = {q.column for q in _asked(body, bounds) if q.state is State.OPEN}
    seen = {name: body.columns[name] for name in sorted(names)}
    return {n: one for n, one in seen.items() if isinstance(one, NumberDrift) and not one.exact}


def _asked(body: ColumnDrift, bounds: DriftBounds) -> list[Question]:
    return questions(body.columns, (body.rows_reference, body.rows_current), bounds)


def _thinned(body: ColumnDrift, bounds: DriftBounds) -> ColumnDrift:
    """Keep the distributions of the worst columns alone, so that evidence stays small."""
    kept = {question.column for question in worst(_asked(body, bounds))[:_MOST_OVERLAYS]}
    columns = {
        name: seen.model_copy(update={"overlay": Overlay()})
        if isinstance(seen, NumberDrift | CategoryDrift) and name not in kept
        else seen
        for name, seen in body.columns.items()
    }
    return body.model_copy(update={"columns": columns})
