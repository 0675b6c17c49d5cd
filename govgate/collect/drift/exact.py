"""A column read whole: distances to the last bit, and Evidently's numbers.

Source: `measures.drift`; how pandas, and with it Evidently, holds a column of Arrow's.
"""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from govgate.collect.drift.profiled import over
from govgate.measures.drift.evidently import (
    P_VALUES,
    TITLES,
    Method,
    compare_counts,
    compare_numbers,
)
from govgate.measures.drift.sorted_samples import kolmogorov_smirnov, wasserstein
from govgate.ports import Table
from govgate.profile import Interval as Certain
from govgate.profile.types import as_lengths, as_numbers, family_of
from govgate.records import Interval
from govgate.records.column_drift import DriftOfColumn, EvidentlyDrift, NoValues, NumberDrift


def read_column(table: Table, name: str, *, category: bool) -> Any:
    """Read one column of a table whole, as a `pyarrow.ChunkedArray`."""
    import pyarrow as pa

    batches = table.batches([name], categorical=[name] if category else [])
    return pa.Table.from_batches(list(batches)).column(name)


def exactly(seen: NumberDrift, reference: Any, current: Any, name: str) -> NumberDrift:
    """Measure the distances that two profiles left open.

    Args:
        seen: What the profiles gave.
        reference: The column.
        current: The column.
        name: Of the column, for messages.
    """
    before, now = (
        np.sort(_finite(_values(side, name, lengths=seen.of == "lengths")))
        for side in (reference, current)
    )
    ks, moved = kolmogorov_smirnov(before, now), wasserstein(before, now)
    low, high = (float(end) for end in np.quantile(before, (0.25, 0.75)))
    size = high - low if high > low else float(np.std(before.astype(np.float64)))
    size = size if before[0] < before[-1] else 0.0
    return seen.model_copy(
        update={
            "ks": Interval(low=ks, high=ks),
            "wasserstein": over(Certain(moved, moved), Certain(size, size)),
        }
    )


def by_evidently(
    reference: Any, current: Any, name: str, *, category: bool, method: Method | None
) -> DriftOfColumn:
    """Compare one column as Evidently does.

    Args:
        reference: The column.
        current: The column.
        name: Of the column, for messages.
        category: Whether it holds categories, else numbers.
        method: Evidently's name of a method; None takes its default.
    """
    if category:
        counts = _counted(reference), _counted(current)
        sizes = counts[0].total(), counts[1].total()
    else:
        arrays = _as_pandas(reference, name), _as_pandas(current, name)
        values = _finite(arrays[0]), _finite(arrays[1])
        sizes = len(values[0]), len(values[1])
    if not all(sizes):
        return NoValues(reference=sizes[0], current=sizes[1])
    found = (
        compare_counts(counts[0], counts[1], method)
        if category
        else compare_numbers(values[0], values[1], method)
    )
    return EvidentlyDrift(
        reference=sizes[0],
        current=sizes[1],
        method=TITLES[found.method],
        statistic="p_value" if found.method in P_VALUES else "distance",
        value=found.value if np.isfinite(found.value) else None,
    )


def _values(array: Any, name: str, *, lengths: bool = False) -> NDArray[Any]:
    family = family_of(array.type, name)
    parts = [as_lengths(c) if lengths else as_numbers(c, family) for c in array.chunks]
    return np.concatenate(parts)


def _as_pandas(array: Any, name: str) -> NDArray[Any]:
    values = _values(array, name)
    # Integers among missing ones are floats in pandas, and Evidently bins those otherwise.
    return values.astype(np.float64) if array.null_count and values.dtype.kind in "iu" else values


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "f":
        return values
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _counted(array: Any) -> Counter[Any]:
    counted: Counter[Any] = Counter()
    for entry in array.drop_null().value_counts().to_pylist():
        if entry["values"] is not None:
            counted[entry["values"]] += entry["counts"]
    return counted
