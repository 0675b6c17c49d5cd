"""What was found in a column: kinds and counts, never a value."""

from typing import Literal

from pydantic import Field

from govgate.records import Record

Decided = Literal["identifier", "suspected", "none"]
"""How sure we are; "suspected" is for a person to look at, and not a no."""


class IdentifierOptions(Record):
    """What to look for, and how hard."""

    regions: tuple[str, ...] = ("US",)
    """Whose telephone numbers are written without "+", as ISO 3166 codes, such as ("DE", "AT")."""

    kinds: tuple[str, ...] = ()
    """Names of the kinds to look for; none given means all."""

    sample: int = Field(default=5_000, ge=100, le=100_000)
    """So many distinct values of a column, and of each kind's matches, are looked at closely."""


class Found(Record):
    """One kind of identifier in one column."""

    kind: str
    """Such as "email"."""

    rows: int = Field(ge=0)
    """Rows whose cell has the form: all were counted, and where there are more distinct ones than
    the sample holds, reduced by the share that a closer look ruled out."""

    matches: int = Field(ge=0)
    """Distinct cells with the form that were looked at closely."""

    valid: int = Field(ge=0)
    """Those of `matches` whose checksum and ranges hold."""

    whole: int = Field(ge=0)
    """Those of `valid` that hold the identifier and nothing else."""

    share: float = Field(ge=0, le=1)
    """`rows` times the share of valid matches, of all rows that are not null."""

    chance: float = Field(ge=0, le=1)
    """Share of arbitrary text of that form that would be valid."""

    lift: float = Field(ge=0)
    """How many times more often than by chance the matches are valid."""

    named: bool
    """The column's name says that it holds this kind."""

    decision: Decided
    why: str
    """One sentence, without a value."""


class ColumnIdentifiers(Record):
    """What one column holds."""

    column: str
    rows: int = Field(ge=0)
    nulls: int = Field(ge=0)
    looked_at: int = Field(ge=0)
    """Distinct values in the sample; 0 where nothing could be looked at."""

    unique: float = Field(ge=0, le=1)
    """Share of the sampled values that stand in one row only; 1 means a key of each row."""

    cut: int = Field(ge=0)
    """Cells too long to be looked at whole."""

    found: tuple[Found, ...]
    """Kinds decided to be identifiers first, then suspected ones, then those ruled out."""

    linkable: bool
    """A token in nearly every row that no other row has: it links rows to other tables."""

    decision: Decided
    """The strongest of `found`."""

    why: str
    """One sentence, without a value."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that were decided to be there, or are suspected."""
        return tuple(one.kind for one in self.found if one.decision != "none")
