"""What is counted of a table, frozen before anything is: only profiles of one plan add up.

Source: docs/spec/table-profile.md, "The plan".
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from govgate.profile.types import Kind
from govgate.records import Record, Word

MOST_COLUMNS = 2_000
"""A column's counts take up to 400 kB; whose table is wider names those that matter."""

MOST_ATOMS = 16
"""Each costs one comparison with every value."""

MOST_KNOWN = 256
LONGEST = 250
"""A longer text is no category; characters."""


class ColumnPlan(Record):
    """How one column is counted."""

    kind: Kind
    centre: float = 0.0
    """Middle of the grid, in the column's own unit; microseconds where moments are counted,
    characters where the lengths of texts are."""

    exponent: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    """The spread is two to this power, in the column's unit; null counts extremes alone."""

    whole: bool = False
    """Whether the values are expected to be whole numbers, so that a narrow bin holds one."""

    atoms: tuple[float, ...] = Field(default=(), max_length=MOST_ATOMS)
    """Values that many rows share, each counted exactly; ascending."""

    known: tuple[Annotated[str, Field(max_length=LONGEST)], ...] = Field(
        default=(), max_length=MOST_KNOWN
    )
    """Categories counted by name even where there are too many to count all; ascending."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for values in (self.atoms, self.known):
            if list(values) != sorted({*values}):
                msg = "atoms and known categories stand in ascending order, each once"
                raise ValueError(msg)
        if self.atoms and not self.counts_numbers:
            msg = "atoms stand on a grid; give the column one, or none of them"
            raise ValueError(msg)
        return self

    @property
    def counts_numbers(self) -> bool:
        """Whether there is a grid."""
        return self.kind != "category" and self.exponent is not None


class Plan(Record):
    """What is counted of a table."""

    columns: dict[Word, ColumnPlan] = Field(min_length=1, max_length=MOST_COLUMNS)

    cells: tuple[Annotated[tuple[Word, ...], Field(min_length=1)], ...] = ()
    """Columns crossed, each crossing counted by combination of values."""

    most_categories: Annotated[int, Field(ge=1, le=65_536)] = 4_096
    """A column with more is open: known categories are counted, the rest together."""

    most_cells: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    """More combinations of one crossing than this are refused."""
