"""What was counted of a table: never a value of a row."""

from collections.abc import Container
from typing import Annotated

from pydantic import Field

from govgate.records.base import Digest, Record, Word

_Count = Annotated[int, Field(ge=0)]


class ExpectationCounts(Record):
    """How many values of a column are not as expected."""

    expectation: Digest
    """Of the expectation they were counted against."""

    outside: _Count = 0
    """Values below `min` or above `max`."""

    unlisted: _Count = 0
    """Values that are not among `values`."""

    repeated: _Count = 0
    """Values that equal an earlier one, a missing one among them."""

    backwards: _Count = 0
    """Values smaller than the one before."""


class ColumnFacts(Record):
    """What was counted of a column."""

    family: Word
    """Such as "integer"."""

    nulls: _Count
    """Missing values: null or NaN."""

    constant: bool
    """Whether all rows hold the same, or nothing."""

    told: Annotated[float, Field(ge=0, le=1)] | None = None
    """How well the column tells the label (lambda); None where it was not measured."""

    expected: ExpectationCounts | None = None


class TableFacts(Record):
    """What was counted of a table."""

    rows: _Count
    repeated_rows: _Count
    """Rows that equal an earlier one, identifiers left out."""

    columns: dict[Word, ColumnFacts] = Field(min_length=1)

    def share(self, count: int) -> float:
        """Give a count of rows as a share of all; 0 of no rows."""
        return count / self.rows if self.rows else 0.0

    def emptiest(self, but: Container[str] = ()) -> tuple[str, float]:
        """Name the column with most missing values, and their share; ("", 0) where there is none.

        Args:
            but: Columns that do not count.
        """
        nulls = {n: c.nulls for n, c in sorted(self.columns.items()) if n not in but}
        name = max(nulls, key=lambda column: nulls[column], default="")
        return name, self.share(nulls.get(name, 0))

    @property
    def constants(self) -> tuple[str, ...]:
        """Columns that hold the same in every row."""
        return tuple(sorted(n for n, column in self.columns.items() if column.constant))

    @property
    def teller(self) -> tuple[str, float | None]:
        """Name the column that tells most of the label, and how well; ("", None) if none does."""
        told = {n: c.told for n, c in sorted(self.columns.items()) if c.told is not None}
        name = max(told, key=lambda column: told[column], default="")
        return name, told.get(name)


class DataFacts(Record):
    """A training table, and how it stands to the test table."""

    train: TableFacts
    test: TableFacts | None = None
    shared_rows: _Count | None = None
    """Rows of the test table that are in the training table too; None without a test table."""

    label_counts: tuple[_Count, ...] = ()
    """Rows of each class, without its name; none where no label of few classes was counted."""

    @property
    def shared_share(self) -> float | None:
        """Share of the test rows that are training rows; None where it was not measured."""
        if self.test is None or self.shared_rows is None:
            return None
        return self.test.share(self.shared_rows)

    @property
    def rarest_share(self) -> float | None:
        """Share of the smallest class of the label; None where it was not measured."""
        rows = sum(self.label_counts)
        return min(self.label_counts) / rows if rows else None
