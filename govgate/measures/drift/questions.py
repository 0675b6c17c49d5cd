"""What is asked of one column: each change, its size, its limit, and what chance alone makes.

Source: docs/reference/gates/drift.md, which says why these and no others decide.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from govgate.measures.drift.chance import (
    chi_square_p_value,
    ks_p_value,
    shares_p_value,
    turnover_p_value,
)
from govgate.measures.drift.decide import Question, State, listed

KS, CHI_SQUARE = "Kolmogorov-Smirnov", "chi-square"
NEW, VANISHED, MISSING = "new values", "vanished values", "missing values"
INFINITE = math.inf
"""The size of what could not be computed."""

NO_VALUES = "values to compare"
_BEYOND = (INFINITE, INFINITE)
MEASURE = "mend the columns, or leave them out under collect.exclude"
_ROWS = "hand over the reference's rows and not only its profile, so that"


class Limits(Protocol):
    """What a policy tolerates of one column."""

    @property
    def max_distance(self) -> float:
        """Of the two distributions."""

    @property
    def max_psi(self) -> float:
        """Of the population stability index."""

    @property
    def max_new_share(self) -> float:
        """Of rows with values not seen before."""

    @property
    def max_vanished_share(self) -> float:
        """Of rows with values not seen any more."""

    @property
    def max_null_gap(self) -> float:
        """Between the shares of missing values."""

    @property
    def min_p_value(self) -> float:
        """Of a test of Evidently's."""

    @property
    def significance(self) -> float:
        """Chance of one false alarm in a table."""


def of_column(column: str, seen: Any, rows: tuple[int, int], limits: Limits) -> Iterator[Question]:
    """Ask whether the values are others now, and whether some went missing.

    Args:
        column: Its name.
        seen: A `NumberDrift`, `CategoryDrift`, `EvidentlyDrift` or `NoValues` of the records.
        rows: Of the reference and of the current table, each >= 1.
        limits: What the policy tolerates of it.
    """
    if seen.kind == "no values":
        # Never taken for likeness: beyond any limit.
        yield Question(column, NO_VALUES, _BEYOND, 0.0, "", (0.0, 0.0), 0.0)
    else:
        by_kind = {"number": _of_number, "category": _of_category, "evidently": _of_evidently}
        yield from by_kind[seen.kind](column, seen, limits)
    yield _of_missing(column, seen, rows, limits)


def _of_missing(column: str, seen: Any, rows: tuple[int, int], limits: Limits) -> Question:
    # NaN and infinities are missing here: nothing can be computed from them.
    missing = rows[0] - seen.reference, rows[1] - seen.current
    gap = abs(missing[0] * rows[1] - missing[1] * rows[0]) / (rows[0] * rows[1])
    asks = seen.kind != "evidently"
    chance = shares_p_value((missing[0], rows[0]), (missing[1], rows[1])) if asks else 0.0
    return Question(
        column,
        MISSING,
        (gap, gap),
        limits.max_null_gap,
        MISSING if asks else "",
        (chance, chance),
        limits.significance,
    )


def _of_number(column: str, seen: Any, limits: Limits) -> Iterator[Question]:
    sizes = seen.reference, seen.current
    chance = ks_p_value(seen.ks.high, *sizes), ks_p_value(seen.ks.low, *sizes)
    for about, size, limit in (
        ("Wasserstein over IQR", (seen.wasserstein.low, seen.wasserstein.high), "max_distance"),
        ("quantile PSI", (seen.psi, seen.psi), "max_psi"),
    ):
        most = getattr(limits, limit)
        yield Question(column, about, size, most, KS, chance, limits.significance)


def _of_category(column: str, seen: Any, limits: Limits) -> Iterator[Question]:
    chance = chi_square_p_value(seen.chi_square, seen.degrees)
    size = seen.jensen_shannon
    yield Question(
        column,
        "Jensen-Shannon",
        (size, size),
        limits.max_distance,
        CHI_SQUARE,
        (chance, chance),
        limits.significance,
    )
    both = seen.reference + seen.current
    for about, turned, of_rows, most in (
        (NEW, seen.new, seen.current, limits.max_new_share),
        (VANISHED, seen.vanished, seen.reference, limits.max_vanished_share),
    ):
        share = turned.rows / of_rows
        chance = turnover_p_value(
            turned.values, turned.by_chance, turned.largest_rows, of_rows / both, seen.values
        )
        yield Question(
            column,
            about,
            (share, share),
            most,
            about,
            (chance, chance),
            limits.significance,
            examples=turned.names,
        )


def _of_evidently(column: str, seen: Any, limits: Limits) -> Iterator[Question]:
    if seen.value is None:
        yield Question(column, seen.method, _BEYOND, 0.0, "", (0.0, 0.0), 0.0)
    elif seen.statistic == "distance":
        size = seen.value, seen.value
        yield Question(column, seen.method, size, limits.max_distance, "", (0.0, 0.0), 0.0)
    else:
        value = seen.value, seen.value
        least = limits.min_p_value
        yield Question(column, "", (0.0, 0.0), 0.0, seen.method, value, least, adjusted=False)


def look_at(drifted: Sequence[Question]) -> str:
    """Say what an engineer does about some columns, the worst first."""
    if not drifted:
        return "find out why columns changed; then retrain on current data or mend the source"
    names = listed(f"{q.column} ({q.told})" for q in drifted)
    if all(q.state is State.OPEN for q in drifted):
        return f"{_ROWS} {names} can be compared exactly"
    return f"find out why these changed, then retrain on current data or mend the source: {names}"


def listed_with(why: Mapping[str, str]) -> str:
    """Write ": " and the first few columns, each with why; "" where there is none."""
    names = listed(f"{name} ({said})" for name, said in sorted(why.items()))
    return f": {names}" if why else ""


def advice(question: Question) -> str:
    """Say what an engineer does about one column."""
    column = question.column
    if question.state is State.OPEN:
        return f"{_ROWS} {column} can be compared exactly"
    if question.about == MISSING:
        return f"find out why values of {column} go missing, and mend the source"
    if question.about in {NEW, VANISHED}:
        names = listed(question.examples) or "too few rows each to name"
        return f"find out why {column} has {question.about} ({names}), and train on what will come"
    return f"find out why {column} changed; then retrain on current data or mend the source"
