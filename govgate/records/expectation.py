"""What a column of a table must be, as a policy says it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from govgate.records.base import Record
from govgate.records.finding import Finding
from govgate.records.limits import AtMost, Exactly, Limit
from govgate.records.table_facts import ColumnFacts, TableFacts


class ColumnExpectation(Record):
    """What a column must be; what is null, false or empty is not demanded."""

    type: Literal["boolean", "integer", "float", "decimal", "text", "date", "timestamp"] | None = (
        None
    )
    min: float | None = None
    """Smallest value a number may have."""
    max: float | None = None
    """Largest value a number may have."""
    values: tuple[Annotated[str, Field(max_length=250)], ...] = Field(default=(), max_length=1000)
    """All values there may be, as text."""
    max_null_share: Annotated[float, Field(ge=0, le=1)] | None = None
    unique: bool = False
    """Whether no value may occur twice."""
    ascending: bool = False
    """Whether no value may be smaller than the one before, such as times."""

    def findings(self, name: str, table: TableFacts) -> Iterator[Finding]:
        """Set what was counted of a column against this.

        Args:
            name: The column's.
            table: What was counted.

        Yields:
            One finding for each demand; one alone where the column, or its counts, are not there.
        """
        facts = table.columns.get(name)
        if facts is None or facts.expected is None or facts.expected.expectation != self.digest:
            observed = "absent" if facts is None else "not counted against this policy"
            ask = f"collect again from a training table with the column {name}"
            yield _found(f"column {name}", observed, Exactly(value="present"), ask)
            return
        if self.type is not None:
            ask = f"write {name} as {self.type}"
            yield _found(f"type, {name}", facts.family, Exactly(value=self.type), ask)
        if self.max_null_share is not None:
            share, most = table.share(facts.nulls), AtMost(value=self.max_null_share)
            yield _found(f"missing values, {name}", share, most, "find out why", "1")
        for what, count in self._demanded(facts):
            ask = f"find these rows of {name}, and mend the source"
            yield _found(f"{what}, {name}", float(count), AtMost(value=0.0), ask, "{row}")

    def _demanded(self, facts: ColumnFacts) -> Iterator[tuple[str, int]]:
        counts = facts.expected
        if counts is None:
            return
        if self.min is not None or self.max is not None:
            yield "values out of range", counts.outside
        if self.values:
            yield "values not listed", counts.unlisted
        if self.unique:
            yield "repeated values", counts.repeated
        if self.ascending:
            yield "values before their predecessor", counts.backwards


def _found(about: str, seen: float | str, limit: Limit, ask: str, unit: str = "") -> Finding:
    return Finding(about=about, observed=seen, limit=limit, unit=unit, remedy=ask)
