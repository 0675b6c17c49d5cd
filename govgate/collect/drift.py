"""Compares two tables column by column with Evidently.

Source: Evidently 0.7, `ValueDrift` with its default method for each column; missing values
are counted here, as Evidently leaves them out before it compares.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from govgate.collector import Collector, Measured, Options
from govgate.errors import EvidenceError
from govgate.gate import Bounds
from govgate.gates.drift import ColumnDrift, ColumnMeasured
from govgate.ports import Table

_STATISTIC: Mapping[str, Literal["distance", "p_value"]] = {
    "Wasserstein distance (normed)": "distance",
    "Jensen-Shannon distance": "distance",
    "K-S p_value": "p_value",
    "chi-square p_value": "p_value",
    "Z-test p_value": "p_value",
}
"""Evidently's default methods. Its tests fail distances from the threshold up and p-values
from it down, but it does not say which is which other than in the method's name."""

_LONGEST_NAME = 200
_EMPTY = "no values to compare"


class DriftOptions(Options):
    """Which columns to compare."""

    columns: tuple[str, ...] | None = None
    """These alone; null takes all, and refuses tables that do not have the same ones."""

    exclude: tuple[str, ...] = ()
    """Leave these out, such as identifiers and dates."""


class DriftCollector(Collector[DriftOptions]):
    """Measures how unlike the current table is to the reference."""

    kind = ColumnDrift.KIND
    needs = ("reference", "current")

    def measure(
        self,
        tables: Mapping[str, Table],
        options: DriftOptions,
        bounds: Bounds,  # noqa: ARG002 -- every column is measured, whatever is tolerated
    ) -> Measured:
        """See `Collector.measure`.

        Raises:
            EvidenceError: The tables have no rows, or columns that cannot be compared.
        """
        names = _columns(tables["reference"].columns, tables["current"].columns, options)
        frames = {which: _frame(tables[which], names, which) for which in self.needs}
        kinds = {name: _kind(frames, name) for name in names}
        shares = {which: _missing_shares(frame) for which, frame in frames.items()}
        full = [n for n in names if all(shares[which][n] < 1 for which in self.needs)]
        seen = _evidently(frames, {n: kinds[n] for n in full}) if full else {}
        columns = {}
        for name in names:
            method, value = seen.get(name, (_EMPTY, None))
            columns[name] = ColumnMeasured(
                method=method,
                statistic=_STATISTIC.get(method, "distance"),
                value=value,
                null_share_reference=shares["reference"][name],
                null_share_current=shares["current"][name],
            )
        rows = {which: len(frame) for which, frame in frames.items()}
        body = ColumnDrift(
            rows_reference=rows["reference"], rows_current=rows["current"], columns=columns
        )
        sizes = {f"rows, {which}": count for which, count in rows.items()}
        return Measured(body, {**sizes, "columns": len(columns)})


def _columns(reference: Sequence[str], current: Sequence[str], options: DriftOptions) -> list[str]:
    wanted = options.columns if options.columns is not None else (*reference, *current)
    names = [name for name in dict.fromkeys(wanted) if name not in options.exclude]
    for which, there in (("reference", reference), ("current", current)):
        if absent := [name for name in names if name not in there]:
            msg = f"the {which} table has no column {', '.join(absent)}; add it, or leave it "
            msg += "out under collect.exclude"
            raise EvidenceError(msg)
    if odd := [name for name in names if not 0 < len(name.strip()) == len(name) <= _LONGEST_NAME]:
        msg = f"column {odd[0]!r} has no name a finding can carry; rename it, or leave it out "
        msg += "under collect.exclude"
        raise EvidenceError(msg)
    if not names:
        msg = "no column is left to compare; name some under collect.columns"
        raise EvidenceError(msg)
    return names


def _frame(table: Table, names: Sequence[str], which: str) -> Any:
    import pyarrow as pa

    batches = list(table.batches(names))
    frame = pa.Table.from_batches(batches).to_pandas() if batches else ()
    if not len(frame):
        msg = f"the {which} table has no rows; measure on data"
        raise EvidenceError(msg)
    return frame


def _kind(frames: Mapping[str, Any], name: str) -> Literal["number", "category"]:
    kinds = {which: _kind_of(frame[name]) for which, frame in frames.items()}
    if None in kinds.values():
        msg = f"column {name!r} holds neither numbers nor text; leave it out under collect.exclude"
        raise EvidenceError(msg)
    known = {kind for kind in kinds.values() if kind and kind != "empty"}
    if len(known) > 1:
        said = " and ".join(f"{kind} in the {which}" for which, kind in kinds.items())
        msg = f"column {name!r} is a {said}; write it alike in both tables"
        raise EvidenceError(msg)
    return "number" if known == {"number"} else "category"


def _kind_of(column: Any) -> str | None:
    from pandas.api import types

    if column.isna().all():
        return "empty"
    if types.is_bool_dtype(column) or isinstance(column.dtype, types.CategoricalDtype):
        return "category"
    if types.is_numeric_dtype(column):
        return "number"
    inferred = types.infer_dtype(column, skipna=True)
    return "category" if inferred in {"string", "boolean", "categorical"} else None


def _missing_shares(frame: Any) -> dict[str, float]:
    """Share of each column that Evidently would leave out: null, NaN or infinite."""
    import numpy as np

    missing = frame.replace([np.inf, -np.inf], np.nan).isna().sum()
    return {str(name): int(count) / len(frame) for name, count in missing.items()}


def _evidently(
    frames: Mapping[str, Any], kinds: Mapping[str, str]
) -> dict[str, tuple[str, float | None]]:
    """Give column to Evidently's method and value; None for a value that is no number.

    Raises:
        EvidenceError: A method is not known here.
    """
    with warnings.catch_warnings():
        # pandas, scipy and sklearn warn Evidently of its own habits, nothing about the data
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        definition = DataDefinition(
            numerical_columns=[name for name, kind in kinds.items() if kind == "number"],
            categorical_columns=[name for name, kind in kinds.items() if kind == "category"],
        )
        reference, current = (
            Dataset.from_pandas(frames[which][[*kinds]], data_definition=definition)
            for which in ("reference", "current")
        )
        metrics = [ValueDrift(column=name) for name in kinds]
        found = Report(metrics).run(current, reference).dict()["metrics"]
    seen = {}
    for metric in found:
        column, method = metric["config"]["column"], metric["config"]["method"]
        if method not in _STATISTIC:
            msg = f"Evidently compared {column!r} by {method!r}, which is not known here; "
            msg += "install the Evidently that govgate asks for"
            raise EvidenceError(msg)
        value = float(metric["value"])
        seen[column] = method, value if math.isfinite(value) else None
    return seen
