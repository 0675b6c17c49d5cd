"""Two distributions over the same few bins: enough for a picture, too few for a row."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from govgate.records.base import Record

_Count = Annotated[int, Field(ge=0)]
Label = Annotated[str, Field(max_length=80)]
_MOST_BINS = 20


class Overlay(Record):
    """How many values of a reference and of a current table lie in each bin."""

    labels: tuple[Label, ...] = Field(default=(), max_length=_MOST_BINS)
    reference: tuple[_Count, ...] = ()
    current: tuple[_Count, ...] = ()

    @model_validator(mode="after")
    def _one_count_a_label(self) -> Self:
        if not len(self.labels) == len(self.reference) == len(self.current):
            msg = "an overlay has not one count for each of its labels"
            raise ValueError(msg)
        return self

    @property
    def shares(self) -> dict[str, tuple[float, ...]]:
        """Both as shares of their values; none of what is empty."""
        sides = {"reference": self.reference, "current": self.current}
        return {
            name: tuple(rows / max(1, sum(counts)) for rows in counts)
            for name, counts in sides.items()
        }
