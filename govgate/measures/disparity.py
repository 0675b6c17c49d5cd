"""The four questions asked of how groups are treated, and how each is answered.

Source: demographic parity, Dwork et al. 2012, arXiv:1104.3913; equal opportunity and
equalised odds, Hardt et al. 2016, arXiv:1610.02413; four-fifths rule, 29 CFR 1607.4(D).
"""

from collections.abc import Collection
from dataclasses import dataclass

from govgate.measures.fairness import Spread, largest_gap_of, smallest_ratio, without_trials
from govgate.measures.intervals import simultaneous_z
from govgate.measures.outcomes import FALSE_POSITIVE, SELECTION, TRUE_POSITIVE, ByRate


@dataclass(frozen=True)
class Question:
    """What is compared between every two groups."""

    about: str
    rates: tuple[str, ...]
    by_ratio: bool = False


QUESTIONS = {
    "max_parity_gap": Question("parity gap", (SELECTION,)),
    "min_impact_ratio": Question("impact ratio", (SELECTION,), by_ratio=True),
    "max_opportunity_gap": Question("opportunity gap", (TRUE_POSITIVE,)),
    "max_odds_gap": Question("odds gap", (TRUE_POSITIVE, FALSE_POSITIVE)),
}
"""Name of the bound to the question it limits."""


def simultaneous_quantile(
    questions: Collection[Question], tables: Collection[ByRate], confidence: float
) -> float:
    """Give the normal quantile at which every interval of every question holds together.

    One interval is made for each two groups of each table, for each rate compared; a rate
    that two questions compare in the same way counts once.

    Args:
        questions: What is asked of every table.
        tables: One for each attribute or crossing of attributes.
        confidence: Chance that all intervals cover their truth, in (0, 1).
    """
    made = {(q.by_ratio, rate) for q in questions for rate in q.rates}
    intervals = sum(
        len(table[rate]) * (len(table[rate]) - 1) // 2
        for table in tables
        for _, rate in made
        if rate in table
    )
    return simultaneous_z(confidence, max(1, intervals))


def answer(question: Question, table: ByRate, z: float) -> Spread | str:
    """Compare every two groups of a table.

    Args:
        question: What to compare.
        table: Two groups or more.
        z: Normal quantile for each interval.

    Returns:
        The largest gap or smallest ratio with its limits; or, where it cannot be estimated,
        what would make it so.
    """
    if any(rate not in table for rate in question.rates):
        return f"measure with labels (collect.label), or do not ask for the {question.about}"
    for rate in question.rates:
        if empty := without_trials(table[rate]):
            kind = "positive" if rate == TRUE_POSITIVE else "negative"
            return f"evaluate on people of {', '.join(empty)} who are truly {kind}: there are none"
    if not question.by_ratio:
        return largest_gap_of([table[rate] for rate in question.rates], z)
    return smallest_ratio(table[question.rates[0]], z) or "evaluate a model that selects somebody"


def advice(seen: Spread, *, scarce: bool) -> str:
    """Say what to do about groups that stand apart, or seem to.

    Args:
        seen: What was measured.
        scarce: True when it is not sure that they do.
    """
    more = f"not enough evidence: evaluate on more people of {seen.scarce}"
    if seen.lowest == seen.highest:  # every rate seen is the same
        return more if scarce else ""
    todo = f"{seen.lowest} is lowest and {seen.highest} highest: reweigh or resample the training "
    todo += "data, or move the decision threshold"
    return f"{more}; or {todo}" if scarce else todo
