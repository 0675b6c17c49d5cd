"""The data of today look like the data the model was made for.

Source: statistics and their readings as Evidently 0.7 gives them; docs/reference/gates/drift.md.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.records import AtLeast, AtMost, Exactly, Finding, Limit, Record, Word

_Share = Annotated[float, Field(ge=0, le=1)]


class ColumnMeasured(Record):
    """How unlike one column is in the two tables."""

    method: Word
    """Such as "Wasserstein distance (normed)"."""

    statistic: Literal["distance", "p_value"]
    """A distance grows with drift, a p-value falls."""

    value: float | None
    """None where it could not be computed, which is never taken for likeness."""

    null_share_reference: _Share
    null_share_current: _Share


class ColumnDrift(Body):
    """A reference table and a current one, compared column by column."""

    KIND: ClassVar[str] = "column-drift/v1"

    rows_reference: int = Field(ge=0)
    rows_current: int = Field(ge=0)
    columns: dict[Word, ColumnMeasured] = Field(min_length=1)


class ColumnBounds(Record):
    """Limits of one named column; null takes the limit of all."""

    max_distance: float | None = Field(default=None, ge=0)
    min_p_value: _Share | None = None
    max_null_gap: _Share | None = None


class DriftBounds(Bounds):
    """How unlike the tables may be."""

    max_distance: float = Field(default=0.1, ge=0)
    """Of a column's two distributions, where Evidently measures a distance."""
    min_p_value: _Share = 0.05
    """Of a column's test, where Evidently gives a p-value."""
    max_drifted_share: _Share = 0.10
    """Of the columns not named: twice what a p-value of 0.05 flags by chance alone."""
    max_null_gap: _Share = 0.05
    """Between the shares of missing values; distances leave missing values out."""
    columns: dict[Word, ColumnBounds] = Field(default_factory=dict)
    """Columns that must be there and must not drift, each with limits of its own."""
    min_rows: int = Field(default=200, ge=1)
    """Rows each table needs before it says anything."""


class Drift(Gate[ColumnDrift, DriftBounds]):
    """No named column drifted, few of the others did, and values did not go missing."""

    title = "Today's data look like the reference"

    def judge(self, body: ColumnDrift, bounds: DriftBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        for table, rows in (("reference", body.rows_reference), ("current", body.rows_current)):
            least = AtLeast(value=float(bounds.min_rows))
            ask = f"measure on more rows of the {table} table"
            yield _found(f"rows, {table}", float(rows), least, "{row}", ask)
        for name, own in sorted(bounds.columns.items()):
            if seen := body.columns.get(name):
                yield from _named(name, seen, _merged(bounds, own))
            else:
                ask = f"collect again from tables with the column {name}"
                yield _found(f"drift, {name}", "absent", Exactly(value="present"), "", ask)
        others = {n: seen for n, seen in body.columns.items() if n not in bounds.columns}
        if others:
            yield from _others(others, bounds)

    def planted(self) -> Planted[ColumnDrift, DriftBounds]:
        """See `Gate.planted`."""

        def shown(distance: float) -> ColumnDrift:
            seen = ColumnMeasured(
                method="Wasserstein distance (normed)",
                statistic="distance",
                value=distance,
                null_share_reference=0.0,
                null_share_current=0.0,
            )
            return ColumnDrift(rows_reference=5000, rows_current=5000, columns={"age": seen})

        return Planted(DriftBounds(), shown(0.01), shown(0.5))


def _merged(bounds: DriftBounds, own: ColumnBounds) -> DriftBounds:
    return bounds.model_copy(update=own.model_dump(exclude_none=True))


def _limit(seen: ColumnMeasured, bounds: DriftBounds) -> Limit:
    if seen.statistic == "distance":
        return AtMost(value=bounds.max_distance)
    return AtLeast(value=bounds.min_p_value)


def _null_gap(seen: ColumnMeasured) -> float:
    gap = Fraction(str(seen.null_share_current)) - Fraction(str(seen.null_share_reference))
    return float(abs(gap))


def _named(name: str, seen: ColumnMeasured, bounds: DriftBounds) -> Iterator[Finding]:
    observed = "not computable" if seen.value is None else seen.value
    ask = f"find out why {name} changed; then retrain on current data or mend the source"
    yield _found(f"drift, {name} ({seen.method})", observed, _limit(seen, bounds), "1", ask)
    ask = f"find out why values of {name} go missing, and mend the source"
    limit = AtMost(value=bounds.max_null_gap)
    yield _found(f"null gap, {name}", _null_gap(seen), limit, "1", ask)


def _others(others: Mapping[str, ColumnMeasured], bounds: DriftBounds) -> Iterator[Finding]:
    drifted = [
        name
        for name, seen in sorted(others.items())
        if seen.value is None or not _limit(seen, bounds).admits(seen.value)
    ]
    share = float(Fraction(len(drifted), len(others)))
    limit = AtMost(value=bounds.max_drifted_share)
    ask = f"find out why {', '.join(drifted) or 'columns'} changed; then retrain on current data"
    yield _found("share of drifted columns", share, limit, "1", ask)
    worst = max(sorted(others), key=lambda name: _null_gap(others[name]))
    ask = f"find out why values of {worst} go missing, and mend the source"
    limit = AtMost(value=bounds.max_null_gap)
    yield _found(f"largest null gap ({worst})", _null_gap(others[worst]), limit, "1", ask)


def _found(about: str, observed: float | str, limit: Limit, unit: str, remedy: str) -> Finding:
    return Finding(about=about, observed=observed, limit=limit, unit=unit, remedy=remedy)
