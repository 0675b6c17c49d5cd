"""The rates of a group whose members were put into classes, or selected and passed over.

Source: the confusion matrix and its rates as in Hardt et al. 2016, arXiv:1610.02413, and
Chouldechova 2017, arXiv:1610.07524; of several classes each against all the others.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from govgate.measures.outcomes import Counts
from govgate.measures.shares import Persons, Share
from govgate.measures.tables import (
    ACCURACY,
    FALSE_POSITIVE,
    PRECISION,
    SELECTION,
    TRUE_POSITIVE,
    ByKey,
    Key,
)

_Weights = tuple[int, int, int, int]
"""For n people, t truly of a class, s said to be, b both."""

_SELECTED: tuple[_Weights, _Weights] = ((0, 0, 1, 0), (1, 0, 0, 0))
_RATES: dict[str, tuple[_Weights, _Weights]] = {
    SELECTION: _SELECTED,
    TRUE_POSITIVE: ((0, 0, 0, 1), (0, 1, 0, 0)),
    FALSE_POSITIVE: ((0, 0, 1, -1), (1, -1, 0, 0)),
    PRECISION: ((0, 0, 0, 1), (0, 0, 1, 0)),
    ACCURACY: ((1, -1, -1, 2), (1, 0, 0, 0)),
}
"""Rate to what counts as a hit and as a trial."""

_PLACES = ((0, 1, 2, 3), (1, 4, 5, 6), (2, 5, 7, 8), (3, 6, 8, 9))
"""Where in nn nt ns nb tt ts tb ss sb bb a product of two stands."""


def decided(counts: Counts, spans: int) -> tuple[int, ByKey]:
    """Give people and rates of a group of a labelled or unlabelled cell's counts.

    Args:
        counts: "tp", "fp", "fn" and "tn", or "selected" and "passed_over"; and "by_person".
        spans: The most cells that one person stands in.
    """
    by_person = counts["by_person"]
    products = by_person and by_person["products"][0]
    if "selected" in counts:
        rows = counts["selected"] + counts["passed_over"]
        people = _people(rows, by_person, spans)
        share = _share(_SELECTED, (rows, 0, counts["selected"], 0), products, spans)
        return people, {(SELECTION, ""): share}
    tp, fp, fn = counts["tp"], counts["fp"], counts["fn"]
    sides = (tp + fp + fn + counts["tn"], tp + fn, tp + fp, tp)
    rates = {(rate, ""): _share(_RATES[rate], sides, products, spans) for rate in _RATES}
    return _people(sides[0], by_person, spans), rates


def classified(counts: Counts, spans: int, classes: Sequence[str]) -> tuple[int, ByKey]:
    """Give people and rates of a group of a class cell's counts.

    Args:
        counts: "said", "truly" and "both" by class, and "by_person".
        spans: The most cells that one person stands in.
        classes: Their names, in order.
    """
    said, truly, both = counts["said"], counts["truly"], counts["both"]
    rows, by_person = sum(said), counts["by_person"]
    products = by_person["products"] if by_person else [None] * (len(classes) + 1)
    found: dict[Key, Share | None] = {}
    for place, name in enumerate(classes):
        known = truly is not None
        sides = (rows, truly[place] if known else 0, said[place], both[place] if known else 0)
        for rate in [r for r in _RATES if r != ACCURACY] if known else [SELECTION]:
            found[rate, name] = _share(_RATES[rate], sides, products[place], spans)
    if both is not None:
        sides = (rows, 0, sum(both), 0)
        found[ACCURACY, ""] = _share(_SELECTED, sides, products[-1], spans)
    return _people(rows, by_person, spans), found


def _people(rows: int, by_person: Mapping[str, Any] | None, spans: int) -> int:
    """People of a group: one who stands in several cells was counted in each."""
    return rows if by_person is None else -(-by_person["people"] // spans)


def _share(
    rate: tuple[_Weights, _Weights],
    sides: Sequence[int],
    products: Sequence[int] | None,
    spans: int,
) -> Share | None:
    hits, trials = (sum(w * n for w, n in zip(side, sides, strict=True)) for side in rate)
    if not trials:
        return None
    if products is None:
        return Share(hits, trials)
    hit, trial = rate
    pairs = ((hit, hit), (hit, trial), (trial, trial))
    squared, crossed, trials_squared = (Fraction(_product(products, *pair)) for pair in pairs)
    return Share(hits, trials, Persons(squared, crossed, trials_squared, spans))


def _product(products: Sequence[int], one: _Weights, other: _Weights) -> int:
    return sum(
        a * b * products[_PLACES[i][j]] for i, a in enumerate(one) for j, b in enumerate(other)
    )
