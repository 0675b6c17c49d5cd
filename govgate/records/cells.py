"""How many people of one combination of groups met which end.

In every cell `groups` gives one value for each attribute counted, "unknown" where none was
given. Where rows repeat people, `by_person` holds what the spread between people needs, as
sums over people; who they are is nowhere.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from govgate.records.base import Record

_People = Annotated[int, Field(ge=0)]
_Some = Annotated[int, Field(ge=1)]
_Column = tuple[_People, ...]
_Products = Annotated[_Column, Field(min_length=10, max_length=10)]
_Bins = Annotated[_Column, Field(min_length=16, max_length=16)]


class ByPerson(Record):
    """Sums over people of products of their rows, by what was true and what was said."""

    people: _Some
    products: Annotated[tuple[_Products, ...], Field(min_length=1)]
    """For each class (binary: one) nn nt ns nb tt ts tb ss sb bb, where a person has n rows, t
    truly of it, s said to be, b both; after several classes once more, s being what was right."""


class LabelledCell(Record):
    """People by what the model said and what was true."""

    groups: tuple[str, ...]
    tp: _People
    """Selected, and truly positive."""

    fp: _People
    """Selected, and not truly positive."""

    fn: _People
    """Passed over, though truly positive."""

    tn: _People
    """Passed over, and not truly positive."""

    by_person: ByPerson | None = None


class UnlabelledCell(Record):
    """The same where nobody knows what was true."""

    groups: tuple[str, ...]
    selected: _People
    passed_over: _People
    by_person: ByPerson | None = None


class ClassCell(Record):
    """People by class, in the order of the body's `classes`."""

    groups: tuple[str, ...]
    said: _Column
    """Said to be of each class; everybody is said to be of one."""
    truly: _Column | None
    """Truly of each; null where nobody knows."""
    both: _Column | None
    """Truly of it, and said to be."""

    by_person: ByPerson | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.truly is None) != (self.both is None):
            msg = "truly and both are known together or not at all; count again"
            raise ValueError(msg)
        if self.truly is not None and self.both is not None:
            off = [b > min(t, s) for t, s, b in zip(self.truly, self.said, self.both, strict=True)]
            if sum(self.truly) != sum(self.said) or any(off):
                msg = f"classes of {self.groups} do not add up; count again"
                raise ValueError(msg)
        return self


class Moments(Record):
    """A sum of numbers and of their squares; each the exact sum, rounded once."""

    total: float
    squares: float = Field(ge=0)
    person_squares: float | None = Field(default=None, ge=0)
    """Sum over people of the square of a person's own sum."""

    person_by_rows: float | None = None
    """Sum over people of a person's own sum, times their rows."""


class RowsByPerson(Record):
    """People, and sums over them of their rows squared: of all, and by what was true."""

    people: _Some
    squares: _Some
    truly_squares: _People | None = None
    otherwise_squares: _People | None = None


class NumberCell(Record):
    """People by how far a predicted number was off."""

    groups: tuple[str, ...]
    rows: _People
    prediction: Moments
    error: Moments | None
    """Of prediction less truth; null where nobody knows what was true."""

    absolute_error: Moments | None
    by_person: RowsByPerson | None = None


class ScoreBins(Record):
    """People by score, in 16 bins of equal width in [0, 1]."""

    people: _Bins
    truly: _Bins
    scores: Annotated[tuple[float, ...], Field(min_length=16, max_length=16)]
    """The sum of the scores of each bin's people."""

    off: Moments
    """Of score less truth, where a positive is 1."""


class ScoredCell(Record):
    """People by score, in rising order; the scores themselves are nowhere."""

    groups: tuple[str, ...]
    everyone: _Column
    truly: _Column | None
    """Those truly positive; null where nobody knows."""

    calibration: ScoreBins | None
    """Null where a score is no probability, or nobody knows what was true."""

    by_person: RowsByPerson | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if any(t > n for t, n in zip(self.truly or self.everyone, self.everyone, strict=True)):
            msg = f"more people of {self.groups} are truly positive than there are; count again"
            raise ValueError(msg)
        return self
