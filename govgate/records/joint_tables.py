"""Joint tables of the same people: what a model did with each combination of their groups."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from govgate.records.base import Record, Word
from govgate.records.cells import (
    ByPerson,
    ClassCell,
    LabelledCell,
    NumberCell,
    ScoredCell,
    UnlabelledCell,
)

_Cells = (
    tuple[LabelledCell, ...]
    | tuple[UnlabelledCell, ...]
    | tuple[ClassCell, ...]
    | tuple[NumberCell, ...]
)


_Numbers = list[tuple[tuple[str, ...], dict[str, Any]]]


class JointTables(Record):
    """Cells that add up to any group, and to any groups crossed."""

    attributes: tuple[Word, ...] = Field(min_length=1)
    """Attributes counted; a cell's `groups` gives a value of each, "unknown" where none was."""

    cells: _Cells = ()
    """None where scores are only ranked."""

    classes: tuple[str, ...] = ()
    """What people were put into, where they are more than selected and passed over."""

    scores: tuple[ScoredCell, ...] = ()
    alike: tuple[bool, ...] = ()
    """For each bin of scores, in rising order, whether they are all one and the same."""

    spans: Annotated[int, Field(ge=1)] | None = None
    """The most cells that one person stands in; null where each row is a person."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        mine, theirs = ([cell.groups for cell in cells] for cells in (self.cells, self.scores))
        fault = _fault_in_groups(self.attributes, mine) or _fault_in_groups(self.attributes, theirs)
        if not fault and mine and theirs and set(mine) != set(theirs):
            fault = "cells and scores are not of the same groups; count both on the same rows"
        if fault := fault or self._fault_in_counts():
            raise ValueError(fault)
        return self

    def numbers(self) -> tuple[_Numbers, _Numbers]:
        """Give cells and scores, each as groups and counts by name."""
        cells, scores = (
            [(cell.groups, cell.model_dump(exclude={"groups"})) for cell in each]
            for each in (self.cells, self.scores)
        )
        return cells, scores

    def _fault_in_counts(self) -> str:
        every = (*self.cells, *self.scores)
        if not every:
            return "nobody was counted; give cells, or scores"
        if any((cell.by_person is None) != (self.spans is None) for cell in every):
            return "spans goes with by_person in every cell; count again"
        if any(isinstance(c, ClassCell) and len(c.said) != len(self.classes) for c in self.cells):
            return f"a cell does not count {len(self.classes)} classes; count again"
        products = {
            len(c.by_person.products) for c in self.cells if isinstance(c.by_person, ByPerson)
        }
        if products - {len(self.classes) + 1}:
            return f"people are not counted for {len(self.classes)} classes; count again"
        if any(len(cell.everyone) != len(self.alike) for cell in self.scores):
            return f"a cell does not count {len(self.alike)} bins of scores; count again"
        return ""


def _fault_in_groups(attributes: Sequence[str], groups: Sequence[tuple[str, ...]]) -> str:
    """Say why cells are not one for each combination of groups; "" when they are."""
    if len({*attributes}) < len(attributes):
        return f"an attribute stands twice in {attributes}; name each once"
    if any(len(each) != len(attributes) for each in groups):
        return f"a cell does not give one group for each of {attributes}; count again"
    if len({*groups}) < len(groups):
        return "two cells count the same groups; add them up to one"
    return ""
