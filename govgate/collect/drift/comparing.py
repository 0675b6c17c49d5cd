"""Two tables in, one body of evidence out: a scan of each, and a second look where it matters."""

from collections.abc import Sequence

from govgate.collect.drift.chunks import Chunk, by_profiles, rows_of
from govgate.collect.drift.exact import by_evidently, exactly, read_column
from govgate.collect.drift.options import DriftOptions
from govgate.errors import EvidenceError
from govgate.gates.drift import ColumnDrift, DriftBounds
from govgate.measures.drift.decide import Question, State, worst
from govgate.measures.drift.whole_table import questions
from govgate.ports import Profiled, Table
from govgate.records.column_drift import CategoryDrift, DriftOfColumn, NumberDrift
from govgate.records.overlay import Overlay

_AT_ONCE = 500
"""Columns counted in one scan; more are counted in several, so that memory is bounded."""
_MOST_OVERLAYS = 100
"""Columns whose distributions are kept for pictures, the worst first."""


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
    compare = _by_evidently if options.compat else by_profiles
    columns: dict[str, DriftOfColumn] = {}
    rows = (0, 0)
    for start in range(0, len(names), _AT_ONCE):
        chunk = Chunk.planned(reference, current, names[start : start + _AT_ONCE], options)
        found, rows = compare(chunk)
        columns |= found
    body = ColumnDrift(rows_reference=rows[0], rows_current=rows[1], columns=columns)
    return _thinned(_refined(body, bounds, reference, current), bounds)


def _by_evidently(chunk: Chunk) -> tuple[dict[str, DriftOfColumn], tuple[int, int]]:
    """Compare the columns of a chunk as Evidently does, one at a time.

    Raises:
        EvidenceError: There are no rows of the reference.
    """
    if isinstance(chunk.reference, Profiled):
        msg = "Evidently compares rows, and the reference is a profile without any; hand over its "
        raise EvidenceError(msg + "rows, or leave collect.compat out")
    chunk = chunk.looked()
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
    return columns, (rows_of(chunk.reference), rows_of(chunk.current))


def _refined(
    body: ColumnDrift, bounds: DriftBounds, reference: Table, current: Table
) -> ColumnDrift:
    """Read again, whole, the columns that their intervals leave on both sides of a limit."""
    if isinstance(reference, Profiled):
        return body
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
