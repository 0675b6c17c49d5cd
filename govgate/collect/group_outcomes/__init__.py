"""Counts people by group, by what the model said and by what was true.

Source: one joint table answers every question about groups, or groups crossed; see
docs/reference/gates/bias.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from govgate.collect.group_outcomes.classes import count_classes
from govgate.collect.group_outcomes.decisions import count_decisions
from govgate.collect.group_outcomes.grouped import Asked, refuse_absent
from govgate.collect.group_outcomes.numbers import count_numbers
from govgate.collect.group_outcomes.scores import count_scores
from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.bias import BiasBounds, GroupOutcomes
from govgate.ports import Table


class GroupOutcomesOptions(Options):
    """Which columns hold what."""

    label: str | None = "label"
    """Column of what was true; null when nobody knows."""

    prediction: str = "prediction"
    """Column of what the model decided; not read where scores are ranked."""

    positive: str | int | bool | None = None
    """Value that means selected, in both columns; null takes 0 and 1, or booleans."""

    score: str | None = None
    """Column of the model's scores, for areas and calibration; where scores are ranked null
    means `score`."""

    person: str | None = None
    """Column that names the person, where several rows may be of one."""


class GroupOutcomesCollector(Collector[GroupOutcomesOptions]):
    """Adds up one joint table over the attributes that the bounds ask for."""

    kind = GroupOutcomes.KIND
    needs = ("predictions",)

    def measure(
        self, tables: Mapping[str, Table], options: GroupOutcomesOptions, bounds: Bounds
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: A column is absent or holds what it may not, or there are no rows.
        """
        if not isinstance(bounds, BiasBounds):
            msg = f"{self.kind} needs bounds that name attributes; use the bounds of gate bias"
            raise EvidenceError(msg)
        asked = Asked(
            attributes=tuple(dict.fromkeys(a for grouping in bounds.attributes for a in grouping)),
            label=options.label,
            prediction=options.prediction,
            score=options.score or ("score" if bounds.task == "ranking" else None),
            person=options.person,
            positive=options.positive,
            probabilities=not {"max_calibration_error", "max_calibration_gap"}.isdisjoint(
                bounds.asked
            ),
        )
        table = tables["predictions"]
        refuse_absent(table.columns, asked.columns(bounds.task))
        parts = [count(table, asked) for count in _counts(bounds, asked)]
        body: dict[str, Any] = {}
        for part in parts:
            body |= part.body
        body |= {"attributes": asked.attributes}
        if asked.person is not None:
            body |= {"spans": parts[0].spans}
        return Measured(GroupOutcomes(**body), parts[0].population)


def _counts(bounds: BiasBounds, asked: Asked) -> Iterator[Any]:
    if bounds.task != "ranking":
        yield {
            "binary": count_decisions,
            "multi-class": count_classes,
            "regression": count_numbers,
        }[bounds.task]
    if asked.score is not None and bounds.task in {"binary", "ranking"}:
        yield count_scores
