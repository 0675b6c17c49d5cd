"""Proposes what to count, from the first rows of a table.

The grid's middle and spread are rounded coarsely: any value near them serves as well, and a plan
then gives no row away.

Source: docs/spec/table-profile.md, "The plan".
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from govgate.errors import EvidenceError
from govgate.profile.grid import BINS, LAST, bins_of, edges_of
from govgate.profile.numbers import scaled
from govgate.profile.plan import LONGEST, MOST_ATOMS, MOST_COLUMNS, MOST_KNOWN, ColumnPlan, Plan
from govgate.profile.types import KINDS, Family, Kind, as_lengths, as_numbers, family_of, plain

FIRST_ROWS = 1 << 16
"""Rows that a plan is made from: enough to place a median within a hundredth of a spread."""

_LONGEST_NAME = 250
_ATOM_SHARE = 0.005
"""A value that fewer rows share widens no interval by more."""
_KNOWN_SHARE = 0.001


def plan_for(
    batches: Iterable[Any],
    *,
    columns: Sequence[str] | None = None,
    kinds: dict[str, Kind] | None = None,
    cells: Sequence[Sequence[str]] = (),
) -> Plan:
    """Propose what to count of a table and of all that are to be compared with it.

    Args:
        batches: `pyarrow.RecordBatch` pieces; the first 65,536 rows are looked at, and no more
            pieces are taken than hold them.
        columns: Which to count; None for all.
        kinds: Column to how it is counted, where the proposal does not suit.
        cells: Columns to cross.

    Raises:
        EvidenceError: There is nothing to look at, or a column cannot be counted.
    """
    table = _first_rows(batches)
    names = [*columns] if columns is not None else table.schema.names
    check_names(names, table.schema.names)
    planned = {
        name: column_plan(table.column(name).combine_chunks(), name, (kinds or {}).get(name))
        for name in names
    }
    return Plan(columns=planned, cells=tuple(tuple(crossed) for crossed in cells))


def check_names(names: Sequence[str], there: Sequence[str]) -> None:
    """Refuse columns that no profile can be made of.

    Raises:
        EvidenceError: Says which, and why.
    """
    if not 0 < len(names) <= MOST_COLUMNS:
        msg = f"{len(names):,} columns cannot be counted at once, only 1 to {MOST_COLUMNS:,}; "
        raise EvidenceError(msg + "name those that matter")
    times = Counter(there)
    for name in names:
        if not 0 < len(name.strip()) == len(name) <= _LONGEST_NAME:
            msg = f"column {name!r} has no name that a finding can carry; rename it, or "
            raise EvidenceError(msg + "leave it out")
        if (found := times[name]) != 1:
            what = "has more than one column" if found else "has no column"
            msg = f"the table {what} {name!r}; write it again with each of its columns once"
            raise EvidenceError(msg)


def column_plan(array: Any, name: str, kind: Kind | None = None) -> ColumnPlan:
    """Propose how to count one column.

    Args:
        array: A `pyarrow.Array` of its first values.
        name: Of the column, for messages.
        kind: How to count it, where that is known.

    Raises:
        EvidenceError: It cannot be counted so, or at all.
    """
    family = family_of(array.type, name)
    kind = kind or _kind_of(array, family)
    if kind not in KINDS[family]:
        msg = f"column {name!r} holds {family} values, which are not counted as a {kind}; "
        raise EvidenceError(msg + f"count it as a {KINDS[family][0]}")
    if kind == "category":
        return ColumnPlan(kind=kind, known=_known(array))
    values = as_lengths(array) if kind == "text" else as_numbers(array, family)
    return _grid_for(kind, values)


def _first_rows(batches: Iterable[Any]) -> Any:
    import pyarrow as pa

    taken, rows = [], 0
    for batch in batches:
        taken.append(batch)
        rows += batch.num_rows
        if rows >= FIRST_ROWS:
            break
    if not rows:
        msg = "the table has no rows, from which nothing can be planned; measure on data"
        raise EvidenceError(msg)
    return pa.Table.from_batches(taken).slice(0, FIRST_ROWS).unify_dictionaries()


def _kind_of(array: Any, family: Family) -> Kind:
    """A text column of which most values differ holds names or prose, and no categories."""
    if family == "text":
        texts = plain(array)
        if len(texts.unique()) * 2 > len(texts) > 1:
            return "text"
    return KINDS[family][0]


def _known(array: Any) -> tuple[str, ...]:
    import pyarrow as pa

    values = plain(array)
    values = values.cast(pa.large_string())
    fewest = max(2, _KNOWN_SHARE * len(values))
    found = [
        (entry["values"], entry["counts"])
        for entry in values.value_counts().to_pylist()
        if entry["counts"] >= fewest and len(entry["values"]) <= LONGEST
    ]
    frequent = sorted(found, key=lambda entry: (-entry[1], entry[0]))[:MOST_KNOWN]
    return tuple(sorted(value for value, _ in frequent))


def _grid_for(kind: Kind, values: npt.NDArray[Any]) -> ColumnPlan:
    numbers = values.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return ColumnPlan(kind=kind, exponent=0)
    places = [len(numbers) // 4, len(numbers) // 2, len(numbers) - 1 - len(numbers) // 4]
    quarters = np.partition(numbers, places)[places].tolist()
    exponent = _exponent_for(numbers, quarters[2] - quarters[0])
    with np.errstate(over="ignore"):
        step = math.ldexp(1.0, exponent - 4)
        centre = float(np.rint(quarters[1] / step) * step) + 0.0
    plan = ColumnPlan(
        kind=kind,
        # a middle so far out that it is not a whole number of steps is as good as it stands
        centre=centre if math.isfinite(centre) else quarters[1],
        exponent=exponent,
        whole=bool((numbers == np.floor(numbers)).all()),
    )
    return plan.model_copy(update={"atoms": _atoms(numbers, plan)})


def _exponent_for(numbers: npt.NDArray[np.float64], middle: float) -> int:
    """The power of two below the middle half's width, or what stands in where that is none."""
    low, high = float(numbers.min()), float(numbers.max())
    widths = (middle, high / 16 - low / 16, abs(low) / 16, 1.0)
    width = next(width for width in widths if width > 0 and math.isfinite(width))
    return max(-1000, min(1000, math.frexp(width)[1] - 1))


def _atoms(numbers: npt.NDArray[np.float64], plan: ColumnPlan) -> tuple[float, ...]:
    """The most frequent values, but those that have a bin of their own anyway."""
    bins = bins_of(scaled(numbers, plan))
    fewest = max(2, _ATOM_SHARE * len(numbers))
    held = np.bincount(bins + LAST, minlength=BINS)
    # only a full bin can hold a frequent value
    full = held[bins + LAST] >= fewest
    values, counts = np.unique(numbers[full], return_counts=True)
    often = np.flatnonzero(counts >= fewest)
    if plan.whole:
        low, high = edges_of(bins_of(scaled(values[often], plan)))
        often = often[np.ldexp(high - low, plan.exponent or 0) > 1]
    most = often[np.argsort(-counts[often], kind="stable")][:MOST_ATOMS]
    return tuple(sorted((values[most] + 0.0).tolist()))
