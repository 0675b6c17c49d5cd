"""What a release gives away, in numbers that show no row and no value."""

from typing import Annotated, Literal

from pydantic import Field

from govgate.records.base import Record, Word

_Count = Annotated[int, Field(ge=0)]
_Some = Annotated[int, Field(ge=1)]
_Share = Annotated[float, Field(ge=0, le=1)]


class QuasiIdentifier(Record):
    """One column by which somebody may find a person, and what it adds to the others."""

    distinct: _Count
    """Distinct values that are not missing."""

    missing: _Count
    """Rows without one; "missing" is a value like others."""

    classes_without: _Some
    """Classes that were left if nobody saw this column."""

    k_without: _Some
    """Rows of the smallest of those."""


class SensitiveColumn(Record):
    """What the classes give away of one sensitive column; the worst class counts."""

    ordered: bool
    """Whether t is the ordered distance."""

    distinct: _Count
    """Distinct values that are not missing."""

    missing: _Count
    """Rows without one: out of l, entropy and alpha, a value like others for t, beta and delta."""

    l: _Count  # noqa: E741 -- the name of the measure
    entropy_l: Annotated[float, Field(ge=0)]
    alpha: _Share
    t: _Share
    beta: Annotated[float, Field(ge=0)]
    delta: Annotated[float, Field(ge=0)]


class ClassSizes(Record):
    """How many classes have so many rows."""

    size_from: _Some
    size_to: _Some
    """Included."""

    classes: _Some
    rows: _Some

    @property
    def said(self) -> str:
        """Such as "3" or "17 to 32"."""
        one = self.size_from == self.size_to
        return f"{self.size_from}" if one else f"{self.size_from} to {self.size_to}"


class ReleasePopulation(Record):
    """The people whom the release is a part of, as far as they are known."""

    people: _Some
    k: _Some | None
    """People who look like the rows of a class, the fewest; None where nobody counted them."""

    matched: Annotated[float, Field(ge=0)] | None
    """Rows that somebody who matches all to the population is expected to match rightly."""

    uniques: Annotated[float, Field(ge=0)]
    """Rows that stand alone in the population too: an estimate, where `k` was not counted."""

    uniques_high: Annotated[float, Field(ge=0)]
    """Upper end of the estimate; `uniques` itself where it was counted."""


class IdentifierSeen(Record):
    """A kind of personal identifier that a column holds; never which."""

    kind: Word
    """Such as "email"."""

    rows: _Some
    """With such a value."""

    share: _Share
    """Of the rows that hold anything."""

    decision: Literal["identifier", "suspected"]
    """How sure we are."""

    @property
    def said(self) -> str:
        """Such as "120 x email" or "9 x phone (suspected)"."""
        doubt = "" if self.decision == "identifier" else " (suspected)"
        return f"{self.rows} x {self.kind}{doubt}"
