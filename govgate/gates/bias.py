"""Groups are treated alike, and enough people were looked at to say so.

Source: `measures.disparity`, `measures.intervals`; docs/reference/gates/bias.md.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.measures import disparity as ask
from govgate.measures import outcomes as of
from govgate.measures.counted import Counted
from govgate.measures.judged import Judged, Observed
from govgate.plot import Plot, Span, Spans
from govgate.records import Answer, AtLeast, AtMost, Exactly, Finding, Interval, Limit, Word
from govgate.records.cells import LabelledCell
from govgate.records.joint_tables import JointTables

_Share = Annotated[float, Field(ge=0, le=1)] | None
_Units = Annotated[float, Field(ge=0)] | None
_Names = Annotated[tuple[Word, ...], Field(min_length=1)]
_Groupings = Annotated[tuple[_Names, ...], BeforeValidator(of.as_groupings), Field(min_length=1)]


class GroupOutcomes(JointTables, Body):
    """How a model treated each combination of groups."""

    KIND: ClassVar[str] = "group-outcomes/v1"


class BiasBounds(Bounds):
    """How unlike the groups may be; a limit on rates is off when null."""

    attributes: _Groupings
    """Attributes, and lists of attributes to cross: [sex, race, [sex, race]]."""
    task: Literal["binary", "multi-class", "regression", "ranking"] = "binary"
    """What the model does; of several classes each is set against all the others."""
    max_parity_gap: _Share = 0.10
    """Largest difference in the share selected; null: not judged."""
    min_impact_ratio: _Share = 0.80
    """Lowest share selected over the highest; 0.80 is the four-fifths rule."""
    max_opportunity_gap: _Share = 0.10
    """Largest difference in the true positive rate."""
    max_odds_gap: _Share = 0.10
    """Larger of the differences in the true and in the false positive rate."""
    max_precision_gap: _Share = None
    """Largest difference in the share of those selected who are truly positive."""
    max_accuracy_gap: _Share = None
    """Largest difference in the share of people judged rightly."""
    max_auc_gap: _Share = None
    """Largest difference in how often a positive outranks a negative of the same group."""
    max_crossed_auc_gap: _Share = None
    """The same against everybody's negatives, and against everybody's positives."""
    max_calibration_error: _Share = None
    """Largest expected calibration error of any group."""
    max_calibration_gap: _Share = None
    """Largest difference in mean score less share truly positive."""
    max_error_gap: _Units = None
    """Largest difference in the mean error, in the label's unit."""
    max_absolute_error_gap: _Units = None
    """Largest difference in the mean absolute error, in the label's unit."""
    max_prediction_gap: _Units = None
    """Largest difference in the mean prediction, in the label's unit."""
    top: Annotated[int, Field(ge=1)] | None = None
    """How many people with the highest scores are selected, where scores are ranked."""
    min_group: int = Field(default=30, ge=1)
    """People a group needs before it is judged."""
    small_groups: Literal["refuse", "set_aside"] = "refuse"
    """What a smaller group does: fail by name, or be named and left out."""
    max_set_aside: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Largest share of all people in groups that are left out."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """Chance that all intervals of one verdict hold together."""

    @model_validator(mode="after")
    def _asks_something_once(self) -> Self:
        given = self.model_dump(include=self.model_fields_set)
        fault = ask.fault_in_questions(self.task, self.top, given, self.asked)
        if fault := of.fault_in_groupings(self.attributes) or fault:
            raise ValueError(fault)
        return self

    @property
    def asked(self) -> dict[str, float]:
        """Bound to its limit, for what is judged."""
        return ask.asked_of(self.task, self.top, self.model_dump())


class Bias(Gate[GroupOutcomes, BiasBounds]):
    """No group is treated much unlike another, as far as the people looked at can tell."""

    title = "Groups are treated alike"

    def judge(self, body: GroupOutcomes, bounds: BiasBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        present = Exactly(value="present")
        for grouping in bounds.attributes:
            if absent := [a for a in grouping if a not in body.attributes]:
                about, remedy = f"attribute {' and '.join(grouping)}", "collect with the column "
                yield _found(Observed(about, "absent", "", remedy=remedy + absent[0]), present)
        judged = _judged(body, bounds)
        for one in (*judged.sizes(bounds.max_set_aside), *judged.answers()):
            yield _found(one, _limit(one))

    def plots(self, body: GroupOutcomes, bounds: BiasBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`: the gaps against their limits, then the groups they lie between."""
        judged, asked = _judged(body, bounds), bounds.asked
        gaps = ((q.about, d, q.unit, (asked[bound],)) for bound, q, d in judged.gaps())
        groups = ((title, drawn, q.unit, ()) for title, q, drawn in judged.groups())
        drawn = (*gaps, *groups)
        return tuple(Spans(t, tuple(Span(*one) for one in d), u, at) for t, d, u, at in drawn)

    def planted(self) -> Planted[GroupOutcomes, BiasBounds]:
        """See `Gate.planted`."""

        def shown(tp: int) -> GroupOutcomes:
            pairs = (("m", 2000), ("f", tp))
            cells = (LabelledCell(groups=(g,), tp=n, fp=500, fn=2500 - n, tn=999) for g, n in pairs)
            return GroupOutcomes(attributes=("sex",), cells=tuple(cells))

        return Planted(BiasBounds(attributes=(("sex",),)), shown(2000), shown(1000))


def _judged(body: GroupOutcomes, bounds: BiasBounds) -> Judged:
    known = [grouping for grouping in bounds.attributes if {*grouping} <= {*body.attributes}]
    places = {" and ".join(g): [body.attributes.index(a) for a in g] for g in known}
    cells, scores = body.numbers()
    counted = Counted(cells, scores, body.classes, body.alike, body.spans or 1)
    few, aside = bounds.min_group, bounds.small_groups == "set_aside"
    return Judged(counted, places, bounds.asked, bounds.confidence, few, aside, bounds.top)


def _limit(one: Observed) -> Limit:
    return AtLeast(value=one.least) if one.least is not None else AtMost(value=one.most or 0.0)


def _found(one: Observed, limit: Limit) -> Finding:
    within = Interval(low=one.spread.low, high=one.spread.high) if one.spread else None
    about, seen, unit = one.about, one.seen, one.unit
    found = Finding(about=about, observed=seen, limit=limit, unit=unit, interval=within)
    remedy = one.advice(scarce=found.answer is Answer.NOT_ENOUGH_EVIDENCE)
    return found.model_copy(update={"remedy": remedy})
