"""The data of today look like the data the model was made for.

Source: `measures.drift`; docs/reference/gates/drift.md.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures.drift import questions as of
from govgate.measures.drift import whole_table
from govgate.measures.drift.decide import Question, drifted_share, worst
from govgate.plot import Bars, Plot, Span, Spans
from govgate.records import AtLeast, AtMost, Exactly, Finding, Interval, Limit, Word
from govgate.records import column_drift as nouns
from govgate.records.column_bounds import ColumnBounds

_PICTURED, _OVERLAID = 12, 3
_Share = Annotated[float, Field(ge=0, le=1)]
_Distance = Annotated[float, Field(ge=0)]


class ColumnDrift(Body):
    """A reference table and a current one, compared column by column."""

    KIND: ClassVar[str] = "column-drift/v1"

    rows_reference: int = Field(ge=0)
    rows_current: int = Field(ge=0)
    columns: dict[Word, nouns.DriftOfColumn] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_more_values_than_rows(self) -> Self:
        nouns.refuse_fuller((self.rows_reference, self.rows_current), self.columns)
        return self


class DriftBounds(Bounds):
    """How unlike the tables may be."""

    max_distance: _Distance = 0.1
    """Numbers: Wasserstein over the interquartile range; categories: Jensen-Shannon."""
    max_psi: _Distance = 0.1
    """Numbers: stability index over tenths; under 0.1 is the trade's "no change"."""
    max_new_share: _Share = 0.001
    """Of rows whose category the reference does not hold."""
    max_vanished_share: _Share = 0.01
    """Of the reference's rows whose category is not seen any more."""
    max_null_gap: _Share = 0.05
    """Between the shares of values that are missing, NaN or infinite."""
    max_drifted_share: _Share = 0.0
    """Of the columns not named."""
    max_hidden: _Share = 0.25
    """Largest change the rows may hide: more columns, or fewer values, hide more."""
    significance: float = Field(default=0.01, gt=0, le=0.5)
    """Chance that an undrifted table is refused, all columns and tests together."""
    min_p_value: _Share = 0.05
    """Of a test of Evidently's, where evidence was collected with compat: evidently."""
    columns: dict[Word, ColumnBounds] = Field(default_factory=dict)
    """Columns that must be there and must not drift, each with limits of its own."""
    min_rows: int = Field(default=200, ge=1)
    """Rows each table needs before it says anything."""


class Drift(Gate[ColumnDrift, DriftBounds]):
    """No column changed more than the policy tolerates and chance explains."""

    title = "Today's data look like the reference"

    def judge(self, body: ColumnDrift, bounds: DriftBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        for table, rows in (("reference", body.rows_reference), ("current", body.rows_current)):
            least = AtLeast(value=float(bounds.min_rows))
            ask = f"measure on more rows of the {table} table"
            yield _found(f"rows, {table}", float(rows), least, "{row}", ask)
        asked = _questions(body, bounds)
        for name in sorted(bounds.columns):
            yield from _named(name, body, [q for q in asked if q.column == name])
        if rest := [name for name in body.columns if name not in bounds.columns]:
            others = [q for q in asked if q.column not in bounds.columns]
            yield from _others(body, others, rest, bounds.max_drifted_share)
        if hidden := whole_table.hidden(body.columns, asked, bounds):
            ask = f"measure on more rows that have a value in {hidden.column}, or leave it out"
            about, most = f"change the rows may hide, {hidden.column}", AtMost(value=hidden.limit)
            yield _found(about, hidden.size, most, "1", ask)

    def plots(self, body: ColumnDrift, bounds: DriftBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        first = worst(q for q in _questions(body, bounds) if q.in_limits)[:_PICTURED]
        spans = (Span(f"{q.about}, {q.column}", *q.in_limits) for q in first if q.in_limits)
        over = [(q.column, body.columns[q.column]) for q in first[:_OVERLAID]]
        bars = (
            Bars(name, seen.overlay.labels, seen.overlay.shares, "share of values")
            for name, seen in over
            if isinstance(seen, nouns.NumberDrift | nouns.CategoryDrift) and seen.overlay.labels
        )
        return (Spans("Changes, in units of their limits", tuple(spans), "1", (1.0,)), *bars)

    def planted(self) -> Planted[ColumnDrift, DriftBounds]:
        """See `Gate.planted`."""
        ages = ({"age": nouns.evenly_shifted(5000, by)} for by in (0.01, 0.5))
        good, bad = (ColumnDrift(rows_reference=5000, rows_current=5000, columns=a) for a in ages)
        return Planted(DriftBounds(), good, bad)


def _questions(body: ColumnDrift, bounds: DriftBounds) -> list[Question]:
    rows = body.rows_reference, body.rows_current
    return whole_table.questions(body.columns, rows, bounds)


def _named(name: str, body: ColumnDrift, asked: list[Question]) -> Iterator[Finding]:
    seen = body.columns.get(name)
    if seen is None:
        ask = f"collect again from tables with the column {name}"
        yield _found(f"drift, {name}", "absent", Exactly(value="present"), "", ask)
    elif isinstance(seen, nouns.NotMeasured):
        yield _found(f"drift, {name}", seen.why, Exactly(value="measured"), "", of.MEASURE)
    yield from (_told(question) for question in asked)


def _others(
    body: ColumnDrift, asked: list[Question], rest: list[str], most: float
) -> Iterator[Finding]:
    shapes = [q for q in worst(q for q in asked if q.about != of.MISSING) if q.state]
    share, ask = drifted_share(shapes, len(rest)), of.look_at(shapes)
    yield _found("share of drifted columns", share, AtMost(value=most), "1", ask)
    if missing := worst(q for q in asked if q.about == of.MISSING):
        yield _told(missing[0])
    left = {n: seen.why for n in rest if isinstance(seen := body.columns[n], nouns.NotMeasured)}
    ask = of.MEASURE + of.listed_with(left)
    yield _found("columns not measured", float(len(left)), AtMost(value=0.0), "{column}", ask)


def _told(asked: Question) -> Finding:
    limit = (AtLeast if asked.told_by_test else AtMost)(value=asked.bar)
    return _found(f"{asked.told}, {asked.column}", asked.seen, limit, "1", of.advice(asked))


def _found(
    about: str, seen: float | str | tuple[float, float], limit: Limit, unit: str, remedy: str
) -> Finding:
    if isinstance(seen, tuple):
        between = None if seen[0] == seen[1] else Interval(low=seen[0], high=seen[1])
        plain = _found(about, sum(seen) / 2, limit, unit, remedy)
        return plain.model_copy(update={"interval": between})
    return Finding(about=about, observed=seen, limit=limit, unit=unit, remedy=remedy)
