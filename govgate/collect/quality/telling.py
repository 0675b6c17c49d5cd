"""How well each column tells the label: what tells it too well knows it already."""

from collections.abc import Sequence
from typing import Any

from govgate.measures.association import pooled, told_share
from govgate.ports import Table
from govgate.profile import (
    Cells,
    ColumnProfile,
    Plan,
    TableProfile,
    count_cells,
    ends_of,
    quantile_cuts,
)
from govgate.profile.types import as_numbers, family_of

_PARTS = 64
"""Into how many parts a column of numbers is cut to see whether it tells the label."""

_LEAST_IN_PART = 30
"""Rows of a part, so that a part is not of one class by chance."""

_LEAST_OF_VALUE = 5
"""Rows of a category that may tell a class; rarer ones are taken together."""


def told_by_column(
    profile: TableProfile, table: Table, label: str, ids: Sequence[str]
) -> dict[str, float]:
    """Say how well each column tells the label.

    Args:
        profile: Of the table; its cells cross each column of categories with the label.
        table: To count columns of numbers and moments in parts, and what is missing of texts.
        label: A column of few classes.
        ids: Columns that are not asked.

    Returns:
        Column to lambda, in [0, 1].
    """
    features = profile.plan.columns.keys() - {label, *ids}
    told = {
        cells.columns[0]: _told_by(cells)
        for cells in profile.cells
        if len(cells.columns) > 1 and cells.columns[0] in features
    }
    for name in sorted(features - told.keys()):
        ends = _cuts(profile.columns[name], profile.plan, name)
        batches = (_cut(batch, name, label, ends) for batch in table.batches([name, label]))
        told[name] = _told_by(count_cells(batches, [name, label]), ordered=True)
    return told


def _cuts(column: ColumnProfile, plan: Plan, name: str) -> tuple[float, ...]:
    """Where a column of numbers or moments is cut; of texts only what is missing is looked at."""
    is_text = plan.columns[name].kind == "text"
    if is_text or column.numbers is None or not column.numbers.count:
        return ()
    return ends_of(quantile_cuts(column.numbers, plan.columns[name], _PARTS), plan.columns[name])


def _cut(batch: Any, name: str, label: str, ends: Sequence[float]) -> Any:
    """Give the part of each value, -1 where it is missing, beside the label."""
    import numpy as np
    import pyarrow as pa

    array = batch.column(name)
    there = array.is_valid().to_numpy(zero_copy_only=False)
    parts = np.where(there, 0, -1).astype(np.int16)
    if ends:
        numbers = as_numbers(array, family_of(array.type, name)).astype(np.float64)
        parts[there] = np.where(np.isnan(numbers), -1, np.searchsorted(ends, numbers))
    return pa.RecordBatch.from_arrays([pa.array(parts), batch.column(label)], names=[name, label])


def _told_by(cells: Cells, *, ordered: bool = False) -> float:
    import numpy as np

    table = np.zeros(tuple(map(len, cells.values)), np.int64)
    table[cells.codes[:, 0], cells.codes[:, 1]] = cells.counts
    if ordered:
        return told_share(pooled(table.tolist(), _LEAST_IN_PART))
    often = table.sum(axis=1) >= _LEAST_OF_VALUE
    # a value that hardly repeats always "tells" its class
    return told_share([*table[often].tolist(), table[~often].sum(axis=0).tolist()])
