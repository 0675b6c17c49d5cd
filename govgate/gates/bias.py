"""Groups are treated alike, and enough people were looked at to say so.

Source: `measures.disparity`, `measures.intervals`; docs/reference/gates/bias.md.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures import outcomes as of
from govgate.measures.disparity import QUESTIONS, advice, answer, simultaneous_quantile
from govgate.measures.fairness import Spread
from govgate.records import (
    Answer,
    AtLeast,
    AtMost,
    Exactly,
    Finding,
    Interval,
    LabelledCell,
    Limit,
    UnlabelledCell,
    Word,
)

_Share = Annotated[float, Field(ge=0, le=1)]
_Names = Annotated[tuple[Word, ...], Field(min_length=1)]
_Groupings = Annotated[tuple[_Names, ...], BeforeValidator(of.as_groupings), Field(min_length=1)]
_NOTHING_ASKED = f"nothing is judged; set one of {', '.join(QUESTIONS)}"


class GroupOutcomes(Body):
    """How a model treated each combination of groups: one joint count table."""

    KIND: ClassVar[str] = "group-outcomes/v1"

    attributes: tuple[Word, ...] = Field(min_length=1)
    """Attributes counted; a cell's `groups` gives a value of each, "unknown" where none was."""

    cells: Annotated[tuple[LabelledCell, ...] | tuple[UnlabelledCell, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_cell_a_combination(self) -> Self:
        if fault := of.fault_in_table(self.attributes, [cell.groups for cell in self.cells]):
            raise ValueError(fault)
        return self

    def by_rate(self, grouping: tuple[str, ...]) -> of.ByRate:
        """Give rate to group to (hits, trials), for attributes that were counted."""
        people = ((c.groups, c.model_dump(exclude={"groups"})) for c in self.cells)
        return of.rates_by_group(people, [self.attributes.index(a) for a in grouping])


class BiasBounds(Bounds):
    """How unlike the groups may be; a limit on rates is off when null."""

    attributes: _Groupings
    """Attributes, and lists of attributes to cross: [sex, race, [sex, race]]."""

    max_parity_gap: _Share | None = 0.10
    """Largest difference in the share selected; null: not judged."""
    min_impact_ratio: _Share | None = 0.80
    """Lowest share selected over the highest; 0.80 is the four-fifths rule."""
    max_opportunity_gap: _Share | None = 0.10
    """Largest difference in the true positive rate."""
    max_odds_gap: _Share | None = 0.10
    """Larger of the differences in the true and in the false positive rate."""
    min_group: int = Field(default=30, ge=1)
    """People a group needs before it is judged."""
    small_groups: Literal["refuse", "set_aside"] = "refuse"
    """What a smaller group does: fail by name, or be named and left out."""
    max_set_aside: _Share = 0.05
    """Largest share of all people in groups that are left out."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """Chance that all intervals of one verdict hold together."""

    @model_validator(mode="after")
    def _asks_something_once(self) -> Self:
        on = [bound for bound in QUESTIONS if getattr(self, bound) is not None]
        if fault := of.fault_in_groupings(self.attributes) or ("" if on else _NOTHING_ASKED):
            raise ValueError(fault)
        return self


class Bias(Gate[GroupOutcomes, BiasBounds]):
    """No group is treated much unlike another, as far as the people looked at can tell."""

    title = "Groups are treated alike"

    def judge(self, body: GroupOutcomes, bounds: BiasBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        tables = {}
        for grouping in bounds.attributes:
            name = " and ".join(grouping)
            if absent := [a for a in grouping if a not in body.attributes]:
                ask, present = f"collect with the column {absent[0]}", Exactly(value="present")
                yield _found(f"attribute {name}", "absent", present, "", ask)
                continue
            table = kept = body.by_rate(grouping)
            if bounds.small_groups == "set_aside":
                kept = of.without(table, of.smaller_than(table, bounds.min_group))
            yield from _sizes(name, table, kept, bounds)
            if len(of.group_sizes(kept)) > 1:
                tables[name] = kept
        asked = {bound: q for bound, q in QUESTIONS.items() if getattr(bounds, bound) is not None}
        z = simultaneous_quantile(asked.values(), tables.values(), bounds.confidence)
        for name, table in tables.items():
            for bound, question in asked.items():
                limit = (AtLeast if question.by_ratio else AtMost)(value=getattr(bounds, bound))
                yield _compared(f"{question.about}, {name}", answer(question, table, z), limit)

    def planted(self) -> Planted[GroupOutcomes, BiasBounds]:
        """See `Gate.planted`."""

        def shown(tp: int) -> GroupOutcomes:
            pairs = (("m", 2000), ("f", tp))
            cells = (LabelledCell(groups=(g,), tp=n, fp=500, fn=2500 - n, tn=999) for g, n in pairs)
            return GroupOutcomes(attributes=("sex",), cells=tuple(cells))

        return Planted(BiasBounds(attributes=(("sex",),)), shown(2000), shown(1000))


def _sizes(name: str, table: of.ByRate, kept: of.ByRate, bounds: BiasBounds) -> Iterator[Finding]:
    small, least = of.smaller_than(table, bounds.min_group), AtLeast(value=float(bounds.min_group))
    more = f"evaluate on more people of {of.listed(small) or 'the smallest group'}"
    groups, two = float(len(of.group_sizes(kept))), AtLeast(value=2.0)
    yield _found(f"groups, {name}", groups, two, "{group}", "evaluate on people of two groups")
    if bounds.small_groups == "refuse":
        fewest = min(of.group_sizes(table).values(), default=0)
        yield _found(f"smallest group, {name}", float(fewest), least, "{person}", more)
    else:
        aside, most = of.share_in(table, small), AtMost(value=bounds.max_set_aside)
        yield _found(f"people set aside, {name}", aside, most, "1", more)


def _compared(about: str, seen: Spread | str, limit: AtMost | AtLeast) -> Finding:
    if isinstance(seen, str):
        return _found(about, "not estimable", limit, "1", seen)
    interval = Interval(low=seen.low, high=seen.high)
    finding = _found(about, seen.value, limit, "1", "").model_copy(update={"interval": interval})
    scarce = finding.answer is Answer.NOT_ENOUGH_EVIDENCE
    return finding.model_copy(update={"remedy": advice(seen, scarce=scarce)})


def _found(about: str, observed: float | str, limit: Limit, unit: str, remedy: str) -> Finding:
    return Finding(about=about, observed=observed, limit=limit, unit=unit, remedy=remedy)
