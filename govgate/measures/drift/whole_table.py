"""All columns of one table asked together, so that false alarms are counted together.

Source: docs/reference/gates/drift.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgate.measures.drift.chance import hidden_distance
from govgate.measures.drift.decide import Question, adjust
from govgate.measures.drift.questions import of_column


@dataclass(frozen=True)
class Hidden:
    """The largest change that too few values may hide."""

    column: str
    size: float
    """A Kolmogorov-Smirnov distance, in [0, 1]."""

    limit: float


def questions(columns: Mapping[str, Any], rows: tuple[int, int], bounds: Any) -> list[Question]:
    """Ask everything of every column that was measured, with p-values adjusted for all.

    Args:
        columns: Name to `NumberDrift`, `CategoryDrift`, `EvidentlyDrift`,
            `NoValues` or `NotMeasured`.
        rows: Of the reference and of the current table; nothing is asked of no rows.
        bounds: The gate's.
    """
    measured = {name: seen for name, seen in columns.items() if seen.kind != "not measured"}
    return adjust(
        question
        for name, seen in sorted(measured.items() if all(rows) else ())
        for question in of_column(name, seen, rows, _limits(name, bounds))
    )


def hidden(columns: Mapping[str, Any], asked: Sequence[Question], bounds: Any) -> Hidden | None:
    """Find the column whose values may hide the largest change, as its limit has it.

    Args:
        columns: As for `questions`.
        asked: What was asked of them.
        bounds: The gate's.

    Returns:
        None where no column is held against chance.
    """
    tests = len({(q.column, q.test) for q in asked if q.adjusted and q.test})
    found = []
    for name, seen in sorted(columns.items()):
        if seen.kind in {"number", "category"}:
            sizes = seen.reference, seen.current
            size = hidden_distance(*sizes, bounds.significance, max(1, tests))
            found.append(Hidden(name, size, _limits(name, bounds).max_hidden))
    return max(found, key=lambda one: one.size - one.limit, default=None)


def _limits(name: str, bounds: Any) -> Any:
    own = bounds.columns.get(name)
    return bounds.model_copy(update=own.model_dump(exclude_none=True)) if own else bounds
