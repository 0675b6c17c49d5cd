"""How unlike one column is in two tables, as a collector saw it: numbers and counts, no row."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from govgate.records.base import Record, Word
from govgate.records.finding import Interval
from govgate.records.overlay import Label, Overlay

_Count = Annotated[int, Field(ge=0)]
_Some = Annotated[int, Field(ge=1)]


class NumberDrift(Record):
    """A column of numbers; distances lie within intervals that rounding to bins leaves open."""

    kind: Literal["number"] = "number"
    of: Literal["values", "lengths"] = "values"
    """Of a text the lengths are compared, in characters."""

    reference: _Some
    """Finite values in the reference; its other rows have none."""

    current: _Some
    ks: Interval
    """Largest difference between the two shares at or below any value, in [0, 1]."""

    wasserstein: Interval
    """Wasserstein distance over the reference's interquartile range."""

    psi: Annotated[float, Field(ge=0)]
    """Population stability index over the tenths of the reference."""

    overlay: Overlay = Overlay()

    @property
    def exact(self) -> bool:
        """True when the distances are known, not only what they lie between."""
        return self.ks.low == self.ks.high and self.wasserstein.low == self.wasserstein.high


class Turnover(Record):
    """Values of a category that are in one table and not in the other."""

    values: _Count
    rows: _Count
    """Rows that hold one of them."""

    largest_rows: _Count
    """Rows of the commonest."""

    by_chance: Annotated[float, Field(ge=0)]
    """How many such values are expected when both tables are drawn from the same people."""

    names: tuple[Label, ...] = Field(default=(), max_length=5)
    """Of the commonest, where so many rows hold them that they are nobody's own."""


class CategoryDrift(Record):
    """A column of categories, counted exactly."""

    kind: Literal["category"] = "category"
    reference: _Some
    """Rows with a value."""

    current: _Some
    values: _Count
    """Different values in both tables together."""

    jensen_shannon: Annotated[float, Field(ge=0, le=1)]
    """Jensen-Shannon distance, by the natural logarithm."""

    chi_square: Annotated[float, Field(ge=0)]
    """Statistic of homogeneity; rare values are counted as one."""

    degrees: _Count
    """Of freedom of that statistic."""

    new: Turnover
    """Values the reference does not hold."""

    vanished: Turnover
    """Values the current table no longer holds."""

    overlay: Overlay = Overlay()


class EvidentlyDrift(Record):
    """A column as Evidently measures it."""

    kind: Literal["evidently"] = "evidently"
    reference: _Some
    """Values Evidently compares: neither missing nor infinite."""

    current: _Some
    method: Word
    """Such as "Wasserstein distance (normed)"."""

    statistic: Literal["distance", "p_value"]
    """A distance grows with drift, a p-value falls."""

    value: float | None
    """None where it is no number, which is never taken for likeness."""


class NoValues(Record):
    """A column that has no value in one of the tables, or in both."""

    kind: Literal["no values"] = "no values"
    reference: _Count
    current: _Count


class NotMeasured(Record):
    """A column that was not compared, which is never taken for likeness."""

    kind: Literal["not measured"] = "not measured"
    why: Word
    """Such as "number in the reference, text in the current"."""


DriftOfColumn = Annotated[
    NumberDrift | CategoryDrift | EvidentlyDrift | NoValues | NotMeasured,
    Field(discriminator="kind"),
]


def refuse_fuller(rows: tuple[int, int], columns: Mapping[str, DriftOfColumn]) -> None:
    """Refuse a column with more values than its table has rows.

    Raises:
        ValueError: Says which.
    """
    for name, seen in columns.items():
        if isinstance(seen, NotMeasured):
            continue
        if seen.reference > rows[0] or seen.current > rows[1]:
            msg = f"column {name} has more values than rows; count again"
            raise ValueError(msg)


def evenly_shifted(rows: int, shift: float) -> DriftOfColumn:
    """Say what a shift of a uniform column looks like, in interquartile ranges."""
    ks, moved = Interval(low=shift / 2, high=shift / 2), Interval(low=shift, high=shift)
    return NumberDrift(reference=rows, current=rows, ks=ks, wasserstein=moved, psi=shift * shift)
