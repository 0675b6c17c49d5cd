"""The questions asked of how groups are treated, and how each is answered.

Source: demographic parity, Dwork et al. 2012, arXiv:1104.3913; equal opportunity and
equalised odds, Hardt et al. 2016, arXiv:1610.02413; four-fifths rule, 29 CFR 1607.4(D);
predictive parity, Chouldechova 2017, arXiv:1610.07524; calibration by group, Pleiss et al. 2017,
arXiv:1709.02012; areas across groups, Kallus and Zhou 2019, arXiv:1902.05826.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter
from typing import Literal

from govgate.measures import tables as seen
from govgate.measures.fairness import Spread, largest_gap, smallest_ratio, worst
from govgate.measures.intervals import Estimate, simultaneous_z
from govgate.measures.tables import Key, Statistic, Table

_CLASSES = ("binary", "multi-class")
_THRESHOLD = "reweigh or resample the training data, or move the decision threshold"
_FIT = "reweigh or resample the training data, or give the model what it lacks to know of them"
_RECALIBRATE = "recalibrate the scores on people of each group"


@dataclass(frozen=True)
class Question:
    """What is compared between every two groups."""

    about: str
    of: tuple[str, ...]
    """Names of what is seen in a group."""

    tasks: tuple[str, ...] = _CLASSES
    """Where it may be asked."""

    by: Literal["gap", "ratio", "worst"] = "gap"
    cure: str = _THRESHOLD
    most: float = 1.0
    """What no gap can exceed."""

    unit: str = "1"


_RANKED = (*_CLASSES, "ranking")
_SCORED = ("binary", "ranking")
QUESTIONS = {
    "max_parity_gap": Question("parity gap", (seen.SELECTION,), _RANKED),
    "min_impact_ratio": Question("impact ratio", (seen.SELECTION,), _RANKED, "ratio"),
    "max_opportunity_gap": Question("opportunity gap", (seen.TRUE_POSITIVE,)),
    "max_odds_gap": Question("odds gap", (seen.TRUE_POSITIVE, seen.FALSE_POSITIVE)),
    "max_precision_gap": Question("precision gap", (seen.PRECISION,)),
    "max_accuracy_gap": Question("accuracy gap", (seen.ACCURACY,), cure=_FIT),
    "max_auc_gap": Question("AUC gap", (seen.AREA,), _SCORED, cure=_FIT),
    "max_crossed_auc_gap": Question(
        "crossed AUC gap", (seen.AREA_OVER_ALL, seen.AREA_UNDER_ALL), _SCORED, cure=_RECALIBRATE
    ),
    "max_calibration_error": Question(
        "calibration error", (seen.CALIBRATION,), _SCORED, "worst", _RECALIBRATE
    ),
    "max_calibration_gap": Question("calibration gap", (seen.OFF,), _SCORED, cure=_RECALIBRATE),
    "max_error_gap": Question(
        "error gap", (seen.ERROR,), ("regression",), "gap", _FIT, math.inf, "{label}"
    ),
    "max_absolute_error_gap": Question(
        "absolute error gap",
        (seen.ABSOLUTE_ERROR,),
        ("regression",),
        "gap",
        _FIT,
        math.inf,
        "{label}",
    ),
    "max_prediction_gap": Question(
        "prediction gap", (seen.PREDICTION,), ("regression",), "gap", _FIT, math.inf, "{label}"
    ),
}
"""Name of the bound to the question it limits."""

_NEEDS = {
    seen.SELECTION: "who are ranked, at least as many as `top`",
    seen.TRUE_POSITIVE: "who are truly positive",
    seen.FALSE_POSITIVE: "who are truly negative",
    seen.PRECISION: "whom the model selects",
    seen.AREA: "who are truly positive, and who are truly negative",
    seen.AREA_OVER_ALL: "who are truly positive",
    seen.AREA_UNDER_ALL: "who are truly negative",
}
"""Of whom there must be some; of the others two."""


def simultaneous_quantile(
    questions: Collection[Question], tables: Collection[Table], confidence: float
) -> float:
    """Give the normal quantile at which every interval of every question holds together.

    One interval is made for each two groups of each table, for each class and each thing
    compared; what two questions compare in the same way counts once. Where each group stands
    for itself there is one for each.

    Args:
        questions: What is asked of every table.
        tables: One for each attribute or crossing of attributes.
        confidence: Chance that all intervals cover their truth, in (0, 1).
    """
    made = {(question.by, name) for question in questions for name in question.of}
    intervals = 0
    for table in tables:
        for by, name in made:
            for groups in map(len, table.of(name).values()):
                intervals += groups if by == "worst" else groups * (groups - 1) // 2
    return simultaneous_z(confidence, max(1, intervals))


def answer(question: Question, table: Table, z: float) -> Spread | str:
    """Compare every two groups of a table.

    Args:
        question: What to compare.
        table: Two groups or more.
        z: Normal quantile for each interval.

    Returns:
        The largest gap, smallest ratio or worst value with its limits; or, where it cannot be
        estimated, what would make it so.
    """
    asked = {key: groups for name in question.of for key, groups in table.of(name).items()}
    if {name for name, _ in asked} < {*question.of}:
        return f"{_unseen(question)}, or do not ask for the {question.about}"
    for key, groups in asked.items():
        if empty := sorted(name for name, statistic in groups.items() if statistic is None):
            return _nobody(key, empty)
    spreads = []
    for key, groups in asked.items():
        spread = _compared(question, groups, z)
        if spread is None:
            return f"evaluate a model that selects somebody{_of_class(key)}"
        spreads.append(replace(spread, of=_of_class(key)))
    return _joined(question, spreads)


def by_group(
    question: Question, table: Table, z: float, most: int
) -> tuple[Key, dict[str, Estimate]] | None:
    """Give what was seen in each group, where a question found the groups furthest apart.

    Args:
        question: What was asked.
        table: Two groups or more.
        z: Normal quantile for each interval.
        most: Groups to give; of more the lowest and the highest.

    Returns:
        What is seen, and group to it in rising order; None where it cannot be estimated.
    """
    asked = [(key, groups) for name in question.of for key, groups in table.of(name).items()]
    found = [(key, {g: s.at(z) for g, s in by.items() if s is not None}) for key, by in asked]
    whole = [(key, by) for key, by in found if len(by) > 1]
    if not whole:
        return None
    key, by = max(whole, key=lambda one: _reach(one[1]))
    rising = sorted(by, key=lambda group: (by[group].value, group))
    kept = rising if len(by) <= most else rising[: most // 2] + rising[-(most // 2) :]
    return key, {group: by[group] for group in kept}


def advice(question: Question, found: Spread, *, scarce: bool) -> str:
    """Say what to do about groups that stand apart, or seem to.

    Args:
        question: What was asked.
        found: What was measured.
        scarce: True when it is not sure that they do.
    """
    more = f"not enough evidence: evaluate on more people of {found.scarce}"
    if found.lowest == found.highest:  # every value seen is the same
        return more if scarce else ""
    todo = f"{found.lowest} is lowest and {found.highest} highest{found.of}: {question.cure}"
    return f"{more}; or {todo}" if scarce else todo


def _compared(
    question: Question, groups: Mapping[str, Statistic | None], z: float
) -> Spread | None:
    estimates = {name: statistic.at(z) for name, statistic in groups.items() if statistic}
    if question.by == "ratio":
        return smallest_ratio(estimates)
    if question.by == "worst":
        return worst(estimates)
    return largest_gap(estimates, question.most)


def _reach(estimates: Mapping[str, Estimate]) -> Fraction:
    values = [estimate.value for estimate in estimates.values()]
    return max(values) - min(values)


def _joined(question: Question, spreads: list[Spread]) -> Spread:
    """Give the widest of several gaps, or the smallest of several ratios, with its limits."""
    if question.by == "ratio":
        furthest, unsure = (min(spreads, key=attrgetter(end)) for end in ("value", "low"))
        high = min(spread.high for spread in spreads)
        return replace(furthest, low=unsure.low, high=high, scarce=unsure.scarce)
    furthest, unsure = (max(spreads, key=attrgetter(end)) for end in ("value", "high"))
    low = max(spread.low for spread in spreads)
    return replace(furthest, low=low, high=unsure.high, scarce=unsure.scarce)


def _unseen(question: Question) -> str:
    """Say how what was not counted would have been."""
    if seen.CALIBRATION in question.of or seen.OFF in question.of:
        return "measure with labels and with scores that are probabilities (collect.score)"
    if "AUC" in question.about:
        return "measure with labels and scores (collect.label, collect.score)"
    return f"measure with labels (collect.label) and for this rule's task, {question.tasks[0]}"


def _nobody(key: Key, groups: list[str]) -> str:
    if key[0] not in _NEEDS:
        return f"evaluate on more people of {', '.join(groups)}: there is one, or none"
    names = ", ".join(groups)
    return f"evaluate on people of {names} {_NEEDS[key[0]]}{_of_class(key)}: there are none"


def _of_class(key: Key) -> str:
    return f" of class {key[1]}" if key[1] else ""


def asked_of(task: str, top: int | None, limits: Mapping[str, float | None]) -> dict[str, float]:
    """Give the bounds that are judged, with their limits.

    Args:
        task: "binary", "multi-class", "regression" or "ranking".
        top: How many people are selected by rank; None: nobody is.
        limits: Bound to its limit; None where it is off.
    """
    asked = {bound: limits.get(bound) for bound in QUESTIONS if _may_ask(bound, task, top)}
    return {bound: limit for bound, limit in asked.items() if limit is not None}


def fault_in_questions(
    task: str, top: int | None, given: Mapping[str, float | None], asked: Collection[str]
) -> str:
    """Say why bounds ask for nothing, or for what a task cannot answer; "" when they do not.

    Args:
        task: As for `asked_of`.
        top: As for `asked_of`.
        given: Bounds that were written out, with their limits.
        asked: Bounds that are judged.
    """
    if top is not None and task != "ranking":
        return f"`top` selects by rank, which {task} does not; leave it out, or set task: ranking"
    for bound in QUESTIONS:
        if given.get(bound) is not None and not _may_ask(bound, task, top):
            more = ", or set `top`" if _may_ask(bound, task, 1) else ""
            return f"{bound} is not asked where task is {task}; leave it out{more}"
    able = ", ".join(bound for bound in QUESTIONS if _may_ask(bound, task, 1))
    return "" if asked else f"nothing is judged; set one of {able}"


def _may_ask(bound: str, task: str, top: int | None) -> bool:
    question = QUESTIONS[bound]
    selects = seen.SELECTION in question.of
    return task in question.tasks and (top is not None or task != "ranking" or not selects)
